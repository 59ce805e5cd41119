"""Values for the pages of studies and people. Block sizes are never shown: they would let a reader guess."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.studies.domain.permissions import ROLE_LABELS, UNBLINDED_LABELS, Role, Unblinded
from apps.studies.domain.protocol import Protocol
from apps.studies.models import Delegation, ProtocolVersion, Study, UnblindedPerson


@dataclass(frozen=True, slots=True)
class DelegationRow:
    """One line of the log as shown."""

    delegation: Delegation
    role: str
    state: str
    can_end: bool


def delegation_rows(log: Iterable[Delegation], *, now: datetime) -> list[DelegationRow]:
    """Return the log with the role in words and whether it is in force."""
    rows = []
    for line in log:
        ended = line.ends_at is not None and line.ends_at <= now
        state = "ended" if ended else "planned" if line.starts_at > now else "active"
        rows.append(DelegationRow(line, ROLE_LABELS[Role(line.role)], state, state == "active"))
    return rows


def _window(before: int, after: int) -> str:
    return "on the day" if not before and not after else f"{before} before to {after} after"


#: What would let a reader guess the next allocation: never shown, wherever the document speaks of it.
WITHHELD = ("randomization.block_sizes", "randomization.minimization")
_KEYS_WITHHELD = frozenset({*(path.rpartition(".")[2] for path in WITHHELD), "note"})


def protocol_public(stored: dict[str, Any]) -> dict[str, Any]:
    """Return the stored document without what would help somebody guess the next allocation."""
    randomization = {
        key: value for key, value in stored["randomization"].items() if key not in _KEYS_WITHHELD
    }
    uncertain = [fact for fact in stored.get("uncertain", []) if not _is_withheld(fact["path"])]
    return {**stored, "randomization": randomization, "uncertain": uncertain}


def _is_withheld(path: str) -> bool:
    return any(path == withheld or path.startswith((f"{withheld}.", f"{withheld}[")) for withheld in WITHHELD)


def protocol_page(*, study: Study, version: ProtocolVersion, protocol: Protocol) -> dict[str, Any]:
    """Return the tables of a protocol page: visits, criteria, gates, discharge, what is uncertain."""
    return {
        "protocol": protocol,
        "sites": study.sites.order_by("code"),
        "versions": study.protocol_versions.order_by("-number"),
        "visits": [
            {
                "code": visit.code,
                "label": visit.label,
                "day": visit.day,
                "anchor": visit.anchor.replace("_", " "),
                "window": _window(visit.window_before_days, visit.window_after_days),
                "dose": visit.dose,
                "instruments": ", ".join(item.instrument for item in visit.instruments),
                "mark": visit.mark,
            }
            for visit in protocol.visits
        ],
        "criteria": protocol.criteria,
        "gates": protocol.gates,
        "escalation": protocol.escalation,
        "discharge": protocol.discharge,
        "uncertain": [fact for fact in protocol.uncertain if not _is_withheld(fact.path)],
    }


def unblinded_rows(register: Iterable[UnblindedPerson]) -> list[dict[str, Any]]:
    """Return the register of people who have learned an arm: who, since when, how; never which."""
    return [
        {"person": entry.user, "since": entry.since, "how": UNBLINDED_LABELS[Unblinded(entry.how)]}
        for entry in register
    ]
