"""Files from outside: read to the letter, and refused with the line of every fault."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.endpoints.domain.analyses.columns import covariate, visits_in_order
from apps.endpoints.domain.analyses.csv_file import CsvFile, number_of
from apps.endpoints.domain.mmrm import Factor, Numeric
from apps.endpoints.domain.values import NotAnalysable


def read(text: str, **more: object) -> CsvFile:
    return CsvFile.read(text.encode(), **more)  # type: ignore[arg-type]


def refused(data: bytes | str, **more: object) -> list[str]:
    with pytest.raises(NotAnalysable) as fault:
        CsvFile.read(data if isinstance(data, bytes) else data.encode(), **more)  # type: ignore[arg-type]
    return [reason.message for reason in fault.value.reasons]


def test_north_america_is_a_value_until_told_otherwise() -> None:
    text = "REGION,Y\nNA,1\nEU,NA\n,2\n"
    assert read(text).texts("REGION") == ["NA", "EU", None]
    assert read(text, missing=["NA"]).texts("REGION") == [None, "EU", None]
    assert read(text).numbers("Y") == (
        [1.0, None, 2.0],
        ["Line 3: Y is 'NA', which is no number; if it means missing, say --na NA."],
    )
    assert read(text, missing=["NA"]).numbers("Y") == ([1.0, None, 2.0], [])


def test_lines_are_those_of_the_file_whatever_stands_in_a_cell() -> None:
    file = read('\ufeffA,B\r\n"two\r\nlines",1\r\n\r\n"a ""word""",x\r\n')
    assert file.texts("A") == ["two\r\nlines", 'a "word"']
    assert file.lines == (2, 5)
    assert file.numbers("B")[1] == ["Line 5: B is 'x', which is no number; if it means missing, say --na x."]


@pytest.mark.parametrize(
    ("data", "messages"),
    [
        ("", ["The file is empty."]),
        ("\n\n", ["The file is empty."]),
        ("A,B\n", ["The file has a header and no row."]),
        ("A,,A\n1,2,3\n", ["Column 2 of the header has no name.", "The header names A twice."]),
        (
            "A,B\n1\n1,2\n1,2,3\n",
            [
                "Line 2 has 1 cells; the header names 2 columns.",
                "Line 4 has 3 cells; the header names 2 columns.",
            ],
        ),
        ("A;B\n1;2\n", ["The header has one column; are the cells separated by ';'? Say --separator."]),
        (b"A,B\n1,\xff\n", ["Line 2 is not UTF-8; save the file with that encoding."]),
        ('A,B\n1,"2\n', ["Line 2 cannot be read as CSV: unexpected end of data."]),
    ],
)
def test_what_is_no_table_is_refused(data: bytes | str, messages: list[str]) -> None:
    assert refused(data) == messages


def test_of_a_great_many_faults_the_first_are_told_and_how_many_more() -> None:
    messages = refused("A,B\n" + "1\n" * 500)
    assert len(messages) == 201
    assert messages[-1] == "There are 300 more faults."


@given(data=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_do_more_than_to_be_refused(data: bytes) -> None:
    try:
        file = CsvFile.read(data)
    except NotAnalysable:
        return
    assert all(len(column) == len(file.lines) for column in file.columns.values())


@pytest.mark.parametrize("word", ["nan", "inf", "-Infinity", "1e999", "1_000", "0x10", "1,5", "", "½"])
def test_what_is_no_number_is_not_taken_for_one(word: str) -> None:
    assert number_of(word) is None


@pytest.mark.parametrize(("word", "value"), [("-1.5e3", -1500.0), ("+2", 2.0), (".5", 0.5), ("007", 7.0)])
def test_numbers_are_read(word: str, value: float) -> None:
    assert number_of(word) == value


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (["Day 22", "Day 8", "Day 15"], ("Day 8", "Day 15", "Day 22")),
        (["10", "9", "-"], None),
        (["Screening", "Day 8"], None),
        (["Day 1 a", "Day 2 b"], None),
        (["V2.5", "V2", "V10"], ("V2", "V2.5", "V10")),
        (["only"], ("only",)),
    ],
)
def test_visits_have_the_order_of_their_one_number_or_none(
    names: list[str], order: tuple[str, ...] | None
) -> None:
    file = read("V,B\n" + "".join(f"{name},1\n" for name in names))
    found, faults = visits_in_order(file, "V", order=None)
    assert (found, faults) == (order, []) if order else "give it with --visit-order" in faults[0]


def test_a_given_order_must_hold_every_visit_once() -> None:
    file = read("V,B\nx,1\ny,1\nz,1\nx,2\nz,2\n")
    assert visits_in_order(file, "V", order=["z", "y", "x"]) == (("z", "y", "x"), [])
    assert visits_in_order(file, "V", order=["x", "y", "x"])[1] == [
        "The visit x is named twice in the order.",
        "Line 4: V is 'z', which is not in the order of visits.",
    ]


def test_a_covariate_of_numbers_and_words_is_a_question_not_a_guess() -> None:
    file = read("A,B,C\n1,1,x\n2,NA,y\n3,3,7\n,4,z\n")
    assert covariate(file, "A", as_factor=False) == (Numeric([1.0, 2.0, 3.0, None]), [])
    assert covariate(file, "A", as_factor=True)[0] == Factor(["1", "2", "3", None], ("1", "2", "3"))
    assert covariate(file, "B", as_factor=False)[1] == [
        "Line 3: B is 'NA', which is no number; if it means missing, say --na NA. If B is a factor, say --factors B."
    ]
    assert covariate(file, "C", as_factor=False)[1] == [
        "C holds numbers and words: 'x', 'y', '7', .... If it is a factor, say --factors C."
    ]
