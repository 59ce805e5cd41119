"""What every JSON of `analyze` begins with, and the whole of it where there is no answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.core.exceptions import Refused
from apps.endpoints.domain.analyses.csv_file import CsvFile

SCHEMA_VERSION = 1


def head_json(analysis: str, file: CsvFile, *, software: Mapping[str, str]) -> dict[str, Any]:
    """Which analysis, with what, of which file."""
    return {
        "analysis": analysis,
        "schema_version": SCHEMA_VERSION,
        "software": dict(software),
        "data": {
            "sha256": file.digest,
            "rows": len(file.lines),
            "missing_words": sorted(file.missing - {""}),
        },
    }


def refusal_json(refusal: Refused) -> dict[str, Any]:
    """Why there is no answer: every reason. A file of numbers of an earlier run must not be taken for this one's."""
    return {"code": refusal.code, "reasons": [reason.message for reason in refusal.reasons]}
