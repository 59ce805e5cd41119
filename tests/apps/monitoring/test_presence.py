"""The prescriber on site."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from apps.audit.models import AuditEvent
from apps.core.exceptions import NotAllowed, NotFound
from apps.monitoring.selectors import prescribers_on_site
from apps.studies.models import Delegation
from tests.apps.monitoring.watch import MINUTE, mark
from tests.factories.cast import Cast


def test_a_prescriber_comes_and_goes_and_saying_it_twice_writes_once(cast: Cast, at: datetime) -> None:
    assert mark(cast, at, on_site=True)
    assert not mark(cast, at + MINUTE, on_site=True)
    (here,) = prescribers_on_site(site=cast.site, now=at + 2 * MINUTE)
    assert (here.person, here.since) == (cast.investigator, at)
    assert mark(cast, at + 3 * MINUTE, on_site=False)
    assert prescribers_on_site(site=cast.site, now=at + 3 * MINUTE) == ()
    told = AuditEvent.objects.filter(kind__startswith="prescriber.").order_by("id")
    assert [event.kind for event in told] == ["prescriber.arrived", "prescriber.left"]


def test_a_forgotten_prescriber_is_off_site_the_next_day_and_comes_again(cast: Cast, at: datetime) -> None:
    mark(cast, at, on_site=True)
    tomorrow = at + timedelta(days=1)
    assert prescribers_on_site(site=cast.site, now=tomorrow) == ()
    assert mark(cast, tomorrow, on_site=True)


def test_who_lost_the_delegation_is_no_prescriber(cast: Cast, at: datetime) -> None:
    mark(cast, at, on_site=True)
    Delegation.objects.filter(user=cast.investigator).update(ends_at=at + MINUTE)
    assert prescribers_on_site(site=cast.site, now=at + 2 * MINUTE) == ()


def test_only_prescribers_mark_themselves_and_only_at_their_site(cast: Cast, at: datetime) -> None:
    for person in (cast.nurse, cast.coordinator, cast.monitor):
        with pytest.raises(NotAllowed):
            mark(cast, at, on_site=True, by=person)
    for person in (cast.other_investigator, cast.rater, cast.sponsor):
        with pytest.raises(NotFound):
            mark(cast, at, on_site=True, by=person)
