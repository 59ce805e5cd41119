"""Age at consent, and dates that cannot be right."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.participants.domain.enrolment import OLDEST_AGE, age_on, enrolment, participant_number

AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(1961, 3, 10), date(2026, 3, 9), 64),
        (date(1961, 3, 10), date(2026, 3, 10), 65),
        (date(1961, 3, 10), date(2026, 3, 11), 65),
        (date(2000, 2, 29), date(2026, 2, 28), 25),
        (date(2000, 2, 29), date(2026, 3, 1), 26),
        (date(2000, 2, 29), date(2028, 2, 28), 27),
        (date(2000, 2, 29), date(2028, 2, 29), 28),
        (date(2026, 3, 10), date(2026, 3, 10), 0),
    ],
)
def test_age_turns_on_the_birthday(born, day, age):
    assert age_on(born, day) == age


@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(0, 40_000))
def test_age_never_falls_as_days_pass_and_rises_by_one_at_most(born, days):
    day = born + timedelta(days=days)
    assert 0 <= age_on(born, day + timedelta(days=1)) - age_on(born, day) <= 1


def test_age_is_counted_on_the_calendar_of_the_site():
    """Half past midnight in Berlin is still the day before in UTC."""
    consented = datetime(2026, 3, 9, 23, 30, tzinfo=UTC)
    born = date(2008, 3, 10)
    assert enrolment(birth_date=born, consented_at=consented, zone=BERLIN, at=AT).age_years == 18
    assert enrolment(birth_date=born, consented_at=consented, zone=UTC, at=AT).age_years == 17


@pytest.mark.parametrize(
    ("born", "consented", "field", "code"),
    [
        (date(1980, 1, 1), AT + timedelta(seconds=1), "consented_at", "in_the_future"),
        (date(2026, 3, 11), AT, "birth_date", "in_the_future"),
        (date(2026, 3, 10), AT - timedelta(days=1), "consented_at", "before_birth"),
        (date(1, 1, 1), AT, "birth_date", "too_long_ago"),
        (date(1904, 1, 1), AT, "birth_date", "too_long_ago"),
        (date(1980, 1, 1), datetime(1, 1, 1, tzinfo=UTC), "consented_at", "too_long_ago"),
    ],
)
def test_dates_that_cannot_be_right_are_named(born, consented, field, code):
    decision = enrolment(birth_date=born, consented_at=consented, zone=BERLIN, at=AT)
    assert decision.age_years is None
    assert (field, code) in {(reason.field, reason.code) for reason in decision.reasons}


def test_every_wrong_date_is_named_at_once():
    decision = enrolment(birth_date=date(2027, 1, 1), consented_at=AT + timedelta(days=1), zone=BERLIN, at=AT)
    assert {reason.field for reason in decision.reasons} == {"birth_date", "consented_at"}


@given(
    st.dates(),
    st.datetimes(
        min_value=datetime(1, 1, 3),  # noqa: DTZ001 - hypothesis takes naive bounds
        max_value=datetime(9999, 12, 28),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
)
def test_any_dates_give_an_age_or_a_reason_and_never_both(born, consented):
    decision = enrolment(birth_date=born, consented_at=consented, zone=BERLIN, at=AT)
    assert (decision.age_years is None) == bool(decision.reasons)
    if decision.age_years is not None:
        assert 0 <= decision.age_years <= OLDEST_AGE


def test_a_number_names_the_site_and_the_order_of_coming():
    assert participant_number("DE01", 7) == "DE01-0007"
    assert participant_number("DE01", 12345) == "DE01-12345"
