"""Seeding the demo: a finished study and a running one, each whole or not at all."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

import pghistory
from django.db import connection, transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.demo.domain import published, running
from apps.demo.domain.accrual import AccrualPlan
from apps.demo.domain.course import Enrolment
from apps.demo.domain.places import RUNNING_SITES
from apps.demo.domain.running import RunningPlan, complete_running_trial, plan_running_trial
from apps.demo.domain.trial import complete_trial, plan_finished_trial
from apps.demo.domain.values import DemoParticipant, DemoSite, DemoTrial, DemoVisit, Treatment
from apps.demo.services.attending import Attending
from apps.demo.services.befalling import Befalling
from apps.demo.services.book import Book
from apps.demo.services.departing import deviations_tell
from apps.demo.services.dispensing import Dispensing
from apps.demo.services.entering import Entering
from apps.demo.services.interviews import Interviews
from apps.demo.services.leaving import early_leaving_tell
from apps.demo.services.people import accounts_ensure
from apps.demo.services.person import Person, _identifier, _number
from apps.demo.services.setting import DemoStudy, Setting, StudySetting
from apps.demo.services.sitting import Sitting
from apps.demo.services.visiting import Visiting
from apps.dosing.models import DosingSession
from apps.participants.domain.status import ParticipantStatus
from apps.participants.models import NumberSequence
from apps.randomization.domain.plan import first_dose_asked
from apps.randomization.domain.strata import stratum_key
from apps.randomization.services import PastDraw, Replayed, allocations_replay
from apps.supply.services import contents_replay

#: The story's name makes the secret of its list. It was not chosen among several: what comes out is a sample.
FINISHED = DemoStudy(
    code="t2-demo",
    title="TRANSFORM-2, fictional copy: finished, nobody in it exists",
    state="CLOSED",
    target=published.RANDOMIZED,
    story="t2-demo",
)
RUNNING = DemoStudy(
    code="t2-live",
    title="TRANSFORM-2, fictional copy: running, nobody in it exists",
    state="LIVE",
    target=running.TARGET,
    story="t2-live",
)
CLOSE_OUT = timedelta(days=21)
#: What every site of the running study has in stock: some weeks for everybody, and room to randomize many more.
STOCK_ACTIVE, STOCK_PLACEBO = 120, 180

#: Told one line per stage.
Tell = Callable[[str], None]


@transaction.atomic
def finished_study_seed(
    *, tell: Tell, by: User, at: datetime, plan: AccrualPlan | None = None
) -> dict[str, int]:
    """
    Write the finished study; return the number of rows of each table. `plan` tells another story than the usual.

    :raises NotAllowed: unless the process is logged in to the database as its owner
    """
    story = plan or plan_finished_trial()
    tell(f"{len(story.failed) + len(story.enrolments)} people planned at {len(story.sites)} sites")
    return _seed(FINISHED, story, lambda arms: complete_trial(story, arms=arms), tell=tell, by=by, at=at)


@transaction.atomic
def running_study_seed(*, tell: Tell, by: User, at: datetime) -> dict[str, int]:
    """
    Write the running study as it stands at `at`; return the number of rows of each table.

    :raises NotAllowed: unless the process is logged in to the database as its owner
    """
    story = plan_running_trial(now=at.replace(microsecond=0))
    tell(f"{len(story.undrawn) + len(story.enrolments)} people planned at {len(story.sites)} sites")
    return _seed(
        RUNNING, story, lambda arms: complete_running_trial(story, arms=arms), tell=tell, by=by, at=at
    )


def _seed(
    kind: DemoStudy,
    story: AccrualPlan | RunningPlan,
    complete: Callable[[Mapping[str, Treatment]], DemoTrial],
    *,
    tell: Tell,
    by: User,
    at: datetime,
) -> dict[str, int]:
    with pghistory.context(demo=kind.code, command="seed_demo"):
        # Foreign keys of rows written out of order are checked once, at the end.
        accounts = accounts_ensure(sites=_site_codes(story.sites), by=by, at=at)
        setting = StudySetting(kind, clinics=story.sites, accounts=accounts, system=by).make()
        drawn = _draw(setting, story.enrolments, by=by, at=at)
        tell(f"{len(drawn)} places drawn from the sealed list")
        arms: dict[str, Treatment] = {
            one.number: "esketamine" if drawn[one.number].is_active else "placebo" for one in story.enrolments
        }
        trial = complete(arms)
        tell(f"{sum(len(one.sessions) for one in trial.participants)} sessions played")

        book = Book(study_code=kind.code, now=at)
        dispensing = Dispensing(setting, book, story=kind.story)
        attending = Attending(setting, book)
        with _uncollected():
            for one in trial.participants:
                _Telling(one, setting, book, dispensing, attending, drawn.get(one.number)).tell()
        attending.mark()
        _sequences(setting, trial.participants, book)
        _stock(setting, dispensing, at)
        dispensing.receive(destroy_at=_last_day(trial) + CLOSE_OUT if kind.state == "CLOSED" else None)
        tell(f"{book.count()} rows and {len(book.lines)} audit lines told")

        counts = book.write()
        contents_replay(
            study=setting.study,
            contents=dispensing.shelf.contents,
            dispensings=dispensing.shelf.requests,
            by=by,
            at=at,
        )
        event_record(
            kind="demo.seeded", by=by, at=at, subject=setting.study, study=kind.code, detail={"rows": counts}
        )
        if kind.state == "LIVE":
            for code, place in setting.places.items():
                deviations_tell(site_code=code, study_code=kind.code, staff=place.staff, at=at)
            _leave_early(setting, trial)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        tell("rows written and every constraint checked")
        return counts


@contextmanager
def _uncollected() -> Iterator[None]:
    """Spare the search for garbage while a hundred thousand rows pile up of which none is any."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _leave_early(setting: Setting, trial: DemoTrial) -> None:
    for one in trial.participants:
        for visit, session in one.sessions:
            if session.leaves_early_at is None:
                continue
            row = DosingSession.objects.select_related("participant__protocol_version").get(
                participant__study=setting.study,
                participant__number=_number(one.number),
                visit__code=visit.code,
            )
            early_leaving_tell(session=row, story=session, staff=setting.places[one.site.code].staff)


def _site_codes(clinics: Iterable[DemoSite]) -> list[str]:
    return [clinic.code for clinic in clinics]


def _draw(
    setting: Setting, enrolments: Iterable[Enrolment], *, by: User, at: datetime
) -> dict[str, Replayed]:
    """Draw everybody's place in the order of the draws; by number of the story."""
    people = list(enrolments)
    code = setting.study.code
    ids = {one.number: _identifier(code, "participant", _number(one.number)) for one in people}
    made = allocations_replay(
        made=setting.list,
        draws=[
            PastDraw(
                participant_id=ids[one.number],
                stratum=stratum_key(one.strata),
                key=_identifier(code, "draw", one.number),
                by=setting.places[one.site.code].staff.coordinator,
                at=one.randomized_at,
            )
            for one in people
        ],
        by=by,
        at=at,
    )
    return {number: made[identifier] for number, identifier in ids.items()}


class _Telling:
    """One person's story from the door to the end, put into the book."""

    def __init__(
        self,
        demo: DemoParticipant,
        setting: Setting,
        book: Book,
        dispensing: Dispensing,
        attending: Attending,
        drawn: Replayed | None,
    ) -> None:
        self.demo, self.setting, self.dispensing, self.drawn = demo, setting, dispensing, drawn
        self.attending = attending
        self.person = Person(demo, setting=setting, book=book)
        self.interviews = Interviews(self.person)
        self.entering = Entering(self.person, self.interviews)

    def tell(self) -> None:
        """Tell it in the order in which it happened, as far as the kinds of act allow."""
        self.entering.enrol()
        self.entering.screen()
        if self.drawn is None or self.demo.randomized_at is None:
            return
        visiting = Visiting(self.person, self.interviews)
        sitting = Sitting(
            self.person, visiting, self.dispensing, self.attending, is_active=self.drawn.is_active
        )
        self._randomize(self.drawn, visiting, sitting, self.demo.randomized_at)
        for visit in self.demo.visits:
            self._visit(visit, visiting, sitting)
        befalling = Befalling(self.person, sitting.dosed)
        befalling.medicate()
        befalling.medicate_beside()
        for event in self.demo.events:
            befalling.tell(event)
        self.entering.leave()
        self._take_back(sitting)

    def _randomize(self, drawn: Replayed, visiting: Visiting, sitting: Sitting, at: datetime) -> None:
        person, by = self.person, self.person.staff.coordinator
        person.status_change(ParticipantStatus.RANDOMIZED.value, by=by, at=at)
        person.act_record(
            "participant.randomized",
            by=by,
            at=at,
            subject=drawn.allocation,
            detail={"randomization_number": drawn.allocation.randomization_number},
        )
        visiting.plan(by=by, at=at)
        first = self.setting.protocol.dosing_visits[0].code
        dose_mg = first_dose_asked(protocol=self.setting.protocol, age_years=person.row.age_years)
        sitting.in_hand[first] = self.dispensing.hand_out(
            person, first, dose_mg=dose_mg or 0, is_active=drawn.is_active, by=by, at=at
        )
        visiting.appoint(
            {visit.code: visit for visit in self.demo.visits},
            by=by,
            at=person.known(at, timedelta(minutes=3)),
        )

    def _visit(self, visit: DemoVisit, visiting: Visiting, sitting: Sitting) -> None:
        for rating in visit.ratings:
            if rating.instrument == "MADRS":
                self.interviews.hold(rating)
            else:
                self.interviews.fill(rating)
        if visit.cssrs_ideation is not None and visit.held_at is not None:
            items = dict.fromkeys(
                ("preparatory", "aborted", "interrupted", "attempt", "completed", "nssi"), 0
            )
            self.interviews.enter(
                "CSSRS",
                visit.code,
                {"ideation": visit.cssrs_ideation, **items},
                observed_at=visit.held_at,
                by=self.person.staff.nurse,
            )
        if visit.session is not None:
            sitting.tell(visit, visit.session)
        elif not visit.is_dose:
            visiting.attend(visit)
        visiting.miss(visit)

    def _take_back(self, sitting: Sitting) -> None:
        """Whoever left before a spray leaves the kits; they go back."""
        left = self.demo.discontinued_at
        unused = [kit for kits in sitting.in_hand.values() for kit in kits if kit.state == "DISPENSED"]
        if left is not None and unused:
            self.dispensing.take_back(
                self.person, unused, reason="Left before the first dose", at=left + timedelta(minutes=30)
            )


def _sequences(setting: Setting, everybody: Iterable[DemoParticipant], book: Book) -> None:
    """The next number at each site comes after the last that was used."""
    last = dict.fromkeys(setting.places, 0)
    for one in everybody:
        code, ordinal = one.number.rsplit("-", 1)
        last[code] = max(last[code], int(ordinal))
    for code, ordinal in last.items():
        book.add(NumberSequence(site=setting.places[code].site, next_value=ordinal + 1))


def _stock(setting: Setting, dispensing: Dispensing, at: datetime) -> None:
    if setting.study.state != "LIVE":
        return
    for code in RUNNING_SITES:
        dispensing.deliver(setting.places[code], active=STOCK_ACTIVE, placebo=STOCK_PLACEBO, at=at)


def _last_day(trial: DemoTrial) -> datetime:
    last: date = max(visit.closes_on for one in trial.participants for visit in one.visits)
    return datetime.combine(last, time(10), tzinfo=UTC)
