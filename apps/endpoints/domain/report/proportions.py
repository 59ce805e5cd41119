"""Yes-or-no endpoints: each with its denominator, its rule for missing data, and its comparison over strata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from apps.endpoints.domain.binary import (
    Criterion,
    has_onset,
    number_needed,
    rate,
    rate_difference,
    remission,
    response,
)
from apps.endpoints.domain.figures import RateBar, RateGroup, rates_figure
from apps.endpoints.domain.groups import Group
from apps.endpoints.domain.locf import derive
from apps.endpoints.domain.rates import (
    breslow_day,
    cochran_mantel_haenszel,
    four_folds,
    mantel_haenszel_difference,
    mantel_haenszel_odds_ratio,
)
from apps.endpoints.domain.report import wording
from apps.endpoints.domain.report.change import set_groups
from apps.endpoints.domain.report.document import Block, Cell, Column, Figure, Row, Section, Table
from apps.endpoints.domain.report.left_out import left_out_notes
from apps.endpoints.domain.report.outcomes import Made, Outcome, title_of
from apps.endpoints.domain.report.people import heading
from apps.endpoints.domain.report.plan import PlannedAnalysis, ReportPlan
from apps.endpoints.domain.report.tally import rate_cell
from apps.endpoints.domain.results import MissingRule, Rate
from apps.endpoints.domain.values import Arm, NotAnalysable, ScoreSeries, TrialRecords

Reached = Mapping[str, bool]


def criterion_of(outcome: str, plan: ReportPlan) -> tuple[str, Criterion]:
    """The words and the rule of an outcome that one visit decides.

    :raises NotAnalysable: if the outcome is none of those.
    """
    if outcome == "response":
        words = f"Response: at least {plan.response_share:.0%} better than baseline"
        return words, response(share=plan.response_share)
    if outcome == "remission":
        return f"Remission: total at most {plan.remission_at_most:g}", remission(
            at_most=plan.remission_at_most
        )
    raise NotAnalysable(f'The outcome "{outcome}" is not decided at one visit.')


def rate_analysis(records: TrialRecords, plan: ReportPlan, analysis: PlannedAnalysis) -> Made:
    """One proportion by column, and for readers who may know the arms its comparison.

    :raises NotAnalysable: if nobody has a total on this scale, or the protocol does not define the outcome.
    """
    groups, series = set_groups(records, plan, analysis), records.series(analysis.instrument)
    if not series:
        raise NotAnalysable(f"No participant has a total of {analysis.instrument_label}.")
    rule = analysis.missing or MissingRule.NON_RESPONDER
    reached, left_out, words = _reached(groups, series, plan, analysis, rule)
    rates = [_rate(group, reached, rule, plan) for group in groups]
    key = analysis.key
    blocks: list[Block] = [
        Table(
            key=key,
            title=f"{analysis.label}, {analysis.definition.label.lower()}",
            columns=(Column("Endpoint", "start"), *(heading(group) for group in groups)),
            rows=(Row((Cell(words), *(rate_cell(one, plan) for one in rates))),),
            notes=(
                f"{_sentence(rule.label)}. Percent (participants/denominator), {plan.level:.0%} interval by Wilson's "
                "method.",
            ),
        )
    ]
    if not plan.pooled:
        bars = (
            RateGroup(
                analysis.label,
                tuple(RateBar(g.brief, one) for g, one in zip(groups, rates, strict=True)),
            ),
        )
        blocks.insert(0, Figure(key, analysis.label, rates_figure(bars, key=key, title=analysis.label)))
    outcomes: list[Outcome] = []
    rows: list[Row] = []
    for arm in plan.compared:
        row, outcome = _compared(arm, groups, rates, reached, plan, analysis)
        rows.append(row)
        outcomes += [outcome] if outcome else []
    if rows:
        blocks.append(_comparison(rows, plan, analysis))
    blocks += left_out_notes(left_out, groups, plan)
    return Made(Section(key, title_of(analysis), tuple(blocks)), tuple(outcomes))


def _reached(
    groups: Sequence[Group],
    series: Mapping[str, ScoreSeries],
    plan: ReportPlan,
    analysis: PlannedAnalysis,
    rule: MissingRule,
) -> tuple[Reached, tuple[tuple[str, str], ...], str]:
    """Who is counted and whether they reached it; who is not counted and why; the endpoint in words."""
    members = sorted(number for group in groups for number in group.numbers)
    if analysis.method == "onset":
        if plan.onset is None:
            raise NotAnalysable("The protocol does not define onset of response.")
        onset = plan.onset
        found = {n: n in series and has_onset(series[n], rule=onset) for n in members}
        return found, (), f"Onset of response by Day {onset.onset_day}, kept to Day {onset.end_day}"
    words, reached = criterion_of(analysis.outcome, plan)
    everybody = rule is MissingRule.NON_RESPONDER
    derived = derive(
        [series[number] for number in members if number in series],
        day=analysis.endpoint_day,
        rule=MissingRule.OBSERVED_CASES if everybody else rule,
    )
    found = {one.number: reached(one.score, one.baseline) for one in derived.scores}
    if everybody:
        return {number: found.get(number, False) for number in members}, (), words
    strangers = tuple((number, "no total on this scale") for number in members if number not in series)
    return found, (*strangers, *derived.left_out), words


def _rate(group: Group, reached: Reached, rule: MissingRule, plan: ReportPlan) -> Rate:
    counted = [reached[number] for number in group.numbers if number in reached]
    return rate(sum(counted), len(counted), rule=rule, level=plan.level)


def _compared(
    arm: Arm,
    groups: Sequence[Group],
    rates: Sequence[Rate],
    reached: Reached,
    plan: ReportPlan,
    analysis: PlannedAnalysis,
) -> tuple[Row, Outcome | None]:
    reference = plan.reference_arm
    assert reference is not None
    by_arm = dict(zip((group.arm for group in groups), rates, strict=True))
    one, other = by_arm[arm.code], by_arm[reference.code]
    label = Cell(f"{arm.brief} − {reference.brief}")
    if not one.denominator or not other.denominator:
        return Row((label, Cell("nobody could be counted"), *(wording.NONE,) * 5)), None
    difference = rate_difference(one, other, level=plan.level)
    people = [p for g in groups if g.arm in (arm.code, reference.code) for p in g.members]
    rows = [
        (
            " / ".join(p.strata.get(f.code, "?") for f in analysis.factors) or "all",
            p.arm or "",
            reached[p.number],
        )
        for p in people
        if p.number in reached
    ]
    tables = four_folds(rows, arm=arm.code, reference=reference.code)
    try:
        test = cochran_mantel_haenszel(tables)
        common = mantel_haenszel_difference(tables, level=plan.level)
    except NotAnalysable as refusal:
        p, stratified = Cell(str(refusal)), wording.NONE
        outcome = None
    else:
        p = Cell(wording.p_value(test.p_value), test.p_value, (("chi2", test.statistic), ("df", test.df)))
        stratified = Cell(
            f"{wording.decimal(100 * common.value)} ({wording.limits(common.interval, factor=100)})",
            common.value,
            (("low", common.interval.low), ("high", common.interval.high)),
        )
        outcome = Outcome(
            analysis.code,
            arm.code,
            reference.code,
            difference.value,
            difference.interval,
            None,
            test.p_value,
            "share",
        )
    try:
        ratio = mantel_haenszel_odds_ratio(tables, level=plan.level)
        odds = Cell(
            f"{ratio.value:.2f} ({wording.limits(ratio.interval, 2)})",
            ratio.value,
            (("low", ratio.interval.low), ("high", ratio.interval.high)),
        )
    except NotAnalysable:
        odds = Cell("not estimable")
    try:
        alike = breslow_day(tables)
        homogeneity = Cell(wording.p_value(alike.p_value), alike.p_value)
    except NotAnalysable:
        homogeneity = wording.NONE
    cells = (
        Cell(
            f"{wording.decimal(100 * difference.value)} ({wording.limits(difference.interval, factor=100)})",
            difference.value,
            (("low", difference.interval.low), ("high", difference.interval.high)),
        ),
        Cell(wording.needed(number_needed(difference))),
        stratified,
        odds,
        homogeneity,
        p,
    )
    return Row((label, *cells)), outcome


def _comparison(rows: Sequence[Row], plan: ReportPlan, analysis: PlannedAnalysis) -> Table:
    strata = wording.listed([factor.label.lower() for factor in analysis.factors])
    return Table(
        key=f"{analysis.key}-differences",
        title=f"{analysis.label}: comparison",
        columns=(
            Column("Comparison", "start"),
            Column(f"Difference,\npoints ({plan.level:.0%})"),
            Column("Number needed\nto treat"),
            Column("Common\ndifference"),
            Column("Common\nodds ratio"),
            Column("Strata alike,\np"),
            Column("p\n(two-sided)"),
        ),
        rows=tuple(rows),
        notes=(
            "Difference in percentage points with Newcombe's interval; the number needed to treat turns difference and "
            "limits over. Common difference by Mantel and Haenszel with Sato's variance, common odds ratio with the "
            "interval of Robins, Breslow and Greenland, both over strata"
            + (f" ({strata})" if strata else "")
            + "; strata alike by Breslow and Day with Tarone's correction; p by Cochran, Mantel and Haenszel without "
            "continuity correction, not adjusted for several comparisons.",
        ),
    )


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
