"""Answers that make somebody eligible under each shipped design. Pure: used with and without a database."""

from __future__ import annotations

from typing import Any

from apps.studies.domain.protocol import Protocol

#: Values that pass every criterion; a fact not named here is answered "no", or 0.
PASSING: dict[str, Any] = {
    "consent_signed": True,
    "height_cm": 170,
    "weight_kg": 70,
    "mdd_course": "recurrent",
    "episode_months": 14,
    "idsc30_total": 44,
    "failed_documented": 2,
    "failed_with_observed": 3,
    "current_oad_differs": True,
    "current_oad_weeks": 6,
    "current_oad_adequate": True,
    "oral_antidepressant": "duloxetine",
    "oad_at_screening": "off",
    "weeks_without_oad": 3,
    "childbearing_potential": True,
    "serum_hcg": "negative",
    "urine_hcg": "negative",
    "urine_hcg_day_1": "negative",
    "alt_times_uln": 0.8,
    "ast_times_uln": 0.9,
    "bilirubin_times_uln": 0.5,
    "hba1c_percent": 5.4,
    "screening_sbp": 124,
    "screening_dbp": 78,
    "day_1_sbp": 126,
    "day_1_dbp": 80,
    "spo2_rest": 98,
    "qtcf_ms": 418,
    "parent_trial": "transform_2",
    "entry_phase": "induction",
    "benefit_expected": True,
}


def passing_facts(protocol: Protocol, **changes: Any) -> dict[str, Any]:
    """Return a value for every entered fact; all criteria pass unless `changes` say otherwise."""
    values: dict[str, Any] = {}
    for fact in protocol.facts:
        if fact.source == "entered":
            fallback = {"bool": False, "integer": 0, "number": 0, "choice": None}.get(fact.kind)
            values[fact.key] = changes.get(fact.key, PASSING.get(fact.key, fallback))
    return values


def passing_judgements(protocol: Protocol, **changes: bool | None) -> dict[str, bool | None]:
    """Return a clinician's answer to every criterion without a rule: inclusions true, exclusions false."""
    return {
        entry.code: changes.get(entry.code, entry.kind == "inclusion")
        for entry in protocol.criteria
        if entry.rule is None
    }


#: MADRS totals that pass the blinded criterion of TRANSFORM-2 and meet the severity list of NCT04599855.
PASSING_TOTALS: dict[str, dict[str, int | None]] = {"MADRS": {"SW1": 38, "SW2": 37, "SW4": 36, "D1": 37}}
