"""What makes an enrolment possible: a person with a birth date, and a consent that was signed before today.

Age is whole years on the day of consent, on the calendar of the site (protocol criterion "age at consent").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from apps.core.exceptions import Reason

#: The database refuses older people too; nobody has lived longer with a reliable record.
OLDEST_AGE = 120
_FEBRUARY, _LEAP_DAY, _FIRST_OF_MARCH = 2, 29, (3, 1)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The decision: age in whole years at consent, or every reason against."""

    age_years: int | None
    reasons: tuple[Reason, ...]


def age_on(birth_date: date, day: date) -> int:
    """Return completed years on `day`; who is born on 29 February has the birthday on 1 March of other years."""
    birthday = (birth_date.month, birth_date.day)
    if birthday == (_FEBRUARY, _LEAP_DAY):
        leap = day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0)
        birthday = birthday if leap else _FIRST_OF_MARCH
    return day.year - birth_date.year - ((day.month, day.day) < birthday)


def enrolment(*, birth_date: date, consented_at: datetime, zone: tzinfo, at: datetime) -> Enrolment:
    """Return the age at consent, or why the dates cannot be right. `zone` is the site's."""
    reasons = list(consent_reasons(consented_at=consented_at, at=at))
    oldest = at.year - OLDEST_AGE - 1
    if birth_date.year < oldest:
        reasons.append(
            Reason("too_long_ago", f"The birth date lies more than {OLDEST_AGE} years back.", "birth_date")
        )
    if birth_date > at.astimezone(zone).date():
        reasons.append(Reason("in_the_future", "The birth date lies in the future.", "birth_date"))
    if reasons:
        return Enrolment(None, tuple(reasons))
    day = consented_at.astimezone(zone).date()
    if day < birth_date:
        return Enrolment(
            None, (Reason("before_birth", "The consent lies before the birth date.", "consented_at"),)
        )
    age = age_on(birth_date, day)
    if age > OLDEST_AGE:
        return Enrolment(
            None,
            (
                Reason(
                    "too_long_ago", f"That is more than {OLDEST_AGE} years of age at consent.", "birth_date"
                ),
            ),
        )
    return Enrolment(age, ())


def consent_reasons(*, consented_at: datetime, at: datetime) -> tuple[Reason, ...]:
    """Return why a moment of consent cannot be right: it has happened, and not in another century."""
    if consented_at > at:
        return (Reason("in_the_future", "The consent lies in the future.", "consented_at"),)
    if consented_at.year < at.year - OLDEST_AGE:
        return (Reason("too_long_ago", "The consent lies too far back.", "consented_at"),)
    return ()


def participant_number(site_code: str, ordinal: int) -> str:
    """Return the number printed on everything: site and running number at that site, "DE01-0007"."""
    return f"{site_code}-{ordinal:04d}"
