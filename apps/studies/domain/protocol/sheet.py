"""The monitoring data sheet of a session: what it asks, and within how many days it is to be sent."""

from __future__ import annotations

from pydantic import Field

from apps.studies.domain.blocks import Block, Code, Marked, Text


class SheetEffect(Marked):
    """An effect the sheet asks for, with onset and resolution.

    It is read from the readings: it lasts while the value is outside the limit of a `condition` of leaving, or while
    one of the escalation `rules` triggers. Adverse events count whose term as reported holds one of the `terms`.
    """

    code: Code
    label: Text
    condition: Code | None = None
    rules: tuple[Code, ...] = ()
    terms: tuple[Text, ...] = ()


class MedicineClass(Block):
    """A class of medicines that the sheet asks about; the record keeps names, so the class is ticked by hand."""

    code: Code
    label: Text


class MonitoringSheet(Marked):
    """The sheet. `due_days` are calendar days from the day of the session; `peak_minute` is a slot with a pressure."""

    title: Text
    due_days: int = Field(default=7, ge=1)
    peak_minute: int = Field(default=40, ge=1)
    effects: tuple[SheetEffect, ...] = Field(min_length=1)
    medicine_classes: tuple[MedicineClass, ...] = ()
