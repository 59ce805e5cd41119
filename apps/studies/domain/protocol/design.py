"""The shape of the trial: phases, arms, and how participants are shared among the arms."""

from __future__ import annotations

import string
from typing import Literal

from pydantic import Field, field_validator

from apps.studies.domain.blocks import Block, Code, Key, Marked, Text
from apps.studies.domain.rules import Facts, Rule, evaluate

Blinding = Literal["double_blind", "open_label"]
Treatment = Literal["esketamine", "placebo"]
StratumSource = Literal["participant", "site_country", "site"]


class Phase(Marked):
    """A stretch of the trial. `days` is the planned length, None where it varies up to `maximum_days`."""

    code: Code
    label: Text
    days: int | None = Field(default=None, ge=1)
    maximum_days: int | None = Field(default=None, ge=1)
    summary: str = ""

    @property
    def weeks(self) -> float | None:
        """The planned length in weeks, None where it varies."""
        return None if self.days is None else self.days / 7


class Arm(Marked):
    """A treatment group and its share in the ratio.

    `fixed_dose_mg` is the dose of a fixed-dose arm (None: flexible, or placebo). `first_dose_mg` is its Day
    1 dose when that differs.
    """

    code: Code
    label: Text
    treatment: Treatment
    ratio: int = Field(ge=1, le=20)
    fixed_dose_mg: int | None = Field(default=None, ge=1)
    first_dose_mg: int | None = Field(default=None, ge=1)


class Level(Block):
    """One level of a stratum factor. Without `when`, the fact equals the code."""

    code: Code
    label: Text
    when: Rule | None = None


class StratumFactor(Marked):
    """A factor the randomization list is stratified by.

    `participant` factors read `fact`; `site_country` and `site` take their level from the site, so they
    need no levels here.
    """

    code: Code
    label: Text
    source: StratumSource
    fact: Key | None = None
    levels: tuple[Level, ...] = ()

    def level_of(self, facts: Facts) -> str | None:
        """The code of the participant's level; None when open (`participant` source only)."""
        for level in self.levels:
            if level.when is not None:
                if evaluate(level.when, facts) is True:
                    return level.code
            elif self.fact is not None and facts.get(self.fact) == level.code:
                return level.code
        return None


class RandomizationList(Marked):
    """One of the lists participants are drawn from. The list without `when` takes everybody else."""

    code: Code
    label: Text
    when: Rule | None = None


class Randomization(Marked):
    """How participants are shared among the arms; the ratio stands at the arms.

    `number_format` makes the randomization number from `{number}`; it must not reveal list, stratum or arm.
    """

    method: Literal["permuted_blocks", "none"]
    block_sizes: tuple[int, ...] = ()
    strata: tuple[StratumFactor, ...] = ()
    lists: tuple[RandomizationList, ...] = ()
    number_format: str = "R{number:05d}"

    @field_validator("number_format")
    @classmethod
    def _only_the_number(cls, text: str) -> str:
        try:
            names = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
            sample = text.format(number=1) if names == {"number"} else ""
        except (ValueError, KeyError, IndexError) as error:
            raise ValueError("number_format is not a format such as R{number:05d}") from error
        if not sample or len(sample) > 40:
            raise ValueError(
                "number_format must use {number} and nothing else, and give at most 40 characters"
            )
        return text

    def list_for(self, facts: Facts) -> RandomizationList | None:
        """The list of a participant with these facts; None when a missing fact leaves it open."""
        default: RandomizationList | None = None
        for entry in self.lists:
            if entry.when is None:
                default = entry
                continue
            answer = evaluate(entry.when, facts)
            if answer is None:
                return None
            if answer:
                return entry
        return default


class SiteTarget(Block):
    """How many participants one site is expected to bring."""

    site: Code
    target: int = Field(ge=0)


class Enrolment(Marked):
    """The number to randomize (or enter, when open label), and over how many months."""

    target: int = Field(ge=1)
    planned_months: int = Field(ge=1, le=240)
    expected_screened: int | None = Field(default=None, ge=1)
    sites: tuple[SiteTarget, ...] = ()
