"""Which reading counts for which visit, said before anybody looks at the values."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from apps.studies.domain.blocks import Marked


class Windowing(Marked):
    """How readings are assigned to visits for the analysis.

    `as_planned`: a reading counts for the visit it was recorded at, whenever it was taken. `visit_windows`: it counts
    for the visit in whose window of the grid it was taken. `contiguous`: every day after baseline belongs to the
    nearest visit, up to `last_day` (the end of the last visit's window if not given). Under the last two, `duplicates`
    says which of several readings of one window counts, and `tie` which of two that are equally near: readings, and
    visits.
    """

    rule: Literal["as_planned", "visit_windows", "contiguous"] = "as_planned"
    duplicates: Literal["nearest", "first", "last"] = "nearest"
    tie: Literal["earlier", "later"] = "later"
    last_day: int | None = Field(default=None, ge=2)

    @model_validator(mode="after")
    def _says_only_what_is_used(self) -> Windowing:
        if self.last_day is not None and self.rule != "contiguous":
            raise ValueError("last_day belongs to the rule contiguous")
        return self


#: The rule where a protocol says nothing.
AS_PLANNED = Windowing()
