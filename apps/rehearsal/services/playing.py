"""The play: made-up participants go through the whole trial, in a transaction that is always rolled back.

Each participant has a savepoint, so one who gets stuck takes nobody along. Nothing that happens here is told by
participant: findings name the step, the site and the services' own reasons, which are the same in every arm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from django.db import DatabaseError, transaction

from apps.core.exceptions import Refused
from apps.instruments.models import RatingSlot
from apps.instruments.services import rating_record
from apps.participants.domain.status import ParticipantStatus
from apps.participants.models import Participant
from apps.randomization.domain.plan import list_codes, strata_spanned
from apps.rehearsal.domain.answers import items_with_total
from apps.rehearsal.domain.configuration import Configuration
from apps.rehearsal.domain.findings import Check, Finding
from apps.rehearsal.domain.synthetic import MadeUp, Wanted, made_up
from apps.rehearsal.domain.visits import Preference, days_found
from apps.rehearsal.services.crew import Crew
from apps.rehearsal.services.entering import Entering, scale_enter
from apps.rehearsal.services.sitting import Sitting
from apps.safety import selectors as safety
from apps.safety.services import medication_record
from apps.schedule.models import Visit
from apps.schedule.services import visit_attend
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import Protocol, VisitPlan
from apps.studies.models import Site, Study
from apps.supply.services import KitsShort

Tell = Callable[[str], None]


@dataclass(slots=True)
class Played:
    """What the play did: counts without arms, whom it took through, when it ended, and what was found."""

    counts: Counter[str] = field(default_factory=Counter)
    through: list[UUID] = field(default_factory=list)
    ends_at: datetime | None = None
    findings: list[Finding] = field(default_factory=list)

    def found(self, code: str, text: str, where: str = "") -> None:
        """Add a finding of the play."""
        self.findings.append(Finding(Check.PLAY, code, text, where))

    def until(self, at: datetime) -> None:
        """Remember the last moment of the play."""
        self.ends_at = at if self.ends_at is None else max(self.ends_at, at)


@dataclass(frozen=True, slots=True)
class Part:
    """One made-up participant's part: where, in which cell of the design, at which doses, on which days."""

    site: Site
    wanted: Wanted
    highest: bool
    prefer: Preference


def parts_of(*, study: Study, configuration: Configuration, count: int, on: date) -> tuple[Part, ...]:
    """Return the parts of a play: sites, strata, lists, doses and days in turn, so that few people meet all of them."""
    protocol = configuration.protocol
    opened = {site.code for site in configuration.open_sites(on)}
    sites = list(study.sites.filter(code__in=opened).order_by("code"))
    cells = {site.code: _cells(protocol, site) for site in sites}
    preferences = list(Preference)
    return tuple(
        Part(
            site=(site := sites[number % len(sites)]),
            wanted=cells[site.code][(number + number // len(sites)) % len(cells[site.code])],
            highest=(number + number // len(sites)) % 2 == 0,
            prefer=preferences[number % len(preferences)],
        )
        for number in range(count if sites else 0)
    )


def play(
    *,
    parts: tuple[Part, ...],
    protocol: Protocol,
    weeks: int,
    starts_on: date,
    seed: int,
    tell: Tell,
) -> Played:
    """Play every part, one after another. The caller holds the transaction and rolls it back."""
    played = Played()
    for number, part in enumerate(parts, start=1):
        chance = Random(f"{seed}/{number}")  # noqa: S311  made-up people need no secrecy
        made = made_up(protocol, wanted=part.wanted, chance=chance)
        if made is None:
            text = "No made-up participant could be found whom the criteria let in there."
            played.found("NOBODY_ELIGIBLE", text, part.wanted.stratum or part.site.code)
            continue
        tell(f"participant {number} of {len(parts)} at {part.site.code}")
        _Acting(part, protocol, made, weeks=weeks, starts_on=starts_on, chance=chance, played=played).act()
    return played


class _Acting:
    """One participant through the whole trial."""

    def __init__(
        self,
        part: Part,
        protocol: Protocol,
        made: MadeUp,
        *,
        weeks: int,
        starts_on: date,
        chance: Random,
        played: Played,
    ) -> None:
        self.part, self.protocol, self.made, self.weeks = part, protocol, made, weeks
        self.chance, self.played = chance, played
        self.crew = Crew.of(part.site)
        self.entering = Entering(self.crew, protocol, made, starts_on=starts_on, chance=chance)
        self.step = ""
        self.counts: Counter[str] = Counter()

    def act(self) -> None:
        """Play the part in a savepoint; whatever refuses it is a finding."""
        try:
            with transaction.atomic():
                through = self._through()
        except Refused as refusal:
            words = "; ".join(dict.fromkeys(reason.message for reason in refusal.reasons)) or refusal.title
            self.played.found("PLAY_REFUSED", f"{self._where()}: {words}", self.part.site.code)
        except (DatabaseError, ValueError, LookupError, AssertionError) as fault:
            # The fault's own words may quote what is sealed, so only its kind is kept.
            text = f"{self._where()}: a fault of the program or the database ({type(fault).__name__})."
            self.played.found("PLAY_FAULT", text, self.part.site.code)
        else:
            self.played.counts += self.counts
            if through is not None:
                self.played.through.append(through.pk)

    def _where(self) -> str:
        return f"{self.part.site.code}, {self.step or self.entering.step}"

    def _through(self) -> Participant | None:
        participant = self.entering.enter()
        self.counts["participants randomized"] += 1
        days = days_found(self.protocol, self.part.prefer)
        visits = {visit.code: visit for visit in Visit.objects.filter(participant=participant)}
        first = next(plan.code for plan in self.protocol.dosing_visits)
        begins = visits[first].target_date
        for code, offset in days.days:
            plan = self.protocol.visit(code)
            day = begins + timedelta(days=offset)
            visit = Visit.objects.select_related("participant__site", "participant__study").get(
                pk=visits[code].pk
            )
            try:
                with transaction.atomic():
                    self._visit(participant, plan, visit, day)
            except KitsShort:
                if offset < 7 * self.weeks:
                    raise
                # The stock need not last longer than was asked; what comes later is resupplied.
                self.counts["parts ended where the first stock does"] += 1
                return None
            if code == first:
                self._oral(participant, day)
        self.step = "end of treatment"
        participant.refresh_from_db()
        if participant.status != ParticipantStatus.COMPLETED.value:
            text = f"{self._where()}: somebody who kept every visit is not through with the treatment."
            self.played.found("NOT_COMPLETED", text, self.part.site.code)
        self.counts["participants through the whole trial"] += 1
        return participant

    def _visit(self, participant: Participant, plan: VisitPlan, visit: Visit, day: date) -> None:
        at = self.crew.at(day, 9)
        self._interviews(participant, plan, at)
        for entry in plan.instruments:
            if entry.rater != "blinded_rater":
                self.step = f"{entry.instrument} at {plan.code}"
                scale_enter(self.crew, participant, self.protocol, plan.code, entry.instrument, at=at)
                self.counts["scales entered at the sites"] += 1
        at += timedelta(hours=1)
        if plan.dose:
            sitting = Sitting(self.crew, self.protocol, visit, highest=self.part.highest, chance=self.chance)
            try:
                at = sitting.sit(at)
            finally:
                self.step = sitting.step
            self.counts["sessions played"] += 1
            dose = "fixed by the draw" if sitting.dose_mg is None else f"{sitting.dose_mg} mg"
            self.counts[f"sessions with a dose of {dose}"] += 1
        else:
            self.step = f"visit {plan.code}"
            visit_attend(visit_id=visit.pk, held_at=at, by=self.crew.who(Permission.VISIT_PLAN, at), at=at)
            self.counts["visits without a dose"] += 1
        self.played.until(at)

    def _interviews(self, participant: Participant, plan: VisitPlan, at: datetime) -> None:
        waiting = RatingSlot.objects.filter(
            participant=participant, visit_code=plan.code, ratings__isnull=True
        )
        for slot in waiting:
            self.step = f"interview at {plan.code}"
            rating_record(
                slot_id=slot.pk,
                items=items_with_total(slot.instrument, 20),
                observed_at=at,
                entered_at=at,
                by=self.crew.who(Permission.RATING_RECORD, at),
                at=at,
            )
            self.counts["interviews by blinded raters"] += 1

    def _oral(self, participant: Participant, day: date) -> None:
        """The study's oral antidepressant begins with the first dose, where the protocol has one."""
        drugs = sorted(safety.oral_antidepressants(participant))
        if not drugs:
            return
        self.step = "oral antidepressant"
        at = self.crew.at(day, 18)
        chosen = self.made.entered.get("oral_antidepressant")
        medication_record(
            participant_id=participant.pk,
            kind="STUDY_ORAL",
            name=chosen if chosen in drugs else drugs[0],
            started_on=day,
            by=self.crew.who(Permission.ADVERSE_EVENT_RECORD, at),
            at=at,
        )


def _cells(protocol: Protocol, site: Site) -> tuple[Wanted, ...]:
    """Return every list and stratum somebody enrolled at a site may fall into."""
    if protocol.randomization.method == "none":
        return (Wanted(site.code, site.country),)
    strata = strata_spanned(protocol=protocol, sites=[(site.country, site.code)])
    codes = list_codes(protocol) if protocol.randomization.lists else (None,)
    return tuple(Wanted(site.code, site.country, stratum, code) for stratum in strata for code in codes)
