from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from apps.quality.domain.deviations import (
    CATEGORY_LABELS,
    KIND_LABELS,
    STANDING_LABELS,
    Assessment,
    Category,
    Classed,
    Entry,
    Kind,
    Standing,
    assessment_due,
    assessment_reasons,
    classed,
    entry_reasons,
    standing_of,
)
from apps.studies.domain.loading import SHIPPED, load
from apps.studies.domain.protocol import DeviationKind, DeviationPlan, DeviationRule

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLAN = DeviationPlan(rules=(DeviationRule(kind="CONSENT", category="major", reportable=True),))
ENTRY = Entry(
    kind="CONSENT",
    happened="Signed on the version before this one.",
    happened_at=NOW - 3 * HOUR,
    discovered_at=NOW - HOUR,
)


def codes(entry: Entry) -> list[tuple[str, str]]:
    found = entry_reasons(entry, plan=PLAN, treatments=["Placebo"], now=NOW)
    return [(reason.field, reason.code) for reason in found]


def test_the_kinds_here_and_in_a_protocol_file_are_the_same() -> None:
    assert {kind.value for kind in Kind} == set(DeviationKind.__args__) == set(KIND_LABELS)
    assert set(CATEGORY_LABELS) == set(Category)


def test_the_protocol_says_how_grave_a_kind_is_and_silence_leaves_it_to_judgment() -> None:
    assert classed("CONSENT", PLAN) == Classed("MAJOR", "PROTOCOL", True)
    assert classed("OTHER", PLAN) == Classed("", "", None)


def test_an_entry_as_the_protocol_says_needs_no_reason() -> None:
    assert codes(ENTRY) == []
    assert codes(replace(ENTRY, category="MAJOR")) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"kind": "NONE"}, [("kind", "unknown_kind")]),
        ({"category": "GRAVE", "category_reason": "So it seems."}, [("category", "unknown_category")]),
        ({"happened": " "}, [("happened", "required")]),
        ({"happened": "x" * 2001}, [("happened", "too_long")]),
        ({"happened": "Was given placebo."}, [("happened", "names_treatment")]),
        ({"action": "Asked for the placebo."}, [("action", "names_treatment")]),
        ({"category": "MINOR"}, [("category_reason", "required")]),
        ({"category": "MINOR", "category_reason": "No effect on anybody."}, []),
        ({"kind": "OTHER", "category": "MINOR"}, [("category_reason", "required")]),
        (
            {"happened_at": NOW + HOUR, "discovered_at": NOW + HOUR},
            [("happened_at", "in_the_future"), ("discovered_at", "in_the_future")],
        ),
        ({"discovered_at": NOW - 4 * HOUR}, [("discovered_at", "discovered_before")]),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_named_with_its_field(
    changes: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    assert codes(replace(ENTRY, **changes)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_design_marks_what_it_says_of_deviations(path: Path) -> None:
    plan = load(path).deviations
    assert plan.mark == "G"
    assert plan.rules
    assert all(rule.mark for rule in plan.rules)


def test_a_plan_has_one_rule_for_a_kind() -> None:
    with pytest.raises(ValueError, match="one rule for a kind"):
        DeviationPlan(rules=(*PLAN.rules, *PLAN.rules))


ASSESSMENT = Assessment("MAJOR", "", "None on anybody.", "Told the team again.", False)
AS_ENTERED = Classed("MAJOR", "PROTOCOL", True)


def assessed(**changes: object) -> list[tuple[str, str]]:
    given = replace(ASSESSMENT, **changes)  # type: ignore[arg-type]
    found = assessment_reasons(given, said=AS_ENTERED, treatments=["Placebo"])
    return [(reason.field, reason.code) for reason in found]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"category": "MINOR"}, [("category_reason", "required")]),
        ({"category": "MINOR", "category_reason": "No effect."}, []),
        ({"category": ""}, [("category", "unknown_category")]),
        ({"impact": " "}, [("impact", "required")]),
        ({"corrective_action": "Gave the placebo later."}, [("corrective_action", "names_treatment")]),
        ({"reportable": None}, [("reportable", "required")]),
    ],
)
def test_an_assessment_says_what_it_means_and_what_is_done(
    changes: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    assert assessed(**changes) == expected


def test_how_far_it_has_been_dealt_with() -> None:
    assert standing_of(assessed=False, signed=False) is Standing.OPEN
    assert standing_of(assessed=True, signed=False) is Standing.ASSESSED
    assert standing_of(assessed=True, signed=True) is Standing.SIGNED
    assert set(STANDING_LABELS) == set(Standing)


def test_when_an_assessment_is_due() -> None:
    assert assessment_due(NOW, DeviationPlan(assess_within_days=7)) == NOW + timedelta(days=7)
    assert assessment_due(NOW, DeviationPlan()) is None
