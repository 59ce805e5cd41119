"""`manage.py analyze ancova`: the same numbers as the domain's, and what it refuses."""

from __future__ import annotations

import csv
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from apps.endpoints.domain.ancova import AncovaRow, fit_ancova
from apps.endpoints.domain.results import ModelEstimate
from apps.endpoints.management.analyses import main
from tests.domain.endpoints.analyses.command import answered, refused, schema_of, told
from tests.domain.endpoints.hamd import HAMD, hamd_rows

DATA = str(HAMD)
ROLES = ["--outcome", "CHANGE", "--subject", "PATIENT", "--arm", "THERAPY", "--reference", "PLACEBO"]
AT_LAST = [*ROLES, "--covariates", "BASVAL", "--visit", "VISIT", "--at", "7"]


def expected(outcomes: dict[str, float]) -> ModelEstimate:
    people = {row.number: row for row in hamd_rows()}
    rows = [AncovaRow(n, people[n].arm, y, {}, people[n].covariate) for n, y in outcomes.items()]
    found = (
        fit_ancova(rows, arms=["PLACEBO", "DRUG"], reference="PLACEBO", factors=[], covariate="BASVAL")
        .differences[0]
        .estimate
    )
    assert isinstance(found, ModelEstimate)
    return found


@pytest.mark.parametrize("missing", ["observed", "locf", "bocf"])
def test_each_rule_gives_the_numbers_of_the_analysis_it_names(
    capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    last = {row.number: row.outcomes[max(row.outcomes)] for row in hamd_rows()}
    observed = {row.number: row.outcomes[7] for row in hamd_rows() if 7 in row.outcomes}
    outcomes = {"observed": observed, "locf": last, "bocf": {n: observed.get(n, 0.0) for n in last}}[missing]
    answer = answered(capsys, "ancova", DATA, *AT_LAST, "--missing", missing)
    (found,) = answer["differences"]
    wanted = expected(outcomes)
    assert found["estimate"] == pytest.approx(wanted.estimate, rel=1e-12)
    assert found["standard_error"] == pytest.approx(wanted.standard_error, rel=1e-12)
    assert (found["df"], answer["fit"]["subjects"]) == (wanted.df, len(outcomes))
    assert len(answer["carried"]) == (0 if missing == "observed" else 43)
    assert len(answer["left_out"]) == (43 if missing == "observed" else 0)
    assert {one["reason"] for one in answer["left_out"]} <= {"no outcome at 7"}
    sources = {one["from"] for one in answer["carried"]}
    assert sources == {"observed": set(), "locf": {"4", "5", "6"}, "bocf": {"baseline"}}[missing]


def test_factors_further_covariates_ranks_and_weights_reach_the_model(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "one.csv"
    lines = ["ID,ARM,Y,B,AGE,SITE"]
    lines += [f"{i},{'AB'[i % 2]},{(i * 7) % 11},{(i * 5) % 13},{(i * 3) % 17},{i % 3}" for i in range(40)]
    path.write_text("\n".join(lines))
    words = [
        str(path), "--outcome", "Y", "--subject", "ID", "--arm", "ARM", "--reference", "A",
        "--covariates", "B,SITE,AGE", "--factors", "SITE", "--weights", "observed", "--level", "0.9",
    ]  # fmt: skip
    answer = answered(capsys, "ancova", *words)
    model = answer["model"]
    assert model["covariates"] == {
        "B": {"kind": "number"},
        "SITE": {"kind": "factor", "levels": ["0", "1", "2"]},
        "AGE": {"kind": "number"},
    }
    assert list(model["covariate_means"]) == ["B", "AGE"]
    assert (model["weights"], model["level"], model["visit"]) == ("observed", 0.9, None)
    assert answer["fit"]["df"] == 40 - 6
    ranked = answered(capsys, "ancova", *words, "--ranks")
    assert ranked["model"]["ranks"] is True
    assert ranked["differences"][0]["estimate"] != answer["differences"][0]["estimate"]
    text = told(capsys, "ancova", *words, "--ranks")
    for said in (
        "Analysis of covariance on ranks",
        "Y = B + SITE + AGE + ARM",
        "SITE: factor: 0, 1, 2",
        "in ranks, not in points",
        "40 subjects",
        "B - A",
        "90% low",
    ):
        assert said in text
    plain = told(capsys, "ancova", DATA, *AT_LAST)
    assert "43 left out:" in plain
    assert "at VISIT 7, observed cases" in plain


def test_a_model_without_covariates_is_the_t_test(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    values = {"A": [1.0, 2.0, 4.0, 7.0], "B": [3.0, 5.0, 9.0]}
    rows = [f"{arm}{i},{arm},{y}" for arm, some in values.items() for i, y in enumerate(some)]
    path.write_text("\n".join(["ID,ARM,Y", *rows]))
    answer = answered(
        capsys, "ancova", str(path), "--outcome", "Y", "--subject", "ID", "--arm", "ARM", "--reference", "A"
    )
    t = stats.ttest_ind(values["B"], values["A"])
    (found,) = answer["differences"]
    assert [found["t"], found["p_value"], found["df"]] == pytest.approx([t.statistic, t.pvalue, 5])


def test_the_schema_forgives_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    schema = schema_of("ancova")
    jsonschema.Draft202012Validator.check_schema(schema)
    answer = answered(capsys, "ancova", DATA, *AT_LAST)
    for wrong in (answer | {"more": 1}, answer | {"fit": {}}, answer | {"ls_means": [{"arm": "A", "n": 1}]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--covariates", "AGE"], "There is no column AGE; the file has PATIENT, HAMATOTL"),
        (["--covariates", "BASVAL*VISIT"], "BASVAL*VISIT is an interaction; this model has none."),
        (["--covariates", "THERAPY"], "THERAPY is the arm and cannot be a covariate."),
        (["--covariates", "BASVAL,BASVAL"], "BASVAL is a covariate twice."),
        (["--arm", "PATIENT"], "PATIENT is named as subject and as arm."),
        (["--reference", "X"], "X is not a level of THERAPY: DRUG, PLACEBO."),
        (["--factors", "GENDER"], "GENDER is named by --factors but is no covariate."),
        (["--visit", "VISIT"], "--visit and --at go together."),
        (["--visit", "VISIT", "--at", "9"], "9 is not a level of VISIT: 4, 5, 6, 7."),
        (["--missing", "locf"], "Carrying forward needs --visit and --at."),
        ([], "1503 has 4 rows (line 2, line 3, line 4, line 5); name the visit with --visit and --at."),
        (
            ["--visit", "VISIT", "--at", "7", "--covariates", "HAMATOTL"],
            "1503 has more than one HAMATOTL: 21 (line 2) and 19 (line 3)",
        ),
    ],
)
def test_a_request_that_cannot_be_is_refused(
    capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    assert refused(capsys, "ancova", DATA, *ROLES, *words)[0].startswith(message)


def test_every_fault_of_the_data_is_told_with_its_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("ID,V,ARM,Y,B\n1,V1,A,3,1\n1,V1,A,4,1\n,V1,A,5,2\n3,V2,B,x,2\n4,V1,,5,.\n")
    words = ["--outcome", "Y", "--subject", "ID", "--arm", "ARM", "--reference", "A", "--covariates", "B"]
    assert refused(capsys, "ancova", str(path), *words) == [
        "Line 4: ID is missing.",
        "Line 5: Y is 'x', which is no number; if it means missing, say --na x.",
        "Line 6: B is '.', which is no number; if it means missing, say --na .. If B is a factor, say --factors B.",
    ]
    path.write_text("ID,V,ARM,Y\n1,V1,A,3\n1,V1,A,4\n1,V2,A,4\n3,V2,B,2\n4,V1,,5\n5,V1,A,5\n5,V1,B,\n")
    words = [
        "--outcome",
        "Y",
        "--subject",
        "ID",
        "--arm",
        "ARM",
        "--reference",
        "A",
        "--visit",
        "V",
        "--at",
        "V1",
    ]
    assert refused(capsys, "ancova", str(path), *words) == [
        "5 has more than one ARM: A (line 7) and B (line 8).",
        "4 has no ARM.",
        "1 has 2 outcomes at V1 (line 2, line 3); which one counts is decided before the analysis.",
    ]


def test_lost_columns_are_an_error_that_names_them_unless_allowed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "lost.csv"
    rows = [f"{i},{'AB'[i % 2]},{(i * 7) % 11},{'AB'[i % 2]}" for i in range(12)]
    path.write_text("\n".join(["ID,ARM,Y,COPY", *rows]))
    words = [
        "ancova", str(path), "--outcome", "Y", "--subject", "ID", "--arm", "ARM", "--reference", "A",
        "--covariates", "COPY",
    ]  # fmt: skip
    assert refused(capsys, *words)[0] == "The data cannot tell the column COPY=B from those before it."
    answer = answered(capsys, *words, "--allow-rank-loss")
    assert answer["lost_columns"] == ["COPY=B"]
    assert "not_estimable" in answer["differences"][0]
    assert "not estimable" in told(capsys, *words, "--allow-rank-loss")


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
    data = HAMD.read_bytes()
    path = tmp_path / "damaged.csv"
    path.write_bytes(data[:place] + junk + data[place + 3 :])
    status = main(["ancova", str(path), *AT_LAST, "--missing", "locf"])
    found = capsys.readouterr()
    assert status in (0, 1)
    assert bool(found.err) == bool(status)


def test_the_file_of_these_tests_is_the_published_one() -> None:
    with HAMD.open() as file:
        assert sum(1 for _ in csv.DictReader(file)) == 608
