"""What can be said of an adverse event, and which statements contradict each other.

Severity, seriousness, causality and outcome are four questions (ICH E2A); none follows from another. The scales of
severity and causality are the protocol's; the criteria of seriousness are the law's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from apps.core.exceptions import Reason
from apps.studies.domain.protocol.conduct import SafetyPlan


class Outcome(StrEnum):
    """How it went (ICH E2B)."""

    NOT_RESOLVED = "NOT_RESOLVED"
    RESOLVING = "RESOLVING"
    RESOLVED = "RESOLVED"
    RESOLVED_WITH_SEQUELAE = "RESOLVED_WITH_SEQUELAE"
    FATAL = "FATAL"
    UNKNOWN = "UNKNOWN"


class Seriousness(StrEnum):
    """What makes an event serious (ICH E2A)."""

    DEATH = "DEATH"
    LIFE_THREATENING = "LIFE_THREATENING"
    HOSPITALIZATION = "HOSPITALIZATION"
    DISABILITY = "DISABILITY"
    CONGENITAL_ANOMALY = "CONGENITAL_ANOMALY"
    IMPORTANT_MEDICAL_EVENT = "IMPORTANT_MEDICAL_EVENT"


class ActionTaken(StrEnum):
    """What was done with the study drug."""

    NONE = "NONE"
    DOSE_REDUCED = "DOSE_REDUCED"
    DOSE_WITHHELD = "DOSE_WITHHELD"
    DRUG_STOPPED = "DRUG_STOPPED"
    NOT_APPLICABLE = "NOT_APPLICABLE"


OUTCOME_LABELS: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.NOT_RESOLVED: "Not resolved",
        Outcome.RESOLVING: "Resolving",
        Outcome.RESOLVED: "Resolved",
        Outcome.RESOLVED_WITH_SEQUELAE: "Resolved with sequelae",
        Outcome.FATAL: "Fatal",
        Outcome.UNKNOWN: "Not known",
    }
)

SERIOUSNESS_LABELS: Mapping[Seriousness, str] = MappingProxyType(
    {
        Seriousness.DEATH: "Death",
        Seriousness.LIFE_THREATENING: "Life-threatening",
        Seriousness.HOSPITALIZATION: "Hospitalization, new or prolonged",
        Seriousness.DISABILITY: "Persistent or significant disability",
        Seriousness.CONGENITAL_ANOMALY: "Congenital anomaly",
        Seriousness.IMPORTANT_MEDICAL_EVENT: "Other important medical event",
    }
)

ACTION_LABELS: Mapping[ActionTaken, str] = MappingProxyType(
    {
        ActionTaken.NONE: "None",
        ActionTaken.DOSE_REDUCED: "Dose reduced",
        ActionTaken.DOSE_WITHHELD: "Dose withheld",
        ActionTaken.DRUG_STOPPED: "Study drug stopped",
        ActionTaken.NOT_APPLICABLE: "Not applicable",
    }
)

#: Outcomes that come with the moment the event ended.
ENDED = frozenset({Outcome.RESOLVED, Outcome.RESOLVED_WITH_SEQUELAE, Outcome.FATAL})


@dataclass(frozen=True, slots=True)
class Account:
    """An adverse event as somebody tells it. Moments are UTC; `resolved_at` None: not over, or not known."""

    term: str
    severity: str
    causality: str
    is_serious: bool
    seriousness: tuple[str, ...]
    onset_at: datetime
    resolved_at: datetime | None
    outcome: str
    action_taken: str
    site_aware_at: datetime


def faults(account: Account, *, plan: SafetyPlan, now: datetime) -> tuple[Reason, ...]:
    """Return everything that cannot be right in an account, each naming its field."""
    return (*_coded(account, plan), *_in_time(account, now), *_consistent(account))


def _coded(account: Account, plan: SafetyPlan) -> list[Reason]:
    found = []
    if not account.term.strip():
        found.append(Reason("term_needed", "Say what happened.", "term"))
    choices: Sequence[tuple[str, str, set[str]]] = (
        ("severity", account.severity, {grade.code for grade in plan.severity_scale}),
        ("causality", account.causality, {grade.code for grade in plan.causality_scale}),
        ("outcome", account.outcome, set(Outcome)),
        ("action_taken", account.action_taken, set(ActionTaken)),
    )
    for field, value, known in choices:
        if value not in known:
            found.append(Reason("unknown_code", f"Choose one of: {', '.join(sorted(known))}.", field))
    if not set(account.seriousness) <= set(Seriousness):
        found.append(
            Reason("unknown_code", f"Choose among: {', '.join(sorted(Seriousness))}.", "seriousness")
        )
    return found


def _in_time(account: Account, now: datetime) -> list[Reason]:
    found = []
    for field, moment in (
        ("onset_at", account.onset_at),
        ("site_aware_at", account.site_aware_at),
        ("resolved_at", account.resolved_at),
    ):
        if moment is not None and moment > now:
            found.append(Reason("in_the_future", "This moment lies in the future.", field))
    if account.resolved_at is not None and account.resolved_at < account.onset_at:
        found.append(Reason("ends_before_it_began", "An event ends after it began.", "resolved_at"))
    if account.site_aware_at < account.onset_at:
        found.append(
            Reason("aware_before_onset", "The site cannot know of it before it began.", "site_aware_at")
        )
    return found


def _consistent(account: Account) -> list[Reason]:
    found = []
    if account.is_serious and not account.seriousness:
        found.append(
            Reason("criterion_needed", "A serious event names what makes it serious.", "seriousness")
        )
    if account.seriousness and not account.is_serious:
        found.append(
            Reason("not_called_serious", "A criterion of seriousness makes the event serious.", "is_serious")
        )
    ended = account.outcome in ENDED
    if ended and account.resolved_at is None:
        found.append(Reason("end_needed", "This outcome needs the moment it ended.", "resolved_at"))
    if account.resolved_at is not None and account.outcome in set(Outcome) and not ended:
        found.append(Reason("outcome_open", "An event with an end has an outcome that says so.", "outcome"))
    if account.outcome == Outcome.FATAL and Seriousness.DEATH not in account.seriousness:
        found.append(Reason("fatal_is_serious", "A fatal outcome is serious: name death.", "seriousness"))
    return found
