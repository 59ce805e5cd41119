"""The story that every world is told: draws, refusals, sessions, doses, readings, events, reminders, reports."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client, override_settings

from apps.accounts.models import User
from apps.audit.services import anchor_set
from apps.board.services import audit_verification_request
from apps.board.tasks import audit_verifications_run
from apps.core.exceptions import Refused
from apps.endpoints.services import report_request
from apps.endpoints.tasks import pooled_reports_run, unblinded_reports_run
from apps.monitoring.tasks import overdue_findings_raise
from apps.participants.models import Participant
from apps.quality.domain.deviations import Entry
from apps.quality.services import deviation_record
from apps.reminders.tasks import outlook_tell, reminders_send_due
from apps.safety.services import adverse_event_record, medication_record
from apps.screening.selectors import EligibilitySnapshot
from apps.supply.models import Kit
from apps.supply.services import kit_quarantine, kit_return, kits_for_session
from tests.apps.blind import envelopes, treating
from tests.apps.blind.chance import Chance
from tests.apps.blind.record import all_logs
from tests.apps.blind.stage import Stage
from tests.apps.randomization import worlds as randomization
from tests.factories.cast import PASSWORD, Cast
from tests.factories.screening import eligible

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@dataclass
class Telling:
    """The story in one world, and whatever anybody was told in it: (what, bytes) in the order of the story.

    `told_once` is what the readers of envelopes were told: by right, and nobody else.
    """

    stage: Stage
    at: datetime
    chance: Chance
    heard: list[tuple[str, bytes]] = field(default_factory=list)
    logged: list[tuple[str, list[str]]] = field(default_factory=list)
    people: dict[str, Participant] = field(default_factory=dict)
    verdicts: dict[Any, EligibilitySnapshot] = field(default_factory=dict)
    told_once: list[bytes] = field(default_factory=list)

    def hear(self, what: str, said: object) -> None:
        """Keep what somebody was told."""
        self.heard.append((what, said if isinstance(said, bytes) else repr(said).encode()))

    def step(self, what: str, act: Callable[[], Any], *, after: timedelta = timedelta()) -> Any:
        """Do one thing at its time with chance of its own; a refusal is an answer as well."""
        self.chance.seed(what)
        with time_machine.travel(self.at + after, tick=False):
            try:
                with pytest.MonkeyPatch.context() as patched, all_logs() as lines:
                    self.logged.append((what, lines))
                    randomization.verdicts_install(patched).of = self.verdicts
                    answer = act()
            except Refused as refusal:
                self.hear(what, (type(refusal).__name__, refusal.status, refusal.reasons))
                return None
        self.hear(what, "done")
        return answer

    def ask(self, what: str, by: User, path: str, body: dict[str, Any], **headers: str) -> None:
        """Send something to the API and keep the whole answer."""

        def send() -> None:
            client = Client(raise_request_exception=False)
            client.force_login(by, backend="django.contrib.auth.backends.ModelBackend")
            answer = client.post(path, json.dumps(body), content_type="application/json", headers=headers)
            self.hear(f"{what}: {answer.status_code}", repr(sorted(answer.items())).encode() + answer.content)

        self.step(what, send)


def tell(telling: Telling) -> None:
    """Tell all of it, in order."""
    kits(telling)
    befall(telling)
    envelopes.ask_for_one(telling)
    envelopes.open_one(telling)
    tick(telling)
    report(telling)


def kits(telling: Telling) -> None:
    """Tell the story as far as kits are handed out."""
    begin(telling)
    refuse_draws(telling)
    treating.treat(telling)
    refuse_kits(telling)


def begin(telling: Telling) -> None:
    """Tell the story up to the draws."""
    enrol(telling)
    draw(telling)


def enrol(telling: Telling) -> None:
    """Ten people at Berlin, three at Boston, one at Madrid, eight at Lyon; two ways to be stratified."""
    flexible, fixed = telling.stage.flexible, telling.stage.fixed
    telling.people["E1"] = telling.step("enrol E1", lambda: eligible(flexible, at=telling.at))
    groups: tuple[tuple[str, Cast, Any, int], ...] = (
        ("B", flexible, flexible.site, 10), ("U", flexible, flexible.other_site, 3),
        ("S", flexible, telling.stage.without_kits, 1), ("L", fixed, fixed.site, 8),
    )  # fmt: skip
    for letter, cast, site, count in groups:
        for number in range(1, count + 1):
            person = telling.step(
                f"enrol {letter}{number}",
                lambda cast=cast, site=site: randomization.participant_make(cast, at=telling.at, site=site),
            )
            telling.people[f"{letter}{number}"] = person
            facts = {
                "oral_antidepressant": ("sertraline", "duloxetine")[number % 2],
                "oad_at_screening": "on",
            }
            facts |= dict.fromkeys(("madrs_week_1", "madrs_week_2", "madrs_day_1"), 34 if number % 2 else 20)
            telling.verdicts[person.pk] = EligibilitySnapshot(True, True, (), facts)


def draw(telling: Telling) -> None:
    """Everybody but the last two of Berlin, through the API; one through the page."""
    cast = telling.stage.flexible
    for name, one in telling.people.items():
        if name not in ("B9", "B10", "S1", "E1"):
            by = cast.other_coordinator if name.startswith("U") else cast.coordinator
            key = f"00000000-0000-4000-8000-{one.number[-4:]:0>12}"
            body = {"participant_id": str(one.pk)}
            telling.ask(f"draw {name}", by, "/api/v1/randomizations/", body, **{"Idempotency-Key": key})

    def by_page() -> None:
        client = Client()
        client.force_login(cast.coordinator, backend="django.contrib.auth.backends.ModelBackend")
        given = {"key": str(telling.chance.uuid()), "statement": "on", "password": PASSWORD}
        answer = client.post(f"/randomization/{telling.people['E1'].pk}/", given, follow=True)
        telling.hear(f"draw by page: {answer.status_code}", answer.content)

    telling.step("draw E1", by_page)


def refuse_draws(telling: Telling) -> None:
    """Every way a draw can be refused."""
    cast, people = telling.stage.flexible, telling.people
    path = "/api/v1/randomizations/"
    key = {"Idempotency-Key": "00000000-0000-4000-8000-000000000099"}
    again = {"Idempotency-Key": f"00000000-0000-4000-8000-{people['B1'].number[-4:]:0>12}"}
    telling.ask("repeat", cast.coordinator, path, {"participant_id": str(people["B1"].pk)}, **again)
    telling.ask(
        "repeat under another key", cast.coordinator, path, {"participant_id": str(people["B2"].pk)}, **key
    )
    telling.ask("another's key", cast.coordinator, path, {"participant_id": str(people["B9"].pk)}, **again)
    telling.ask("no kits", cast.coordinator, path, {"participant_id": str(people["S1"].pk)}, **key)
    telling.ask("unknown", cast.coordinator, path, {"participant_id": str(UUID(int=7))}, **key)
    telling.ask(
        "another site's", cast.other_coordinator, path, {"participant_id": str(people["B9"].pk)}, **key
    )
    telling.ask("may not", cast.nurse, path, {"participant_id": str(people["B9"].pk)}, **key)
    telling.verdicts[people["B9"].pk] = EligibilitySnapshot(True, True, (), {})
    telling.ask("no stratum", cast.coordinator, path, {"participant_id": str(people["B9"].pk)}, **key)
    telling.verdicts[people["B9"].pk] = EligibilitySnapshot(
        False, False, (), {"oral_antidepressant": "sertraline"}
    )
    telling.ask("not eligible", cast.coordinator, path, {"participant_id": str(people["B9"].pk)}, **key)


def refuse_kits(telling: Telling) -> None:
    """A kit taken back and replaced; another dose; a stock that is empty, found so after the draw."""
    flexible, fixed = telling.stage.flexible, telling.stage.fixed
    one, later = telling.people["B7"], 3 * DAY

    def dispense(name: str, dose: int | None, by: User, visit: str = "D1") -> list[tuple[int, str]]:
        kits = kits_for_session(
            participant_id=telling.people[name].pk,
            visit_code=visit,
            dose_mg=dose,
            by=by,
            at=telling.at + later,
        )
        found = [(kit.position, kit.number) for kit in kits]
        telling.hear(f"kits of {name}", found)
        return found

    def take_back(place: int) -> None:
        kit = Kit.objects.get(participant=one, visit_code="D1", position=place, state="DISPENSED")
        kit_return(kit_id=kit.pk, reason="dropped", by=flexible.pharmacist, at=telling.at + later)

    for place in (1, 3):
        telling.step(f"take back {place}", lambda place=place: take_back(place), after=later)
        telling.step(f"replace {place}", lambda: dispense("B7", 56, flexible.investigator), after=later)
    telling.step("another dose", lambda: dispense("B7", 84, flexible.investigator), after=later)
    telling.step("unknown dose", lambda: dispense("B7", 60, flexible.investigator), after=later)
    telling.step("not drawn", lambda: dispense("B10", 56, flexible.investigator), after=later)
    telling.step("fixed dose", lambda: dispense("L1", None, fixed.investigator, "D1"), after=later)

    def set_aside() -> None:
        for kit in Kit.objects.filter(site=flexible.other_site, state="AVAILABLE").order_by("number"):
            kit_quarantine(kit_id=kit.pk, reason="too warm", by=pharmacist, at=telling.at + later)

    pharmacist = flexible.pharmacist
    telling.step("may not set aside", set_aside, after=later)
    Kit.objects.filter(site=flexible.other_site, state="AVAILABLE").update(state="QUARANTINED")
    telling.step("short", lambda: dispense("U1", 84, flexible.other_investigator, "D4"), after=later)


def befall(telling: Telling) -> None:
    """Something happens to two people, one of each arm, and they take something."""
    cast = telling.stage.flexible
    for name in treating.TREATED[:4]:
        one, moment = telling.people[name], telling.at + 4 * DAY
        telling.step(
            f"event of {name}",
            lambda one=one, moment=moment: adverse_event_record(
                participant_id=one.pk, term="Dissociation", severity="SEVERE", causality="PROBABLE", onset_at=moment,
                is_serious=True, seriousness=("HOSPITALIZATION",), by=cast.investigator, at=moment,
            ),
            after=4 * DAY,
        )  # fmt: skip
        telling.step(
            f"medicine of {name}",
            lambda one=one, moment=moment: medication_record(
                participant_id=one.pk, kind="CONCOMITANT", name="Ibuprofen", started_on=moment.date(),
                by=cast.investigator, at=moment,
            ),
            after=4 * DAY,
        )  # fmt: skip
        telling.step(
            f"deviation of {name}",
            lambda one=one, moment=moment: deviation_record(
                participant_id=one.pk, key=telling.chance.uuid(),
                entry=Entry("PROCEDURE", "The electrocardiogram was left out.", moment - HOUR, moment),
                by=cast.coordinator, at=moment,
            ),
            after=4 * DAY,
        )  # fmt: skip


def tick(telling: Telling) -> None:
    """The clock, day by day: findings that are overdue, reminders, and their e-mails."""

    def remind() -> None:
        mail.outbox = []
        outlook_tell()
        reminders_send_due()
        for index, message in enumerate(mail.outbox):
            telling.hear(f"e-mail {index}", message.message().as_bytes())

    for day in (0, 4, 7):
        telling.step(f"findings of day {day}", overdue_findings_raise, after=day * DAY)
        telling.step(f"reminders of day {day}", remind, after=day * DAY + HOUR)
    telling.step("chain of acts verified", lambda: _verify(telling), after=7 * DAY + 2 * HOUR)


def _verify(telling: Telling) -> None:
    """An anchor, and a walk over the chains that the monitor asked for."""
    cast, at = telling.stage.flexible, telling.at + 7 * DAY + 2 * HOUR
    with TemporaryDirectory() as place, override_settings(AUDIT_ANCHOR_FILE=Path(place) / "anchors.jsonl"):
        anchor_set(at=at)
        audit_verification_request(study=cast.study, by=cast.monitor, at=at)
        assert audit_verifications_run() == 1


def report(telling: Telling) -> None:
    """A pooled report, and one by arm, made by the worker that may."""
    cast, later = telling.stage.flexible, 8 * DAY
    for by_arm, by, run, login in (
        (False, cast.coordinator, pooled_reports_run, "vigil_app"),
        (True, cast.statistician, unblinded_reports_run, "vigil_unblinded"),
    ):
        telling.step(
            f"report asked, by arm {by_arm}",
            lambda by_arm=by_arm, by=by: report_request(
                study=cast.study, by_arm=by_arm, by=by, at=telling.at + later
            ),
            after=later,
        )
        with connection.cursor() as cursor:
            cursor.execute(f"RESET ROLE; SET ROLE {login}")
        telling.step(f"report made, by arm {by_arm}", run, after=later)
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE; SET ROLE vigil_app")
