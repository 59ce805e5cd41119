"""The verdict on eligibility: ELIGIBLE, INELIGIBLE or INCOMPLETE, with a result for every criterion.

An inclusion is passed when its text is true, an exclusion when its text is false. One failed criterion makes
somebody ineligible whatever is still open; one open criterion keeps everybody else incomplete. A verdict that does
not follow from its results cannot be built.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from apps.core.exceptions import Reason
from apps.screening.domain.near_miss import NearMiss, near_misses
from apps.studies.domain.protocol import Criterion, Facts, Protocol, Stage, judge
from apps.studies.domain.rules import facts_of as names_in


class Verdict(StrEnum):
    """What follows from the results."""

    ELIGIBLE = "ELIGIBLE"
    INELIGIBLE = "INELIGIBLE"
    INCOMPLETE = "INCOMPLETE"


class Outcome(StrEnum):
    """How one criterion stands for the participant."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    OPEN = "OPEN"


class Inconsistent(ValueError):
    """A result or a verdict was built that does not follow from what it rests on."""


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """One criterion against the facts. `missing` names the facts that keep a computed one open.

    `holds` says whether the criterion's text is true of the participant, None when not known. A result that the
    site must not see through (`is_blinded`) names no fact and no near miss.
    """

    code: str
    kind: str
    stage: Stage
    text: str
    outcome: Outcome
    holds: bool | None
    is_computed: bool
    is_blinded: bool = False
    missing: tuple[str, ...] = ()
    near: tuple[NearMiss, ...] = ()

    def __post_init__(self) -> None:
        if self.outcome is not outcome_of(self.kind, self.holds):
            raise Inconsistent(f"{self.code} is {self.outcome} where its text is {self.holds}")
        if self.missing and self.outcome is not Outcome.OPEN:
            raise Inconsistent(f"{self.code} is decided and still misses {self.missing}")
        if self.near and (self.outcome is not Outcome.FAILED or self.is_blinded):
            raise Inconsistent(f"{self.code} has a near miss without an open failure")
        if self.is_blinded and self.missing:
            raise Inconsistent(f"{self.code} is blinded and names {self.missing}")

    @property
    def reason(self) -> Reason | None:
        """Why this criterion stands in the way; None when it is passed."""
        if self.outcome is Outcome.PASSED:
            return None
        if self.outcome is Outcome.FAILED:
            verb = "is not met" if self.kind == "inclusion" else "applies"
            return Reason("criterion_failed", f"{self.code} {verb}: {self.text}", self.code)
        return Reason("criterion_open", f"{self.code} is not decided: {self.text}", self.code)


@dataclass(frozen=True, slots=True)
class Need:
    """Something besides the criteria that must be known before randomization: a stratum's level, the list."""

    code: str
    label: str
    is_known: bool

    @property
    def reason(self) -> Reason | None:
        """Why this stands in the way; None when it is known."""
        return None if self.is_known else Reason("not_known", f"{self.label} is not known yet.", self.code)


@dataclass(frozen=True, slots=True)
class Assessment:
    """The verdict at a gate, with a result for each of its criteria and each further need."""

    stage: Stage
    verdict: Verdict
    results: tuple[CriterionResult, ...]
    needs: tuple[Need, ...] = ()

    def __post_init__(self) -> None:
        if self.verdict is not verdict_of(self.results, self.needs):
            raise Inconsistent(f"{self.verdict} does not follow from the results")
        codes = [result.code for result in self.results]
        if len(set(codes)) < len(codes):
            raise Inconsistent("a criterion has two results")

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Everything that stands in the way: failures first, then what is open. Empty exactly when eligible."""
        ordered = sorted(self.results, key=lambda result: result.outcome is not Outcome.FAILED)
        found = [result.reason for result in ordered] + [need.reason for need in self.needs]
        return tuple(reason for reason in found if reason is not None)

    @property
    def failed_codes(self) -> tuple[str, ...]:
        """The codes of the criteria that failed, in the protocol's order."""
        return tuple(result.code for result in self.results if result.outcome is Outcome.FAILED)

    @property
    def near_miss(self) -> NearMiss | None:
        """The one number that alone kept somebody out; None when there were more grounds or none with a number."""
        failed = [result for result in self.results if result.outcome is Outcome.FAILED]
        if len(failed) != 1 or len(failed[0].near) != 1:
            return None
        return failed[0].near[0]


def outcome_of(kind: str, holds: bool | None) -> Outcome:
    """Return how a criterion stands when its text is true, false or not known."""
    if holds is None:
        return Outcome.OPEN
    return Outcome.PASSED if holds is (kind == "inclusion") else Outcome.FAILED


def verdict_of(results: Iterable[CriterionResult], needs: Iterable[Need] = ()) -> Verdict:
    """Return the verdict that follows: any failure decides, then anything open, then eligible."""
    outcomes = {result.outcome for result in results}
    if Outcome.FAILED in outcomes:
        return Verdict.INELIGIBLE
    if Outcome.OPEN in outcomes or not all(need.is_known for need in needs):
        return Verdict.INCOMPLETE
    return Verdict.ELIGIBLE


def assess(
    *, protocol: Protocol, facts: Facts, judgements: Mapping[str, bool | None], stage: Stage
) -> Assessment:
    """
    Assess a participant at a gate.

    `facts` are the protocol's facts by key, `judgements` a clinician's yes or no by criterion code. The screening
    gate asks the criteria of screening; the randomization gate asks all criteria again, and that strata and list
    can be told.
    """
    asked = [entry for entry in protocol.criteria if stage == "randomization" or entry.stage == "screening"]
    results = tuple(_result(entry, protocol, facts, judgements) for entry in asked)
    needs = _needs(protocol, facts) if stage == "randomization" else ()
    return Assessment(stage, verdict_of(results, needs), results, needs)


def _result(
    criterion: Criterion, protocol: Protocol, facts: Facts, judgements: Mapping[str, bool | None]
) -> CriterionResult:
    if criterion.rule is None:
        holds = judgements.get(criterion.code)
        return CriterionResult(
            criterion.code,
            criterion.kind,
            criterion.stage,
            criterion.text,
            outcome_of(criterion.kind, holds),
            holds,
            is_computed=False,
        )
    judged = judge(criterion.rule, facts)
    outcome = outcome_of(criterion.kind, judged.value)
    blinded = criterion.blinded_result
    near = near_misses(criterion.rule, facts, protocol) if outcome is Outcome.FAILED and not blinded else ()
    return CriterionResult(
        criterion.code,
        criterion.kind,
        criterion.stage,
        criterion.text,
        outcome,
        judged.value,
        is_computed=True,
        is_blinded=blinded,
        missing=() if blinded else judged.missing,
        near=near,
    )


def _needs(protocol: Protocol, facts: Facts) -> tuple[Need, ...]:
    needs = [
        Need(factor.code, factor.label, factor.level_of(facts) is not None)
        for factor in protocol.randomization.strata
        if factor.source == "participant"
    ]
    rules = [entry.when for entry in protocol.randomization.lists if entry.when is not None]
    if rules:
        # Known means that every fact is there, not that the rule is decided: a low first score would decide it early,
        # and the site, told so, would have learned the score.
        known = all(facts.get(name) is not None for rule in rules for name in names_in(rule))
        needs.append(Need("rating", "The blinded rating before randomization", known))
    return tuple(needs)
