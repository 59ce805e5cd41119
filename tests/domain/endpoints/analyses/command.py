"""Ways to run `manage.py analyze` and to hold its answer to its schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from apps.endpoints.management.analyses import main

ROOT = Path(__file__).parents[4]


def schema_of(analysis: str) -> dict[str, Any]:
    """The published schema of an analysis."""
    found: dict[str, Any] = json.loads((ROOT / f"docs/reference/analyze-{analysis}.schema.json").read_text())
    return found


def answered(capsys: pytest.CaptureFixture[str], analysis: str, *words: str) -> dict[str, Any]:
    """The JSON of a run that went well, held to its schema."""
    assert main([analysis, *words, "--json", "-"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(schema_of(analysis)).validate(answer)
    return answer


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The text of a run that went well."""
    assert main(words) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """The sentences of a run that was refused."""
    assert main(words) == 1
    found = capsys.readouterr()
    assert not found.out
    assert "Traceback" not in found.err
    return found.err.splitlines()
