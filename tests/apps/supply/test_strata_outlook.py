"""How long each stratum goes on: from what everybody may know, so that no world and no way of building a list shows."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from apps.accounts.selectors import system_user
from apps.audit.models import AuditEvent
from apps.randomization.models import RandomizationList
from apps.randomization.services import list_extend
from apps.reminders.models import Reminder
from apps.reminders.services import outlook_collect
from apps.studies.models import Site
from apps.supply import selectors
from apps.supply.selectors import StratumOutlook
from tests.apps.randomization import worlds
from tests.apps.supply.helpers import draw
from tests.apps.supply.test_api import Api
from tests.apps.supply.test_pages import browser
from tests.factories.cast import Cast

pytestmark = pytest.mark.django_db

SSRI, SNRI = "Selective serotonin reuptake inhibitor", "Serotonin-noradrenaline reuptake inhibitor"


def strata(cast: Cast, now: datetime, site: Site | None = None) -> dict[str, StratumOutlook]:
    """The strata of a site, by the last words of their label; everybody drawn here takes an SSRI."""
    return {
        one.stratum.split(": ")[1]: one
        for one in selectors.outlook_by_stratum(viewer=cast.sponsor, now=now)
        if one.site.pk == (site or cast.site).pk
    }


def told(cast: Cast, now: datetime) -> list[tuple[object, ...]]:
    """Everything that anybody is told of the strata."""
    return [
        (
            one.site.code,
            one.stratum,
            one.days,
            one.days_at_pace,
            one.causes,
            one.text,
            one.pace_text,
            one.because,
        )
        for one in selectors.outlook_by_stratum(viewer=cast.sponsor, now=now)
    ]


def test_a_stratum_ends_with_the_places_that_were_asked_for(
    cast: Cast, at: datetime, verdicts: worlds.Verdicts
) -> None:
    worlds.list_make(cast, at=at, places=10)
    worlds.kits_make(cast, at=at, active=400, placebo=400)
    assert strata(cast, at)[SSRI].text == "Covered for 56 days at least."
    seen = []
    for nth in range(10):
        draw(cast, at=at + timedelta(days=3 * nth))
        now = at + timedelta(days=3 * nth, hours=1)
        found = strata(cast, now)
        seen.append(found[SSRI].days)
        # Nobody came to the other stratum: careful, but far from its end.
        assert found[SNRI].days == 56 or nth < 8
    assert seen == sorted(seen, reverse=True)
    assert (seen[0] > 0, seen[-1]) == (True, 0)
    assert found[SSRI].causes == ("places",)
    assert found[SSRI].text == "This site may be unable to randomize someone in this stratum within 7 days."
    # The other site draws from strata of its own country.
    assert strata(cast, now, cast.other_site)[SSRI].causes == ("kits",)


def test_the_answer_knows_no_block(cast: Cast, at: datetime, verdicts: worlds.Verdicts, monkeypatch) -> None:
    """Under each seed a list of blocks of many sizes ends elsewhere; what is told is the same at every step."""
    amended = worlds.protocol_changed(
        cast, lambda randomization: randomization.update(block_sizes=[2, 4, 6, 8]), at=at
    )
    lengths, answers = set(), []
    for seed in range(6):
        monkeypatch.setattr(worlds, "SEED", bytes([seed]) * 32)
        point = transaction.savepoint()
        made = worlds.list_make(amended, at=at, places=5)
        worlds.kits_make(amended, at=at, active=100, placebo=100)
        query = "SELECT max(seq) FROM sealed.slot WHERE list_id = %s AND stratum LIKE %s"
        lengths.add(worlds.sealed(query, made.pk, "country=DE%SSRI")[0][0])
        steps = [told(amended, at)]
        for nth in range(5):
            draw(amended, at=at + timedelta(days=nth))
            steps.append(told(amended, at + timedelta(days=nth, hours=1)))
        answers.append(steps)
        transaction.savepoint_rollback(point)
    assert len(lengths) > 1
    assert all(steps == answers[0] for steps in answers)
    assert answers[0][0] != answers[0][-1]


def test_several_lists_are_told_as_one(cast: Cast, at: datetime) -> None:
    """Which list somebody was drawn from is kept from the site: the shortest counts, for everybody together."""
    two = worlds.protocol_changed(
        cast,
        lambda randomization: randomization.update(
            lists=[
                {"code": "MET", "label": "Met", "when": {"fact": "x", "op": ">=", "value": 1}, "mark": "S"},
                {"code": "NOT_MET", "label": "Not met", "mark": "S"},
            ]
        ),
        at=at,
    )
    worlds.list_make(two, at=at, code="MET", places=200)
    worlds.list_make(two, at=at, code="NOT_MET", places=2)
    assert strata(two, at)[SSRI].list_days == 28
    assert RandomizationList.objects.filter(places=2).update(places=200) == 1
    assert strata(two, at)[SSRI].list_days == 56


def test_a_stratum_that_opened_after_the_list_was_built_has_no_places(cast: Cast, at: datetime) -> None:
    made = worlds.list_make(cast, at=at, places=100)
    new = Site.objects.create(
        study=cast.study, code="FR01", name="Lyon", country="FR", time_zone="Europe/Paris", enrolment_target=5
    )
    found = strata(cast, at, new)[SSRI]
    assert (found.list_days, found.list_days_at_pace, "places" in found.causes) == (0, 0, True)
    with worlds.as_owner():
        assert list_extend(made=made, by=cast.administrator, at=at, places=40) > 0
    assert strata(cast, at, new)[SSRI].list_days == 56
    assert RandomizationList.objects.get().places == 40


def test_caps_end_a_site_and_a_study(cast: Cast, at: datetime, verdicts: worlds.Verdicts) -> None:
    capped = worlds.protocol_changed(
        cast, lambda randomization: randomization.update(caps={"site": 3, "study": 40, "mark": "S"}), at=at
    )
    worlds.list_make(capped, at=at, places=100)
    worlds.kits_make(capped, at=at, active=200, placebo=200)
    for nth in range(3):
        draw(capped, at=at + timedelta(days=nth))
    found = strata(capped, at + timedelta(days=3))
    # A cap of the site ends all of its strata, also those nobody came to.
    assert {(one.days, one.days_at_pace, "cap_site" in one.causes) for one in found.values()} == {
        (0, 0, True)
    }
    # Nobody came to the other site: at the pace of late it lasts, and carefully, three of three may come in a week.
    other = strata(capped, at + timedelta(days=3), cast.other_site)[SSRI]
    assert (other.list_days, other.list_days_at_pace) == (7, 56)


def test_without_a_list_no_stratum_is_told(cast: Cast, at: datetime) -> None:
    assert selectors.outlook_by_stratum(viewer=cast.sponsor, now=at) == ()
    assert "Strata appear once" in browser(cast.sponsor).get("/supply/outlook/").content.decode()


def test_who_is_told_on_page_and_api(cast: Cast, at: datetime, time_machine_at: datetime) -> None:
    worlds.list_make(cast, at=at, places=2)
    for user, sites in ((cast.sponsor, 2), (cast.pharmacist, 1), (cast.coordinator, 1)):
        page = browser(user).get("/supply/outlook/").content.decode()
        assert "may be unable to randomize someone in this stratum within 7 days" in page
        assert "Somebody may be turned away soon" in page
        rows = Api(user).get("stock/outlook/strata/").json()
        assert len(rows) == 2 * sites
        assert {key for row in rows for key in row} == {
            *("site", "stratum", "days_covered", "days_covered_at_pace", "causes", "text")
        }
        assert rows[0]["causes"] == ["kits", "places"]
        assert "ESK" not in page
        assert "PBO" not in page
    for user in (cast.rater, cast.outsider, cast.statistician):
        assert Api(user).get("stock/outlook/strata/").json() == []
    assert Client().get("/api/v1/stock/outlook/strata/").status_code in (401, 403)


def test_pharmacist_and_administrator_are_told_once_a_week(cast: Cast, at: datetime) -> None:
    def codes() -> list[tuple[str, str, str]]:
        rows = Reminder.objects.select_related("recipient", "site").order_by("code", "key")
        return [(row.code, row.site.code, row.recipient.email) for row in rows]

    worlds.list_make(cast, at=at, places=1)
    RandomizationList.objects.update(places=0)
    by = system_user()
    made = outlook_collect(by=by, at=at)
    assert made == len(codes())
    assert ("KITS_SHORT", "DE01", cast.pharmacist.email) in codes()
    assert ("LIST_SHORT", "DE01", cast.administrator.email) in codes()
    assert {code for code, _, email in codes() if email == cast.administrator.email} == {"LIST_SHORT"}
    assert not any(
        email in (cast.coordinator.email, cast.sponsor.email, cast.rater.email) for _, _, email in codes()
    )
    assert outlook_collect(by=by, at=at + timedelta(days=1)) == 0
    assert outlook_collect(by=by, at=at + timedelta(days=7)) == made
    assert AuditEvent.objects.filter(kind="reminder.collected").count() == 2
    bodies = set(Reminder.objects.values_list("body", flat=True))
    assert not any(arm in body for body in bodies for arm in ("ESK", "PBO"))


def test_nobody_is_told_while_everything_lasts_or_before_the_study_is_live(cast: Cast, at: datetime) -> None:
    worlds.list_make(cast, at=at, places=200)
    worlds.kits_make(cast, at=at, active=100, placebo=100)
    worlds.kits_make(cast, at=at, active=100, placebo=100, site=cast.other_site)
    assert outlook_collect(by=system_user(), at=at) == 0
    RandomizationList.objects.update(places=0)
    cast.study.state = "SETUP"
    cast.study.save()
    assert outlook_collect(by=system_user(), at=at) == 0


def test_a_list_that_was_asked_for_at_the_command_line_says_how_long(cast: Cast, at: datetime) -> None:
    with worlds.as_owner():
        call_command("randomization", "build", "t2", places=12, verbosity=0)
    assert RandomizationList.objects.get(purpose="LIVE").places == 12
