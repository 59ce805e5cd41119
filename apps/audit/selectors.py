"""Reading acts. Who may read what is decided by whoever shows them: this app knows no roles."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from apps.audit.domain.anchors import Anchor, Head, anchor_read, anchors_check, copies_check, heads_named
from apps.audit.domain.verification import Verdict
from apps.audit.models import AuditAnchor, AuditEvent, AuditVerification


def events_of_study(*, study_code: str) -> QuerySet[AuditEvent]:
    """Return the acts of one study, latest first."""
    return AuditEvent.objects.filter(study_code=study_code).order_by("-id")


def acts_at(*, study_code: str, site_code: str) -> int:
    """Return how many acts a site has, told by the heads of its chains: a version of all that happens there."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE lanes (nth, place) AS (
                SELECT 1, (SELECT max(place) FROM audit_auditevent WHERE chain = %(site)s || '/1')
                UNION ALL
                SELECT nth + 1, (SELECT max(event.place) FROM audit_auditevent event
                    WHERE event.chain = %(site)s || '/' || (nth + 1))
                FROM lanes WHERE place IS NOT NULL
            )
            SELECT coalesce(sum(place), 0)::bigint FROM lanes
            """,
            {"site": f"{study_code}/{site_code}"},
        )
        return cursor.fetchone()[0]


def failures_recent(*, kind: str, actor_id: UUID, since: datetime) -> int:
    """Return how often a person failed at something since a moment."""
    return AuditEvent.objects.filter(kind=kind, actor_id=actor_id, at__gte=since).count()


@dataclass(frozen=True, slots=True)
class Broken:
    """The first act that is not what its chain says, and how."""

    event_id: int
    chain: str
    place: int
    what: str


#: The link as audit_link makes it, written out here so that nobody who changes the function can change the check.
_LINK = """
    sha256(coalesce(lag(link) OVER lane, '') || convert_to(jsonb_build_array(
        chain, place, id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        kind, actor_id, actor_label, actor_roles, study_code, site_code,
        participant_number, subject_type, subject_id, reason, detail
    )::text, 'UTF8'))
"""


def chains_broken(*, study_code: str | None = None) -> Broken | None:
    """Return the first broken link of all chains, or of those of one study; None if they are whole."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT id, chain, place, place <> nth FROM (
                SELECT id, chain, place, link, row_number() OVER lane AS nth, {_LINK} AS due
                FROM audit_auditevent WHERE %s::text IS NULL OR study_code = %s
                WINDOW lane AS (PARTITION BY chain ORDER BY place)
            ) walked WHERE place <> nth OR link <> due ORDER BY id LIMIT 1
            """,  # noqa: S608 - the link is ours
            [study_code, study_code],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    event_id, chain, place, is_gap = row
    return Broken(
        event_id, chain, place, "acts before it are missing" if is_gap else "it was changed, or one before"
    )


def chain_heads() -> dict[str, Head]:
    """Return the last place and link of every chain. Steps from chain to chain, however long each is."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE chains AS (
                (SELECT chain FROM audit_auditevent ORDER BY chain LIMIT 1)
                UNION ALL
                SELECT (SELECT event.chain FROM audit_auditevent event
                    WHERE event.chain > chains.chain ORDER BY event.chain LIMIT 1)
                FROM chains WHERE chains.chain IS NOT NULL
            )
            SELECT chains.chain, head.place, encode(head.link, 'hex') FROM chains CROSS JOIN LATERAL (
                SELECT place, link FROM audit_auditevent event WHERE event.chain = chains.chain
                ORDER BY place DESC LIMIT 1
            ) head
            """
        )
        return {chain: Head(place, link) for chain, place, link in cursor.fetchall()}


def anchors() -> list[Anchor]:
    """Return the anchors in their order."""
    return [_anchor_of(row) for row in AuditAnchor.objects.order_by("id")]


def anchor_last() -> Anchor | None:
    """Return the latest anchor."""
    row = AuditAnchor.objects.order_by("id").last()
    return None if row is None else _anchor_of(row)


def heads_lost(named: Collection[tuple[str, Head]]) -> tuple[str, Head] | None:
    """Return the first of these heads that is not there, or is another act's now."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT named.chain, named.place, named.link
            FROM unnest(%s::text[], %s::bigint[], %s::text[]) WITH ORDINALITY named (chain, place, link, nth)
            LEFT JOIN audit_auditevent event ON event.chain = named.chain AND event.place = named.place
            WHERE encode(event.link, 'hex') IS DISTINCT FROM named.link ORDER BY nth LIMIT 1
            """,
            [
                [chain for chain, _ in named],
                [head.place for _, head in named],
                [head.link for _, head in named],
            ],
        )
        row = cursor.fetchone()
    return None if row is None else (row[0], Head(row[1], row[2]))


def anchors_latest(*, count: int) -> list[Anchor]:
    """Return the latest anchors, the last one first."""
    return [_anchor_of(row) for row in AuditAnchor.objects.order_by("-id")[:count]]


def copies_kept(path: Path) -> list[Anchor]:
    """
    Return the copy of the anchors this machine keeps; none where there is no such file.

    :raises ValueError: if the file cannot be read as one
    """
    if not path.exists():
        return []
    return [anchor_read(line) for line in path.read_text().splitlines() if line.strip()]


def verdict(*, study_code: str | None, copies: Collection[Anchor], key: bytes) -> Verdict:
    """
    Walk the chains of a study, or all, and every anchor; name the first thing that is not as it was.

    The seals are checked over the anchors of all studies: they are one chain.
    """
    known = anchors()
    heads = {chain: head for chain, head in chain_heads().items() if _is_of(chain, study_code)}
    acts = AuditEvent.objects.all() if study_code is None else events_of_study(study_code=study_code)
    return Verdict(
        acts=acts.count(),
        chains=len(heads),
        anchors=len(known),
        copies=len(copies),
        fault=_fault(study_code, known, list(copies), key),
    )


def _fault(study_code: str | None, known: list[Anchor], copies: list[Anchor], key: bytes) -> str:
    broken = chains_broken(study_code=study_code)
    if broken is not None:
        return f"Act {broken.event_id}, at place {broken.place} of chain {broken.chain}: {broken.what}."
    if wrong := anchors_check(known, key=key) or copies_check(known, copies):
        return wrong
    named = {entry: at for entry, at in heads_named(known).items() if _is_of(entry[0], study_code)}
    lost = heads_lost(list(named))
    if lost is None:
        return ""
    return (
        f"By the anchor of {named[lost]:%Y-%m-%d %H:%M:%S}Z chain {lost[0]} stood at place {lost[1].place}; "
        "that act is gone, or is another now."
    )


def _is_of(chain: str, study_code: str | None) -> bool:
    return study_code is None or chain.startswith(f"{study_code}/")


def verifications_of(*, study_code: str) -> QuerySet[AuditVerification]:
    """Return the verifications of a study, the latest first."""
    return AuditVerification.objects.filter(study_code=study_code).order_by("-requested_at", "id")


def _anchor_of(row: AuditAnchor) -> Anchor:
    heads = {chain: Head(place, link) for chain, (place, link) in row.heads.items()}
    return Anchor(row.at, heads, row.previous, row.seal)
