"""A report written down: the same bytes each time, nothing from the data that a reader's program would
run."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from jsonschema import Draft202012Validator

from apps.demo.domain.analysis import trial_records
from apps.demo.domain.trial import generate_finished_trial
from apps.endpoints.domain.documents import documents_of, report_html, report_pdf, tables_csv
from apps.endpoints.domain.documents.files import SCHEMA_FILE
from apps.endpoints.domain.documents.letter import Letter, letter_pdf
from apps.endpoints.domain.documents.pdf import _block as pdf_block
from apps.endpoints.domain.documents.rtf import escape, tables_rtf
from apps.endpoints.domain.report import (
    Cell,
    Column,
    Paragraph,
    Provenance,
    Report,
    Row,
    Section,
    Table,
    compose_report,
    plan_from_protocol,
    report_to_json,
)
from apps.endpoints.domain.report.plan import Kind
from apps.studies.domain.loading import load_shipped

CUT = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
PROVENANCE = Provenance("Fictional T2", "1.0", CUT, "0.1.0", (("numpy", "2"),))


@pytest.fixture(scope="module")
def by_arm() -> Report:
    records = trial_records(generate_finished_trial())
    plan = plan_from_protocol(load_shipped("transform_2"), by_arm=True)
    return compose_report(records, plan=plan, provenance=PROVENANCE)


@pytest.fixture(scope="module")
def pooled() -> Report:
    records = trial_records(generate_finished_trial(), blinded=True)
    plan = plan_from_protocol(load_shipped("transform_2"), by_arm=False)
    return compose_report(records, plan=plan, provenance=PROVENANCE)


def with_text(text: str) -> Report:
    table = Table(
        "t", text, (Column(text, "start"), Column("n")), (Row((Cell(text), Cell("1", 1.0))),), (text,)
    )
    return Report(text, text, True, False, PROVENANCE, (Section("s", text, (Paragraph(text), table)),))


def test_the_same_report_gives_the_same_bytes(by_arm: Report) -> None:
    first = {document.name: document.content for document in documents_of(by_arm)}
    second = {document.name: document.content for document in documents_of(by_arm)}
    assert first == second
    assert {
        "report.html",
        "report.pdf",
        "report.json",
        "report.schema.json",
        "tables.csv",
        "tables.rtf",
    } <= set(first)


def test_every_figure_is_a_file_of_its_own_and_well_formed(by_arm: Report) -> None:
    figures = [document for document in documents_of(by_arm) if document.media_type == "image/svg+xml"]
    assert len(figures) == len(by_arm.figures) >= 3
    for figure in figures:
        ET.fromstring(figure.content)


def test_the_pdf_is_archival_and_tagged(pooled: Report) -> None:
    made = report_pdf(pooled)
    assert made.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>2" in made
    assert b"<pdfaid:conformance>A" in made


def test_a_pooled_report_names_no_arm_in_any_file(pooled: Report) -> None:
    labels = [arm.label for arm in load_shipped("transform_2").arms]
    for document in documents_of(pooled):
        if document.media_type != "application/pdf":  # its text is compressed; the others hold the same words
            text = document.content.decode()
            assert not [label for label in labels if label in text], document.name


def test_an_unblinded_report_says_so_on_its_face(by_arm: Report, pooled: Report) -> None:
    assert "Unblinded" in report_html(by_arm)
    assert "Unblinded" not in report_html(pooled)


def test_words_from_data_are_never_markup() -> None:
    page = report_html(with_text('<script>alert("x")</script> & "quotes"'))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_words_from_data_are_never_typst() -> None:
    sly = '#read("/etc/passwd") $x$ *bold* _it_ #image("x.png") @label'
    plain = "a" * len(sly)
    assert report_pdf(with_text(sly)).startswith(b"%PDF")
    assert abs(len(report_pdf(with_text(sly))) - len(report_pdf(with_text(plain)))) < 4000


@pytest.mark.parametrize("letter", ["\u0e01", "\u6c34", "\U0001f9ea", "\ue000", "\u0000", "\ufffe"])
def test_a_letter_without_a_shape_stops_neither_report_nor_letter(letter: str) -> None:
    word = f"Headache {letter} since noon"
    assert report_pdf(with_text(word)).startswith(b"%PDF")
    assert report_pdf(with_text(word)) == report_pdf(with_text(word))
    sheet = Letter(word, "R00001", word, word, CUT.date(), CUT.date(), fictional=True)
    assert letter_pdf(sheet, at=CUT).startswith(b"%PDF")


def test_no_cell_of_the_csv_is_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(tables_csv(with_text("=1+1")))))
    cells = [cell for row in rows[1:] for cell in row]
    assert not [cell for cell in cells if cell[:1] in "=+@" and cell]
    assert any(cell == "'=1+1" for cell in cells)


def test_a_negative_number_stays_a_number() -> None:
    report = with_text("x")
    table = replace(report.tables[0], rows=(Row((Cell("change"), Cell("-4.0", -4.0))),))
    report = replace(report, sections=(Section("s", "s", (table,)),))
    rows = list(csv.DictReader(io.StringIO(tables_csv(report))))
    assert rows[0]["text"] == "-4.0"
    assert float(rows[0]["value"]) == -4.0


def test_every_number_is_in_the_json(by_arm: Report) -> None:
    document = next(d for d in documents_of(by_arm) if d.name == "report.json")
    body = json.loads(document.content)
    values = [
        cell["value"]
        for section in body["sections"]
        for block in section["blocks"]
        if block["kind"] == "table"
        for row in block["rows"]
        for cell in row["cells"]
    ]
    assert sum(value is not None for value in values) > 100


@pytest.mark.parametrize("kind", ["DAY28", "DSMB"])
@pytest.mark.parametrize("unblinded", [True, False])
def test_the_json_is_as_its_published_schema_says(kind: Kind, unblinded: bool) -> None:
    records = trial_records(generate_finished_trial(), blinded=not unblinded)
    plan = plan_from_protocol(load_shipped("transform_2"), by_arm=unblinded, kind=kind)
    report = compose_report(records, plan=plan, provenance=PROVENANCE)
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    found = list(Draft202012Validator(schema).iter_errors(json.loads(report_to_json(report))))
    assert not found, found[0]


def test_the_schema_refuses_what_is_no_report(by_arm: Report) -> None:
    schema = Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))
    body = json.loads(report_to_json(by_arm))
    body["sections"][0]["blocks"][0]["kind"] = "song"
    assert not schema.is_valid(body)


def test_every_part_of_a_printed_number_is_in_the_csv(by_arm: Report) -> None:
    rows = [
        row
        for row in csv.DictReader(io.StringIO(tables_csv(by_arm)))
        if (row["table"], row["row"].split(": ")[-1]) == ("madrs-mmrm-differences", "Day 28")
    ]
    numbers = {(row["column"], row["number"]): float(row["value"]) for row in rows if row["value"]}
    difference, error = numbers["Difference (SE)", ""], numbers["Difference (SE)", "se"]
    low, high = numbers["95% interval", "low"], numbers["95% interval", "high"]
    assert low < difference < high
    assert difference / error == pytest.approx(numbers["Difference (SE)", "t"], rel=1e-6)
    assert 100 < numbers["df", ""] < 227


def braces(text: str) -> int:
    """How many groups stay open at the end of an RTF text; escaped braces count for nothing."""
    plain = text.replace("\\\\", "").replace("\\{", "").replace("\\}", "")
    return plain.count("{") - plain.count("}")


def test_the_rtf_holds_every_table_with_a_heading_that_repeats(by_arm: Report) -> None:
    text = tables_rtf(by_arm)
    assert text.isascii()
    assert text.startswith("{\\rtf1")
    assert braces(text) == 0
    assert text.count("\\trhdr") == len(by_arm.tables)
    assert text.count("\\page\n") == len(by_arm.tables) - 1
    for one in by_arm.tables:
        # Every row has as many cells as it has edges.
        assert escape(one.title) in text
    for row in text.split("\\trowd")[1:]:
        assert row.split("\\row\n")[0].count("\\cellx") == row.split("\\row\n")[0].count("\\cell\n")


def test_words_from_data_are_never_rtf() -> None:
    sly = "{\\field{\\*\\fldinst INCLUDETEXT \\x}} \\par − 水 \U0001f9ea"
    text = tables_rtf(with_text(sly))
    assert "INCLUDETEXT" in text
    assert "{\\field{\\*\\fldinst INCLUDETEXT" not in text
    assert braces(text) == 0
    assert "\\u8722?" in text
    assert "\\u27700?" in text


def listing(lines: int) -> Report:
    """A report with one table of so many lines under a heading that has a number of its own."""
    rows = (
        Row((Cell("Plain heading"), Cell("")), "group"),
        Row((Cell("Heading with a number"), Cell("0.123", 0.1234)), "group"),
        *(Row((Cell(f"Line {n}"), Cell(f"{n} (x)", n / 3)), indent=1) for n in range(lines)),
    )
    table = Table("t", "A table", (Column("What", "start"), Column("p")), rows)
    return Report("R", "r", True, False, PROVENANCE, (Section("s", "S", (table,)),))


def test_the_kept_page_holds_no_script_and_reaches_nothing(by_arm: Report) -> None:
    page = report_html(by_arm)
    assert "<script" not in page
    assert not re.search(r"\bon[a-z]+=", page)
    addresses = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert addresses
    assert all(address.startswith("#") for address in addresses)


def test_every_address_within_the_page_leads_somewhere(by_arm: Report, pooled: Report) -> None:
    for report in (by_arm, pooled):
        page = report_html(report)
        ids = re.findall(r' id="([^"]*)"', page)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'href="#([^"]*)"', page)) <= set(ids)


def test_each_figure_gives_its_numbers_line_by_line(by_arm: Report) -> None:
    page = report_html(by_arm)
    assert page.count("<summary>Show the numbers</summary>") == len(by_arm.figures)
    forest = page.split('id="figure-subgroups"')[1].split("</figure>")[0]
    told = re.findall(r"<li>(.*?)</li>", forest)
    assert told[0] == "Differences with 95 percent intervals, points."
    assert re.fullmatch(r"Sex, interaction p = 0\.\d{3}:", told[2])


def test_a_section_that_is_not_there_says_so_in_the_contents(pooled: Report) -> None:
    contents = report_html(pooled).split('<nav id="contents"')[1].split("</nav>")[0]
    withheld = [section for section in pooled.sections if section.status == "withheld"]
    assert withheld
    assert contents.count("(withheld)") == len(withheld)


@pytest.mark.parametrize(
    ("lines", "folded", "searched"), [(5, False, False), (20, False, True), (60, True, True)]
)
def test_long_tables_are_folded_and_marked_for_searching(lines: int, folded: bool, searched: bool) -> None:
    page = report_html(listing(lines))
    assert (f"<details><summary>A table: {lines} lines</summary>" in page) is folded
    assert ('data-searched=""' in page) is searched
    assert page.count("<tr") >= lines


def test_a_number_beside_a_heading_is_in_every_written_form() -> None:
    report = listing(3)
    page = report_html(report)
    assert '<th scope="rowgroup" colspan="2">Plain heading</th></tr>' in page
    assert (
        '<th scope="rowgroup">Heading with a number</th><td class="end whole" data-value="0.1234">0.123</td>'
        in page
    )
    assert "0.123" in tables_rtf(report)
    rows = list(csv.DictReader(io.StringIO(tables_csv(report))))
    assert [row["value"] for row in rows if row["row"] == "Heading with a number"] == ["0.1234"]
    assert [block["spans"] for block in given_rows(report)] == [True, False, False, False, False]


def given_rows(report: Report) -> list[dict[str, object]]:
    """What the PDF's template is given of the rows of the first table."""
    rows: list[dict[str, object]] = pdf_block(report.tables[0])["rows"]
    return rows
