"""The readiness checklist of the protocol, answered by the record."""

from __future__ import annotations

from dataclasses import dataclass

from apps.papers.domain.record import ConditionLine, GateLine, Record


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `answer` None is an open box: the record does not say; `found` is what it rests on."""

    code: str
    label: str
    answer: bool | None
    found: str
    mark: str | None


@dataclass(frozen=True, slots=True)
class Part:
    label: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Readiness:
    """The checklist of one session."""

    title: str
    parts: tuple[Part, ...]


def readiness_of(record: Record) -> Readiness | None:
    """Return the checklist; None where the protocol has none."""
    asked = record.protocol.discharge.checklist
    if asked is None:
        return None
    gates = {gate.code: gate for gate in record.gates}
    conditions = {line.code: line for line in record.conditions}
    return Readiness(
        title=asked.title,
        parts=tuple(
            Part(
                part.label,
                tuple(
                    _line(
                        item.code,
                        item.label,
                        item.mark,
                        [gates.get(code) for code in item.gates],
                        [conditions.get(code) for code in item.conditions],
                        released=record.release is not None,
                    )
                    for item in part.items
                ),
            )
            for part in asked.parts
        ),
    )


def _line(
    code: str,
    label: str,
    mark: str | None,
    gates: list[GateLine | None],
    conditions: list[ConditionLine | None],
    *,
    released: bool,
) -> Line:
    answers = [
        *(_of_gate(gate) for gate in gates),
        *(_of_condition(line, released=released) for line in conditions),
    ]
    answer = None if not answers or None in answers else all(answers)
    if False in answers:
        answer = False
    said = [_gate_words(gate) for gate in gates if gate is not None and gate.outcome]
    said += [
        line.found if line.met or not line.needed else f"{line.found or line.label}: {line.needed}"
        for line in conditions
        if line is not None
    ]
    return Line(code, label, answer, _joined(said), mark)


def _of_gate(gate: GateLine | None) -> bool | None:
    return None if gate is None or not gate.outcome else gate.outcome == "PASSED"


def _of_condition(line: ConditionLine | None, *, released: bool) -> bool | None:
    """What rests on a signer's word is open until somebody signed the release, with or without it."""
    if line is None or (line.by_word and not line.met and not released):
        return None
    return line.met


def _gate_words(gate: GateLine) -> str:
    if gate.outcome == "OVERRIDDEN":
        return f"{gate.message} Overridden: {gate.reason}".strip()
    return gate.message


def _joined(said: list[str]) -> str:
    """Return sentences one after the other, each once."""
    found = dict.fromkeys(text.strip().rstrip(".") for text in said if text.strip())
    return ". ".join(found)
