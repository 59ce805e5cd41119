"""The model of `cast.trial_model` by an R package, where R and the package are installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from apps.endpoints.domain.mmrm import Factor, ModelFrame

SCRIPT = Path(__file__).with_name("reference.R")


class Absent(Exception):
    """R, or the package, is not installed here; the message says which."""


@dataclass(frozen=True, slots=True)
class RFit:
    """What R found, and how long its fit alone took. `coefficients` hold estimate and standard error."""

    seconds: float
    minus_two_log_likelihood: float
    coefficients: Mapping[str, tuple[float, float]]


def fit_in_r(frame: ModelFrame, *, package: str, structure: str, patience: float) -> RFit:
    """Fit with `nlme`, `mmrm` or `lme4`, waiting `patience` seconds.

    :raises Absent: if R or the package is not installed.
    :raises subprocess.SubprocessError: if it took longer or failed.
    """
    program = shutil.which("Rscript")
    if program is None:
        raise Absent("R is not installed (no Rscript)")
    with tempfile.TemporaryDirectory() as place:
        data = Path(place, "data.csv")
        data.write_text(csv_of(frame))
        done = subprocess.run(
            [program, "--vanilla", str(SCRIPT), str(data), package, structure],
            capture_output=True, text=True, timeout=patience, check=False,
        )  # fmt: skip
    if "absent" in done.stdout.splitlines():
        raise Absent(f"R has no package {package}")
    if done.returncode:
        raise subprocess.SubprocessError(
            done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "R failed"
        )
    words = [
        line.split("\t") if line.startswith("coefficient") else line.split()
        for line in done.stdout.splitlines()
    ]
    told = {line[0]: line[1] for line in words if line[0] in ("seconds", "minus2logLik")}
    return RFit(
        seconds=float(told["seconds"]),
        minus_two_log_likelihood=float(told["minus2logLik"]),
        coefficients={
            line[1]: (float(line[2]), float(line[3])) for line in words if line[0] == "coefficient"
        },
    )


def csv_of(frame: ModelFrame) -> str:
    """The rows with an outcome, as `reference.R` reads them."""
    visit = frame.columns["AVISIT"]
    assert isinstance(visit, Factor)
    lines = ["SUBJECT,OUTCOME,VISIT,ARM,REGION,BASE,PLACE"]
    for row, outcome in enumerate(frame.outcome):
        if outcome is not None:
            cells = [frame.columns[name].values[row] for name in ("AVISIT", "ARM", "REGION", "BASE")]
            place = visit.levels.index(str(cells[0])) + 1
            lines.append(",".join([frame.subject[row], repr(outcome), *map(str, cells), str(place)]))
    return "\n".join(lines) + "\n"
