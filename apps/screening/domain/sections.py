"""The task list of a screening: facts by section, criteria that a clinician judges, and the order of both gates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.studies.domain.protocol import Criterion, Fact, Protocol, Stage

FACT, CRITERION = "FACT", "CRITERION"
STAGES: tuple[Stage, ...] = ("screening", "randomization")
STAGE_TITLES: Mapping[Stage, str] = {
    "screening": "Screening",
    "randomization": "Before randomization",
}
_KINDS = (("inclusion", "Inclusion criteria"), ("exclusion", "Exclusion criteria"))


@dataclass(frozen=True, slots=True)
class Section:
    """One page of questions that belong together."""

    slug: str
    title: str
    stage: Stage
    facts: tuple[Fact, ...] = ()
    criteria: tuple[Criterion, ...] = ()

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """Kind and key of every question, in order."""
        return tuple((FACT, fact.key) for fact in self.facts) + tuple(
            (CRITERION, criterion.code) for criterion in self.criteria
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a section is: `answered` holds a value, `spoken` also counts "not assessed"."""

    asked: int
    answered: int
    spoken: int

    @property
    def status(self) -> str:
        """The word of the task list."""
        if self.answered == self.asked:
            return "done"
        return "in_progress" if self.spoken else "not_started"


def sections_of(protocol: Protocol) -> tuple[Section, ...]:
    """Return every section of a protocol's screening, those of the screening gate first."""
    found: list[Section] = []
    for stage in STAGES:
        entered = [fact for fact in protocol.facts if fact.source == "entered" and fact.stage == stage]
        for title in dict.fromkeys(fact.section for fact in entered):
            facts = tuple(fact for fact in entered if fact.section == title)
            found.append(Section(_slug(title, stage), title, stage, facts=facts))
        for kind, title in _KINDS:
            judged = tuple(
                entry
                for entry in protocol.criteria
                if entry.kind == kind and entry.stage == stage and entry.rule is None
            )
            if judged:
                found.append(Section(_slug(title, stage), title, stage, criteria=judged))
    return tuple(found)


def section_of(protocol: Protocol, *, kind: str, key: str) -> Section | None:
    """Return the section in which something is asked; None when the protocol does not ask it of people."""
    return next((section for section in sections_of(protocol) if (kind, key) in section.keys), None)


def progress(section: Section, answers: Mapping[tuple[str, str], Any]) -> Progress:
    """Return how far a section is; `answers` holds stored values by kind and key, None for not assessed."""
    spoken = [key for key in section.keys if key in answers]
    answered = [key for key in spoken if answers[key] is not None]
    return Progress(len(section.keys), len(answered), len(spoken))


def _slug(title: str, stage: Stage) -> str:
    word = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "questions"
    return word if stage == "screening" else f"{word}-before-randomization"
