"""Checks on safety scales, other medicines, relapse, and the list of uncertain facts."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from apps.studies.domain.blocks import Block, ByAge
from apps.studies.domain.checks.rules import name_faults
from apps.studies.domain.protocol import Protocol
from apps.studies.domain.yaml_reading import Fault

FREQUENCY_NAMES = frozenset({"score"})
RELAPSE_NAMES = frozenset({"score", "previous_score"})


def long_term_rules_read_scores(protocol: Protocol) -> Iterator[Fault]:
    """Frequency and relapse rules read scores, not screening facts."""
    if protocol.frequency is not None:
        for index, option in enumerate(protocol.frequency.options):
            path = f"frequency.options[{index}].when"
            yield from name_faults(option.when, path, FREQUENCY_NAMES, "name")
    if protocol.relapse is not None:
        yield from name_faults(protocol.relapse.rule, "relapse.rule", RELAPSE_NAMES, "name")
        if protocol.relapse.minimum_days_apart > protocol.relapse.maximum_days_apart:
            yield Fault("relapse.minimum_days_apart", "more than maximum_days_apart")


def safety_scales_agree(protocol: Protocol) -> Iterator[Fault]:
    """The causalities that count as related stand on the scale; deadlines are days, the nearer first."""
    scale = {grade.code for grade in protocol.safety.causality_scale}
    for index, code in enumerate(protocol.safety.related_causalities):
        if code not in scale:
            yield Fault(f"safety.related_causalities[{index}]", f"{code} is not on the causality scale")
    fatal, other = protocol.safety.susar_days
    if not 0 < fatal <= other:
        yield Fault("safety.susar_days", "the deadline for fatal events comes first and is the shorter")


def medicines_agree(protocol: Protocol) -> Iterator[Fault]:
    """Weeks rise, and a rule that points at a gate points at one that exists."""
    for place, drug in enumerate(protocol.oral_antidepressants):
        for index, (earlier, later) in enumerate(pairwise(drug.titration)):
            if later.week <= earlier.week:
                path = f"oral_antidepressants[{place}].titration[{index + 1}].week"
                yield Fault(path, f"week {later.week} does not come after week {earlier.week}")
    gates = {gate.code for gate in protocol.gates}
    for index, rule in enumerate(protocol.concomitant):
        if rule.gate is not None and rule.gate not in gates:
            yield Fault(f"concomitant[{index}].gate", f"unknown gate {rule.gate}")


def uncertain_facts_are_in_the_file(protocol: Protocol) -> Iterator[Fault]:
    """`uncertain.path` leads to a block, by field names and by the codes of list entries."""
    for index, entry in enumerate(protocol.uncertain):
        if not _leads_somewhere(protocol, entry.path.split(".")):
            yield Fault(f"uncertain[{index}].path", f"{entry.path} leads to no block of this file")


def _leads_somewhere(node: Any, steps: list[str]) -> bool:
    if not steps or isinstance(node, ByAge):
        return not steps
    step, rest = steps[0], steps[1:]
    if isinstance(node, tuple):
        for item in node:
            name = (
                getattr(item, "code", None) or getattr(item, "key", None) or getattr(item, "instrument", None)
            )
            if name == step:
                return _leads_somewhere(item, rest)
        return False
    if isinstance(node, Block) and step in type(node).model_fields:
        return _leads_somewhere(getattr(node, step, None), rest)
    return False


CONDUCT_CHECKS = (
    (("frequency", "relapse"), long_term_rules_read_scores),
    (("safety",), safety_scales_agree),
    (("oral_antidepressants", "concomitant", "gates"), medicines_agree),
    (tuple(Protocol.model_fields), uncertain_facts_are_in_the_file),
)
