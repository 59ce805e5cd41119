"""Fictional screening: the facts, the clinician's answers, and for those who fail, what was found.

Facts and criteria carry the names of the TRANSFORM-2 protocol file. How often each criterion fails is an
assumption; that most fail at the prospective observation (I07) is its purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from apps.demo.domain.depression import Latent, baseline_total
from apps.demo.domain.design import DemoDesign
from apps.demo.domain.draws import Draws, clipped
from apps.demo.domain.scales import MADRS_ITEM_MAXIMUM, spread
from apps.demo.domain.values import DemoPerson, DemoRating, DemoScreening, FactValue

LEAST_MADRS = 28
MOST_IMPROVEMENT = 0.25

# Answered by a clinician: whether the criterion's text is true.
JUDGED_INCLUSIONS = ("I08", "I09", "I11")
JUDGED_EXCLUSIONS = (
    *("X01", "X02", "X03", "X04", "X05", "X06", "X10", "X11", "X12", "X14", "X19", "X20", "X21", "X22"),
)
# Known only at the end of the observation or on Day 1.
LATE_ANSWERS = ("I08",)
LATE_FACTS = ("failed_with_observed", "oral_antidepressant")
DAY_ONE_FACTS = ("urine_hcg_day_1", "cannabis_day_1_positive", "day_1_sbp", "day_1_dbp")

# How often each criterion is the first that fails, and whether it is found in the first days or after the
# observation.
FAILURES: Mapping[str, tuple[float, bool]] = {
    "I03": (8, True),
    "I04": (12, True),
    "I05": (14, True),
    "I06": (6, True),
    "I07": (80, False),
    "I08": (10, False),
    "I09": (4, True),
    "I12": (4, True),
    "X03": (2, True),
    "X05": (9, True),
    "X06": (8, True),
    "X07A": (9, True),
    "X07B": (5, True),
    "X08A": (11, True),
    "X08B": (3, True),
    "X09": (8, True),
    "X09D1": (4, False),
    "X12": (3, True),
    "X13": (10, True),
    "X13D1": (2, False),
    "X15": (2, True),
    "X16": (6, True),
    "X17": (5, True),
    "X18": (4, True),
    "X19": (2, True),
    "X21": (5, True),
}

Change = Callable[[Draws], dict[str, FactValue]]
_FINDINGS: Mapping[str, Change] = {
    "I03": lambda d: {"mdd_course": "single_episode", "episode_months": d.whole(5, 20)},
    "I04": lambda d: {"idsc30_total": d.whole(19, 33)},
    "I05": lambda d: {"failed_documented": d.pick([0, 0, 6, 7])},
    "I06": lambda d: {"current_oad_adequate": False},
    "I12": lambda d: {"weight_kg": round(d.uniform(128, 150), 1), "height_cm": d.whole(160, 172)},
    "X07A": lambda d: {"cssrs_ideation_6_months": d.whole(4, 5)},
    "X07B": lambda d: {"suicidal_behavior_12_months": True},
    "X08A": lambda d: {"substance_use_disorder_6_months": True},
    "X08B": lambda d: {"hallucinogen_use_disorder": True},
    "X09": lambda d: {"drug_screen_positive": True},
    "X09D1": lambda d: {"cannabis_day_1_positive": True},
    "X13": lambda d: {"screening_sbp": d.whole(143, 171), "screening_dbp": d.whole(84, 102)},
    "X13D1": lambda d: {"day_1_sbp": d.whole(142, 158), "day_1_dbp": d.whole(82, 96)},
    "X15": lambda d: {"spo2_rest": d.whole(90, 92)},
    "X16": lambda d: {"alt_times_uln": round(d.uniform(2.1, 4.0), 1)},
    "X17": lambda d: {"qtcf_ms": d.whole(452, 478)},
    "X18": lambda d: {"hba1c_percent": round(d.uniform(9.2, 11.0), 1)},
}


def draw_failures(draws: Draws) -> tuple[str, ...]:
    """Which criteria somebody fails: mostly one; a second only if both come to light at the same stage."""
    codes = list(FAILURES)
    first = draws.pick(codes, [FAILURES[code][0] for code in codes])
    if not draws.chance(0.12):
        return (first,)
    second = draws.pick(codes, [FAILURES[code][0] for code in codes])
    same_stage = FAILURES[second][1] == FAILURES[first][1] and second != first
    return tuple(sorted((first, second))) if same_stage else (first,)


def screening_ends_early(failed: tuple[str, ...]) -> bool:
    """Whether what fails comes to light in the first days, long before the observation is over."""
    return any(FAILURES[code][1] for code in failed)


def draw_screening(
    *,
    person: DemoPerson,
    latent: Latent,
    emphasis: tuple[float, ...],
    design: DemoDesign,
    opened_at: datetime,
    decided_at: datetime,
    failed: tuple[str, ...],
    predose_pressure: tuple[int, int],
    draws: Draws,
) -> DemoScreening:
    """Play a screening to its verdict: ELIGIBLE if nothing failed, else FAILED with those codes."""
    early = screening_ends_early(failed)
    ratings = _observation(latent, emphasis, design, opened_at, failed, draws)
    ratings = tuple(rating for rating in ratings if rating.observed_at < decided_at)
    facts = _facts(person, predose_pressure, draws)
    for code in failed:
        facts |= _FINDINGS.get(code, _nothing)(draws)
    answers = {code: code not in failed for code in JUDGED_INCLUSIONS}
    answers |= {code: code in failed for code in JUDGED_EXCLUSIONS}
    late = (*LATE_FACTS, *DAY_ONE_FACTS, *LATE_ANSWERS)
    # Day 1 is never reached by those who fail before it, unless it is Day 1 that they fail.
    reached_day_one = not failed or any(code.endswith("D1") for code in failed)
    unseen = late if early else () if reached_day_one else DAY_ONE_FACTS
    facts = {key: value for key, value in facts.items() if key not in unseen}
    answers = {key: value for key, value in answers.items() if key not in unseen}
    known = {
        key: decided_at - timedelta(minutes=draws.whole(5, 45))
        if key in DAY_ONE_FACTS
        else max(opened_at, decided_at - timedelta(minutes=draws.whole(60, 120)))
        if key in late
        else opened_at + (min(timedelta(days=4), decided_at - opened_at) * draws.uniform(0.02, 0.9))
        for key in (*facts, *answers)
    }
    return DemoScreening(
        opened_at=opened_at,
        decided_at=decided_at,
        state="FAILED" if failed else "ELIGIBLE",
        failed=failed,
        facts=facts,
        answers=answers,
        known_at={key: moment.replace(microsecond=0) for key, moment in known.items()},
        ratings=ratings,
    )


def _nothing(draws: Draws) -> dict[str, FactValue]:
    return {}


def _observation(
    latent: Latent,
    emphasis: tuple[float, ...],
    design: DemoDesign,
    opened_at: datetime,
    failed: tuple[str, ...],
    draws: Draws,
) -> tuple[DemoRating, ...]:
    """MADRS in weeks 1, 2 and 4: still ill and hardly better, or for those failing I07 clearly better."""
    ill = max(LEAST_MADRS, baseline_total(latent) + round(draws.normal(0.5, 1.8)))
    week_4 = int(clipped(ill, LEAST_MADRS, 56))
    week_2 = int(clipped(week_4 + round(draws.normal(0.4, 2.0)), LEAST_MADRS, 58))
    most = int(week_4 / (1 - MOST_IMPROVEMENT))
    week_1 = int(clipped(week_4 + round(draws.normal(0.8, 2.4)), LEAST_MADRS, min(most, 58)))
    if "I07" in failed:
        week_4 = int(clipped(round(week_1 * draws.uniform(0.35, 0.72)), 6, 40))
        week_2 = round((week_1 + week_4) / 2)
    totals = (week_1, week_2, week_4)
    return tuple(
        DemoRating(
            instrument="MADRS",
            visit=code,
            recall="7d",
            observed_at=opened_at
            + timedelta(days=draws.whole(first, last) - 1, minutes=draws.whole(60, 240)),
            items=spread(total, emphasis, maximum=MADRS_ITEM_MAXIMUM, draws=draws),
        )
        for (code, first, last), total in zip(design.screening_visits, totals, strict=True)
    )


def _facts(person: DemoPerson, predose_pressure: tuple[int, int], draws: Draws) -> dict[str, FactValue]:
    """Facts with which nothing fails."""
    childbearing = person.sex == "F" and person.age_years < 51
    test = "negative" if childbearing else "not_applicable"
    documented = draws.pick([1, 2, 3, 4, 5], [0.25, 0.38, 0.22, 0.10, 0.05])
    course = "recurrent" if draws.chance(0.86) else "single_episode"
    months = draws.whole(6, 70) if course == "recurrent" else draws.whole(26, 90)
    return {
        "age_years": person.age_years,
        "sex": "female" if person.sex == "F" else "male",
        "consent_signed": True,
        "height_cm": person.height_cm,
        "weight_kg": person.weight_kg,
        "mdd_course": course,
        "episode_months": months,
        "psychotic_features": False,
        "idsc30_total": int(clipped(draws.normal(46, 5.5), 34, 70)),
        "failed_documented": documented,
        "failed_with_observed": documented + 1,
        "current_oad_differs": True,
        "current_oad_weeks": draws.whole(3, 40),
        "current_oad_adequate": True,
        "oral_antidepressant": person.oral_antidepressant,
        "childbearing_potential": childbearing,
        "serum_hcg": test,
        "urine_hcg_day_1": test,
        "alt_times_uln": round(clipped(draws.normal(0.6, 0.2), 0.2, 1.6), 1),
        "ast_times_uln": round(clipped(draws.normal(0.6, 0.2), 0.2, 1.6), 1),
        "bilirubin_times_uln": round(clipped(draws.normal(0.5, 0.2), 0.1, 1.3), 1),
        "severe_renal_impairment": False,
        "hba1c_percent": round(clipped(draws.normal(5.5, 0.5), 4.5, 8.4), 1),
        "drug_screen_positive": False,
        "cannabis_day_1_positive": False,
        "screening_sbp": int(clipped(draws.normal(121, 8), 96, 138)),
        "screening_dbp": int(clipped(draws.normal(77, 6), 55, 89)),
        "day_1_sbp": predose_pressure[0],
        "day_1_dbp": predose_pressure[1],
        "spo2_rest": int(clipped(draws.normal(98, 1), 95, 100)),
        "respiratory_disease": False,
        "qtcf_ms": int(clipped(draws.normal(411, 15), 370, 447)),
        "conduction_disorder": False,
        "untreated_glaucoma": False,
        "homicidal_ideation": False,
        "cssrs_ideation_6_months": draws.pick([0, 1, 2, 3], [0.55, 0.30, 0.10, 0.05]),
        "suicidal_behavior_12_months": False,
        "substance_use_disorder_6_months": False,
        "hallucinogen_use_disorder": False,
    }
