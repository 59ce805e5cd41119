"""What may be said of a medicine beside the nasal spray."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from apps.core.exceptions import Reason


class MedicationKind(StrEnum):
    """The oral antidepressant that belongs to the trial's treatment, or anything else."""

    STUDY_ORAL = "STUDY_ORAL"
    CONCOMITANT = "CONCOMITANT"


@dataclass(frozen=True, slots=True)
class Taken:
    """A medicine as somebody entered it; days on the calendar of the site.

    `concomitant_rule` is the code of the protocol's rule for other medicines under which it falls, "" for none.
    """

    kind: str
    name: str
    started_on: date
    stopped_on: date | None = None
    dose_text: str = ""
    indication: str = ""
    concomitant_rule: str = ""


def faults(
    taken: Taken,
    *,
    oral_allowed: Collection[str],
    oral_under_way: bool,
    today: date,
    rules: Collection[str] = (),
) -> tuple[Reason, ...]:
    """Return everything that cannot be right.

    `oral_allowed` are the study antidepressants of the protocol (none in a monotherapy trial); a participant
    takes one of them at a time. `rules` are the codes of the protocol's rules for other medicines.
    """
    found = []
    if taken.kind not in set(MedicationKind):
        found.append(Reason("unknown_kind", "Say which kind of medicine it is.", "kind"))
    if not taken.name:
        found.append(Reason("no_name", "Name the medicine.", "name"))
    if len(taken.name) > 100 or len(taken.dose_text) > 60 or len(taken.indication) > 200:
        found.append(Reason("too_long", "Say it in fewer words.", "name"))
    if taken.started_on > today:
        found.append(Reason("future", "It cannot have begun after today.", "started_on"))
    if taken.stopped_on is not None and not taken.started_on <= taken.stopped_on <= today:
        found.append(Reason("stopped_on", "The last day lies between the first and today.", "stopped_on"))
    if taken.concomitant_rule and taken.concomitant_rule not in rules:
        found.append(Reason("unknown_rule", "The protocol has no such rule.", "concomitant_rule"))
    if taken.kind == MedicationKind.STUDY_ORAL:
        if taken.concomitant_rule:
            text = "The study antidepressant falls under no rule for other medicines."
            found.append(Reason("rule_of_others", text, "concomitant_rule"))
        if taken.name not in oral_allowed:
            words = ", ".join(sorted(oral_allowed)) or "none"
            found.append(
                Reason("not_in_protocol", f"The protocol's oral antidepressants are: {words}.", "name")
            )
        if oral_under_way:
            found.append(Reason("under_way", "A study antidepressant is under way; end it first.", "kind"))
    return tuple(found)
