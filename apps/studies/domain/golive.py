"""Going live and closing: what stands against either, from the proofs that the apps above hand down.

E6(R3) 3.16.1 asks that a computerized system is shown to be fit for the trial's own configuration before it is used.
The rehearsal shows it; this rule only asks whether the proof is of this very configuration, passed, and signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from apps.core.exceptions import Reason

SETUP, LIVE, CLOSED = "SETUP", "LIVE", "CLOSED"


@dataclass(frozen=True, slots=True)
class RehearsalProof:
    """What the latest finished rehearsal of a study says of the study as it stands.

    `run_id` is None where there was none. `rehearsed` and `current` are the digests, part by part (protocol, sites,
    lists, stock, delegations, release), of what was rehearsed and of what there is now. `is_signed`: somebody who may
    manage the study signed the report.
    """

    study_id: UUID
    run_id: UUID | None
    has_passed: bool
    is_signed: bool
    rehearsed: tuple[tuple[str, str], ...] = ()
    current: tuple[tuple[str, str], ...] = ()

    @property
    def changed(self) -> tuple[str, ...]:
        """The parts of the configuration that are not as they were rehearsed, in order."""
        before, now = dict(self.rehearsed), dict(self.current)
        return tuple(part for part in sorted(before | now) if before.get(part) != now.get(part))


@dataclass(frozen=True, slots=True)
class Standing:
    """Who still stands in a trial that is to be closed: people not through with it, and sessions under way."""

    study_id: UUID
    participants: int
    sessions: int


def go_live_reasons(*, state: str, proof: RehearsalProof) -> tuple[Reason, ...]:
    """Return every reason against taking participants in; empty when the study may go live."""
    if state == LIVE:
        return (Reason("already_live", "The study is live already."),)
    if state == CLOSED:
        return (Reason("closed", "The study is closed; nobody enters it any more."),)
    if proof.run_id is None:
        return (Reason("not_rehearsed", "The study has not been rehearsed."),)
    reasons = []
    if not proof.has_passed:
        reasons.append(Reason("rehearsal_failed", "The latest rehearsal found faults."))
    if proof.changed:
        reasons.append(
            Reason(
                "configuration_changed",
                f"Since the latest rehearsal this has changed: {', '.join(proof.changed)}. Rehearse again.",
            )
        )
    if proof.has_passed and not proof.is_signed:
        reasons.append(
            Reason(
                "not_signed", "The report of the rehearsal is not signed by an administrator of the study."
            )
        )
    return tuple(reasons)


def closing_reasons(*, state: str, standing: Standing, reason: str) -> Sequence[Reason]:
    """Return every reason against closing the study; empty when it may be closed."""
    if state != LIVE:
        return (Reason("not_live", "Only a live study can be closed."),)
    reasons = []
    if not reason.strip():
        reasons.append(Reason("reason_required", "Say why the study is closed.", "reason"))
    if standing.participants:
        reasons.append(
            Reason("participants_left", "There are participants who are not through with the trial yet.")
        )
    if standing.sessions:
        reasons.append(Reason("sessions_open", "A dosing session is under way."))
    return tuple(reasons)
