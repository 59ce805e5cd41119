"""Who may enter which scale. The protocol says who rates; the purpose says who must not see it.

Efficacy scales and eligibility interviews belong to people who record screening; the session staff may enter safety
scales only (blinding table: a session nurse sees neither MADRS nor PHQ-9 nor SDS). Nobody enters in a blinded
rater's place.
"""

from __future__ import annotations

from apps.instruments.domain.instrument import Purpose
from apps.instruments.domain.scoring import instrument_of
from apps.studies.domain.permissions import Permission
from apps.studies.domain.protocol import Protocol, VisitInstrument

BLINDED = "blinded_rater"


def planned_instrument(protocol: Protocol, *, visit_code: str, instrument: str) -> VisitInstrument | None:
    """Return what the protocol plans at a visit, None when it plans no such rating. A repeated screening's visit
    code ("SW1.2") stands for the visit itself.
    """
    plain = visit_code.partition(".")[0]
    for visit in protocol.visits:
        if visit.code in (visit_code, plain):
            for planned in visit.instruments:
                if planned.instrument == instrument:
                    return planned
    return None


def permissions_to_enter(planned: VisitInstrument) -> frozenset[Permission]:
    """Return the permissions of which one suffices; empty when only a blinded rater may."""
    if planned.rater == BLINDED:
        return frozenset()
    if planned.rater == "investigator":
        return frozenset({Permission.SCREENING_SIGN})
    if instrument_of(planned.instrument).purpose is Purpose.SAFETY:
        return frozenset({Permission.OBSERVATION_RECORD, Permission.SCREENING_RECORD})
    return frozenset({Permission.SCREENING_RECORD})


def scores_shown_to_site(protocol: Protocol, *, instrument: str, planned: VisitInstrument | None) -> bool:
    """Say whether people at the site may see the totals of this instrument. Unsaid means no for blinded ratings."""
    rule = next((rule for rule in protocol.ratings if rule.instrument == instrument), None)
    if rule is not None:
        return rule.site_may_see_scores
    return planned is None or planned.rater != BLINDED
