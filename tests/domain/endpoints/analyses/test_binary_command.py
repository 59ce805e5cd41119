"""`manage.py analyze binary`: published numbers from a file, over strata and without, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from tests.domain.endpoints.analyses.command import answered, refused, schema_of, told
from tests.domain.endpoints.test_rates import CHINA

ROLES = ["--outcome", "Y", "--subject", "ID", "--arm", "ARM", "--reference", "N"]


@pytest.fixture
def china(tmp_path: Path) -> str:
    """Lung cancer and smoking in eight Chinese cities, one row for each of the 8419."""
    lines = ["ID,ARM,CITY,Y"]
    for city in CHINA:
        for arm, reached, n in (("S", city.x1, city.n1), ("N", city.x2, city.n2)):
            lines += [f"{city.stratum}{arm}{i},{arm},{city.stratum},{int(i < reached)}" for i in range(n)]
    path = tmp_path / "china.csv"
    path.write_text("\n".join(lines))
    return str(path)


def test_a_file_gives_the_published_numbers(capsys: pytest.CaptureFixture[str], china: str) -> None:
    answer = answered(capsys, "binary", china, *ROLES, "--strata", "CITY")
    (one,) = answer["comparisons"]
    over = one["over_strata"]
    assert over["cochran_mantel_haenszel"]["chi_square"] == pytest.approx(280.1375, abs=5e-5)
    ratio = over["mantel_haenszel_odds_ratio"]
    assert [ratio["value"], ratio["lower"], ratio["upper"]] == pytest.approx(
        [2.1745, 1.9840, 2.3832], abs=5e-5
    )
    assert over["breslow_day_tarone"]["p_value"] == pytest.approx(0.6356, abs=5e-5)
    assert [row["stratum"] for row in over["tables"]] == sorted(city.stratum for city in CHINA)
    corrected = answered(capsys, "binary", china, *ROLES, "--strata", "CITY", "--continuity")
    found = corrected["comparisons"][0]["over_strata"]["cochran_mantel_haenszel"]
    assert found["chi_square"] < 280.1
    text = told(capsys, "binary", china, *ROLES, "--strata", "CITY", "--stratum-weights", "wilson")
    for said in ("Common odds ratio 2.1745 (1.9840 to 2.3832)", "chi-square(1) = 280.1375", "Wilson", "NNTB"):
        assert said in text


def write(tmp_path: Path, *rows: str) -> str:
    path = tmp_path / "file.csv"
    path.write_text("\n".join(["ID,ARM,SITE,Y", *rows]))
    return str(path)


def small(tmp_path: Path) -> str:
    rows = [f"E{i},E,{'ab'[i % 2]},{'yes' if i < 7 else 'no'}" for i in range(10)]
    rows += [f"N{i},N,{'ab'[i % 2]},{'yes' if i < 3 else 'no'}" for i in range(10)]
    return write(tmp_path, *rows, "E10,E,a,", "N10,N,c,")


def test_whoever_has_no_outcome_did_not_reach_it_or_is_left_out(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = small(tmp_path)
    failure = answered(capsys, "binary", path, *ROLES, "--reached", "yes")
    assert [(one["arm"], one["count"], one["denominator"]) for one in failure["rates"]] == [
        ("N", 3, 11),
        ("E", 7, 11),
    ]
    observed = answered(capsys, "binary", path, *ROLES, "--reached", "yes", "--missing", "observed")
    assert [(one["count"], one["denominator"]) for one in observed["rates"]] == [(3, 10), (7, 10)]
    assert [one["subject"] for one in observed["left_out"]] == ["E10", "N10"]
    assert observed["comparisons"][0]["difference"] == pytest.approx(0.4)
    assert "2:" in told(capsys, "binary", path, *ROLES, "--reached", "yes", "--missing", "observed")


def test_a_stratum_without_an_arm_is_left_out_with_a_note(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    over = answered(capsys, "binary", small(tmp_path), *ROLES, "--reached", "yes", "--strata", "SITE")
    over = over["comparisons"][0]["over_strata"]
    assert over["mantel_haenszel_difference"]["notes"] == ["Stratum c was left out: nobody in the first arm."]
    assert over["mantel_haenszel_difference"]["strata"] == 2


def test_what_does_not_exist_says_why(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = write(tmp_path, *(f"{i},{'EN'[i % 2]},{'ab'[i // 4]},0" for i in range(8)))
    answer = answered(capsys, "binary", path, *ROLES, "--strata", "SITE")
    (one,) = answer["comparisons"]
    assert one["over_strata"]["cochran_mantel_haenszel"] == {
        "not_estimable": "In every stratum everybody or nobody reached the endpoint; there is no test."
    }
    assert one["number_needed"]["value"] is None
    assert one["number_needed"]["crosses_infinity"] is True
    assert one["miettinen_nurminen"]["lower"] < 0 < one["miettinen_nurminen"]["upper"]
    assert "not estimable" in told(capsys, "binary", path, *ROLES, "--strata", "SITE")


def test_an_arm_whose_outcomes_are_all_missing_is_not_compared(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = write(tmp_path, "1,E,a,1", "2,N,a,0", "3,N,a,1", "4,Z,a,")
    answer = answered(capsys, "binary", path, *ROLES, "--missing", "observed")
    assert [one["arm"] for one in answer["rates"]] == ["N", "E", "Z"]
    assert answer["rates"][2] == {
        "arm": "Z", "count": 0, "denominator": 0, "value": None, "wilson": None, "clopper_pearson": None,
    }  # fmt: skip
    assert "not_estimable" in answer["comparisons"][1]
    assert "not estimable" in told(capsys, "binary", path, *ROLES, "--missing", "observed")


def test_the_schema_forgives_nothing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    schema = schema_of("binary")
    jsonschema.Draft202012Validator.check_schema(schema)
    answer = answered(capsys, "binary", small(tmp_path), *ROLES, "--reached", "yes", "--strata", "SITE")
    for wrong in (answer | {"more": 1}, answer | {"rates": [{}]}, answer | {"comparisons": [{"arm": "E"}]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)


@pytest.mark.parametrize(
    ("rows", "words", "messages"),
    [
        (
            ["1,E,a,yes", "2,N,a,no", "3,N,a,yes"],
            [],
            [
                "Line 2: Y is 'yes', neither 0 nor 1; say with --reached which words mean that it was reached, or with "
                "--na which mean missing.",
                "Line 3: Y is 'no', neither 0 nor 1; say with --reached which words mean that it was reached, or with "
                "--na which mean missing.",
            ],
        ),
        (["1,E,a,yes", "2,N,a,no"], ["--reached", "Yes"], ["No cell of Y is 'Yes'."]),
        (["1,E,a,1", "2,N,a,0"], ["--reference", "X"], ["X is not a level of ARM: E, N."]),
        (["1,N,a,1", "2,N,a,0"], [], ["ARM has one level only; there is nothing to compare."]),
        (["1,E,a,1", "2,N,a,0"], ["--strata", "ARM"], ["ARM is the arm and cannot be a stratum."]),
        (["1,E,a,1", "2,N,a,0"], ["--strata", "SITE,SITE"], ["SITE is a stratum twice."]),
        (["1,E,a,1", "2,N,,0"], ["--strata", "SITE"], ["Line 3: SITE is missing."]),
        (
            ["1,E,a,1", "1,E,a,1", "2,N,a,0"],
            [],
            ["1 has 2 rows (line 2, line 3); a yes-or-no endpoint has one."],
        ),
        ([",E,a,1", "2,,a,0", "3,N,a,0"], [], ["Line 2: ID is missing.", "Line 3: ARM is missing."]),
    ],
)
def test_what_will_not_do_is_refused_with_its_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, rows: list[str], words: list[str], messages: list[str]
) -> None:
    assert refused(capsys, "binary", write(tmp_path, *rows), *ROLES, *words) == messages
