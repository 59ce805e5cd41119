from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from apps.audit.domain.anchors import (
    Anchor,
    Head,
    anchor_read,
    anchor_seal,
    anchors_check,
    copies_check,
    heads_named,
)

KEY = b"kept elsewhere"
AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


def row(count: int, key: bytes = KEY) -> list[Anchor]:
    made: list[Anchor] = []
    for number in range(count):
        made.append(
            anchor_seal(
                at=AT + timedelta(minutes=number),
                heads={"t2/DE01/1": Head(number + 1, f"{number:064x}")},
                previous=made[-1].seal if made else "",
                key=key,
            )
        )
    return made


def test_anchors_as_they_were_set_are_in_order() -> None:
    assert anchors_check(row(4), key=KEY) == ""
    assert anchors_check([], key=KEY) == ""


@pytest.mark.parametrize(
    "change",
    [
        {"at": AT + timedelta(seconds=1)},
        {"heads": {"t2/DE01/1": Head(3, f"{1:064x}")}},
        {"heads": {"t2/DE01/1": Head(2, f"{2:064x}")}},
        {"heads": {}},
        {"seal": "0" * 64},
    ],
)
def test_an_anchor_that_was_changed_is_named(change: dict[str, object]) -> None:
    anchors = row(3)
    anchors[1] = replace(anchors[1], **change)
    assert "does not bear its seal" in anchors_check(anchors, key=KEY)


def test_whoever_has_not_the_key_can_seal_nothing() -> None:
    assert "does not bear its seal" in anchors_check(row(2, key=b"another"), key=KEY)


def test_an_anchor_that_is_missing_is_noticed_but_for_the_last() -> None:
    anchors = row(3)
    assert "missing before the one of 2026-03-10T09:02:00+00:00" in anchors_check(
        [anchors[0], anchors[2]], key=KEY
    )
    assert "missing" in anchors_check(anchors[1:], key=KEY)
    assert anchors_check(anchors[:2], key=KEY) == ""  # this is what the copy is for
    assert "2026-03-10T09:02:00" in copies_check(anchors[:2], anchors)
    assert copies_check(anchors, anchors[:2]) == ""


def test_an_anchor_reads_back_from_its_line() -> None:
    for anchor in row(2):
        assert anchor_read(anchor.line()) == anchor


@pytest.mark.parametrize(
    "line", ["", "{}", "[]", "7", '{"at":"x","heads":{},"previous":"","seal":""}', "null"]
)
def test_what_is_no_anchor_says_so(line: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        anchor_read(line)


def test_heads_come_with_the_moment_they_were_named_last() -> None:
    first, second = row(2)
    again = replace(second, at=second.at + timedelta(hours=1))
    assert heads_named([first, second, again]) == {
        ("t2/DE01/1", Head(1, f"{0:064x}")): first.at,
        ("t2/DE01/1", Head(2, f"{1:064x}")): again.at,
    }
