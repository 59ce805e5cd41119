"""Enrolment as the sponsor follows it: no arm, no participant, no small cell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q

from apps.accounts.models import User
from apps.board.domain.accrual import Accrual, accrual, planned_by
from apps.board.domain.cells import suppress
from apps.participants.models import Participant, StatusChange
from apps.screening.models import Screening
from apps.studies import access, selectors
from apps.studies.domain.permissions import Permission
from apps.studies.models import Study


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One site. A count that is None is hidden because it is small, or would reveal one that is."""

    code: str
    name: str
    country: str
    target: int
    screened: int | None
    randomized: int | None
    screen_failed: int | None

    @property
    def screen_fail_share(self) -> float | None:
        """Screen failures among those screened, where both may be shown."""
        if self.screen_failed is None or not self.screened:
            return None
        return self.screen_failed / self.screened


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Everything of the sponsor's dashboard."""

    study: Study
    as_of: datetime
    screened: int
    in_screening: int | None
    screen_failed: int | None
    eligible: int | None
    randomized: int
    completed: int | None
    discontinued: int | None
    target: int
    planned_by_now: int
    accrual: Accrual
    reasons: tuple[tuple[str, str, int | None], ...]
    sites: tuple[SiteRow, ...]


def _reasons(study: Study, texts: dict[str, str]) -> tuple[tuple[str, str, int | None], ...]:
    failed = Screening.objects.filter(participant__study=study, state="FAILED").values_list(
        "fail_reasons", flat=True
    )
    counts = Counter(code for codes in failed for code in codes)
    hidden = suppress(counts)
    ordered = sorted(hidden.items(), key=lambda pair: (pair[1] is None, -(pair[1] or 0), pair[0]))
    return tuple((code, texts.get(code, code), count) for code, count in ordered)


def _sites(study: Study) -> tuple[SiteRow, ...]:
    randomized = Q(participants__status__in=["RANDOMIZED", "COMPLETED"]) | Q(
        participants__status_changes__to_status="RANDOMIZED"
    )
    rows = list(
        study.sites.annotate(
            n_screened=Count("participants", distinct=True),
            n_randomized=Count("participants", filter=randomized, distinct=True),
            n_failed=Count("participants", filter=Q(participants__status="SCREEN_FAILED"), distinct=True),
        ).order_by("code")
    )
    shown = [
        suppress({row.code: getattr(row, name) for row in rows})
        for name in ("n_screened", "n_randomized", "n_failed")
    ]
    return tuple(
        SiteRow(
            row.code, row.name, row.country, row.enrolment_target,
            shown[0][row.code], shown[1][row.code], shown[2][row.code],
        )
        for row in rows
    )  # fmt: skip


def enrolment_of(*, viewer: User, study: Study, now: datetime) -> Enrolment:
    """
    Return the enrolment of a study.

    :raises NotAllowed: without dashboard:sponsor in the whole study
    """
    access.check(user=viewer, permission=Permission.DASHBOARD_SPONSOR, study_id=study.id, now=now)
    protocol = selectors.protocol_of(selectors.protocol_version_current(study=study, now=now))
    states = dict(Participant.objects.filter(study=study).values_list("status").annotate(n=Count("id")))
    randomizations = StatusChange.objects.filter(
        participant__study=study, to_status="RANDOMIZED"
    ).values_list("at", flat=True)
    days = [moment.date() for moment in randomizations]
    opened = study.sites.aggregate(first=Min("opened_on"))["first"]
    target = protocol.enrolment.target
    # A study that is over is shown as of its last day, not as falling ever further behind its plan.
    latest = StatusChange.objects.filter(participant__study=study).aggregate(at=Max("at"))["at"]
    today = (latest if study.state == "CLOSED" and latest else now).date()
    accrued = accrual(
        days=days,
        goal=target,
        planned_months=protocol.enrolment.planned_months,
        opened_on=opened,
        today=today,
    )
    # Shown together with their total, so they are hidden together.
    parts = suppress({name: states.get(name, 0) for name in ("SCREENING", "ELIGIBLE", "SCREEN_FAILED")})
    ends = suppress({name: states.get(name, 0) for name in ("RANDOMIZED", "COMPLETED", "DISCONTINUED")})
    return Enrolment(
        study=study,
        as_of=now,
        screened=sum(states.values()),
        in_screening=parts["SCREENING"],
        eligible=parts["ELIGIBLE"],
        screen_failed=parts["SCREEN_FAILED"],
        randomized=len(days),
        completed=ends["COMPLETED"],
        discontinued=ends["DISCONTINUED"],
        target=target,
        planned_by_now=planned_by(accrued, today=today),
        accrual=accrued,
        reasons=_reasons(study, {criterion.code: criterion.text for criterion in protocol.criteria}),
        sites=_sites(study),
    )
