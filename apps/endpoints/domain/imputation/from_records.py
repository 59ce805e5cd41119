"""From measured scores and intercurrent events to the rows that are imputed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from apps.endpoints.domain.imputation.records import ImputationRow
from apps.endpoints.domain.intercurrent import IntercurrentEvent
from apps.endpoints.domain.values import ParticipantRecord, ScoreSeries


@dataclass(frozen=True, slots=True)
class RowsToImpute:
    """The rows, and (number, reason) of each participant who cannot be one."""

    rows: tuple[ImputationRow, ...]
    left_out: tuple[tuple[str, str], ...]


def imputation_rows(
    participants: Iterable[ParticipantRecord],
    *,
    series: Mapping[str, ScoreSeries],
    days: Sequence[int],
    factors: Sequence[str],
    events: Iterable[IntercurrentEvent] = (),
    keep_after_event: bool = True,
) -> RowsToImpute:
    """One row for each participant with an arm and a baseline, by number; outcomes are changes from baseline.

    Of several events the earliest counts; it affects every planned day after its own. With `keep_after_event`
    what was measured after it stays (treatment policy: only what is missing is imputed); without, it is taken
    out and imputed too (hypothetical).
    """
    first: dict[str, int] = {}
    for event in events:
        first[event.number] = min(event.day, first.get(event.number, event.day))
    rows: list[ImputationRow] = []
    left_out: list[tuple[str, str]] = []
    for one in sorted(participants, key=lambda person: person.number):
        scores = series.get(one.number)
        if one.arm is None:
            left_out.append((one.number, "no arm"))
            continue
        if scores is None or scores.baseline is None:
            left_out.append((one.number, "no baseline"))
            continue
        lacking = [name for name in factors if name not in one.strata]
        if lacking:
            left_out.append((one.number, f"no {' and no '.join(lacking)}"))
            continue
        after = [day for day in sorted(days) if one.number in first and day > first[one.number]]
        counting = [day for day in days if keep_after_event or day not in after]
        rows.append(
            ImputationRow(
                number=one.number,
                arm=one.arm,
                outcomes={day: change for day in counting if (change := scores.change(day)) is not None},
                covariate=scores.baseline,
                factors={name: one.strata[name] for name in factors},
                affected_from=after[0] if after else None,
            )
        )
    return RowsToImpute(tuple(rows), tuple(left_out))
