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
    """What is known of a draw outside the sealed schema. `number` is as printed; `at` None: not compared."""

    participant: str
    stratum: str
    number: str
    key: str
    record_hash: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Everything kept of one list. The order of the tuples means nothing.

    `commitment` is the published one; `number_format` makes the number as printed.
    """

    list_id: str
    commitment: str
    slots: tuple[StoredSlot, ...]
    draws: tuple[StoredDraw, ...]
    allocations: tuple[PublicAllocation, ...]
    number_format: str = "R{number:05d}"


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
