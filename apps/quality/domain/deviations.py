"""A protocol deviation: the entry, how grave it is and on what ground, and how far it has been dealt with.

A deviation is any change, divergence or departure from the protocol (ICH E3 Q&A 2012); an important one may affect the
participant's rights, safety or well-being, or the worth of the data. Here they are called minor and major, and which
is which is the protocol's to say, or an investigator's with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from apps.core.exceptions import Reason
from apps.studies.domain.protocol import DeviationPlan
from apps.unblinding.domain.assessment import names_a_treatment

LONGEST = 2000


class Kind(StrEnum):
    """What was departed from. The first seven are written by the system as well as by people."""

    GATE_OVERRIDDEN = "GATE_OVERRIDDEN"
    EARLY_RELEASE = "EARLY_RELEASE"
    DOSE_OUT_OF_WINDOW = "DOSE_OUT_OF_WINDOW"
    OBSERVATION_MISSED = "OBSERVATION_MISSED"
    UNWATCHED = "UNWATCHED"
    NO_PRESCRIBER = "NO_PRESCRIBER"
    WATCHER_LIMIT = "WATCHER_LIMIT"
    VISIT_OUT_OF_WINDOW = "VISIT_OUT_OF_WINDOW"
    CONSENT = "CONSENT"
    ELIGIBILITY = "ELIGIBILITY"
    PROCEDURE = "PROCEDURE"
    MEDICATION = "MEDICATION"
    STUDY_DRUG = "STUDY_DRUG"
    SAFETY_REPORTING = "SAFETY_REPORTING"
    CONFIDENTIALITY = "CONFIDENTIALITY"
    OTHER = "OTHER"


KIND_LABELS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.GATE_OVERRIDDEN: "Dosed against a gate",
        Kind.EARLY_RELEASE: "Left before the conditions were met",
        Kind.DOSE_OUT_OF_WINDOW: "Dose outside its window",
        Kind.OBSERVATION_MISSED: "Mandatory observation missed",
        Kind.UNWATCHED: "Minutes without a watcher",
        Kind.NO_PRESCRIBER: "No prescriber on site",
        Kind.WATCHER_LIMIT: "More watched by one person than allowed",
        Kind.VISIT_OUT_OF_WINDOW: "Visit outside its window",
        Kind.CONSENT: "Consent",
        Kind.ELIGIBILITY: "Entry against a criterion",
        Kind.PROCEDURE: "Procedure left out or done otherwise",
        Kind.MEDICATION: "Medicine the protocol forbids",
        Kind.STUDY_DRUG: "Study drug: kit, dose or handling",
        Kind.SAFETY_REPORTING: "Safety report missing or late",
        Kind.CONFIDENTIALITY: "Confidentiality",
        Kind.OTHER: "Other",
    }
)


class Category(StrEnum):
    """How grave. Empty in a row means that nobody has judged it yet."""

    MINOR = "MINOR"
    MAJOR = "MAJOR"


CATEGORY_LABELS: Mapping[Category, str] = MappingProxyType({Category.MINOR: "Minor", Category.MAJOR: "Major"})


class Ground(StrEnum):
    """What a category rests on."""

    PROTOCOL = "PROTOCOL"
    JUDGMENT = "JUDGMENT"


class Origin(StrEnum):
    """Who noticed it."""

    SYSTEM = "SYSTEM"
    PERSON = "PERSON"


@dataclass(frozen=True, slots=True)
class Classed:
    """How grave an entry is, and on what ground. `category` and `ground` are empty together: to be judged."""

    category: str
    ground: str
    reportable: bool | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One deviation as somebody writes it down. `category` empty: as the protocol says."""

    kind: str
    happened: str
    happened_at: datetime
    discovered_at: datetime
    category: str = ""
    category_reason: str = ""
    action: str = ""


def classed(kind: str, plan: DeviationPlan) -> Classed:
    """Return what the protocol says of a kind; nothing where it says nothing."""
    rule = plan.rule_for(kind)
    if rule is None:
        return Classed("", "", None)
    return Classed(rule.category.upper(), Ground.PROTOCOL.value, rule.reportable)


def entry_reasons(
    entry: Entry, *, plan: DeviationPlan, treatments: Iterable[str], now: datetime
) -> list[Reason]:
    """Return everything that speaks against an entry by hand; `treatments` are the protocol's names of all arms."""
    reasons = []
    if entry.kind not in set(Kind):
        reasons.append(Reason("unknown_kind", "There is no such kind of deviation.", "kind"))
    if entry.category not in {"", *Category}:
        reasons.append(Reason("unknown_category", "Minor or major?", "category"))
    reasons += text_reasons("happened", entry.happened, treatments=treatments)
    if entry.action:
        reasons += text_reasons("action", entry.action, treatments=treatments)
    if entry.happened_at > now:
        reasons.append(Reason("in_the_future", "It cannot lie in the future.", "happened_at"))
    if entry.discovered_at > now:
        reasons.append(Reason("in_the_future", "It cannot lie in the future.", "discovered_at"))
    if entry.discovered_at < entry.happened_at:
        reasons.append(
            Reason("discovered_before", "Nothing is discovered before it happened.", "discovered_at")
        )
    reasons += judgment_reasons(
        entry.category, entry.category_reason, said=classed(entry.kind, plan), treatments=treatments
    )
    return reasons


def judgment_reasons(category: str, reason: str, *, said: Classed, treatments: Iterable[str]) -> list[Reason]:
    """Return what speaks against a category: one that differs from what was said before needs a reason in words."""
    if category in ("", said.category):
        return text_reasons("category_reason", reason, treatments=treatments) if reason.strip() else []
    return text_reasons("category_reason", reason, treatments=treatments)


def text_reasons(field: str, text: str, *, treatments: Iterable[str]) -> list[Reason]:
    """Return what speaks against a text that blinded people read: empty, too long, names a treatment."""
    if not text.strip():
        return [Reason("required", "Say it in words.", field)]
    if len(text) > LONGEST:
        return [Reason("too_long", f"At most {LONGEST} characters.", field)]
    if names_a_treatment(text, treatments=treatments):
        return [Reason("names_treatment", "Blinded people read this: name no treatment here.", field)]
    return []


class Standing(StrEnum):
    """How far a deviation has been dealt with."""

    OPEN = "OPEN"
    ASSESSED = "ASSESSED"
    SIGNED = "SIGNED"


STANDING_LABELS: Mapping[Standing, str] = MappingProxyType(
    {
        Standing.OPEN: "To be assessed",
        Standing.ASSESSED: "To be signed",
        Standing.SIGNED: "Signed",
    }
)


def standing_of(*, assessed: bool, signed: bool) -> Standing:
    """Return how far a deviation has been dealt with; `signed` means the assessment in force."""
    if not assessed:
        return Standing.OPEN
    return Standing.SIGNED if signed else Standing.ASSESSED


def assessment_due(discovered_at: datetime, plan: DeviationPlan) -> datetime | None:
    """Return the moment by which an assessment is due; None where the protocol sets none."""
    days = plan.assess_within_days
    return None if days is None else discovered_at + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a deviation means and what is done about it, as somebody writes it."""

    category: str
    category_reason: str
    impact: str
    corrective_action: str
    reportable: bool | None


def assessment_reasons(given: Assessment, *, said: Classed, treatments: Iterable[str]) -> list[Reason]:
    """Return everything that speaks against an assessment. `said`: how grave the entry said it is."""
    names = list(treatments)
    reasons = []
    if given.category not in set(Category):
        reasons.append(Reason("unknown_category", "Minor or major?", "category"))
    else:
        reasons += judgment_reasons(given.category, given.category_reason, said=said, treatments=names)
    reasons += text_reasons("impact", given.impact, treatments=names)
    reasons += text_reasons("corrective_action", given.corrective_action, treatments=names)
    if given.reportable is None:
        reasons.append(Reason("required", "Does the ethics committee have to be told?", "reportable"))
    return reasons
