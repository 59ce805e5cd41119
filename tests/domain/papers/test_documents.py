"""Papers as blocks and as PDF: what each carries, whatever was typed into the record."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from apps.monitoring.domain.plan import due_times
from apps.papers.domain.documents.blocks import Document, Printed
from apps.papers.domain.documents.compose import readiness_document, sheet_document, summary_document
from apps.papers.domain.documents.downtime import downtime_document
from apps.papers.domain.documents.pdf import paper_pdf
from apps.papers.domain.downtime import downtime_of
from apps.papers.domain.readiness import readiness_of
from apps.papers.domain.record import AbsenceLine, DeviationLine, FindingLine, Record, ReleaseLine, WatchLine
from apps.papers.domain.sheet import sheet_of
from tests.domain.monitoring.story import LAST_SPRAY, PROTOCOL, T0, minute

from .story import WHERE, conditions, event, record

PRINTED = Printed(T0 + timedelta(hours=5), "Nadia Nurse", "0.1.0")
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="5" height="5"/></svg>',
    "A square",
)


def all_of(made: Record) -> list[Document]:
    sheet, readiness = sheet_of(made), readiness_of(made)
    assert sheet is not None
    assert readiness is not None
    return [
        summary_document(made, pictures=(PICTURE,), printed=PRINTED),
        sheet_document(made, sheet, pictures=(PICTURE,), printed=PRINTED),
        readiness_document(made, readiness, printed=PRINTED),
    ]


def words_of(document: Document) -> str:
    return json.dumps(asdict(document), default=str, ensure_ascii=False)


def test_every_paper_says_whom_where_when_by_whom_and_with_what() -> None:
    for document in all_of(record()):
        said = words_of(document)
        for expected in (
            "t2, protocol 1.0", "DE01 Berlin", "DE01-0001", "Day 8", "10 Mar 2026 11:00:00 (CET, UTC+1)",
            "Printed 10 Mar 2026 16:00:00 (CET, UTC+1) by Nadia Nurse", "Vigil 0.1.0", "Fictional",
        ):  # fmt: skip
            assert expected in said, (document.title, expected)
        assert "not over" not in said


def test_the_dose_is_what_was_asked_for_and_no_paper_names_an_arm() -> None:
    for document in all_of(record()):
        said = words_of(document)
        assert "Blinded study drug, 3 devices, 56 mg asked for" in said
        assert not any(arm.label.lower() in said.lower() for arm in PROTOCOL.arms)
        assert "placebo" not in said.lower()
        assert "esketamine" not in said.lower()


def test_a_session_that_is_not_over_says_so_on_every_paper() -> None:
    for document in all_of(record(ended=None)):
        assert any("The session is not over" in mark for mark in document.marks)


def test_an_early_release_stands_at_the_top_with_what_was_not_met() -> None:
    left = ReleaseLine(minute(61), "Ivan", 61, "The participant insists on leaving", "Fetches a child")
    made = record(ended=61, release=left, conditions=conditions(TIME="59 more minutes"))
    for document in all_of(made):
        assert any("Released early" in mark and "Fetches a child" in mark for mark in document.marks)
    assert "59 more minutes" in words_of(all_of(made)[0])


def test_the_same_paper_has_the_same_bytes_and_is_a_pdf() -> None:
    for document in all_of(record()):
        made = paper_pdf(document)
        assert made.startswith(b"%PDF-1.7")
        assert made == paper_pdf(document)


@pytest.mark.parametrize(
    "text", ['#panic("x") $ \\ " # [ ] * _ `', "-" * 300, "漢字 Ωμέγα 😀 ‮", "= A\n\n= B"]
)
def test_no_text_of_the_record_is_read_as_markup_or_keeps_a_paper_from_being_printed(text: str) -> None:
    made = record(
        events=(replace(event("x", 5, None, serious=True), term=text),),
        findings=(FindingLine(minute(40), "urgent", text, text, None, ""),),
        deviations=(DeviationLine(minute(40), text, ""),),
        where=replace(WHERE, visit=text, site_name=text),
    )
    for document in all_of(made):
        assert paper_pdf(document).startswith(b"%PDF-1.7")


def test_a_session_without_anything_still_prints() -> None:
    bare = record(dosed_at=None, ended=None, entries=(), devices=(), gates=(), dose_mg=None)
    for document in all_of(bare):
        assert "No spray yet" in words_of(document)
        assert paper_pdf(document)


def test_the_downtime_sheet_has_clock_times_once_the_first_spray_is_known() -> None:
    slots = due_times(dosed_at=T0, last_spray_at=LAST_SPRAY, plan=PROTOCOL.observation_plan)
    made = downtime_of(where=WHERE, protocol=PROTOCOL, slots=slots, dosed_at=T0, chair=2)
    document = downtime_document(made, printed=PRINTED)
    said = words_of(document)
    assert "11:40 (11:38–11:42)" in said
    assert "systolic ≥ 180 mmHg or diastolic ≥ 110 mmHg" in said
    assert "systolic rise ≥ 40 mmHg or diastolic rise ≥ 25 mmHg" in said
    assert "breaths < 10 /min or pauses in breathing" in said
    assert "Signature" in said
    assert paper_pdf(document)


def test_the_downtime_sheet_of_a_visit_counts_from_a_first_spray_to_be_written() -> None:
    slots = due_times(dosed_at=None, last_spray_at=None, plan=PROTOCOL.observation_plan)
    made = downtime_of(where=WHERE, protocol=PROTOCOL, slots=slots, dosed_at=None, chair=None)
    said = words_of(downtime_document(made, printed=PRINTED))
    assert "T0 + 40 min" in said
    assert "____ : ____" in said
    assert [line.minute for line in made.slots] == [None, 15, 30, 40, 45, 60, 75, 90, 120]


def test_summary_and_sheet_name_who_watched_from_when_to_when() -> None:
    summary, sheet, _ = (words_of(document) for document in all_of(record()))
    assert "Nadia Nurse 11:00 to 12:00, Nils Nurse 12:00 to 13:01" in sheet
    assert '["11:00:00", "12:00:00", "1 h 00 min", "Nadia Nurse"]' in summary
    for said in (summary, sheet):
        assert '["Without a watcher", "none"]' in said


def test_summary_and_sheet_name_every_minute_nobody_was_there() -> None:
    made = record(
        watches=(
            WatchLine(T0, minute(60), "Nadia Nurse"),
            WatchLine(minute(60), minute(72.5), ""),
            WatchLine(minute(72.5), minute(121), "Nadia Nurse"),
        ),
        absences=(AbsenceLine(minute(5), minute(20)),),
    )
    summary, sheet, _ = (words_of(document) for document in all_of(made))
    for said in (summary, sheet):
        assert "12 min 30 s (12:00:00 to 12:12:30)" in said
        assert "15 min (11:05:00 to 11:20:00)" in said
    assert '["12:00:00", "12:12:30", "12 min 30 s", "NOBODY"]' in summary


def test_without_a_spray_nobody_had_to_watch() -> None:
    made = record(ended=None, dosed_at=None, watches=())
    assert "nobody had to watch" in words_of(summary_document(made, pictures=(), printed=PRINTED))
