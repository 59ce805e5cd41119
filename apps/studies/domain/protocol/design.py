"""The shape of the trial: phases, arms, and how participants are shared among the arms."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, field_validator, model_serializer

from apps.studies.domain.blocks import Block, Code, Key, Marked, Text
from apps.studies.domain.rules import Facts, Rule, evaluate

Blinding = Literal["double_blind", "open_label"]
Treatment = Literal["esketamine", "placebo"]
StratumSource = Literal["participant", "site_country", "site"]
RandomizationMethod = Literal["permuted_blocks", "simple", "minimization", "uploaded", "none"]
Imbalance = Literal["range", "squared_difference"]
Weight = Annotated[int, Field(ge=1, le=100)]

_FRACTION = re.compile(r"([0-9]{1,4})/([1-9][0-9]{0,3})")


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


class Minimization(Marked):
    """How minimization prefers the arm that balances the factors of `strata` best.

    Pocock and Simon (1975), Biometrics 31:103; with unequal ratios Han, Enas and McEntegart (2009), Statistics
    in Medicine 28:3329. `imbalance` is how one factor's counts are compared. `probability` is the biased
    coin's for the arm of the least share when it is preferred, a fraction such as 17/20 (kept in lowest
    terms). `weights` are the factors' in the sum, 1 where none is given.
    """

    imbalance: Imbalance
    probability: str = Field(json_schema_extra={"pattern": "^[0-9]{1,4}/[1-9][0-9]{0,3}$"})
    weights: Mapping[Code, Weight] = Field(default_factory=dict)

    @field_validator("probability", mode="before")
    @classmethod
    def _fraction_below_one(cls, text: Any) -> str:
        found = _FRACTION.fullmatch(text.strip()) if isinstance(text, str) else None
        value = Fraction(int(found[1]), int(found[2])) if found else None
        if text == 1 or text == "1" or value == 1:
            raise ValueError(
                "1 makes every arm predictable to whoever knows who is in the trial; use less, such as 17/20"
            )
        if value is None:
            raise ValueError(
                "must be a fraction of whole numbers of at most four digits, such as 17/20, so that it is exact"
            )
        if not 0 < value < 1:
            raise ValueError("is a probability, so above 0 and below 1")
        return f"{value.numerator}/{value.denominator}"

    @property
    def coin(self) -> Fraction:
        """`probability` as a number."""
        return Fraction(self.probability)


class Caps(Marked):
    """The most participants that may be randomized in all, at one site, in one stratum; None: no limit."""

    study: int | None = Field(default=None, ge=1)
    site: int | None = Field(default=None, ge=1)
    stratum: int | None = Field(default=None, ge=1)


class Randomization(Marked):
    """How participants are shared among the arms; the ratio stands at the arms.

    One method serves all lists. `strata` are the strata of lists, and the factors of minimization.
    `number_format` makes the randomization number from `{number}`; it must not reveal list, stratum or arm.
    """

    method: RandomizationMethod
    block_sizes: tuple[int, ...] = ()
    minimization: Minimization | None = None
    strata: tuple[StratumFactor, ...] = ()
    lists: tuple[RandomizationList, ...] = ()
    caps: Caps = Caps()
    number_format: str = "R{number:05d}"

    @model_serializer(mode="wrap")
    def _without_what_is_absent(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out absent minimization and caps: documents stored before these existed keep their digest."""
        written: dict[str, Any] = write(self)
        if self.minimization is None:
            written.pop("minimization", None)
        if self.caps == Caps():
            written.pop("caps", None)
        return written

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
