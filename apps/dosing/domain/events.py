"""What a session tells the apps above it. Which of them react stands in config/reactions.py.

Published in the transaction of the act, so that a reaction that fails undoes it. `by` is the person who acted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class GateOverridden:
    """An investigator let the dose go on against a gate that held; `check_id` is the record of it.

    `label` names the gate, `held` says what held, `reason` why the dose went on.
    """

    participant_id: UUID
    session_id: UUID
    check_id: UUID
    gate: str
    label: str
    held: str
    reason: str
    by: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class ClearingBegins:
    """The gates let a session be cleared. Whoever has something else against the dose refuses now, before the spray."""

    participant_id: UUID
    session_id: UUID
    by: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class DoseBegun:
    """The first spray of a session: T0 (`dosed_at`), entered at `at`."""

    participant_id: UUID
    session_id: UUID
    dosed_at: datetime
    by: Any
    at: datetime
