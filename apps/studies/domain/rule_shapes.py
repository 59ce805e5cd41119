"""The shapes of a rule: conditions written as data.

`all`, `any` and `not` join; `fact` with `op` and `value`, `between`, `in` and `percent_change` compare. The language
has no names of its own: facts come from the protocol file, or are the reading keys listed in `readings.py`.
`rules.py` evaluates.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from apps.studies.domain.blocks import Block, ByAge, Key

Scalar = bool | int | float | str
Op = Literal["==", "!=", "<", "<=", ">", ">="]


class FactRef(Block):
    """The value of another fact, as the right side of a comparison."""

    fact: Key


class AgeLimit(Block):
    """A limit that depends on the age held by a fact in whole years."""

    by_age: ByAge
    age_fact: Key = "age_years"


class All(Block):
    """True when every part is true."""

    all: tuple[Rule, ...] = Field(min_length=1)


class AnyOf(Block):
    """True when at least one part is true."""

    any: tuple[Rule, ...] = Field(min_length=1)


class Not(Block):
    """True when its part is false."""

    not_: Rule = Field(alias="not")


class Compare(Block):
    """One fact against a value, another fact, or a limit by age."""

    fact: Key
    op: Op
    value: Scalar | FactRef | AgeLimit


class Between(Block):
    """A number within two limits, both included."""

    fact: Key
    between: tuple[int | float, int | float]

    @model_validator(mode="after")
    def _in_order(self) -> Between:
        if self.between[0] > self.between[1]:
            raise ValueError("the lower limit of 'between' is above the upper one")
        return self


class OneOf(Block):
    """A fact that equals one of the listed values."""

    fact: Key
    in_: tuple[Scalar, ...] = Field(alias="in", min_length=1)


class FromTo(Block):
    """Two facts on the same scale, the earlier and the later."""

    from_: Key = Field(alias="from")
    to: Key


class PercentChange(Block):
    """100 * (to - from) / from against a value. Improvement on a depression scale is negative."""

    percent_change: FromTo
    op: Op
    value: int | float


def _tag(value: Any) -> str | None:
    for cls, tag in _TAGS.items():
        if isinstance(value, cls):
            return tag
    if isinstance(value, dict):
        for tag in ("all", "any", "not", "not_", "percent_change", "between", "in", "in_"):
            if tag in value:
                return tag.rstrip("_")
        return "compare"
    return None


Rule = Annotated[
    Annotated[All, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[Compare, Tag("compare")]
    | Annotated[Between, Tag("between")]
    | Annotated[OneOf, Tag("in")]
    | Annotated[PercentChange, Tag("percent_change")],
    Discriminator(
        _tag,
        custom_error_type="rule",
        custom_error_message=(
            "a rule is one of: all, any, not, fact with op and value, between, in, percent_change"
        ),
    ),
]

_TAGS: dict[type[Block], str] = {
    All: "all",
    AnyOf: "any",
    Not: "not",
    Compare: "compare",
    Between: "between",
    OneOf: "in",
    PercentChange: "percent_change",
}

for _model in (All, AnyOf, Not):
    _model.model_rebuild()
