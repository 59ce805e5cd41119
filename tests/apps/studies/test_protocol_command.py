"""`manage.py protocol`: what a study author types, and what they read."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.studies.domain.loading import SCHEMA_FILE, SHIPPED, digest, load_shipped, shipped_keys

GOOD = SHIPPED / "transform_2.yaml"


def said(*arguments: object) -> str:
    out = io.StringIO()
    call_command("protocol", *(str(argument) for argument in arguments), stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("key", shipped_keys())
def test_a_shipped_design_is_sound_and_summed_up(key: str) -> None:
    text = said("check", SHIPPED / f"{key}.yaml")
    protocol = load_shipped(key)
    assert "sound" in text
    assert protocol.nct in text
    assert digest(protocol) in text


def test_each_fault_is_one_line_with_file_path_and_line(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(
        GOOD.read_text(encoding="utf-8")
        .replace("    ratio: 1\n", "", 1)
        .replace("increase_days: [4, 8, 11]", "increase_days: [4, 9, 11]")
        .replace("instrument: GAD7", "instrument: GAD-7", 1),
        encoding="utf-8",
    )
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 of 1"):
        call_command("protocol", "check", str(bad), stdout=out)
    lines = out.getvalue().splitlines()
    assert any(line.startswith(f"{bad}: arms[0].ratio (line ") for line in lines)
    assert any("dose.increase_days[1]" in line and "titration day 9" in line for line in lines)
    assert any("unknown instrument GAD-7" in line for line in lines)
    assert lines[-1] == f"{bad}: 3 fault(s)"


def test_the_exit_code_is_one_for_a_faulty_file(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as caught:
        call_command("protocol", "check", str(tmp_path / "absent.yaml"), stdout=io.StringIO())
    assert caught.value.returncode == 1


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"a: [", b"[" * 100_000, b"a: &a [*a]", b"- 1", b"\x00"]
)
def test_no_file_gives_a_traceback(tmp_path: Path, content: bytes) -> None:
    odd = tmp_path / "odd.yaml"
    odd.write_bytes(content)
    with pytest.raises(CommandError):
        said("check", odd)


def test_one_faulty_file_among_good_ones_is_named(tmp_path: Path) -> None:
    out = io.StringIO()
    with pytest.raises(CommandError, match=r"1 of 2"):
        call_command("protocol", "check", str(GOOD), str(tmp_path / "absent.yaml"), stdout=out)
    assert f"{GOOD}: sound" in out.getvalue()


def test_the_schema_on_the_screen_is_the_one_in_the_repository() -> None:
    assert said("schema") == SCHEMA_FILE.read_text(encoding="utf-8")
    assert json.loads(said("schema"))["properties"]["arms"]


def test_the_command_asks_no_database() -> None:
    # Without the `db` mark any query would fail here.
    assert "sound" in said("check", GOOD)
