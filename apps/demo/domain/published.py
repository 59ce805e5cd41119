"""What was published about TRANSFORM-2: the figures the fictional trial is held against.

Sources: ClinicalTrials.gov NCT02418585 posted results; Popova et al., Am J Psychiatry 2019;176:428; response
and remission as observed cases at Day 28 (70/101 and 52/100, 53/101 and 31/100); LOCF from the posted ANCOVA.
"""

from __future__ import annotations

from dataclasses import dataclass

SCREENED = 435
RANDOMIZED = 227
DOSED = 224
FULL_ANALYSIS = 223
COMPLETED = 197
ADJUSTED_DIFFERENCE = -4.0
ADJUSTED_DIFFERENCE_SE = 1.69
LOCF_ADJUSTED_DIFFERENCE = -3.5
LOCF_ADJUSTED_INTERVAL = (-6.67, -0.26)


@dataclass(frozen=True, slots=True)
class PublishedArm:
    """One arm's row. Changes are MADRS points; counts are of observed cases at Day 28 unless named
    otherwise."""

    safety: int
    full_analysis: int
    observed: int
    change: float
    change_sd: float
    carried: int
    carried_change: float
    carried_change_sd: float
    responders: int
    remitters: int
    carried_responders: int
    carried_remitters: int
    early_onset: int
    adverse_events: tuple[tuple[str, float], ...]
    stopped_for_event: int


ESKETAMINE = PublishedArm(
    safety=115,
    full_analysis=114,
    observed=101,
    change=-21.4,
    change_sd=12.32,
    carried=112,
    carried_change=-19.6,
    carried_change_sd=13.58,
    responders=70,
    remitters=53,
    carried_responders=71,
    carried_remitters=54,
    early_onset=9,
    adverse_events=(
        ("Dissociation", 0.261),
        ("Vertigo", 0.261),
        ("Nausea", 0.261),
        ("Dysgeusia", 0.243),
        ("Dizziness", 0.209),
    ),
    stopped_for_event=8,
)

PLACEBO = PublishedArm(
    safety=109,
    full_analysis=109,
    observed=100,
    change=-17.0,
    change_sd=13.88,
    carried=109,
    carried_change=-16.3,
    carried_change_sd=14.24,
    responders=52,
    remitters=31,
    carried_responders=54,
    carried_remitters=33,
    early_onset=5,
    adverse_events=(
        ("Dissociation", 0.037),
        ("Vertigo", 0.028),
        ("Nausea", 0.064),
        ("Dysgeusia", 0.119),
        ("Dizziness", 0.046),
    ),
    stopped_for_event=1,
)

PUBLISHED = {"esketamine": ESKETAMINE, "placebo": PLACEBO}
