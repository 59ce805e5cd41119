"""`manage.py analyze mmrm` as a statistician types it: the published number, its JSON, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.endpoints.domain.mmrm import Covariance
from apps.endpoints.management.analyses import main
from tests.domain.endpoints.mmrm.cast import DATA, expected

ROOT = Path(__file__).parents[4]
HAMD, FEV = str(DATA / "antidepressant_data.csv"), str(DATA / "fev_data.csv")


def roles(outcome: str, subject: str, visit: str, arm: str, reference: str) -> list[str]:
    named = {"outcome": outcome, "subject": subject, "visit": visit, "arm": arm, "reference": reference}
    return [word for name, value in named.items() for word in (f"--{name}", value)]


HAMD_ROLES = roles("CHANGE", "PATIENT", "VISIT", "THERAPY", "PLACEBO")
FEV_ROLES = roles("FEV1", "USUBJID", "AVISIT", "ARMCD", "PBO")
FEV_MODEL = [*FEV_ROLES, "--covariates", "RACE,SEX,FEV1_BL,FEV1_BL*AVISIT", "--reference-level", "SEX=Male"]
SCHEMA = json.loads((ROOT / "docs/reference/analyze-mmrm.schema.json").read_text())


def answered(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """The JSON of a run that went well, held to its schema."""
    assert main([*words, "--json", "-"]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(SCHEMA).validate(answer)
    return answer


def refused(capsys: pytest.CaptureFixture[str], *words: str, status: int = 1) -> list[str]:
    assert main(words) == status
    found = capsys.readouterr()
    assert not found.out
    assert "Traceback" not in found.err
    return found.err.splitlines()


def test_it_runs_with_nothing_but_python(tmp_path: Path) -> None:
    """No variable of the environment, no database, no server, from any directory."""
    out = tmp_path / "out.json"
    done = subprocess.run(
        [sys.executable, ROOT / "manage.py", "analyze", "mmrm", HAMD, *HAMD_ROLES,
         "--covariates", "BASVAL,BASVAL*VISIT", "--covariance", "us", "--df", "kenward-roger", "--json", out],
        env={}, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    (row,) = [line for line in done.stdout.splitlines() if line.startswith("  DRUG - PLACEBO  7")]
    assert row.split()[4:] == ["-2.8018", "1.1163", "150.10", "-2.510", "0.0131", "-5.0075", "-0.5962"]
    answer = json.loads(out.read_text())
    jsonschema.Draft202012Validator(SCHEMA).validate(answer)
    last = answer["differences"][-1]
    assert [last["estimate"], last["standard_error"]] == pytest.approx([-2.80183358, 1.11628448], abs=5e-9)


def test_the_schema_is_one_and_forgives_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    answer = answered(capsys, "mmrm", HAMD, *HAMD_ROLES)
    for wrong in (answer | {"more": 1}, answer | {"fit": {}}, answer | {"schema_version": 2}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, SCHEMA)


@pytest.mark.parametrize("method", ["krlin", "sat"])
@pytest.mark.parametrize("structure", ["us", "toeph", "ar1h", "csh"])
def test_the_json_holds_the_numbers_of_the_reference_fits(
    capsys: pytest.CaptureFixture[str], structure: str, method: str
) -> None:
    told = expected(f"fev_{structure}_BLxVISIT_reml_{method}")
    df = {"krlin": "kenward-roger", "sat": "satterthwaite"}[method]
    answer = answered(capsys, "mmrm", FEV, *FEV_MODEL, "--covariance", structure, "--df", df)
    assert answer["fit"]["minus_two_log_likelihood"] == pytest.approx(told["minus2logLik"], abs=1e-8)
    for mine, theirs in zip(answer["covariance_matrix"]["rows"], told["varcorr"], strict=True):
        assert mine == pytest.approx(theirs, rel=1e-9)
    for row in told["diffs_equal"]:
        (found,) = [one for one in answer["differences"] if one["visit"] == row["visit"]]
        assert [
            found[key] for key in ("estimate", "standard_error", "df", "p_value", "lower", "upper")
        ] == pytest.approx([row[key] for key in ("estimate", "se", "df", "p", "lower", "upper")], rel=1e-9)


def test_options_reach_the_model(capsys: pytest.CaptureFixture[str]) -> None:
    answer = answered(
        capsys, "mmrm", FEV, *FEV_MODEL, "--ladder", "csh,us", "--ml", "--df", "satterthwaite", "--weights", "observed",
        "--level", "0.9", "--row-weights", "WEIGHT", "--visit-order", "VIS4,VIS3,VIS2,VIS1", "--na", "?",
    )  # fmt: skip
    model = answer["model"]
    assert model["ladder"] == ["csh", "us"]
    assert (model["estimation"], model["degrees_of_freedom"], model["weights"]) == (
        "ml",
        "satterthwaite",
        "observed",
    )
    assert (model["level"], model["row_weights"], model["reference_levels"]) == (
        0.9,
        "WEIGHT",
        {"SEX": "Male"},
    )
    assert model["columns"]["AVISIT"]["levels"] == ["VIS4", "VIS3", "VIS2", "VIS1"]
    assert answer["covariance_matrix"]["visits"] == ["VIS4", "VIS3", "VIS2", "VIS1"]
    assert answer["data"]["missing_words"] == ["?"]
    assert len(answer["subjects_without_data"]) == 3


@pytest.mark.parametrize("structure", Covariance)
def test_every_structure_can_be_asked_for(capsys: pytest.CaptureFixture[str], structure: Covariance) -> None:
    answer = answered(capsys, "mmrm", HAMD, *HAMD_ROLES, "--covariance", structure.value)
    assert answer["fit"]["covariance"] == structure.value


def test_every_word_for_people_says_what_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mmrm", HAMD, *HAMD_ROLES, "--covariates", "BASVAL,POOLINV", "--factors", "POOLINV"]) == 0
    text = capsys.readouterr().out
    for words in (
        "CHANGE = BASVAL + POOLINV + VISIT + THERAPY + VISIT*THERAPY",
        "VISIT: factor: 4, 5, 6, 7",
        "THERAPY: factor: PLACEBO, DRUG",
        "BASVAL: number, mean 17.8569 over the analysed rows",
        "REML, Kenward-Roger (linear)",
        "608 rows of 172 subjects",
        "Correlations",
        "accepted",
        "95% low",
        "equal weight for every factor level",
    ):
        assert words in text


def test_every_fault_of_the_data_is_told_with_its_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("ID,DAY,ARM,Y,B\n1,Day 1,A,3,1\n,Day 1,A,x,1\n3,,B,inf,.\n4,Day 2,,5,2\n")
    words = [
        "mmrm",
        str(path),
        *[
            "--outcome",
            "Y",
            "--subject",
            "ID",
            "--visit",
            "DAY",
            "--arm",
            "ARM",
            "--reference",
            "A",
            "--covariates",
            "B",
        ],
    ]
    assert refused(capsys, *words) == [
        "Line 3: ID is missing.",
        "Line 4: DAY is missing.",
        "Line 5: ARM is missing.",
        "Line 3: Y is 'x', which is no number; if it means missing, say --na x.",
        "Line 4: Y is 'inf', which is no number; if it means missing, say --na inf.",
        "Line 4: B is '.', which is no number; if it means missing, say --na .. If B is a factor, say --factors B.",
    ]


def test_two_outcomes_at_a_visit_and_two_arms_are_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "twice.csv"
    rows = [f"{n},V{v},{'AB'[n % 2]},{n * v % 7}" for n in range(12) for v in (1, 2)]
    path.write_text("\n".join(["ID,V,ARM,Y", *rows, "3,V2,B,9", "4,V1,B,"]))
    words = [
        "mmrm",
        str(path),
        *["--outcome", "Y", "--subject", "ID", "--visit", "V", "--arm", "ARM", "--reference", "A"],
    ]
    assert refused(capsys, *words) == [
        "3 has 2 outcomes at V2 (line 9, line 26); which one counts is decided before the analysis.",
        "4 is in more than one arm: A, B.",
    ]


def test_lost_columns_are_an_error_that_names_them_unless_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["mmrm", FEV, *FEV_ROLES, "--covariates", "FEV1_BL,VISITN"]
    assert refused(capsys, *words) == [
        "The data cannot tell the column AVISIT=VIS4 from those before it.",
        "What depends on them is not estimable; to fit without them, say --allow-rank-loss.",
    ]
    answer = answered(capsys, *words, "--allow-rank-loss")
    assert answer["lost_columns"] == ["AVISIT=VIS4"]
    assert all("not_estimable" in one for one in answer["ls_means"])
    assert all("estimate" in one for one in answer["differences"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--covariates", "AGE"], "There is no column AGE; the file has USUBJID, AVISIT, ARMCD, RACE, SEX"),
        (["--covariates", "USUBJID"], "USUBJID is the subject and cannot be a covariate."),
        (["--visit", "ARMCD"], "ARMCD is named as visit and as arm."),
        (
            ["--visit", "RACE"],
            "The order of the visits 'Black or African American', 'Asian', 'White' cannot be told",
        ),
        (["--reference", "X"], "X is not a level of ARMCD: PBO, TRT."),
        (["--ml"], "Kenward-Roger is defined for REML only; with ML ask for Satterthwaite."),
        (["--factors", "RACE"], "RACE is named by --factors but is no covariate."),
        (["--reference-level", "RACE=x"], "RACE is named by --reference-level but is no covariate."),
    ],
)
def test_a_request_that_cannot_be_is_refused(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert refused(capsys, "mmrm", FEV, *FEV_ROLES, *words)[0].startswith(message)


@pytest.mark.parametrize(
    "words",
    [
        [], ["nothing"], ["mmrm"], ["mmrm", FEV], ["mmrm", FEV, *FEV_ROLES, "--covariance", "zz"],
        ["mmrm", FEV, *FEV_ROLES, "--covariance", "us", "--ladder", "us"],
        ["mmrm", FEV, *FEV_ROLES, "--ladder", "us,,cs"],
        ["mmrm", FEV, *FEV_ROLES, "--level", "95"], ["mmrm", FEV, *FEV_ROLES, "--df", "residual"],
        ["mmrm", FEV, *FEV_ROLES, "--separator", "ab"], ["mmrm", FEV, *FEV_ROLES, "--reference-level", "SEX"],
    ],
)  # fmt: skip
def test_a_command_that_cannot_be_read_says_how_it_is_written(
    capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("usage: manage.py analyze")


def test_files_that_cannot_be_read_or_written_are_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    absent = str(tmp_path / "absent.csv")
    assert refused(capsys, "mmrm", absent, *FEV_ROLES, status=2) == [
        f"{absent} cannot be read: No such file or directory."
    ]
    assert "cannot be read" in refused(capsys, "mmrm", str(tmp_path), *FEV_ROLES, status=2)[0]
    nowhere = str(tmp_path / "no" / "out.json")
    assert refused(capsys, "mmrm", FEV, *FEV_ROLES, "--json", nowhere, status=2) == [
        f"{nowhere} cannot be written: No such file or directory."
    ]
    assert "is the data" in refused(capsys, "mmrm", FEV, *FEV_ROLES, "--json", FEV, status=2)[0]


def test_when_nothing_fits_every_attempt_says_why(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "tiny.csv"
    rows = [f"{n},V{v},{'AB'[n % 2]},{(n * 7 + v * 3) % 11}" for n in range(4) for v in range(1, 4)]
    path.write_text("\n".join(["ID,V,ARM,Y", *rows]))
    words = [
        "mmrm",
        str(path),
        *[
            "--outcome",
            "Y",
            "--subject",
            "ID",
            "--visit",
            "V",
            "--arm",
            "ARM",
            "--reference",
            "A",
            "--ladder",
            "us,us",
        ],
    ]
    messages = refused(capsys, *words)
    assert [message.split(":")[0] for message in messages] == ["unstructured", "unstructured"]


@given(
    place=st.integers(0, 2000),
    junk=st.sampled_from([b",", b'"', b"\n", b"\0", b"nan", b"1e308", b"-", b"\xff", b""]),
)
@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_damaged_file_is_analysed_or_refused_but_never_breaks_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: int, junk: bytes
) -> None:
    data = (DATA / "antidepressant_data.csv").read_bytes()
    path = tmp_path / "damaged.csv"
    path.write_bytes(data[:place] + junk + data[place + 3 :])
    status = main(["mmrm", str(path), *HAMD_ROLES, "--covariates", "BASVAL", "--covariance", "ar1"])
    found = capsys.readouterr()
    assert status in (0, 1)
    assert bool(found.err) == bool(status)
