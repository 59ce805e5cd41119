"""Enumerations of the domain, as Django wants them."""

from enum import StrEnum


def choices_of(enum: type[StrEnum]) -> list[tuple[str, str]]:
    """Return (code, label) pairs of plain strings.

    Plain strings, because members themselves would be written into migrations as imports of live code.
    """
    return [(member.value, member.name.replace("_", " ").capitalize()) for member in enum]


def codes_of(enum: type[StrEnum]) -> list[str]:
    """Return the codes alone, for check constraints."""
    return [member.value for member in enum]
