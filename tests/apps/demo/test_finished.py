"""The finished study: as many as were published, under the same constraints, and silent about every arm."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import fmean
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from apps.audit.models import AuditEvent
from apps.demo.domain import published
from apps.demo.domain.accounts import ACCOUNTS, PASSWORD
from apps.demo.domain.analysis import ARMS, trial_records
from apps.demo.domain.trial import complete_trial, plan_finished_trial
from apps.demo.domain.values import Treatment
from apps.dosing.models import DosingSession
from apps.endpoints.domain.binary import endpoint_rate, remission, response
from apps.endpoints.domain.groups import group_participants
from apps.endpoints.domain.report import Provenance, compose_report, plan_from_protocol
from apps.endpoints.domain.report.mixed import mixed_analysis
from apps.endpoints.domain.report.model import covariance_analysis
from apps.endpoints.domain.results import MissingRule
from apps.endpoints.domain.sets import FULL_ANALYSIS, analysis_set
from apps.endpoints.selectors.records import records_read
from apps.participants.domain.enrolment import participant_number
from apps.participants.models import Participant
from apps.studies.models import Study
from apps.studies.selectors import protocol_of
from tests.apps.demo.conftest import NOW

pytestmark = pytest.mark.usefixtures("db")


@contextmanager
def as_owner() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE vigil_app")


def asked(query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Ask with the owner's rights: the truth a test compares with."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def long_number(short: str) -> str:
    site, ordinal = short.rsplit("-", 1)
    return participant_number(site, int(ordinal))


def test_as_many_came_and_stayed_as_was_published(finished: Study) -> None:
    counts = Counter(Participant.objects.filter(study=finished).values_list("status", flat=True))
    assert sum(counts.values()) == 435
    assert counts["SCREEN_FAILED"] == 435 - 227
    # How many stayed follows from the arms that were drawn; the next test holds it against the published number.
    assert counts["COMPLETED"] + counts["DISCONTINUED"] == 227
    assert finished.is_fictional
    assert finished.state == "CLOSED"
    assert finished.sites.count() == 10
    assert len(set(finished.sites.values_list("country", flat=True))) == 4
    assert len(set(finished.sites.values_list("time_zone", flat=True))) >= 5


def test_the_report_agrees_with_the_published_table(finished: Study) -> None:
    """
    Hold the finished study's report against the published TRANSFORM-2 figures.

    Both trials are samples of about the same size, so a figure of one differs from that of the other by the square root
    of two standard errors on average. Tolerance: three times that. With the nine figures below, a generator that is
    right fails about once in fifty lists; one that is off by half a standard deviation of the MADRS change fails.
    """
    arms = dict(asked(
        "SELECT participant_id, arm FROM sealed.slot WHERE study_id = %s AND participant_id IS NOT NULL", finished.pk
    ))  # fmt: skip
    version = finished.protocol_versions.get()
    protocol = protocol_of(version)
    cut = NOW + timedelta(days=1)
    records = records_read(study=finished, protocol=protocol, cut_at=cut, arms=arms)
    provenance = Provenance("t2-demo", version.label, cut, "test")
    plan = plan_from_protocol(protocol, by_arm=True)
    report = compose_report(records, plan=plan, provenance=provenance)
    assert len(report.tables) >= 6

    series = records.series("MADRS")
    found: list[tuple[str, float, float, float]] = []
    members = analysis_set(records.participants, definition=FULL_ANALYSIS).members
    assert len(members) == published.FULL_ANALYSIS
    for group in group_participants(members, arms=ARMS):
        said = {"ESK": published.ESKETAMINE, "PBO": published.PLACEBO}[group.arm]
        own = {number: series[number] for number in group.numbers}
        changes = [change for one in own.values() if (change := one.change(28)) is not None]
        found.append(
            (f"{group.arm} change", fmean(changes), said.change, said.change_sd / said.observed**0.5)
        )
        for name, reached, count in (
            ("response", response(share=0.5), said.responders),
            ("remission", remission(at_most=12), said.remitters),
        ):
            share = count / said.observed
            rate = endpoint_rate(own, series=own, day=28, reached=reached, rule=MissingRule.OBSERVED_CASES)
            found.append(
                (f"{group.arm} {name}", rate.value, share, (share * (1 - share) / said.observed) ** 0.5)
            )
    stayed = Participant.objects.filter(study=finished, status="COMPLETED").count() / 227
    share = published.COMPLETED / 227
    found.append(("completed", stayed, share, (share * (1 - share) / 227) ** 0.5))
    planned = {one.code: one for one in plan.analyses}
    low, high = published.LOCF_ADJUSTED_INTERVAL
    for code, make, said, error in (
        ("MADRS_MMRM", mixed_analysis, published.ADJUSTED_DIFFERENCE, published.ADJUSTED_DIFFERENCE_SE),
        ("MADRS_ANCOVA_LOCF", covariance_analysis, published.LOCF_ADJUSTED_DIFFERENCE, (high - low) / 3.92),
    ):
        (outcome,) = make(records, plan, planned[code]).outcomes
        found.append((code, outcome.estimate, said, error))

    off = [
        (name, ours, theirs) for name, ours, theirs, error in found if abs(ours - theirs) > 3 * 2**0.5 * error
    ]
    assert not off


def test_every_session_is_over(finished: Study) -> None:
    states = set(DosingSession.objects.filter(participant__study=finished).values_list("state", flat=True))
    assert states == {"DISCHARGED", "STOPPED"}


def test_the_constraints_hold_at_once(finished: Study) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_every_kit_holds_what_its_arm_and_dose_ask_for(finished: Study) -> None:
    rows = asked(
        """
        SELECT a.active, d.dose_mg, array_agg(c.content ORDER BY k.position)
        FROM supply_kit AS k
        JOIN sealed.kit_content AS c ON c.kit_id = k.id
        JOIN sealed.slot AS s ON s.participant_id = k.participant_id
        JOIN sealed.arm AS a ON (a.list_id, a.code) = (s.list_id, s.arm)
        JOIN sealed.dispensing AS d ON (d.participant_id, d.visit_code) = (k.participant_id, k.visit_code)
        WHERE k.study_id = %s
        GROUP BY k.participant_id, k.visit_code, a.active, d.dose_mg
        """,
        finished.pk,
    )
    assert len(rows) > 1600
    assert {dose for _, dose, _ in rows} == {56, 84}
    for active, dose_mg, contents in rows:
        count = dose_mg // 28 if active else 0
        assert contents == ["ACTIVE"] * count + ["PLACEBO"] * (3 - count)


def test_every_kit_has_a_content_and_a_ledger_that_leads_to_its_state(finished: Study) -> None:
    assert asked(
        "SELECT count(*) FROM supply_kit AS k LEFT JOIN sealed.kit_content AS c ON c.kit_id = k.id "
        "WHERE k.study_id = %s AND c.kit_id IS NULL",
        finished.pk,
    ) == [(0,)]
    assert asked(
        """
        SELECT count(*) FROM supply_kit AS k WHERE k.study_id = %s AND k.state IS DISTINCT FROM (
            SELECT m.to_state FROM supply_kitmovement AS m WHERE m.kit_id = k.id
            ORDER BY m.at DESC, array_position(
                ARRAY['RECEIVE', 'DISPENSE', 'ADMINISTER', 'RETURN', 'DESTROY']::varchar[], m.movement) DESC LIMIT 1
        )
        """,
        finished.pk,
    ) == [(0,)]


def test_no_lot_holds_one_content_only(finished: Study) -> None:
    assert (
        asked(
            "SELECT k.lot FROM supply_kit AS k JOIN sealed.kit_content AS c ON c.kit_id = k.id "
            "WHERE k.study_id = %s GROUP BY k.lot HAVING count(DISTINCT c.content) < 2",
            finished.pk,
        )
        == []
    )


def test_no_public_row_and_no_audit_line_names_an_arm(finished: Study) -> None:
    tables = [
        name
        for (name,) in asked("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        # The protocol is public and names its arms.
        if name not in {"studies_protocolversion", "studies_protocolversionevent"}
    ]
    assert len(tables) > 40
    for name in tables:
        found = asked(
            f'SELECT t::text FROM public."{name}" AS t '
            r"WHERE t::text ~* '\m(esketamine|placebo|ESK|PBO)\M' LIMIT 1"
        )
        assert found == [], name


def test_the_analysis_reads_the_trial_that_was_told(finished: Study) -> None:
    plan = plan_finished_trial()
    drawn = dict(
        asked(
            "SELECT p.number, s.arm FROM sealed.slot AS s JOIN participants_participant AS p "
            "ON p.id = s.participant_id WHERE s.study_id = %s",
            finished.pk,
        )
    )
    arms: dict[str, Treatment] = {
        one.number: "esketamine" if drawn[long_number(one.number)] == "ESK" else "placebo"
        for one in plan.enrolments
    }
    told = trial_records(complete_trial(plan, arms=arms))
    version = finished.protocol_versions.get()
    by_id = {
        one.pk: drawn[one.number] for one in Participant.objects.filter(study=finished) if one.number in drawn
    }
    read = records_read(study=finished, protocol=protocol_of(version), cut_at=NOW, arms=by_id)

    def person(one: Any) -> tuple[Any, ...]:
        return (
            one.site,
            one.country,
            one.screened_on,
            one.screen_failed,
            tuple(sorted(one.screen_failure_reasons)),
            one.randomized_on,
            one.arm,
            dict(one.strata) if one.randomized_on else {},
            one.first_dose_at,
            one.first_oral_dose_on if one.first_dose_at else None,
            one.completed,
            one.discontinued_on,
        )

    assert {one.number: person(one) for one in read.participants} == {
        long_number(one.number): person(one) for one in told.participants
    }

    def series(records: Any) -> dict[tuple[str, str], dict[int, float]]:
        return {
            (one.number, one.instrument): {
                **({} if one.baseline is None else {1: one.baseline}),
                **dict(one.visits),
            }
            for one in records.scores
            if one.instrument in {"MADRS", "PHQ9", "SDS"}
        }

    wanted = {
        (long_number(number), instrument): values
        for (number, instrument), values in series(told).items()
        if values
    }
    assert series(read) == wanted

    def events(records: Any, rename: Any) -> Counter[tuple[Any, ...]]:
        return Counter(
            (
                rename(one.number),
                one.term,
                one.severity,
                one.treatment_emergent,
                one.serious,
                one.related,
                one.on_dosing_day,
                one.led_to_discontinuation,
            )
            for one in records.adverse_events
        )

    assert events(read, str) == events(told, long_number)


def test_row_history_says_that_the_seed_wrote_it(finished: Study) -> None:
    assert asked(
        "SELECT DISTINCT c.metadata ->> 'demo' FROM participants_participantevent AS e "
        "LEFT JOIN pghistory_context AS c ON c.id = e.pgh_context_id WHERE e.study_id = %s",
        finished.pk,
    ) == [("t2-demo",)]
    assert asked("SELECT count(*) FROM participants_participantevent WHERE study_id = %s", finished.pk) == [
        (435,)
    ]


def test_audit_lines_stand_in_the_order_of_the_acts(finished: Study) -> None:
    moments = list(
        AuditEvent.objects.filter(study_code="t2-demo")
        .exclude(participant_number="")
        .order_by("id")
        .values_list("at", flat=True)
    )
    assert len(moments) > 50_000
    assert moments == sorted(moments)


def test_seeding_again_changes_nothing(finished: Study) -> None:
    before = AuditEvent.objects.order_by("-id").values_list("id", flat=True).first()
    with as_owner():
        call_command("seed_demo", if_empty=True, only="finished", stdout=io.StringIO())
        with pytest.raises(CommandError, match="there already"):
            call_command("seed_demo", only="finished", stdout=io.StringIO())
    assert AuditEvent.objects.order_by("-id").values_list("id", flat=True).first() == before


def test_the_table_of_accounts_names_every_role_once() -> None:
    table = io.StringIO()
    call_command("demo_accounts", stdout=table)
    for account in ACCOUNTS:
        assert f"{account.email}" in table.getvalue()
    assert table.getvalue().count(PASSWORD) == len(ACCOUNTS)
