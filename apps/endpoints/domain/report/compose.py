"""The whole report in a fixed order: who, then every analysis of the protocol, then safety and methods."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from apps.endpoints.domain.report.adverse import adverse_section
from apps.endpoints.domain.report.adverse_rates import adverse_rates_section
from apps.endpoints.domain.report.analyses import make_analysis
from apps.endpoints.domain.report.blinding import blinding_section
from apps.endpoints.domain.report.document import Paragraph, Provenance, Report, Section
from apps.endpoints.domain.report.estimands import estimands_section
from apps.endpoints.domain.report.exposure import exposure_section
from apps.endpoints.domain.report.methods import methods_section
from apps.endpoints.domain.report.outcomes import Outcome
from apps.endpoints.domain.report.over_time import over_time_section
from apps.endpoints.domain.report.people import baseline_section, flow_section
from apps.endpoints.domain.report.plan import ReportPlan
from apps.endpoints.domain.report.planned import plan_section
from apps.endpoints.domain.report.populations import populations_section
from apps.endpoints.domain.report.readings import readings_section
from apps.endpoints.domain.report.sensitivity import sensitivity_section
from apps.endpoints.domain.report.subgroups import subgroups_section
from apps.endpoints.domain.report.suicidality import suicidality_section
from apps.endpoints.domain.report.summary import summary_section
from apps.endpoints.domain.report.testing import testing_section
from apps.endpoints.domain.report.two_hours import profiles_section, vitals_section
from apps.endpoints.domain.values import NotAnalysable, TrialRecords

#: Told before each part: how many are made, of how many, and the next one's name. It may raise to stop the work.
Progress = Callable[[int, int, str], None]


@dataclass(slots=True)
class _Found:
    """What the analyses found so far."""

    outcomes: list[Outcome] = field(default_factory=list)


def compose_report(
    records: TrialRecords, *, plan: ReportPlan, provenance: Provenance, progress: Progress | None = None
) -> Report:
    """Compute and arrange everything.

    A pooled plan never looks at an arm, even where the records hold them: a report of records with the arms
    left out is the same document. A part that cannot be made says so in its place.

    :raises NotAnalysable: if the records contradict each other, or an arm is asked for and unknown.
    """
    found = _Found()
    sections: list[Section] = []
    parts = tuple(_parts(records, plan, found))
    for place, (title, make) in enumerate(parts):
        if progress is not None:
            progress(place, len(parts), title)
        section = make()
        sections += [section] if section is not None else []
    return Report(
        title=f"{_KINDS[plan.kind]}, {provenance.study}".format(day=plan.endpoint_day),
        subtitle=_subtitle(plan),
        pooled=plan.pooled,
        fictional=plan.fictional,
        provenance=replace(provenance, seeds=() if plan.pooled else plan.seeds),
        sections=(summary_section(records, plan, found.outcomes, sections), *sections),
    )


_KINDS = {"DAY28": "Day {day} report", "DSMB": "Report to the data monitoring committee"}


def _subtitle(plan: ReportPlan) -> str:
    if plan.kind == "DSMB":
        return "Open part: all arms pooled" if plan.pooled else "Closed part, by arm: for the committee only"
    return "All arms pooled" if plan.pooled else "By arm: for unblinded readers only"


Part = tuple[str, Callable[[], Section | None]]


def _parts(records: TrialRecords, plan: ReportPlan, found: _Found) -> Iterator[Part]:
    # These describe everybody: what contradicts itself here makes no report at all.
    yield "Analysis plan", partial(plan_section, plan)
    yield "Participant flow", partial(flow_section, records, plan)
    yield "Who is analyzed", partial(populations_section, records, plan)
    yield "Readings and their visits", partial(readings_section, records, plan)
    yield _guarded(
        "estimands", "Estimands and intercurrent events", partial(estimands_section, records, plan)
    )
    yield "Participants at baseline", partial(baseline_section, records, plan)
    yield _guarded("exposure", "Exposure and titration", partial(exposure_section, records, plan))
    # The open part of an interim report holds no efficacy: pooled or not, it is not the time to look.
    if not (plan.kind == "DSMB" and plan.pooled):
        for one in plan.analyses:
            yield one.label, partial(_analysis, records, plan, one.code, found)
        yield "Order of testing", lambda: testing_section(plan, found.outcomes)
        yield _guarded(
            "sensitivity",
            "The primary result beside others",
            lambda: sensitivity_section(plan, found.outcomes),
        )
        yield _guarded(
            "subgroups", "The primary effect in subgroups", partial(subgroups_section, records, plan)
        )
        yield _guarded("over-time", "Response over time", partial(over_time_section, records, plan))
    yield _guarded("adverse", "Adverse events", partial(adverse_section, records, plan))
    yield _guarded(
        "adverse-rates", "Adverse events per time at risk", partial(adverse_rates_section, records, plan)
    )
    yield _guarded("vitals", "Blood pressure beyond limits", partial(vitals_section, records, plan))
    yield _guarded("profiles", "The two hours after a dose", partial(profiles_section, records, plan))
    yield _guarded(
        "suicidality", "Suicidal ideation and behavior", partial(suicidality_section, records, plan)
    )
    if plan.guess_asked:
        yield _guarded("blinding", "Blinding", partial(blinding_section, records, plan))
    yield "Methods and limits", partial(methods_section, plan)


def _analysis(records: TrialRecords, plan: ReportPlan, code: str, found: _Found) -> Section:
    analysis = next(one for one in plan.analyses if one.code == code)
    made = make_analysis(records, plan, analysis)
    found.outcomes += made.outcomes
    return made.section


def _guarded(key: str, title: str, make: Callable[[], Section | None]) -> Part:
    """A part whose failure is told in its place."""

    def guarded() -> Section | None:
        try:
            return make()
        except NotAnalysable as refusal:
            reasons: Sequence[str] = [reason.message for reason in refusal.reasons]
        except (ArithmeticError, ValueError, np.linalg.LinAlgError) as fault:
            reasons = [f"The computation failed ({type(fault).__name__})."]
        text = "This section could not be made."
        return Section(key, title, (Paragraph(text), *map(Paragraph, reasons)), "failed")

    return title, guarded
