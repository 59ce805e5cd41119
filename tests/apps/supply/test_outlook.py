"""The outlook is the same whatever the list gave: two worlds that differ in allocation only, step by step."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from apps.supply import selectors
from apps.supply.models import Kit
from apps.supply.selectors import SiteOutlook
from apps.supply.services import kit_quarantine, kits_for_session
from tests.apps.randomization import worlds
from tests.apps.supply.helpers import arm_of, draw
from tests.factories.cast import Cast

pytestmark = pytest.mark.django_db


def berlin(cast: Cast, at: datetime) -> SiteOutlook:
    found = {one.site.code: one for one in selectors.outlook_by_site(viewer=cast.pharmacist, now=at)}
    return found[cast.site.code]


def story(cast: Cast, at: datetime) -> tuple[list[str], list[tuple[int, int]]]:
    """Five people drawn and treated: their arms, and the outlook after every step."""
    arms, told = [], [berlin(cast, at)]
    for nth in range(5):
        now = at + timedelta(days=nth)
        person = draw(cast, at=now)
        arms.append(arm_of(person))
        told.append(berlin(cast, now))
        kits_for_session(
            participant_id=person.pk,
            visit_code="D4",
            dose_mg=(56, 84)[nth % 2],
            by=cast.investigator,
            at=now,
        )
        told.append(berlin(cast, now))
    loose = Kit.objects.filter(state="AVAILABLE").order_by("number")[0]
    kit_quarantine(kit_id=loose.pk, reason="dented", by=cast.pharmacist, at=now)
    told.append(berlin(cast, now))
    return arms, [(one.days, one.pairs) for one in told]


def world(
    cast: Cast, at: datetime, monkeypatch: pytest.MonkeyPatch, *, seed: bytes
) -> tuple[list[str], list[tuple[int, int]]]:
    """The story under a seed; then it never happened."""
    monkeypatch.setattr(worlds, "SEED", seed)
    point = transaction.savepoint()
    worlds.list_make(cast, at=at)
    worlds.kits_make(cast, at=at, active=70, placebo=70)
    told = story(cast, at)
    transaction.savepoint_rollback(point)
    return told


def test_two_worlds_that_differ_in_allocation_give_the_same_answer_at_every_step(
    cast: Cast, at: datetime, verdicts: worlds.Verdicts, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.core.events import react
    from apps.randomization.domain.events import ParticipantRandomized
    from apps.supply.services import kits_dispense_after_randomization

    react(ParticipantRandomized, kits_dispense_after_randomization)
    worlds_seen = [world(cast, at, monkeypatch, seed=bytes([n]) * 32) for n in range(4)]
    assert len({tuple(arms) for arms, _ in worlds_seen}) > 1
    assert len({tuple(told) for _, told in worlds_seen}) == 1
    told = worlds_seen[0][1]
    assert told[0] == (56, 0)
    assert told[-1][0] < 56
    assert told[-1][1] > 0


def test_a_site_without_stock_covers_nothing_and_is_told_what_to_send(cast: Cast, at: datetime) -> None:
    found = berlin(cast, at)
    assert (found.days, found.pairs, found.is_short) == (0, 24, True)
    assert found.text == "This site may be unable to randomize or treat someone within 7 days."
    worlds.kits_make(cast, at=at, active=24, placebo=24)
    assert (berlin(cast, at).days, berlin(cast, at).pairs) == (56, 0)


def test_the_content_there_is_less_of_decides(cast: Cast, at: datetime) -> None:
    worlds.kits_make(cast, at=at, active=24, placebo=5)
    few_placebo = berlin(cast, at)
    assert (few_placebo.days, few_placebo.pairs) == (0, 24)


def test_stock_that_expires_first_does_not_count_for_later(cast: Cast, at: datetime) -> None:
    worlds.kits_make(cast, at=at, active=24, placebo=24)
    # Day 11 is the session of ten days from now: on the last day of use the kits still count.
    for days, covered in ((10, 14), (9, 7)):
        Kit.objects.update(expires_on=at.date() + timedelta(days=days))
        assert (berlin(cast, at).days, berlin(cast, at).pairs) == (covered, 24)


def test_who_sees_the_outlook(cast: Cast, at: datetime) -> None:
    def codes(person: object) -> list[str]:
        return [one.site.code for one in selectors.outlook_by_site(viewer=person, now=at)]  # type: ignore[arg-type]

    for person in (cast.pharmacist, cast.investigator, cast.coordinator, cast.nurse, cast.monitor):
        assert codes(person) == ["DE01"]
    assert codes(cast.sponsor) == ["DE01", "US01"]
    for person in (cast.rater, cast.outsider, cast.statistician):
        assert codes(person) == []
