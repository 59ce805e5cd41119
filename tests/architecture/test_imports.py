"""The floors and rooms of the house hold, and the rules that say so bite."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def lint(where: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--config", "pyproject.toml", "--no-cache"]
    return subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)


def test_every_import_contract_holds() -> None:
    answer = lint(ROOT)
    assert answer.returncode == 0, answer.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house to plant faults in."""
    place = tmp_path_factory.mktemp("house")
    ignore = shutil.ignore_patterns("__pycache__", "build", "protocols")
    for name in ("apps", "config"):
        shutil.copytree(ROOT / name, place / name, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", place)
    return place


FAULTS = [
    ("dosing looks up at monitoring", "apps/dosing/services.py", "import apps.monitoring.models"),
    ("a domain knows Django", "apps/schedule/domain/__init__.py", "import django"),
    ("a domain knows tables", "apps/dosing/domain/session.py", "import apps.dosing.models"),
    ("a selector calls a service", "apps/studies/selectors.py", "import apps.studies.services"),
    ("a rater's page sees sessions", "apps/instruments/views.py", "import apps.dosing.selectors"),
    ("an app knows the wiring", "apps/accounts/services.py", "import config.env"),
    ("somebody opens the sealed models", "apps/monitoring/selectors.py", "import apps.randomization.models"),
    ("somebody asks for the arm", "apps/monitoring/services.py", "import apps.randomization.unblinded"),
    ("the audit trail leans on accounts", "apps/audit/services/__init__.py", "import apps.accounts.models"),
    ("accounts know studies", "apps/accounts/selectors.py", "import apps.studies.models"),
    ("a room nobody planned", "apps/studies/helpers.py", "X = 1"),
    ("an app nobody planned", "apps/extra/__init__.py", "X = 1"),
]


@pytest.mark.parametrize(("fault", "path", "line"), FAULTS, ids=[fault for fault, _, _ in FAULTS])
def test_a_planted_fault_is_caught(copy: Path, fault: str, path: str, line: str) -> None:
    file = copy / path
    before = file.read_text() if file.exists() else None
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        body = before or ""
        # After the docstring and __future__ imports, so that the planted line is a lawful statement.
        file.write_text(body + f"\n{line}\n")
        answer = lint(copy)
        assert answer.returncode != 0, f"not caught: {fault}"
        assert "BROKEN" in answer.stdout or "not listed" in (answer.stdout + answer.stderr), (
            answer.stdout + answer.stderr
        )
    finally:
        if before is None:
            file.unlink()
            if file.name == "__init__.py":
                file.parent.rmdir()
        else:
            file.write_text(before)
