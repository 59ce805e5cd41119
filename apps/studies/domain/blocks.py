"""The brick every part of a protocol is made of, and the marks that say how sure we are of a fact."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    StringConstraints,
    field_validator,
    model_validator,
)

Mark = Literal["S", "D", "G", "U"]
"""S: read in a source. D: arithmetic on sourced values. G: general knowledge. U: uncertain or conflicting."""

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.\-]*$", max_length=40)]
"""A short name that other blocks, rows and pages refer to; unique among its siblings."""

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
"""The name of a fact, lower case with underscores."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class Block(BaseModel):
    """A frozen piece of a protocol that refuses fields it does not know."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        str_strip_whitespace=True,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


class Marked(Block):
    """A block that says how sure its author is; pages show an uncertain one as "protocol-defined"."""

    mark: Mark | None = None
    note: str = ""

    @property
    def protocol_defined(self) -> bool:
        """True when the fact rests on general knowledge or memory, so the protocol file alone decides it."""
        return self.mark in ("G", "U")


class Band(Block):
    """One value from an age (whole years, inclusive) up to the next band."""

    from_age: int = Field(default=0, ge=0, le=120)
    value: int | float


class ByAge(RootModel[tuple[Band, ...]]):
    """A number that depends on age. A bare number in the file means the same at every age."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra=lambda schema: _or_number(schema),
    )

    @model_validator(mode="before")
    @classmethod
    def _from_number(cls, value: Any) -> Any:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return ({"from_age": 0, "value": value},)
        return tuple(value) if isinstance(value, list) else value

    @field_validator("root")
    @classmethod
    def _bands_leave_no_gap(cls, bands: tuple[Band, ...]) -> tuple[Band, ...]:
        ages = [band.from_age for band in bands]
        if not ages or ages[0] != 0:
            raise ValueError("the first age band must start from_age 0, so that every age has a value")
        if any(later <= earlier for earlier, later in pairwise(ages)):
            raise ValueError("age bands must be in rising order of from_age")
        return bands

    def at(self, age_years: int) -> int | float:
        """The value for a person of this age in whole years."""
        return [band.value for band in self.root if band.from_age <= age_years][-1]

    @property
    def values(self) -> tuple[int | float, ...]:
        """Every value of the bands, youngest first."""
        return tuple(band.value for band in self.root)


def _or_number(schema: dict[str, Any]) -> None:
    bands = {key: schema.pop(key) for key in ("items", "type") if key in schema}
    schema["anyOf"] = [{"type": "number"}, bands]


def repeated(names: Iterable[str]) -> tuple[str, ...]:
    """The names that occur more than once, in order of first repetition."""
    seen: set[str] = set()
    twice: dict[str, None] = {}
    for name in names:
        if name in seen:
            twice[name] = None
        seen.add(name)
    return tuple(twice)
