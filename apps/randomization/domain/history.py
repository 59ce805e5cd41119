"""What was kept of a list, as it is read for a replay, and how a difference is told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from apps.randomization.domain.shapes import Slot

Check = Literal["commitment", "places", "chain", "draws", "allocations"]


@dataclass(frozen=True, slots=True)
class StoredSlot:
    """A place as it is stored, and who drew it (None: nobody yet)."""

    slot: Slot
    participant: str | None


@dataclass(frozen=True, slots=True)
class StoredDraw:
    """The row of one draw: its record as text, and the hashes before and after it."""

    chain: str
    n: int
    participant: str
    record: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class PublicAllocation:
    """What is known of a draw outside the sealed schema. `number` is as printed, `by` whoever drew."""

    participant: str
    stratum: str
    number: str
    key: str
    record_hash: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class History:
    """Everything kept of one list. The order of the tuples means nothing.

    `commitment` and `extent` are the published ones. `lengths` are the strata with the places each was given, as
    the list was built and made longer. `number_formats` are those of all versions of the protocol, that of the list
    first; `elsewhere` the numbers that the study's other lists have given out, as printed, and when.
    """

    list_id: str
    commitment: str
    slots: tuple[StoredSlot, ...]
    draws: tuple[StoredDraw, ...]
    allocations: tuple[PublicAllocation, ...]
    extent: str = ""
    lengths: tuple[tuple[str, int], ...] = ()
    number_formats: tuple[str, ...] = ("R{number:05d}",)
    elsewhere: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """Where what was kept differs from what should be. `text` names no arm; `detail` may (else it is empty)."""

    check: Check
    text: str
    detail: str = ""

    @property
    def told(self) -> str:
        """The difference for whoever may know the arms."""
        return self.detail or self.text
