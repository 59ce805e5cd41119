"""Checks on phases, blinding, strata and lists. Those on the method stand in `randomization`."""

from __future__ import annotations

from collections.abc import Iterator

from apps.studies.domain.protocol import Protocol
from apps.studies.domain.yaml_reading import Fault


def lists_take_everybody(protocol: Protocol) -> Iterator[Fault]:
    """Exactly one list has no rule, so that nobody falls between the lists."""
    if protocol.randomization.method == "none":
        if protocol.randomization.lists:
            yield Fault("randomization.lists", "there are no lists without randomization")
        return
    defaults = [index for index, entry in enumerate(protocol.randomization.lists) if entry.when is None]
    if not defaults:
        yield Fault(
            "randomization.lists", "no default list: one list must have no 'when' and take everybody else"
        )
    for index in defaults[1:]:
        yield Fault(
            f"randomization.lists[{index}].when", "a second list without a rule would never be reached"
        )


def strata_have_levels(protocol: Protocol) -> Iterator[Fault]:
    """A participant factor needs at least two levels and a way to find the participant's."""
    facts = {fact.key: fact for fact in protocol.facts}
    for index, factor in enumerate(protocol.randomization.strata):
        path = f"randomization.strata[{index}]"
        if factor.source != "participant":
            continue
        if len(factor.levels) < 2:
            yield Fault(f"{path}.levels", f"stratum {factor.code} needs at least two levels")
        unruled = [level for level in factor.levels if level.when is None]
        if factor.fact is None:
            if unruled:
                yield Fault(
                    f"{path}.fact", f"stratum {factor.code} names no fact and its levels have no rules"
                )
            continue
        fact = facts.get(factor.fact)
        if fact is None:
            yield Fault(f"{path}.fact", f"unknown fact {factor.fact}")
        elif unruled and fact.kind != "choice":
            yield Fault(f"{path}.levels", f"{factor.fact} is no choice, so each level needs a rule ('when')")
        elif len(unruled) == len(factor.levels):
            codes = {level.code for level in factor.levels}
            for choice in fact.choices:
                if choice.code not in codes:
                    yield Fault(f"{path}.levels", f"no level for the answer {choice.code} of {factor.fact}")


def phases_are_known(protocol: Protocol) -> Iterator[Fault]:
    """Visits stand in a phase the protocol has, and a phase is not longer than its maximum."""
    codes = {phase.code for phase in protocol.phases}
    for index, visit in enumerate(protocol.visits):
        if visit.phase is not None and visit.phase not in codes:
            yield Fault(f"visits[{index}].phase", f"unknown phase {visit.phase}")
    for index, phase in enumerate(protocol.phases):
        if phase.days is not None and phase.maximum_days is not None and phase.days > phase.maximum_days:
            yield Fault(f"phases[{index}].maximum_days", f"less than the planned {phase.days} days")


def blind_has_something_to_hide(protocol: Protocol) -> Iterator[Fault]:
    """A double-blind trial has at least two arms; with one arm there is nothing to blind."""
    if protocol.blinding == "double_blind" and len(protocol.arms) < 2:
        yield Fault("blinding", "double-blind with a single arm")


DESIGN_CHECKS = (
    (("randomization",), lists_take_everybody),
    (("randomization", "facts"), strata_have_levels),
    (("phases", "visits"), phases_are_known),
    (("blinding", "arms"), blind_has_something_to_hide),
)
