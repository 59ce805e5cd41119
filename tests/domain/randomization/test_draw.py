"""Whether a draw is refused, and that every reason is given."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apps.core.exceptions import Reason
from apps.randomization.domain.draw import NO_PLACE, NO_STOCK, DrawFacts, draw_reasons_against

READY = DrawFacts(
    is_allocated=False,
    is_in_trial=True,
    is_consented=True,
    is_eligible=True,
    is_signed=True,
    eligibility=(),
    strata_missing=(),
    list_answer="YES",
    stock_covers=True,
)


def codes(facts: DrawFacts) -> list[str]:
    return [reason.code for reason in draw_reasons_against(facts)]


def test_nothing_stands_against_a_ready_participant() -> None:
    assert draw_reasons_against(READY) == ()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"is_allocated": True}, "already_randomized"),
        ({"is_in_trial": False}, "not_in_trial"),
        ({"is_consented": False}, "no_consent"),
        ({"is_eligible": False}, "not_eligible"),
        ({"is_signed": False}, "not_signed"),
        ({"strata_missing": ("region",)}, "stratum_missing"),
        ({"list_answer": "EXHAUSTED"}, NO_PLACE.code),
        ({"list_answer": ""}, NO_PLACE.code),
        ({"list_answer": "CAP_STUDY"}, "cap_study"),
        ({"list_answer": "CAP_SITE"}, "cap_site"),
        ({"list_answer": "CAP_STRATUM"}, "cap_stratum"),
        ({"stock_covers": False}, NO_STOCK.code),
    ],
)
def test_each_condition_alone_refuses(change: dict[str, object], code: str) -> None:
    assert codes(replace(READY, **change)) == [code]  # type: ignore[arg-type]


def test_all_reasons_come_together() -> None:
    facts = replace(
        READY,
        is_consented=False,
        is_eligible=False,
        eligibility=(Reason("I02", "Too young."), Reason("X13", "Blood pressure.")),
        strata_missing=("age", "region"),
        stock_covers=False,
    )
    assert codes(facts) == ["no_consent", "I02", "X13", "stratum_missing", "stratum_missing", "kits_short"]


def test_screenings_reasons_are_used_instead_of_a_general_one() -> None:
    facts = replace(READY, is_eligible=False, eligibility=(Reason("I02", "Too young."),))
    assert codes(facts) == ["I02"]


def test_somebody_already_randomized_gets_no_other_reason() -> None:
    facts = replace(READY, is_allocated=True, is_consented=False, stock_covers=False)
    assert codes(facts) == ["already_randomized"]


def test_an_open_stratum_is_not_blamed_on_the_list() -> None:
    facts = replace(READY, strata_missing=("region",), list_answer="")
    assert codes(facts) == ["stratum_missing"]
