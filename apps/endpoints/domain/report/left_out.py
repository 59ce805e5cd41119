"""Members of a set whom an analysis could not take in: never left unsaid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from apps.endpoints.domain.groups import Group
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.document import Note
from apps.endpoints.domain.report.plan import ReportPlan
from apps.endpoints.domain.values import ScoreSeries


def without_values(
    groups: Sequence[Group], series: Mapping[str, ScoreSeries], days: Sequence[int]
) -> tuple[tuple[str, str], ...]:
    """(Number, reason) of the members without a baseline, or without a score on any of the days."""
    found = []
    for number in sorted(frozenset[str]().union(*(group.numbers for group in groups)) if groups else ()):
        one = series.get(number)
        if one is None or one.baseline is None:
            found.append((number, "no baseline"))
        elif not any(day in one.visits for day in days):
            on = (
                f"on Day {days[0]}" if len(days) == 1 else f"on Days {wording.listed([str(d) for d in days])}"
            )
            found.append((number, f"no score {on}"))
    return tuple(found)


def left_out_notes(
    left_out: Iterable[tuple[str, str]], groups: Sequence[Group], plan: ReportPlan
) -> tuple[Note, ...]:
    """One remark for each reason: how many by arm and who, or pooled how many, small counts withheld."""
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for number, reason in left_out:
        by_reason[reason].append(number)
    return tuple(
        Note(f"Not analyzed, {reason}: {_who(sorted(numbers), groups, plan)}.")
        for reason, numbers in sorted(by_reason.items())
    )


def _who(numbers: Sequence[str], groups: Sequence[Group], plan: ReportPlan) -> str:
    if plan.pooled:
        few = 0 < len(numbers) < plan.least_shown
        return f"fewer than {plan.least_shown} participants" if few else f"{len(numbers)} participants"
    parts = []
    for group in groups:
        mine = [number for number in numbers if number in group.numbers]
        if mine:
            parts.append(f"{len(mine)} of {group.brief or group.label} ({', '.join(mine)})")
    return wording.listed(parts)
