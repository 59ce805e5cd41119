"""A run without an answer writes its JSON too: what was asked for, every reason, and every attempt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from apps.endpoints.management.analyses import main
from tests.domain.endpoints.analyses.command import answered, schema_of

ROLES = ("--outcome", "Y", "--subject", "ID", "--arm", "ARM", "--reference", "A")


@pytest.fixture
def tiny(tmp_path: Path) -> str:
    """Four subjects at three visits: too few for any structure with a variance for each visit."""
    path = tmp_path / "tiny.csv"
    rows = [f"{n},V{v},{'AB'[n % 2]},{(n * 7 + v * 3) % 11}" for n in range(4) for v in range(1, 4)]
    path.write_text("\n".join(["ID,V,ARM,Y", *rows]))
    return str(path)


def refusal(capsys: pytest.CaptureFixture[str], out: Path, analysis: str, *words: str) -> dict[str, Any]:
    """The JSON of a run without an answer, held to its schema; its reasons are what the terminal was told."""
    assert main([analysis, *words, "--json", str(out)]) == 1
    said = capsys.readouterr()
    assert not said.out
    found: dict[str, Any] = json.loads(out.read_text())
    jsonschema.Draft202012Validator(schema_of(analysis)).validate(found)
    assert found["refused"]["reasons"] == said.err.splitlines()
    assert found["analysis"] == analysis
    return found


def test_when_no_structure_fits_the_attempts_are_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, tiny: str
) -> None:
    out = tmp_path / "out.json"
    found = refusal(capsys, out, "mmrm", tiny, *ROLES, "--visit", "V", "--ladder", "us,toeph")
    assert found["refused"]["code"] == "no_fit"
    assert [one["covariance"] for one in found["attempts"]] == ["us", "toeph"] == found["model"]["ladder"]
    assert not any(one["accepted"] for one in found["attempts"])
    assert all(
        one["refused"] in reason
        for one, reason in zip(found["attempts"], found["refused"]["reasons"], strict=True)
    )
    assert "differences" not in found


def test_a_structure_that_fits_further_down_is_an_answer(
    capsys: pytest.CaptureFixture[str], tiny: str
) -> None:
    answer = answered(capsys, "mmrm", tiny, *ROLES, "--visit", "V", "--ladder", "us,cs")
    assert [one["accepted"] for one in answer["attempts"]] == [False, True]
    assert "refused" not in answer


@pytest.mark.parametrize(
    ("analysis", "words", "reason"),
    [
        (
            "mmrm",
            ("--visit", "V", "--covariates", "AGE"),
            "There is no column AGE; the file has ID, V, ARM, Y.",
        ),
        ("ancova", (), "0 has 3 rows (line 2, line 3, line 4); name the visit with --visit and --at."),
        ("ancova", ("--visit", "V", "--at", "V9"), "V9 is not a level of V: V1, V2, V3."),
        ("binary", (), "Line 2: Y is '3', neither 0 nor 1;"),
    ],
)
def test_a_request_that_will_not_do_is_written_with_its_reasons(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    tiny: str,
    analysis: str,
    words: tuple[str, ...],
    reason: str,
) -> None:
    found = refusal(capsys, tmp_path / "out.json", analysis, tiny, *ROLES, *words)
    assert found["refused"]["code"] == "not_analysable"
    assert found["refused"]["reasons"][0].startswith(reason)
    asked = found["request" if analysis == "binary" else "model"]
    assert (asked["outcome"], asked["reference"]) == ("Y", "A")
    assert found.get("attempts", []) == []


def test_the_numbers_of_an_earlier_run_do_not_stay_behind(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, tiny: str
) -> None:
    out = tmp_path / "out.json"
    assert main(["mmrm", tiny, *ROLES, "--visit", "V", "--covariance", "cs", "--json", str(out)]) == 0
    capsys.readouterr()
    assert "differences" in json.loads(out.read_text())
    assert "differences" not in refusal(capsys, out, "mmrm", tiny, *ROLES, "--visit", "V")


def test_on_the_screen_the_json_is_on_one_way_and_the_reasons_on_the_other(
    capsys: pytest.CaptureFixture[str], tiny: str
) -> None:
    assert main(["mmrm", tiny, *ROLES, "--visit", "V", "--json", "-"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["refused"]["reasons"] == said.err.splitlines()


@pytest.mark.parametrize("analysis", ["mmrm", "ancova", "binary"])
def test_nothing_is_both_an_answer_and_a_refusal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, tiny: str, analysis: str
) -> None:
    """Neither shape takes the other's part, and a refusal gives its reasons."""
    words = ("--visit", "V") if analysis == "mmrm" else ()
    found = refusal(
        capsys, tmp_path / "out.json", analysis, tiny, *ROLES, *words, "--na", "0,1,2,3,4,5,6,7,8,9,10"
    )
    schema = schema_of(analysis)
    for wrong in (
        found | {"differences": []},
        found | {"refused": {"code": "not_analysable", "reasons": []}},
        {key: value for key, value in found.items() if key != "refused"},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)
