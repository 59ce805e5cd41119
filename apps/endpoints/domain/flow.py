"""Participant flow: where everybody who was screened ended up (the numbers of a CONSORT diagram)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.endpoints.domain.groups import group_participants
from apps.endpoints.domain.values import Arm, NotAnalysable, ParticipantRecord


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many participants left for one reason."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class FlowColumn:
    """One arm (or everybody pooled) from the draw to the end of the phase.

    ``randomized == stopped_before_dose + completed + discontinued + ongoing``; `ongoing` includes those not
    yet dosed.
    """

    arm: str | None
    label: str
    randomized: int
    dosed: int
    stopped_before_dose: int
    completed: int
    discontinued: int
    discontinued_by_reason: tuple[ReasonCount, ...]
    ongoing: int


@dataclass(frozen=True, slots=True)
class ParticipantFlow:
    """Screened, failed, randomized, dosed, completed, discontinued; every step adds up to the one before
    it."""

    screened: int
    screen_failed: int
    screen_failed_by_reason: tuple[ReasonCount, ...]
    in_screening: int
    randomized: int
    columns: tuple[FlowColumn, ...]


def participant_flow(
    participants: Sequence[ParticipantRecord], *, arms: Sequence[Arm] | None
) -> ParticipantFlow:
    """Count the flow, by arm or pooled. A screen failure counts once, under the first of its reasons.

    :raises NotAnalysable: if somebody both failed screening and was randomized, or was dosed without being
        randomized, or both completed and discontinued.
    """
    _refuse_contradictions(participants)
    randomized = [one for one in participants if one.randomized]
    failed = [one for one in participants if one.screen_failed]
    columns = tuple(
        _column(group.arm, group.label, group.members) for group in group_participants(randomized, arms=arms)
    )
    return ParticipantFlow(
        screened=len(participants),
        screen_failed=len(failed),
        screen_failed_by_reason=_by_reason(
            (one.screen_failure_reasons or ("Not stated",))[0] for one in failed
        ),
        in_screening=len(participants) - len(failed) - len(randomized),
        randomized=len(randomized),
        columns=columns,
    )


def _column(arm: str | None, label: str, members: Sequence[ParticipantRecord]) -> FlowColumn:
    dosed = [one for one in members if one.dosed]
    completed = sum(one.completed for one in members)
    stopped = [one for one in dosed if not one.completed and one.discontinuation_reason is not None]
    never = [one for one in members if not one.dosed and one.discontinuation_reason is not None]
    return FlowColumn(
        arm=arm,
        label=label,
        randomized=len(members),
        dosed=len(dosed),
        stopped_before_dose=len(never),
        completed=completed,
        discontinued=len(stopped),
        discontinued_by_reason=_by_reason(one.discontinuation_reason or "" for one in stopped),
        ongoing=len(members) - completed - len(stopped) - len(never),
    )


def _by_reason(reasons: Iterable[str]) -> tuple[ReasonCount, ...]:
    counts = Counter(reasons)
    return tuple(
        ReasonCount(reason, count) for reason, count in sorted(counts.items(), key=lambda kv: (-kv[1], kv[0]))
    )


def _refuse_contradictions(participants: Sequence[ParticipantRecord]) -> None:
    faults = [
        f"Participant {one.number} {fault}."
        for one in participants
        for broken, fault in (
            (one.screen_failed and one.randomized, "failed screening and was randomized"),
            (one.dosed and not one.randomized, "was dosed without being randomized"),
            (one.completed and one.discontinuation_reason is not None, "completed and also discontinued"),
            (one.completed and not one.dosed, "completed without a dose"),
        )
        if broken
    ]
    if faults:
        raise NotAnalysable(*faults)
