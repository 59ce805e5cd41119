"""The facts asked at screening and the criteria that decide on them."""

from __future__ import annotations

from typing import Literal

from apps.studies.domain.blocks import Block, Code, Key, Marked, Text
from apps.studies.domain.rules import Rule

FactKind = Literal["number", "integer", "bool", "choice", "date", "text"]
FactSource = Literal["entered", "participant", "rating", "derived"]
Stage = Literal["screening", "randomization"]


class Choice(Block):
    """One answer of a choice fact."""

    code: Code
    label: Text


class BodyMassIndex(Block):
    """Weight in kg over the square of height in cm, in kg/m2, rounded to one decimal."""

    weight_kg: Key
    height_cm: Key


class Fact(Marked):
    """One thing known of a participant.

    `entered` facts are typed at screening; `participant` facts come from the participant's record (age,
    sex, site); `rating` facts are the total of `instrument` at `visit`; `derived` facts are computed from
    others. A `sensitive` fact is used by rules but not shown to site staff (scores of remote raters).
    """

    key: Key
    label: Text
    kind: FactKind
    unit: str = ""
    minimum: int | float | None = None
    maximum: int | float | None = None
    choices: tuple[Choice, ...] = ()
    section: str = "General"
    stage: Stage = "screening"
    sensitive: bool = False
    source: FactSource = "entered"
    instrument: str | None = None
    visit: Code | None = None
    body_mass_index: BodyMassIndex | None = None


class Criterion(Marked):
    """One inclusion or exclusion criterion, in our own words.

    The rule states the criterion's text: an inclusion is met when it is True, an exclusion applies when it
    is True. Without a rule a clinician answers whether the text is true. `evidence` says what the answer
    rests on. With `blinded_result` the site learns only whether it is met, never the facts behind it.
    """

    code: Code
    kind: Literal["inclusion", "exclusion"]
    text: Text
    stage: Stage = "screening"
    rule: Rule | None = None
    evidence: str = ""
    blinded_result: bool = False
