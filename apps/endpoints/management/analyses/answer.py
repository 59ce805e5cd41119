"""What an analysis of the command line answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.core.exceptions import Refused


@dataclass(frozen=True, slots=True)
class Answer:
    """Lines for a person and an object for a program; or, where there is no answer, `refusal` and the object alone."""

    machine: Mapping[str, Any]
    lines: Sequence[str] = ()
    refusal: Refused | None = None
