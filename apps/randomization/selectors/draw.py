"""Reading what is known just before a draw. Nothing here can answer with an arm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core.asking import Question, ask_together
from apps.core.exceptions import Reason
from apps.participants import selectors as participants
from apps.participants.domain.status import ParticipantStatus
from apps.participants.models import Participant
from apps.randomization.domain.draw import DrawFacts, draw_reasons_against
from apps.randomization.domain.kinds import Purpose
from apps.randomization.domain.plan import devices_per_session, first_dose_asked, levels_of, list_for
from apps.randomization.domain.strata import stratum_key
from apps.randomization.models import Allocation, RandomizationList, SealedCall, sealed_calls
from apps.screening.selectors import EligibilitySnapshot, eligibility_judged, eligibility_questions
from apps.studies import access
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import Protocol, StratumFactor
from apps.studies.selectors import protocol_of

_GONE = frozenset(
    {ParticipantStatus.SCREEN_FAILED, ParticipantStatus.COMPLETED, ParticipantStatus.DISCONTINUED}
)
#: Reasons of screening's that the draw asks about itself, so that none comes twice.
_ASKED_HERE = frozenset({"no_consent", "not_signed"})


@dataclass(frozen=True, slots=True)
class DrawState:
    """Everything known just before a draw. `list` and `stratum` are for the service alone, never for a page."""

    facts: DrawFacts
    snapshot: EligibilitySnapshot
    levels: dict[str, str | None]
    list: RandomizationList | None
    stratum: str | None


@dataclass(frozen=True, slots=True)
class DrawPreview:
    """What the page shows before the button: factor and level, and every reason against. No list, no arm."""

    participant: Participant
    facts: DrawFacts
    levels: tuple[tuple[str, str], ...]
    reasons: tuple[Reason, ...]
    snapshot: EligibilitySnapshot


def draw_state(*, participant: Participant, protocol: Protocol, now: datetime) -> DrawState:
    """Return what is known before a draw; inside a transaction with the participant locked it decides."""
    allocated, consents, lists, *screened = ask_together(
        _allocated(participant=participant.pk),
        participants.consents_standing(participant=participant.pk),
        _lists_live(study=participant.study_id),
        *eligibility_questions(participant_id=participant.pk),
    )
    snapshot = eligibility_judged(participant, screened)
    site = participant.site
    levels = dict(levels_of(protocol=protocol, facts=snapshot.facts, country=site.country, site=site.code))
    missing = tuple(sorted(factor for factor, level in levels.items() if not level))
    stratum = None if missing else stratum_key({factor: level or "" for factor, level in levels.items()})
    code = list_for(protocol, snapshot.facts)
    found = next((one for one in lists if one.code == code), None)
    answer, covers = _sealed_answers(found, stratum, participant, protocol, now)
    facts = DrawFacts(
        is_allocated=bool(allocated),
        is_in_trial=ParticipantStatus(participant.status) not in _GONE,
        is_consented=bool(consents),
        is_eligible=snapshot.eligible,
        is_signed=snapshot.signed,
        eligibility=tuple(reason for reason in snapshot.reasons if reason.code not in _ASKED_HERE),
        strata_missing=tuple(f.label for f in protocol.randomization.strata if f.code in missing),
        list_answer=answer,
        stock_covers=covers,
    )
    return DrawState(facts=facts, snapshot=snapshot, levels=levels, list=found, stratum=stratum)


@Question
def _allocated(participant: UUID) -> QuerySet[Allocation]:
    return Allocation.objects.filter(participant=participant).values_list("pk")


@Question
def _lists_live(study: UUID) -> QuerySet[RandomizationList]:
    return RandomizationList.objects.filter(study=study, state="LIVE", purpose=Purpose.LIVE.value)


def draw_preview(*, participant_id: UUID, viewer: User, now: datetime) -> DrawPreview:
    """Return what is known before a draw, with every reason against it.

    Raises NotFound for a participant who is absent or at another site; NotAllowed without
    ``participant:randomize``.
    """
    participant = participants.participant_get(viewer=viewer, participant_id=participant_id, now=now)
    access.check(
        user=viewer, permission=Permission.PARTICIPANT_RANDOMIZE, site_id=participant.site_id, now=now
    )
    protocol = protocol_of(participant.protocol_version)
    state = draw_state(participant=participant, protocol=protocol, now=now)
    return DrawPreview(
        participant=participant,
        facts=state.facts,
        levels=tuple(
            (f.label, _level_label(f, state.levels.get(f.code))) for f in protocol.randomization.strata
        ),
        reasons=draw_reasons_against(state.facts),
        snapshot=state.snapshot,
    )


def _level_label(factor: StratumFactor, level: str | None) -> str:
    return next((known.label for known in factor.levels if known.code == level), level or "")


def _sealed_answers(
    found: RandomizationList | None,
    stratum: str | None,
    participant: Participant,
    protocol: Protocol,
    now: datetime,
) -> tuple[str, bool]:
    """Return what the list answers, empty where none can be asked, and whether the stock covers a first session."""
    if found is None:
        return "", False
    dose = first_dose_asked(protocol=protocol, age_years=participant.age_years)
    stock = SealedCall(
        "stock_covers",
        list=found.pk,
        site=participant.site_id,
        dose_mg=dose,
        devices=devices_per_session(protocol=protocol, dose_mg=dose),
        on=now.astimezone(ZoneInfo(participant.site.time_zone)).date(),
    )
    if stratum is None:
        return "", bool(sealed_calls(stock)[0][0][0])
    caps = protocol.randomization.caps
    serves = SealedCall(
        "list_serves",
        list=found.pk,
        stratum=stratum,
        site=participant.site_id,
        cap_study=caps.study,
        cap_site=caps.site,
        cap_stratum=caps.stratum,
    )
    answered, covered = sealed_calls(serves, stock)
    return str(answered[0][0]), bool(covered[0][0])
