"""Columns of a table: one per arm for a reader who may know the arms, one for everybody otherwise.

Every table is computed from `groups`; nothing else in this package asks whether the reader is blinded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from apps.endpoints.domain.values import Arm, NotAnalysable, ParticipantRecord


@dataclass(frozen=True)
class Group:
    """The participants of one column. `arm` is None in the column that pools everybody; `brief` is for
    figures."""

    arm: str | None
    label: str
    members: tuple[ParticipantRecord, ...]
    brief: str = ""

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The participant numbers of the column."""
        return frozenset(member.number for member in self.members)

    @property
    def size(self) -> int:
        """How many participants the column holds."""
        return len(self.members)


def group_participants(
    participants: Sequence[ParticipantRecord],
    *,
    arms: Sequence[Arm] | None,
    as_treated: bool = False,
    total: bool = False,
    pooled_label: str = "All arms pooled",
) -> tuple[Group, ...]:
    """Split participants into columns in the order of `arms`, or into a single pooled column for
    ``arms=None``.

    `as_treated` sorts by what was given instead of by what was allotted; `total` adds a last column of
    everybody.

    :raises NotAnalysable: if arms are asked for and a participant's arm is unknown or not among them.
    """
    everybody = tuple(sorted(participants, key=lambda one: one.number))
    if arms is None:
        return (Group(None, pooled_label, everybody, pooled_label),)
    known = {arm.code for arm in arms}
    by_arm: dict[str, list[ParticipantRecord]] = {arm.code: [] for arm in arms}
    lost: list[str] = []
    for participant in everybody:
        arm = (participant.treated_arm if as_treated else None) or participant.arm
        if arm is None or arm not in known:
            lost.append(participant.number)
        else:
            by_arm[arm].append(participant)
    if lost:
        raise NotAnalysable(*(f"The arm of participant {number} is not known." for number in lost))
    groups = tuple(Group(arm.code, arm.label, tuple(by_arm[arm.code]), arm.brief) for arm in arms)
    return (*groups, Group(None, "Total", everybody, "Total")) if total else groups


def suppress_small(counts: Sequence[int], *, threshold: int) -> tuple[int | None, ...]:
    """Hide small cells of a complete breakdown: None stands for a hidden count.

    Counts from 1 to ``threshold - 1`` are hidden. Were only one hidden, the total would give it away by
    subtraction, so the smallest other count above zero is hidden as well. ``threshold <= 1`` hides nothing.
    """
    shown: list[int | None] = [None if 0 < count < threshold else count for count in counts]
    if shown.count(None) == 1:
        rest = [
            (count, place) for place, count in enumerate(counts) if shown[place] is not None and count > 0
        ]
        if rest:
            shown[min(rest)[1]] = None
    return tuple(shown)
