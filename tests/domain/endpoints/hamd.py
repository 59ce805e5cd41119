"""The published antidepressant example as rows to impute."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

from apps.endpoints.domain.imputation import ImputationPlan, ImputationRow, affected_by_leaving

HAMD = Path(__file__).parent / "data" / "antidepressant_data.csv"
DAYS = (4, 5, 6, 7)  # the file numbers its visits
PLAN = ImputationPlan(DAYS, 7, ("DRUG", "PLACEBO"), "PLACEBO")


def hamd_rows() -> tuple[ImputationRow, ...]:
    """Everybody of the file; leaving is the event."""
    outcomes: dict[str, dict[int, float]] = defaultdict(dict)
    people: dict[str, tuple[str, float]] = {}
    with HAMD.open() as file:
        for line in csv.DictReader(file):
            outcomes[line["PATIENT"]][int(line["VISIT"])] = float(line["CHANGE"])
            people[line["PATIENT"]] = (line["THERAPY"], float(line["BASVAL"]))
    rows = [ImputationRow(n, arm, outcomes[n], base, {}) for n, (arm, base) in people.items()]
    return affected_by_leaving(rows, days=DAYS)
