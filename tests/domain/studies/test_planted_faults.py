"""Each mistake a study author can make is planted once, and found at its path. Without it the file is sound."""

# ruff: noqa: E501 - a table is read by its rows

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from apps.studies.domain.checking import check

Spoil = Callable[[Any], object]


def visit(tree: Any, code: str) -> Any:
    return next(entry for entry in tree["visits"] if entry["code"] == code)


def place(tree: Any, code: str) -> int:
    return next(index for index, entry in enumerate(tree["visits"]) if entry["code"] == code)


def faults_in(tree: Any) -> dict[str, str]:
    # JSON is YAML, so a spoilt tree goes through the same door as a file.
    found: dict[str, str] = {}
    for fault in check(json.dumps(tree)):
        found[fault.path] = f"{found.get(fault.path, '')} {fault.message}"
    return found


def put(tree: Any, path: str, value: Any) -> None:
    *steps, last = path.split("/")
    for step in steps:
        tree = tree[int(step)] if step.isdigit() else tree[step]
    tree[int(last) if last.isdigit() else last] = value


def gone(tree: Any, path: str) -> None:
    *steps, last = path.split("/")
    for step in steps:
        tree = tree[int(step)] if step.isdigit() else tree[step]
    del tree[int(last) if last.isdigit() else last]


def setting(path: str, value: Any) -> Spoil:
    return lambda tree: put(tree, path, value)


def without(path: str) -> Spoil:
    return lambda tree: gone(tree, path)


def relapse(**more: Any) -> dict[str, Any]:
    """The relapse block of a randomized withdrawal trial."""
    facts: dict[str, Any] = {
        "rule": {"all": [{"fact": name, "op": ">=", "value": 22} for name in ("score", "previous_score")]},
        "text": "MADRS of at least 22 twice, 5 to 15 days apart.",
        "instrument": "MADRS",
        "minimum_days_apart": 5,
        "maximum_days_apart": 15,
    }
    return facts | more


PLANTED: list[tuple[str, Spoil, str, str]] = [
    ("an arm without ratio", without("arms/1/ratio"), "arms[1].ratio", "required"),
    ("a ratio of zero", setting("arms/1/ratio", 0), "arms[1].ratio", "greater than or equal to 1"),
    ("a ratio in words", setting("arms/1/ratio", "1"), "arms[1].ratio", "valid integer"),
    ("a block that cannot hold the ratio", setting("randomization/block_sizes", [4, 5]), "randomization.block_sizes[1]", "1:1"),
    ("no block size", setting("randomization/block_sizes", []), "randomization.block_sizes", "at least one"),
    ("no default list", setting("randomization/lists/0/when", {"fact": "age_years", "op": ">", "value": 40}), "randomization.lists", "no default list"),
    ("two default lists", lambda t: t["randomization"]["lists"].append({"code": "B", "label": "B"}), "randomization.lists[1].when", "never be reached"),
    ("several arms and no randomization", setting("randomization/method", "none"), "randomization.method", "several arms"),
    ("a stratum without levels", setting("randomization/strata/1/levels", []), "randomization.strata[1].levels", "at least two levels"),
    ("a stratum on an unknown fact", setting("randomization/strata/1/fact", "mood"), "randomization.strata[1].fact", "unknown fact mood"),
    ("a stratum that reads nothing", lambda t: (gone(t, "randomization/strata/1/fact"), gone(t, "randomization/strata/1/levels/0/when")), "randomization.strata[1].fact", "names no fact"),
    ("a stratum that forgets an answer", lambda t: [level.pop("when") for level in t["randomization"]["strata"][1]["levels"]], "randomization.strata[1].levels", "no level for the answer"),
    ("a level on an unknown fact", setting("randomization/strata/1/levels/0/when/fact", "mood"), "randomization.strata[1].levels[0].when", "unknown fact mood"),
    ("a number format that tells the list", setting("randomization/number_format", "{list}-{number}"), "randomization.number_format", "nothing else"),
    ("a number format that reaches into Python", setting("randomization/number_format", "{number.__class__}"), "randomization.number_format", "nothing else"),
    ("double-blind with one arm", lambda t: gone(t, "arms/1"), "blinding", "single arm"),
    ("a visit in an unknown phase", setting("visits/3/phase", "XX"), "visits[3].phase", "unknown phase"),
    ("a phase longer than its maximum", setting("phases/0/maximum_days", 7), "phases[0].maximum_days", "less than"),
    ("overlapping windows", lambda t: visit(t, "D8").update(window_after_days=3), "visits[7]", "overlaps D8"),
    ("a Day 0", lambda t: visit(t, "D1").update(day=0), "visits[3].day", "no Day 0"),
    ("a window on the anchor", lambda t: visit(t, "D1").update(window_after_days=1), "visits[3]", "cannot have a window"),
    ("a window that opens before Day 1", lambda t: visit(t, "D2").update(window_before_days=2), "visits[4].window_before_days", "before Day 1"),
    ("doses closer than the spacing", setting("spacing/min_days_between_doses", 4), "visits[5].day", "spacing asks for at least 4"),
    ("windows that allow doses too close", setting("spacing/narrows_windows", False), "visits[7].window_before_days", "1 day(s) apart"),
    ("a late dose that leaves the next no day", lambda t: (visit(t, "D11").update(window_after_days=0), visit(t, "D8").update(window_after_days=2)), "visits[7]", "no day of D11's window"),
    ("too many doses in a week", setting("spacing/max_doses_per_week", 1), "visits[5].day", "at most 1"),
    ("no dose on Day 1", lambda t: visit(t, "D1").update(dose=False), "visits", "no dosing visit on Day 1"),
    ("two baselines", lambda t: visit(t, "D2").update(baseline=True), "visits", "exactly one visit must be the baseline"),
    ("a dose during screening", lambda t: visit(t, "SW2").update(dose=True), "visits[1].dose", "cannot have a dose"),
    ("an instrument twice at a visit", lambda t: visit(t, "D2")["instruments"].append({"instrument": "MADRS", "rater": "clinician"}), "visits[4].instruments[2]", "planned twice"),
    ("predose where nothing is dosed", lambda t: visit(t, "D2")["instruments"][0].update(timing="predose"), "visits[4].instruments[0].timing", "nothing can be predose"),
    ("an unknown instrument", lambda t: visit(t, "D2")["instruments"][0].update(instrument="MADRSS"), "visits[4].instruments[0].instrument", "did you mean MADRS?"),
    ("a titration day that is no visit", setting("dose/increase_days", [4, 9]), "dose.increase_days[1]", "titration day 9 is no dosing visit"),
    ("a titration day without a dose", setting("dose/decrease_days", [28]), "dose.decrease_days[0]", "no dosing visit"),
    ("a first dose that is a change", setting("dose/increase_days", [1]), "dose.increase_days[0]", "cannot be a change"),
    ("a rise after the dose is stable", setting("dose/increase_days", [4, 18]), "dose.increase_days[1]", "after the dose is stable"),
    ("stable after a day that is no visit", setting("dose/stable_after_day", 16), "dose.stable_after_day", "no dosing visit"),
    ("titration of a fixed dose", setting("dose/fixed", True), "dose.increase_days", "fixed"),
    ("half a device", setting("dose/allowed_mg", [56, 70]), "dose.allowed_mg[1]", "no multiple of the 28 mg device"),
    ("a step of half a device", setting("dose/step_mg", 14), "dose.step_mg", "no multiple"),
    ("a dose that steps cannot reach", setting("dose/step_mg", 56), "dose.allowed_mg[1]", "cannot be reached"),
    ("a dose listed twice", setting("dose/allowed_mg", [56, 84, 84]), "dose.allowed_mg", "twice"),
    ("a start that is not allowed", setting("dose/start_mg", 28), "dose.start_mg[0]", "not an allowed dose"),
    ("too few devices for the highest dose", setting("dose/devices_per_session_blinded", 2), "dose.devices_per_session_blinded", "needs 3"),
    ("a blind without a device count", without("dose/devices_per_session_blinded"), "dose.devices_per_session_blinded", "double-blind"),
    ("a fixed dose in a flexible trial", setting("arms/0/fixed_dose_mg", 56), "arms[0].fixed_dose_mg", "flexible"),
    ("a placebo in milligrams", setting("arms/1/fixed_dose_mg", 56), "arms[1].fixed_dose_mg", "placebo"),
    ("another device", setting("devices/mg_per_device", 14), "devices.mg_per_device", "28"),
    ("a shorter rest between devices", setting("devices/gap_minutes", 4), "devices.gap_minutes", "greater than or equal to 5"),
    ("a criterion on an unknown fact", setting("criteria/1/rule/fact", "age"), "criteria[1].rule", "unknown fact age"),
    ("a criterion that compares a word with a number", setting("criteria/0/rule/value", 1), "criteria[0].rule", "true or false"),
    ("a criterion outside the limits of its fact", setting("criteria/3/rule/value", 340), "criteria[3].rule", "outside the limits"),
    ("an answer nobody can give", setting("criteria/2/rule/all/1/any/0/value", "always"), "criteria[2].rule.all[1].any[0]", "no answer of mdd_course"),
    ("an operator that does not exist", setting("criteria/1/rule", {"fact": "age_years", "op": "=>", "value": 18}), "criteria[1].rule.op", "should be"),
    ("a rule that is none", setting("criteria/1/rule", {"age_years": 18}), "criteria[1].rule.age_years", "unknown field"),
    ("a criterion that needs what is known later", lambda t: next(c for c in t["criteria"] if c["code"] == "I07").update(stage="screening"), "criteria[7].rule.all[0]", "known only at randomization"),
    ("a choice of one", setting("facts/1/choices", [{"code": "female", "label": "Female"}]), "facts[1].choices", "at least two answers"),
    ("limits upside down", setting("facts/0/minimum", 130), "facts[0].minimum", "least value above"),
    ("limits of a yes", setting("facts/2/minimum", 0), "facts[2].minimum", "no number"),
    ("a body mass index of unknown facts", setting("facts/5/body_mass_index/weight_kg", "mass"), "facts[5].body_mass_index", "unknown fact mass"),
    ("a gate without limits", lambda t: next(g for g in t["gates"] if g["code"] == "BP").pop("sbp_max"), "gates[6].sbp_max", "required"),
    ("a gate that limits nothing", lambda t: next(g for g in t["gates"] if g["code"] == "BP").update(sbp_max=500), "gates[6].sbp_max", "limits nothing"),
    ("a gate with its limits swapped", lambda t: next(g for g in t["gates"] if g["code"] == "BP").update(sbp_max=80), "gates[6].sbp_max", "not above the diastolic"),
    ("age bands that leave out the young", lambda t: next(g for g in t["gates"] if g["code"] == "BP").update(sbp_max=[{"from_age": 18, "value": 140}]), "gates[6].sbp_max", "from_age 0"),
    ("a gate of an unknown kind", setting("gates/0/kind", "prayer"), "gates[0]", "kind"),
    ("no predose slot", lambda t: gone(t, "observation_plan/slots/0"), "observation_plan.slots", "exactly one slot must be predose"),
    ("slots out of order", setting("observation_plan/slots/2/minute", 10), "observation_plan.slots[2].minute", "does not come after"),
    ("tolerances that meet", setting("observation_plan/slots/3/before_tolerance_minutes", 6), "observation_plan.slots[3]", "both T30 and T40"),
    ("a measure due twice", setting("observation_plan/slots/3/if_unresolved", ["bp"]), "observation_plan.slots[3].if_unresolved", "due in any case"),
    ("a measure nobody knows", setting("observation_plan/slots/3/measures", ["pulse"]), "observation_plan.slots[3].measures[0]", "should be"),
    ("a usual range upside down", setting("observation_plan/usual", [{"key": "hr", "low": 90, "high": 50}]), "observation_plan.usual[0].low", "upside down"),
    ("a usual range without end", setting("observation_plan/usual", [{"key": "hr"}]), "observation_plan.usual[0]", "no end"),
    ("discharge before the last mandatory slot", setting("observation_plan/slots/8/minute", 150), "discharge.min_minutes", "before the mandatory slot T120"),
    ("discharge before the last slot from the last spray", setting("observation_plan/slots/8/from", "last_spray"), "discharge.min_minutes", "T120"),
    ("discharge before ninety minutes", setting("discharge/min_minutes", 89), "discharge.min_minutes", "greater than or equal to 90"),
    ("discharge before two hours without a word", setting("discharge/min_minutes", 90), "discharge.min_minutes", "say in a note"),
    ("a sheet that asks for a minute nobody measures", setting("sheet/peak_minute", 45), "sheet.peak_minute", "no pressure"),
    ("a sheet on a condition nobody reads", setting("sheet/effects/0/condition", "ESCORT"), "sheet.effects[0].condition", "rests on a reading"),
    ("a sheet on a rule nobody has", setting("sheet/effects/2/rules", ["E99"]), "sheet.effects[2].rules", "no escalation rule E99"),
    ("a sheet that cannot tell an effect", setting("sheet/effects/2/rules", []), "sheet.effects[2]", "neither"),
    ("a condition named as the least time", setting("discharge/conditions/0/code", "TIME"), "discharge.conditions", "least time"),
    ("an early release that stands against nothing", setting("discharge/early/categories/0/never", ["NOTHING"]), "discharge.early.categories[0].never", "no condition NOTHING"),
    ("a checklist on a gate nobody has", setting("discharge/checklist/parts/0/items/0/gates", ["NOTHING"]), "discharge.checklist.parts[0].items[0].gates", "no gate NOTHING"),
    ("a checklist on a condition nobody has", setting("discharge/checklist/parts/1/items/0/conditions", ["NOTHING"]), "discharge.checklist.parts[1].items[0].conditions", "no condition NOTHING"),
    ("a discharge condition on a measure nobody takes", lambda t: [slot["measures"].remove("cadss") for slot in t["observation_plan"]["slots"][1:] if "cadss" in slot["measures"]], "discharge.conditions[1]", "cadss is not measured"),
    ("discharge pressures swapped", setting("discharge/conditions/2/sbp", 90), "discharge.conditions[2].sbp", "not above the diastolic"),
    ("an escalation that reads nothing", setting("escalation/4/trigger/fact", "sedation"), "escalation[4].trigger", "unknown reading sedation"),
    ("an emergency that tells nobody", setting("escalation/6/notify", []), "escalation[6].notify", "must tell somebody"),
    ("an endpoint visit that does not exist", setting("endpoints/primary/visit", "D42"), "endpoints.primary.visit", "no visit D42"),
    ("an endpoint visit that rates something else", setting("endpoints/primary/visit", "D25"), "endpoints.primary.visit", "not rated at D25"),
    ("an analysis at a visit that does not rate", setting("endpoints/analyses/4/visits", ["D15", "D22"]), "endpoints.analyses[4].visits[1]", "SDS is not rated at D22"),
    ("a baseline that is none", setting("endpoints/baseline_visit", "D8"), "endpoints.baseline_visit", "not the baseline visit"),
    ("a response fraction of one", setting("endpoints/response_fraction", 1.0), "endpoints.response_fraction", "between 0 and 1"),
    ("a response fraction of zero", setting("endpoints/response_fraction", 0), "endpoints.response_fraction", "between 0 and 1"),
    ("a response in percent", setting("endpoints/response_fraction", 50), "endpoints.response_fraction", "between 0 and 1"),
    ("two primary analyses", setting("endpoints/analyses/1/role", "primary"), "endpoints.analyses", "exactly one analysis must be primary"),
    ("a primary analysis of something else", setting("endpoints/analyses/0/instrument", "PHQ9"), "endpoints.primary", "does not reach"),
    ("a covariance in a sentence", setting("endpoints/analyses/0/covariance", "unstructured; on failure Toeplitz"), "endpoints.analyses[0].covariance", "valid"),
    ("a covariance that nobody knows", setting("endpoints/analyses/0/covariance", ["unstructured", "toplitz"]), "endpoints.analyses[0].covariance[1]", "compound_symmetry"),
    ("a structure that is tried twice", setting("endpoints/analyses/0/covariance", ["ar1", "ar1"]), "endpoints.analyses[0]", "twice"),
    ("a mixed model without a covariance", without("endpoints/analyses/0/covariance"), "endpoints.analyses[0].covariance", "needs its covariance ladder"),
    ("a rule for windows that nobody knows", setting("endpoints/windowing/rule", "nearest"), "endpoints.windowing.rule", "contiguous"),
    ("an end of windows that have gaps", setting("endpoints/windowing/last_day", 40), "endpoints.windowing", "belongs to the rule contiguous"),
    ("windows that end before the last visit", setting("endpoints/windowing", {"rule": "contiguous", "last_day": 20}), "endpoints.windowing.last_day", "Day 28"),
    ("an event that nothing records", setting("endpoints/intercurrent_events/0/event", "rescue"), "endpoints.intercurrent_events[0].event", "left_treatment"),
    ("doses missed without saying how many", without("endpoints/intercurrent_events/2/least"), "endpoints.intercurrent_events[2]", "needs it"),
    ("a number of doses for leaving", setting("endpoints/intercurrent_events/0/least", 2), "endpoints.intercurrent_events[0]", "belongs to the event doses_missed"),
    ("medicines for leaving", setting("endpoints/intercurrent_events/0/rules", ["MAOI"]), "endpoints.intercurrent_events[0]", "belong to the event prohibited_medicine"),
    ("a medicine that is allowed", setting("endpoints/intercurrent_events/1/rules", ["MAOI", "STIMULANT"]), "endpoints.intercurrent_events[1].rules[1]", "prohibits"),
    ("leaving twice", lambda t: (t["endpoints"]["intercurrent_events"].append({"code": "GONE", "label": "Gone", "event": "left_treatment"}), [one["handling"].append({"event": "GONE", "strategy": "hypothetical"}) for one in t["endpoints"]["estimands"]]), "endpoints.intercurrent_events[3].event", "twice"),
    ("an event that an estimand forgets", lambda t: gone(t, "endpoints/estimands/1/handling/2"), "endpoints.estimands[1].handling", "says nothing of DOSES_MISSED"),
    ("an event that nobody knows", setting("endpoints/estimands/0/handling/0/event", "GONE"), "endpoints.estimands[0].handling[0].event", "unknown intercurrent event"),
    ("an event with two strategies", setting("endpoints/estimands/0/handling/1/event", "LEFT_TREATMENT"), "endpoints.estimands[0].handling[1].event", "already"),
    ("an estimand of nobody", setting("endpoints/estimands/1/population", "ITT"), "endpoints.estimands[1].population", "unknown analysis set"),
    ("a primary estimand of others", setting("endpoints/estimands/0/population", "SAFETY"), "endpoints.estimands[0].population", "made in another set"),
    ("events that nobody handles", lambda t: (gone(t, "endpoints/estimands"), [one.pop("estimand", None) for one in t["endpoints"]["analyses"]]), "endpoints.estimands", "need an estimand"),
    ("a strategy in words and another in fact", setting("endpoints/strategy", "composite"), "endpoints.strategy", "make them agree"),
    ("an analysis of an estimand that is none", setting("endpoints/analyses/0/estimand", "MINE"), "endpoints.analyses[0].estimand", "unknown estimand"),
    ("a primary analysis of another estimand", setting("endpoints/analyses/0/estimand", "UNAIDED"), "endpoints.analyses[0].estimand", "of the first estimand"),
    ("a supplementary analysis that asks the same", setting("endpoints/analyses/0/role", "supplementary"), "endpoints.analyses[0].estimand", "something else"),
    ("a covariance where nothing repeats", setting("endpoints/analyses/1/covariance", ["ar1"]), "endpoints.analyses[1]", "belong to the method mmrm"),
    ("degrees of freedom in words", setting("endpoints/analyses/0/degrees_of_freedom", "Kenward-Roger"), "endpoints.analyses[0].degrees_of_freedom", "kenward_roger"),
    ("an imputation that says nothing", without("endpoints/analyses/13/imputation"), "endpoints.analyses[13].imputation", "needs its assumption"),
    ("an imputation of nothing missing", setting("endpoints/analyses/0/imputation", {"sets": 20, "seed": 1}), "endpoints.analyses[0]", "belongs to the method multiple_imputation"),
    ("one imputed set", setting("endpoints/analyses/13/imputation/sets", 1), "endpoints.analyses[13].imputation.sets", "2"),
    ("a time to an event without its block", without("endpoints/analyses/14/time_to_event"), "endpoints.analyses[14]", "needs its block"),
    ("a time to an event that carries forward", setting("endpoints/analyses/14/missing", "locf"), "endpoints.analyses[14]", "missing: censored"),
    ("a time to an event at visits", setting("endpoints/analyses/14/visits", ["D28"]), "endpoints.analyses[14]", "say nothing of a time"),
    ("a time to an event with an estimand of scores", setting("endpoints/analyses/14/estimand", "UNAIDED"), "endpoints.analyses[14]", "say nothing of a time"),
    ("a censored mean", setting("endpoints/analyses/1/missing", "censored"), "endpoints.analyses[1]", "belong to the method time_to_event"),
    ("an analysis of nothing", without("endpoints/analyses/1/instrument"), "endpoints.analyses[1]", "instrument and visits are required"),
    ("days out of order", setting("endpoints/analyses/14/time_to_event/days", [28, 8]), "endpoints.analyses[14].time_to_event", "days rise"),
    ("a day after the last visit", setting("endpoints/analyses/14/time_to_event/days/3", 4000), "endpoints.analyses[14].time_to_event.days[3]", "the last visit is over"),
    ("leaving that censors leaving", setting("endpoints/analyses/14/time_to_event/leaving_censors", True), "endpoints.analyses[14].time_to_event", "cannot censor it"),
    ("a relapse that nobody defines", setting("endpoints/analyses/14/time_to_event/event", "relapse"), "endpoints.analyses[14].time_to_event.event", "block relapse is missing"),
    ("a relapse whose scores lie never so far apart", lambda t: (put(t, "endpoints/analyses/14/time_to_event/event", "relapse"), t.update(relapse=relapse(minimum_days_apart=60, maximum_days_apart=70))), "relapse", "no score could tell a relapse"),
    ("a relapse told by nothing", lambda t: t.update(relapse=relapse(other_events=[{"code": "hospital", "label": "Hospital"}])), "relapse.other_events[0]", "nothing tells it"),
    ("a clock that starts before the set", setting("endpoints/analyses/14/analysis_set", "RANDOMIZED"), "endpoints.analyses[14].time_to_event.origin", "whose clock never starts"),
    ("a stratum of times that nobody draws by", setting("endpoints/analyses/14/time_to_event/strata", ["weather"]), "endpoints.analyses[14].time_to_event.strata[0]", "unknown stratum weather"),
    ("a tested time with intervals of another level", lambda t: (put(t, "endpoints/gatekeeping/order/3", "TIME_TO_LEAVING"), put(t, "endpoints/analyses/14/time_to_event/level", 0.9)), "endpoints.analyses[14].time_to_event.level", "1 - alpha"),
    ("a relapse as primary of another scale", lambda t: (put(t, "endpoints/analyses/0/role", "secondary"), put(t, "endpoints/analyses/14/role", "primary"), put(t, "endpoints/analyses/14/time_to_event/event", "relapse"), t.update(relapse=relapse(instrument="PHQ9"))), "endpoints.primary", "does not reach"),
    ("an analysis of a total that there is not", without("endpoints/analyses/12/item"), "endpoints.analyses[12].item", "EQ5D5L has no total; name the item that is analyzed: mobility,"),
    ("an analysis of an unknown item", setting("endpoints/analyses/12/item", "index"), "endpoints.analyses[12].item", "no item index; it has mobility"),
    ("a primary analysis of one item", setting("endpoints/analyses/0/item", "1"), "endpoints.analyses[0].item", "the primary analysis is of a total"),
    ("a response counted on one item", setting("endpoints/analyses/6/item", "1"), "endpoints.analyses[6].item", "proportion is of a total"),
    ("an imputation of one item", setting("endpoints/analyses/13/item", "1"), "endpoints.analyses[13].item", "multiple_imputation is of a total"),
    ("a truncation of a serial gate", setting("endpoints/gatekeeping/truncation", 0.5), "endpoints.gatekeeping", "truncation belongs"),
    ("an unknown analysis set", setting("endpoints/analyses/1/analysis_set", "ITT"), "endpoints.analyses[1].analysis_set", "unknown analysis set"),
    ("onset without a definition", without("endpoints/onset"), "endpoints.onset", "nothing defines it"),
    ("an order of unknown tests", setting("endpoints/gatekeeping/order", ["MADRS_MMRM", "HOPE"]), "endpoints.gatekeeping.order[1]", "unknown analysis"),
    ("serial testing of one", setting("endpoints/gatekeeping/order", ["MADRS_MMRM"]), "endpoints.gatekeeping.order", "at least two"),
    ("a model term nobody knows", setting("endpoints/analyses/0/terms/1/name", "weather"), "endpoints.analyses[0].terms[1].name", "unknown term weather"),
    ("a comparison with an unknown arm", setting("endpoints/comparisons/0/reference", "SHAM"), "endpoints.comparisons[0].reference", "unknown arm"),
    ("a comparison with itself", setting("endpoints/comparisons/0/reference", "ESK"), "endpoints.comparisons[0].reference", "itself"),
    ("a severity set without its lists", setting("endpoints/analysis_sets/1/requires", ["severity_list"]), "endpoints.analysis_sets[1].lists", "needs the lists"),
    ("a set of unknown lists", setting("endpoints/analysis_sets/1/lists", ["B"]), "endpoints.analysis_sets[1].lists[0]", "unknown list"),
    ("a cause that is on no scale", setting("safety/related_causalities", ["MAYBE"]), "safety.related_causalities[0]", "not on the causality scale"),
    ("deadlines swapped", setting("safety/susar_days", [15, 7]), "safety.susar_days", "comes first"),
    ("a longer clock for serious events", setting("safety/sae_hours", 48), "safety.sae_hours", "24"),
    ("weeks that go back", setting("oral_antidepressants/0/titration/2/week", 1), "oral_antidepressants[0].titration[2].week", "does not come after"),
    ("a medicine that points at no gate", setting("concomitant/0/gate", "DOOR"), "concomitant[0].gate", "unknown gate"),
    ("an uncertainty about nothing", setting("uncertain/0/path", "dose.color"), "uncertain[0].path", "leads to no block"),
    ("a code twice", setting("arms/1/code", "ESK"), "arms[1].code", "already the code of arms[0]"),
    ("a fact twice", setting("facts/1/key", "age_years"), "facts[1].key", "already the key of facts[0]"),
    ("a code with a blank", setting("arms/1/code", "P B O"), "arms[1].code", "pattern"),
    ("a field nobody knows", setting("arms/1/ration", 1), "arms[1].ration", "did you mean ratio?"),
    ("a mark nobody knows", setting("arms/1/mark", "Q"), "arms[1].mark", "should be"),
    ("a yes where true is meant", setting("fictional", "yes"), "fictional", "boolean"),
    ("a registry number that is none", setting("nct", "NCT123"), "nct", "pattern"),
    ("a role nobody has", setting("reminders/0/audience", "NIGHT_PORTER"), "reminders[0].audience", "should be"),
    ("a file of a future shape", setting("schema_version", 2), "schema_version", "1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("spoil", "path", "words"), [row[1:] for row in PLANTED], ids=[row[0] for row in PLANTED]
)
def test_the_planted_fault_is_found(tree: Any, spoil: Spoil, path: str, words: str) -> None:
    spoil(tree)
    found = faults_in(tree)
    assert path in found, found
    assert words in found[path]


def test_without_a_planted_fault_the_file_is_sound(tree: Any) -> None:
    assert faults_in(tree) == {}


ELSEWHERE: list[tuple[str, str, Spoil, str, str]] = [
    ("a fixed dose forgotten", "monotherapy_tree", without("arms/0/fixed_dose_mg"), "arms[0].fixed_dose_mg", "says no dose"),
    ("a fixed dose not allowed", "monotherapy_tree", setting("arms/0/fixed_dose_mg", 28), "arms[0].fixed_dose_mg", "not an allowed dose"),
    ("a list on an unknown fact", "monotherapy_tree", setting("randomization/lists/0/when/all/0/fact", "mood"), "randomization.lists[0].when.all[0]", "unknown fact"),
    ("a fact from a rating nobody makes", "monotherapy_tree", setting("visits/1/instruments", []), "facts[15].visit", "not planned at a visit SW2"),
    ("a rating without its visit", "monotherapy_tree", without("facts/15/visit"), "facts[15].source", "must name instrument and visit"),
    ("blocks of nobody", "sustain_tree", setting("randomization/block_sizes", [4]), "randomization.block_sizes", "no blocks without randomization"),
    ("a list of nobody", "sustain_tree", setting("randomization/lists", [{"code": "A", "label": "A"}]), "randomization.lists", "no lists without"),
    ("a score without a frequency", "sustain_tree", setting("frequency/options/1/when/value", 5), "frequency.options", "no option for CGIS total 3"),
    ("a frequency by age", "sustain_tree", setting("frequency/options/1/when/fact", "age_years"), "frequency.options[1].when", "unknown name"),
    ("a frequency by an unknown scale", "sustain_tree", setting("frequency/instrument", "CGI"), "frequency.instrument", "did you mean CGIS?"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("which", "spoil", "path", "words"), [row[1:] for row in ELSEWHERE], ids=[row[0] for row in ELSEWHERE]
)
def test_the_planted_fault_is_found_in_the_other_designs(
    request: pytest.FixtureRequest, which: str, spoil: Spoil, path: str, words: str
) -> None:
    spoilt = request.getfixturevalue(which)
    spoil(spoilt)
    found = faults_in(spoilt)
    assert path in found, found
    assert words in found[path]


def test_a_broken_section_does_not_hide_faults_elsewhere(tree: Any) -> None:
    gone(tree, "arms/1/ratio")
    put(tree, "dose/increase_days", [9])
    visit(tree, "D8")["window_after_days"] = 3
    assert {"arms[1].ratio", "dose.increase_days[0]", "visits[7]"} <= set(faults_in(tree))


def test_a_relapse_rule_reads_scores_only(tree: Any) -> None:
    tree["relapse"] = {
        "rule": {"fact": "mood", "op": ">=", "value": 22},
        "text": "Worse twice",
        "minimum_days_apart": 15,
        "maximum_days_apart": 5,
        "instrument": "MADRS",
    }
    found = faults_in(tree)
    assert "unknown name mood" in found["relapse.rule"]
    assert "more than" in found["relapse.minimum_days_apart"]
