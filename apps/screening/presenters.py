"""Values for the pages of a screening. What the protocol hides from the site is left out here too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from apps.instruments.domain.catalogue import INSTRUMENTS
from apps.instruments.domain.entering import BLINDED
from apps.instruments.domain.slots import visit_code_of
from apps.instruments.selectors import Entered
from apps.participants.models import Participant
from apps.screening.domain.eligibility import Assessment, CriterionResult, Outcome, Verdict
from apps.screening.domain.near_miss import NearMiss
from apps.screening.domain.sections import FACT, STAGE_TITLES, STAGES, Section, progress, sections_of
from apps.screening.models import Answer, Screening
from apps.studies.domain.protocol import Fact, FactValue, Protocol

AnswerKey = tuple[str, str]
NOT_ASSESSED = "Not assessed"
OUTCOME_STATUS = {Outcome.PASSED: "met", Outcome.FAILED: "not_met", Outcome.OPEN: "unknown"}
OUTCOME_WORDS = {
    ("inclusion", Outcome.PASSED): "Met",
    ("inclusion", Outcome.FAILED): "Not met",
    ("exclusion", Outcome.PASSED): "Absent",
    ("exclusion", Outcome.FAILED): "Present",
}
VERDICT_WORDS = {
    Verdict.ELIGIBLE: "Every criterion is passed",
    Verdict.INELIGIBLE: "Not eligible",
    Verdict.INCOMPLETE: "Not complete yet",
}


def task_groups(
    protocol: Protocol, participant: Participant, values: Mapping[AnswerKey, Any]
) -> list[dict[str, Any]]:
    """Return the task list: the sections of both gates with how far each is."""
    groups = []
    for stage in STAGES:
        tasks = [
            _task(section, participant, values) for section in sections_of(protocol) if section.stage == stage
        ]
        if tasks:
            groups.append({"stage": stage, "title": STAGE_TITLES[stage], "tasks": tasks})
    return groups


def _task(section: Section, participant: Participant, values: Mapping[AnswerKey, Any]) -> dict[str, Any]:
    found = progress(section, values)
    unassessed = found.spoken - found.answered
    hint = f"{found.answered} of {found.asked} answered"
    return {
        "title": section.title,
        "url": reverse("screening:section", args=[participant.pk, section.slug]),
        "status": found.status,
        "hint": f"{hint}, {unassessed} not assessed" if unassessed else hint,
    }


def next_section(protocol: Protocol, values: Mapping[AnswerKey, Any], *, after: str) -> Section | None:
    """Return the next unfinished section of the same gate after the one just saved, then any before it."""
    sections = list(sections_of(protocol))
    place = next((index for index, section in enumerate(sections) if section.slug == after), 0)
    ordered = [
        section
        for section in sections[place + 1 :] + sections[:place]
        if section.stage == sections[place].stage
    ]
    return next((section for section in ordered if progress(section, values).status != "done"), None)


def rating_tasks(
    protocol: Protocol,
    participant: Participant,
    screening: Screening,
    entered: Mapping[tuple[str, str], Entered],
) -> list[dict[str, Any]]:
    """Return the scales of screening: whose they are and whether they are entered; never a score."""
    rows = []
    asked = {(fact.visit, fact.instrument) for fact in protocol.facts if fact.source == "rating"}
    back = reverse("screening:detail", args=[participant.pk])
    for visit in protocol.visits:
        own = visit.anchor == "screening"
        code = visit_code_of(visit.code, screening.attempt) if own else visit.code
        for planned in visit.instruments:
            if not own and (visit.code, planned.instrument) not in asked:
                continue
            blinded = planned.rater == BLINDED
            held = entered.get((code, planned.instrument))
            page = reverse("instruments:enter", args=[participant.pk, code, planned.instrument])
            rows.append(
                {
                    "title": INSTRUMENTS[planned.instrument].name,
                    "url": "" if blinded else f"{page}?next={back}",
                    "status": _rating_status(held),
                    "hint": f"{visit.label}, by the blinded rater" if blinded else visit.label,
                }
            )
    return rows


def _rating_status(held: Entered | None) -> str:
    if held is None:
        return "not_started"
    if held.not_done_reason:
        return "not_done"
    return "done" if held.is_complete else "incomplete"


def criteria_rows(
    assessment: Assessment, participant: Participant, protocol: Protocol
) -> list[dict[str, Any]]:
    """Return every criterion of a gate as a check with its verdict and what it rests on."""
    labels = {fact.key: fact.label for fact in protocol.facts}
    marks = {entry.code: entry.mark for entry in protocol.criteria}
    rows = []
    for result in assessment.results:
        rows.append(
            {
                "code": result.code,
                "label": f"{result.code}. {result.text}",
                "kind": result.kind,
                "state": OUTCOME_STATUS[result.outcome],
                "value": OUTCOME_WORDS.get((result.kind, result.outcome), "Open"),
                "mark": marks.get(result.code),
                "note": _note(result, labels),
            }
        )
    return rows


def _note(result: CriterionResult, labels: Mapping[str, str]) -> str:
    if result.is_blinded:
        return "Computed from the blinded rating; only the result is shown."
    if result.near:
        return "; ".join(near_words(near) for near in result.near)
    if result.missing:
        return f"Missing: {', '.join(labels.get(name, name) for name in result.missing)}"
    return "Computed" if result.is_computed else "Judged by a clinician"


def near_words(near: NearMiss) -> str:
    """Return a number beside its limit in words."""
    unit = f" {near.unit}" if near.unit else ""
    return f"{near.label} {near.value:g}{unit}, limit {near.limit:g}{unit}, {near.distance:g} beside it"


def fact_rows(
    protocol: Protocol,
    participant: Participant,
    facts: Mapping[str, FactValue],
    answers: Mapping[AnswerKey, Answer],
    *,
    is_open: bool,
) -> list[dict[str, Any]]:
    """Return every fact that the site may see with its value and where to change it."""
    places = {key: section for section in sections_of(protocol) for key in section.keys}
    rows = []
    for fact in protocol.facts:
        if fact.sensitive:
            continue
        section = places.get((FACT, fact.key))
        held = answers.get((FACT, fact.key))
        value = facts.get(fact.key)
        rows.append(
            {
                "label": fact.label,
                "value": NOT_ASSESSED if held is not None and value is None else value_words(fact, value),
                "note": "" if section else "from the record" if fact.source == "participant" else "computed",
                "change_url": reverse("screening:section", args=[participant.pk, section.slug])
                if section and is_open
                else "",
            }
        )
    return rows


def value_words(fact: Fact, value: FactValue) -> str:
    """Return a value in words; empty when it is not known."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    label = next((choice.label for choice in fact.choices if choice.code == value), None)
    if label:
        return label
    number = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{number} {fact.unit}".strip()


def verdict_box(assessment: Assessment) -> dict[str, Any]:
    """Return a gate's verdict as a notice: tone, title, every reason."""
    tones = {Verdict.ELIGIBLE: "good", Verdict.INELIGIBLE: "danger", Verdict.INCOMPLETE: "caution"}
    return {
        "stage": assessment.stage,
        "gate": STAGE_TITLES[assessment.stage],
        "tone": tones[assessment.verdict],
        "title": VERDICT_WORDS[assessment.verdict],
        "verdict": assessment.verdict.value,
        "failed": [reason.message for reason in assessment.reasons if reason.code == "criterion_failed"],
        "open": [reason.message for reason in assessment.reasons if reason.code != "criterion_failed"],
        "near": near_words(assessment.near_miss) if assessment.near_miss else "",
    }


def sign_choice(screening: Screening, gates: Mapping[str, Assessment]) -> str:
    """Return what can be signed now: "ELIGIBLE", "FAILED", or nothing."""
    full = gates["randomization"].verdict
    if screening.state == "OPEN":
        if full is Verdict.INELIGIBLE:
            return "FAILED"
        return "ELIGIBLE" if gates["screening"].verdict is Verdict.ELIGIBLE else ""
    return "FAILED" if screening.state == "ELIGIBLE" and full is Verdict.INELIGIBLE else ""
