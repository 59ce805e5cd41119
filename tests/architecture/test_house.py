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
CORE_ROOMS = {"exceptions", "events", "choices", "models", "api", "templatetags", "grants", "release"}


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
            allowed = CORE_ROOMS if parts[1] == "core" else DOORS | ({"unblinded"} if parts[1] == "randomization" else set())
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
            if node.func.attr in WRITES and (".objects" in target or node.func.attr in {"save", "bulk_create", "bulk_update"}):
                wrong.append(f"{relative}:{node.lineno} {ast.unparse(node.func)}")
    assert not wrong, "\n".join(wrong)


def public_functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


def service_modules() -> list[Path]:
    found = list((ROOT / "apps").glob("*/services.py"))
    return sorted(found + [path for path in (ROOT / "apps").glob("*/services/*.py") if path.name != "__init__.py"])


#: Services that change nothing of the trial, each with its reason.
NO_ACTOR = {
    "event_record": "it is the recorder",
    "signature_check": "names the person as `user`; records failures only",
    "visits_plan_after_randomization": "a reaction: the event names the actor",
    "kits_dispense_after_randomization": "a reaction: the event names the actor",
}


@pytest.mark.parametrize("path", service_modules(), ids=lambda path: str(path.relative_to(ROOT / "apps")))
def test_every_service_names_its_actor_and_moment_by_keyword(path: Path) -> None:
    wrong = []
    for function in public_functions(path):
        if function.name in NO_ACTOR:
            continue
        keywords = {argument.arg for argument in function.args.kwonlyargs}
        if function.args.args or not {"by", "at"} <= keywords:
            wrong.append(f"{function.name} takes {sorted(keywords)}")
    assert not wrong, "\n".join(wrong)


#: Services that leave no act of their own, each with its reason.
NO_RECORD = {
    **NO_ACTOR,
    "participant_randomize_with_kits": "participant_randomize and the kits, both recorded",
    "slots_make": "part of opening a screening or planning visits, which are recorded",
}


@pytest.mark.parametrize("path", service_modules(), ids=lambda path: str(path.relative_to(ROOT / "apps")))
def test_every_service_records_what_it_did(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    recorders = {"event_record"}
    bodies = {node.name: ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    # A private function that records counts for those who call it; so does another service.
    for _ in range(4):
        recorders |= {name for name, body in bodies.items() if any(f"{known}(" in body for known in recorders)}
    silent = [
        function.name
        for function in public_functions(path)
        if function.name not in NO_RECORD
        and function.name not in recorders
        and not re.search(r"services\.\w+\(|_(record|change|hold|discharge|dispense|administer)\(", bodies[function.name])
    ]
    assert not silent, f"{path.relative_to(ROOT)} leaves no trace of: {', '.join(silent)}"


@pytest.mark.parametrize("app", [app for app in APPS if (ROOT / "apps" / app / "domain").exists()])
def test_the_domain_imports_without_django(app: str) -> None:
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in (ROOT / "apps" / app / "domain").rglob("*.py")
    ]
    program = f"import sys; sys.modules['django'] = None; sys.modules['rest_framework'] = None\nimport {', '.join(modules)}"
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize("app", [app for app in APPS if (ROOT / "apps" / app / "domain").exists()])
def test_the_domain_reads_no_clock_and_draws_no_chance(app: str) -> None:
    banned = re.compile(r"\b(datetime\.now|datetime\.utcnow|date\.today|time\.time|random\.(random|choice|shuffle)|secrets\.)")
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / "apps" / app / "domain").rglob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if banned.search(line.split("#")[0])
    ]
    assert not wrong, "\n".join(wrong)


def test_no_module_is_longer_than_400_lines() -> None:
    tree = [*SOURCES, *(ROOT / "config").rglob("*.py"), *(ROOT / "frontend" / "src").rglob("*.ts")]
    long = [f"{path.relative_to(ROOT)}: {n}" for path in tree if (n := len(path.read_text().splitlines())) > 400]
    assert not long, "\n".join(long)


def test_no_page_carries_inline_script_or_style() -> None:
    pattern = re.compile(r"""<script(?![^>]*\b(src|type="application/json")\b)|\sstyle=["']|\son[a-z]+=["']|<style""", re.I)
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
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    registry = re.compile("https?://[A-Za-z0-9.-]*(" + "py" + "pi|python" + "hosted|registry[.]npm|deb[.]deb" + ")")
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
