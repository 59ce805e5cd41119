"""The day of a relapse: by two scores in a row, or by an event that is one by itself, whichever came first.

The protocol's block `relapse` says which scores, how many days apart, and which events. In SUSTAIN-1 (registry record
NCT02493868): MADRS of at least 22 at two consecutive assessments 5 to 15 days apart, the second one's day; or
hospitalization for worsening depression, a suicide attempt and the like; of both the earlier.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from apps.endpoints.domain.values import AdverseEventRecord, Assessment
from apps.studies.domain.protocol import Relapse, RelapseEvent, evaluate


@dataclass(frozen=True, slots=True)
class RelapseFound:
    """One participant's first relapse: on which day, by what exactly, and by which kind of criterion."""

    on: date
    why: str
    kind: str


def first_relapse(
    relapse: Relapse,
    *,
    assessments: Iterable[Assessment],
    events: Iterable[AdverseEventRecord],
    since: date,
    until: date | None = None,
) -> RelapseFound | None:
    """The first relapse of one participant from `since` to `until`, both included; None if there was none.

    Both scores of a pair lie in that time. "Consecutive" is taken at its word: another assessment between two of
    them, however near, parts them. A score on the day of an event gives way to the event.
    """
    within = [one for one in assessments if since <= one.on and (until is None or one.on <= until)]
    found = [_by_event(relapse.other_events, event) for event in events]
    days = [one for one in found if one and since <= one.on and (until is None or one.on <= until)]
    return min([*days, *_by_scores(relapse, within)], key=lambda one: one.on, default=None)


def _by_scores(relapse: Relapse, assessments: Sequence[Assessment]) -> list[RelapseFound]:
    rated = sorted(
        (one for one in assessments if one.instrument == relapse.instrument), key=lambda one: one.on
    )
    for before, after in pairwise(rated):
        apart = (after.on - before.on).days
        near = relapse.minimum_days_apart <= apart <= relapse.maximum_days_apart
        if near and evaluate(relapse.rule, {"score": after.total, "previous_score": before.total}):
            why = f"{relapse.instrument} {before.total:g} and, {apart} days later, {after.total:g}"
            return [RelapseFound(after.on, why, f"by {relapse.instrument}")]
    return []


def _by_event(kinds: Sequence[RelapseEvent], event: AdverseEventRecord) -> RelapseFound | None:
    if event.began_on is None:
        return None
    for kind in kinds:
        serious = kind.seriousness is None or kind.seriousness in event.seriousness
        named = not kind.terms or any(term.lower() in event.term.lower() for term in kind.terms)
        if serious and named and (kind.seriousness is not None or kind.terms):
            return RelapseFound(event.began_on, f"{kind.label} ({event.term})", kind.label)
    return None
