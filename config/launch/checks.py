"""`make test`: every check in order, all of them even when one fails, and a total in plain words at the end."""

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from config.env import ROOT
from config.launch import Unstartable, devdb, install

_BIN = Path(sys.executable).parent
_RESULTS = ROOT / "var" / "test"


@dataclass
class Outcome:
    """How one step ended: its name, whether all was well, its seconds, and the tests it counted."""

    name: str
    passed: bool
    seconds: float
    tests: Counter[str] = field(default_factory=Counter)


def main(wanted: list[str]) -> int:
    """Run the wanted steps (all when none is named); the exit status is 0 only when every one passed."""
    unknown = sorted(set(wanted) - set(_STEPS))
    if unknown:
        print(f"No such step: {', '.join(unknown)}; there are {', '.join(_STEPS)}.", file=sys.stderr)
        return 2
    _RESULTS.mkdir(parents=True, exist_ok=True)
    outcomes = []
    try:
        for name in wanted or _STEPS:
            print(f"\n== {name} ==", flush=True)
            begun = time.monotonic()
            passed = _STEPS[name]()
            outcomes.append(Outcome(name, passed, time.monotonic() - begun, _counted(name)))
    except Unstartable as fault:
        print(fault, file=sys.stderr)
        return 2
    finally:
        devdb.stop(_RESULTS)
    return _report(outcomes)


def _report(outcomes: list[Outcome]) -> int:
    total: Counter[str] = Counter()
    print()
    for outcome in outcomes:
        total += outcome.tests
        count = f"{outcome.tests['tests']:>6} tests" if outcome.tests else " " * 12
        print(
            f"{outcome.name:<10} {'passed' if outcome.passed else 'FAILED'} {count} {outcome.seconds:7.1f} s"
        )
    failed = [outcome.name for outcome in outcomes if not outcome.passed]
    bad = total["failures"] + total["errors"]
    passed = total["tests"] - bad - total["skipped"]
    print(
        f"Total: {total['tests']} tests, {passed} passed, {bad} failed, {total['skipped']} skipped; "
        f"{'failed steps: ' + ', '.join(failed) if failed else 'every step passed'}; "
        f"{sum(outcome.seconds for outcome in outcomes):.0f} s.",
        flush=True,
    )
    return 1 if failed else 0


def _run(*command: str, environment: dict[str, str] | None = None) -> bool:
    # Each process has a core to itself; a matrix product that takes both waits for its own threads.
    ours = {"PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}
    told = {**os.environ, **ours, **(environment or {})}
    return subprocess.run(command, cwd=ROOT, env=told, check=False).returncode == 0


def _pytest(name: str, *arguments: str, environment: dict[str, str] | None = None) -> bool:
    report = _RESULTS / f"{name}.xml"
    report.unlink(missing_ok=True)
    # Hypothesis' own profile for such runs: the same examples each time, and no deadline that a busy machine misses.
    pytest = (sys.executable, "-m", "pytest", "--quiet", f"--junitxml={report}", "--hypothesis-profile=ci")
    return _run(*pytest, *arguments, environment=environment)


def _counted(name: str) -> Counter[str]:
    """The numbers of tests in a step's report; none when it wrote none."""
    found: Counter[str] = Counter()
    if name not in _WITH_TESTS:
        return found
    for report in _RESULTS.glob(f"{name}*.xml"):
        # The file is our own test run's.
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):  # noqa: S314
            for kind in ("tests", "failures", "errors", "skipped"):
                found[kind] += int(suite.get(kind, 0))
    return found


def _servers() -> dict[str, str]:
    """The environment of tests that need servers; the servers are started once and stopped at the end."""
    return devdb.start(_RESULTS)


def _lint() -> bool:
    ruff = str(_BIN / "ruff")
    rules = _run(ruff, "check", ".")
    return _run(ruff, "format", "--check", ".") and rules


def _types() -> bool:
    node, _npm = install.node_find()
    # Strict where rules are pure; what they import from elsewhere is Django's, whose types are mostly Any.
    domains = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "apps").glob("*/domain"))
    python = _run(str(_BIN / "mypy"), "--follow-imports=silent", *domains, "config")
    compiler = ROOT / "node_modules" / "typescript" / "bin" / "tsc"
    return _run(*node, str(compiler), "--project", "frontend/tsconfig.json") and python


def _side_by_side() -> tuple[str, ...]:
    """Both cores, a file to each at a time: what a file's tests share is made once."""
    return ("--numprocesses", str(min(os.cpu_count() or 1, 4)), "--dist", "loadfile")


def _domain() -> bool:
    return _pytest("domain", "-c", "tests/domain/pytest.ini", *_side_by_side(), "tests/domain")


def _apps() -> bool:
    return _pytest("apps", *_side_by_side(), "tests/architecture", "tests/apps", environment=_servers())


def _journeys() -> bool:
    """Each file in a process of its own, one after the other: a journey's house wants both cores."""
    for old in _RESULTS.glob("journeys*.xml"):
        old.unlink()
    environment, passed = _servers(), True
    for file in sorted((ROOT / "tests" / "journeys").glob("test_*.py")):
        name, path = f"journeys-{file.stem}", str(file.relative_to(ROOT))
        passed = _pytest(name, path, environment=environment) and passed
    return passed


_WITH_TESTS = {"domain", "apps", "journeys"}
_STEPS: dict[str, Callable[[], bool]] = {
    "lint": _lint,
    "types": _types,
    "domain": _domain,
    "apps": _apps,
    "journeys": _journeys,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
