"""What an instrument is made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class License(StrEnum):
    """What the owner of the wording allows."""

    PUBLIC = "public"
    LICENSE_REQUIRED = "license_required"
    USER_SUPPLIED = "user_supplied"


class MissingRule(StrEnum):
    """What becomes of the total when an item is missing. Nothing is ever prorated."""

    TOTAL_MISSING = "total_missing"
    NO_TOTAL = "no_total"


class Purpose(StrEnum):
    """What an instrument is for; it decides who may enter it (docs of the blind: session staff see no efficacy)."""

    EFFICACY = "efficacy"
    SAFETY = "safety"
    ELIGIBILITY = "eligibility"
    BLINDING = "blinding"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A name for one answer, where the scale's own words are free to use or are neutral."""

    value: int
    label: str


@dataclass(frozen=True, slots=True)
class Item:
    """One question: its code, a neutral label, its limits (both included), and whether the total counts it.

    Higher answers are worse unless `higher_is_better`.
    """

    code: str
    label: str
    minimum: int
    maximum: int
    counts: bool = True
    anchors: tuple[Anchor, ...] = ()
    higher_is_better: bool = False

    @property
    def values(self) -> range:
        """Every permitted answer."""
        return range(self.minimum, self.maximum + 1)

    def anchor(self, value: int) -> str:
        """The name of an answer, empty where it has none."""
        return next((anchor.label for anchor in self.anchors if anchor.value == value), "")


@dataclass(frozen=True, slots=True)
class Instrument:
    """One scale. `minimum` and `maximum` are those of the total; None where it has none."""

    code: str
    title: str
    items: tuple[Item, ...]
    minimum: int | None
    maximum: int | None
    license: License
    purpose: Purpose
    missing: MissingRule = MissingRule.TOTAL_MISSING
    source: str = ""
    short: str = ""

    @property
    def name(self) -> str:
        """The name people use: "PHQ-9"."""
        return self.short or self.code

    def item(self, code: str) -> Item:
        """The item of this code. Raises KeyError when there is none."""
        for item in self.items:
            if item.code == code:
                return item
        raise KeyError(code)

    @property
    def is_stepped(self) -> bool:
        """True when the items share one short range, so that a page can show them as rows of buttons."""
        return len(self.items) > 1 and len({(item.minimum, item.maximum) for item in self.items}) == 1


@dataclass(frozen=True, slots=True)
class Score:
    """The total, or None; and the codes of the counted items that are missing."""

    total: int | None
    missing: tuple[str, ...]
