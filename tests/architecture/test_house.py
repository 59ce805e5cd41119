"""Rules over the whole house, read from its source: doors, writes, purity, actors, sizes, languages of names."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = sorted(path.name for path in (ROOT / "apps").iterdir() if (path / "apps.py").exists())
SOURCES = [path for path in (ROOT / "apps").rglob("*.py") if "migrations" not in path.parts]
#: Between apps only these rooms are entered.
DOORS = {"domain", "models", "selectors", "services", "access"}
#: Rooms of core that are bricks for everybody.
CORE_ROOMS = {
    "api",
    "asking",
    "choices",
    "events",
    "exceptions",
    "grants",
    "models",
    "release",
    "templatetags",
    "writing",
}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_apps_enter_each_other_only_by_their_doors() -> None:
    wrong = []
    for path in SOURCES:
        here = path.relative_to(ROOT / "apps").parts[0]
        for name in imports(path):
            parts = name.split(".")
            if parts[0] != "apps" or len(parts) < 3 or parts[1] == here:
                continue
            allowed = (
                CORE_ROOMS
                if parts[1] == "core"
                else DOORS | ({"unblinded"} if parts[1] == "randomization" else set())
            )
            if parts[2] not in allowed:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong, "\n".join(wrong)


WRITES = {"save", "create", "bulk_create", "bulk_update", "update_or_create", "get_or_create", "delete"}
#: Writing outside of services, each with its reason.
MAY_WRITE = {
    "apps/accounts/models.py": "the manager makes accounts for services and for createsuperuser",
    "apps/accounts/api/views.py": "knox makes and deletes tokens; they are credentials, not trial data",
    "apps/demo": "the demo writes history in bulk, under the same constraints and triggers",
    "apps/randomization/management": "lists are built by a command with the owner's login",
}


def test_only_services_write() -> None:
    wrong = []
    for path in SOURCES:
        relative = str(path.relative_to(ROOT))
        if "services" in relative.split("/")[2:3][0] if len(relative.split("/")) > 2 else False:
            continue
        if any(relative.startswith(allowed) for allowed in MAY_WRITE):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            target = ast.unparse(node.func.value)
            if node.func.attr in WRITES and (
                ".objects" in target or node.func.attr in {"save", "bulk_create", "bulk_update"}
            ):
                wrong.append(f"{relative}:{node.lineno} {ast.unparse(node.func)}")
    assert not wrong, "\n".join(wrong)


SERVING = [
    app
    for app in APPS
    if (ROOT / "apps" / app / "services.py").exists() or (ROOT / "apps" / app / "services").is_dir()
]


def service_functions(app: str) -> dict[str, ast.FunctionDef]:
    """Every function of an app's services, by name; private ones too."""
    room = ROOT / "apps" / app / "services"
    modules = [room.with_suffix(".py")] if room.with_suffix(".py").exists() else sorted(room.glob("*.py"))
    return {
        node.name: node
        for module in modules
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.FunctionDef)
    }


def public_services(app: str) -> dict[str, ast.FunctionDef]:
    """What the app offers: `__all__` of a services package, every public function of a services module."""
    functions = service_functions(app)
    front = ROOT / "apps" / app / "services" / "__init__.py"
    if not front.exists():
        return {name: node for name, node in functions.items() if not name.startswith("_")}
    offered: list[str] = []
    for node in ast.parse(front.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            offered = ast.literal_eval(node.value)
    assert offered, f"apps/{app}/services/__init__.py names nothing in __all__"
    return {name: functions[name] for name in offered if name in functions}


#: Services that take no actor or moment of their own, each with its reason.
NO_ACTOR = {
    "event_record": "it is the recorder",
    "event_of": "makes what the recorder keeps",
    "anchor_set": "the clock's seal over what was recorded",
    "signature_check": "names the person as `user`; records failures only",
    "visits_plan_for_randomization": "a reaction: the event names the actor",
    "kits_dispense_after_randomization": "a reaction: the event names the actor",
    "watch_begin_with_spray": "a reaction: the event names the actor",
    "watch_check_before_dose": "a reaction: it refuses, or lets the act be",
    "guess_check": "a reaction: it refuses, or lets the act be",
    "deviation_after_early_release": "a reaction: the event names the actor",
    "deviation_after_late_dose": "a reaction: the event names the actor",
    "deviation_after_override": "a reaction: the event names the actor",
    "deviation_after_release": "a reaction: the event names the actor",
    "deviation_after_spray": "a reaction: the event names the actor",
    "deviations_after_absence": "a reaction: the event names the actor",
    "sealed_call": "the one way to call a sealed function, which checks by itself",
}


@pytest.mark.parametrize("app", SERVING)
def test_every_service_names_its_actor_and_moment_by_keyword(app: str) -> None:
    wrong = []
    for name, function in public_services(app).items():
        keywords = {argument.arg for argument in function.args.kwonlyargs}
        if name not in NO_ACTOR and (function.args.args or not {"by", "at"} <= keywords):
            wrong.append(f"{name} takes {sorted(keywords)}")
    assert not wrong, "\n".join(wrong)


#: What writes an act.
RECORDERS = {
    "event_record": "the recorder",
    "recording_write": "hands the act to the statement that writes the reading it tells of",
}

#: Services that leave no act of their own, each with its reason.
NO_RECORD = {
    **NO_ACTOR,
    "job_progress": "a heartbeat; the job's start and end are recorded",
    "report_files": "lists names; opening one is recorded",
}


@pytest.mark.parametrize("app", SERVING)
def test_every_service_records_what_it_did(app: str) -> None:
    functions = service_functions(app)
    calls = {
        name: {
            ast.unparse(node.func).split(".")[-1] for node in ast.walk(function) if isinstance(node, ast.Call)
        }
        for name, function in functions.items()
    }
    # Another app's service records too: whatever is offered anywhere counts, as does what calls a recorder here.
    elsewhere = {name for other in SERVING if other != app for name in public_services(other)} - set(
        NO_RECORD
    )
    recorders = {*RECORDERS} | elsewhere
    while found := {name for name, called in calls.items() if called & recorders} - recorders:
        recorders |= found
    silent = sorted(set(public_services(app)) - recorders - set(NO_RECORD))
    assert not silent, f"{app} leaves no trace of: {', '.join(silent)}"


@pytest.mark.parametrize("app", [app for app in APPS if (ROOT / "apps" / app / "domain").exists()])
def test_the_domain_imports_without_django(app: str) -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in (ROOT / "apps" / app / "domain").rglob("*.py")
    ]
    without = "import sys; sys.modules['django'] = sys.modules['rest_framework'] = None"
    program = f"{without}\nimport {', '.join(modules)}"
    answer = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("app", [app for app in APPS if (ROOT / "apps" / app / "domain").exists()])
def test_the_domain_reads_no_clock_and_draws_no_chance(app: str) -> None:
    banned = re.compile(
        r"\b(datetime\.now|datetime\.utcnow|date\.today|time\.time|random\.(random|choice|shuffle)|secrets\.)"
    )
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / "apps" / app / "domain").rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if banned.search(line.split("#")[0])
    ]
    assert not wrong, "\n".join(wrong)


def test_no_module_is_longer_than_400_lines() -> None:
    places = (ROOT / "config", ROOT / "tests", ROOT / "benchmarks")
    tree = [*SOURCES, *(ROOT / "frontend" / "src").rglob("*.ts")]
    tree += [path for place in places for path in place.rglob("*.py")]
    long = [
        f"{path.relative_to(ROOT)}: {n}" for path in tree if (n := len(path.read_text().splitlines())) > 400
    ]
    assert not long, "\n".join(long)


def test_no_page_carries_inline_script_or_style() -> None:
    pattern = re.compile(
        r"""<script(?![^>]*\b(src|type="application/json")\b)|\sstyle=["']|\son[a-z]+=["']|<style""", re.I
    )
    wrong = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in (ROOT / "templates").rglob("*.html")
        if "reports" not in path.parts  # a report is a document of its own
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]
    assert not wrong, "\n".join(wrong)


def test_words_the_glossary_rejects_are_not_in_names() -> None:
    rejected = re.compile(r"\b(class|def)\s+\w*(Patient|patient_|Manager\b|Helper|Util)\w*")
    excused = {"UserManager"}
    wrong = []
    for path in SOURCES:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if rejected.search(line) and not any(name in line for name in excused):
                wrong.append(f"{path.relative_to(ROOT)}:{number} {line.strip()}")
    assert not wrong, "\n".join(wrong)


def test_nothing_names_a_registry_or_a_machine() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    registry = re.compile(
        "https?://[A-Za-z0-9.-]*(" + "py" + "pi|python" + "hosted|registry[.]npm|deb[.]deb" + ")"
    )
    wrong = []
    for name in tracked:
        path = ROOT / name
        if not path.is_file() or path.suffix in {".png", ".svg", ".ico", ".woff2"}:
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        wrong += [f"{name}: {found.group(0)}" for found in registry.finditer(text)]
    assert not wrong, "\n".join(wrong)
