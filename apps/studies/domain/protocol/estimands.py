"""What exactly is estimated: the intercurrent events a trial knows, and what each estimand makes of them.

The attributes and strategies are those of ICH E9(R1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from apps.studies.domain.blocks import Block, Code, Marked, Text

Strategy = Literal["treatment_policy", "hypothetical", "composite", "while_on_treatment"]


class IntercurrentEvent(Marked):
    """Something that happens after the first dose and changes what a later value means, and the record that tells it.

    `left_treatment`: the participant was discontinued. `prohibited_medicine`: a medicine was begun that falls under a
    prohibited rule of `concomitant`; `rules` narrows it to some of them. `doses_missed`: at least `least` dosing
    visits in a row were missed, counted from the first of them; misses after leaving are part of leaving.
    """

    code: Code
    label: Text
    event: Literal["left_treatment", "prohibited_medicine", "doses_missed"]
    rules: tuple[Code, ...] = ()
    least: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _says_only_what_is_used(self) -> IntercurrentEvent:
        if self.rules and self.event != "prohibited_medicine":
            raise ValueError("rules belong to the event prohibited_medicine")
        if (self.least is not None) != (self.event == "doses_missed"):
            raise ValueError("least belongs to the event doses_missed, which needs it")
        return self


class Handling(Block):
    """What an estimand makes of one kind of event."""

    event: Code
    strategy: Strategy


class Estimand(Marked):
    """The five attributes of an estimand; `handling` names every intercurrent event once.

    `population` is an analysis set. Which values enter an analysis follows from `handling`; the words of the others
    are for readers.
    """

    code: Code
    label: Text
    treatment: Text
    population: Code
    variable: Text
    handling: tuple[Handling, ...] = Field(min_length=1)
    summary: Text

    @property
    def strategies(self) -> Mapping[str, Strategy]:
        """The strategy of each event by its code."""
        return {one.event: one.strategy for one in self.handling}
