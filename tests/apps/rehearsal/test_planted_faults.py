"""Every fault that a rehearsal is there to find is planted in a real database and found by its name, by the command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from apps.rehearsal.domain.findings import Check
from apps.studies.domain.permissions import Role
from apps.studies.domain.protocol import Caps, Criterion, Protocol, ReminderRule
from apps.studies.models import Delegation, Site
from tests.apps.rehearsal import worlds

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("time_machine_at")]

#: Words by which a finding would tell somebody of a treatment.
TELLING = ("ESK", "PBO", "placebo", "esketamine", "active", "dummy", "drug")


def sealed_change(table: str, trigger: str, statement: str) -> Callable[[worlds.SetUp], None]:
    """Return a change that the table's guard refuses everybody: the guard is off while it is made."""

    def change(_: worlds.SetUp) -> None:
        with worlds.as_owner(), connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE sealed.{table} DISABLE TRIGGER {trigger}")
            cursor.execute(statement)
            cursor.execute(f"ALTER TABLE sealed.{table} ENABLE TRIGGER {trigger}")

    return change


def owner(statement: str) -> Callable[[worlds.SetUp], None]:
    def change(_: worlds.SetUp) -> None:
        with worlds.as_owner(), connection.cursor() as cursor:
            cursor.execute(statement)

    return change


def opens_a_site(made: worlds.SetUp) -> None:
    """A site in a new country, opened after the lists were committed."""
    Site.objects.create(study=made.study, code="FR01", name="Paris", country="FR", time_zone="Europe/Paris")


def investigators_leave(made: worlds.SetUp) -> None:
    """The delegation of every investigator ends two weeks after the study goes live."""
    lines = Delegation.objects.filter(study=made.study, role=Role.INVESTIGATOR.value)
    lines.update(ends_at=lines.first().recorded_at + timedelta(days=14))


def changed(block: str, **changes: Any) -> Protocol:
    shipped = worlds.protocol_of()
    return shipped.model_copy(update={block: getattr(shipped, block).model_copy(update=changes)})


def swapped_labels() -> Protocol:
    shipped = worlds.protocol_of()
    one, other = shipped.arms
    arms = (one.model_copy(update={"label": other.label}), other.model_copy(update={"label": one.label}))
    return shipped.model_copy(update={"arms": arms})


def other_ratio() -> Protocol:
    shipped = worlds.protocol_of()
    one, other = shipped.arms
    return shipped.model_copy(update={"arms": (one.model_copy(update={"ratio": 2}), other)})


def pounds() -> Protocol:
    shipped = worlds.protocol_of()
    facts = tuple(
        fact.model_copy(update={"unit": "lb"}) if fact.key == "weight_kg" else fact for fact in shipped.facts
    )
    return shipped.model_copy(update={"facts": facts})


def reminder_to(role: str) -> Protocol:
    shipped = worlds.protocol_of()
    rule = ReminderRule(
        code="LONELY", audience=role, trigger="visit_due", offset_hours=0, text="Nobody reads this"
    )
    return shipped.model_copy(update={"reminders": (*shipped.reminders, rule)})


def nobody_fits() -> Protocol:
    shipped = worlds.protocol_of()
    rule = {
        "all": [{"fact": "age_years", "op": "<", "value": 18}, {"fact": "age_years", "op": ">", "value": 18}]
    }
    entry = Criterion.model_validate(
        {"code": "I99", "kind": "inclusion", "text": "Younger and older", "rule": rule, "stage": "screening"}
    )
    return shipped.model_copy(update={"criteria": (*shipped.criteria, entry)})


def nobody_leaves() -> Protocol:
    """Being awake must be seen within a minute of leaving, and nothing measures it after the plan is over."""
    shipped = worlds.protocol_of()
    conditions = tuple(
        one.model_copy(update={"fresh_within_minutes": 1}) if one.kind == "moaas_at_least" else one
        for one in shipped.discharge.conditions
    )
    plan = shipped.observation_plan.model_copy(update={"after_plan_measures": ("bp",)})
    discharge = shipped.discharge.model_copy(update={"conditions": conditions, "min_minutes": 135})
    return shipped.model_copy(update={"discharge": discharge, "observation_plan": plan})


@dataclass(frozen=True)
class Plant:
    """A fault: the study made with it, or what is done to a sound one; and the name it must be found by."""

    code: str
    check: Check
    study: dict[str, Any] = field(default_factory=dict)
    do: Callable[[worlds.SetUp], None] | None = None
    where: str | None = None


SOME_PLACE = (
    "SELECT list_id, stratum, min(seq) AS seq FROM sealed.slot"
    " WHERE list_id IN (SELECT id FROM public.randomization_randomizationlist) GROUP BY list_id, stratum LIMIT 1"
)
OTHER_ARM = "CASE slot.arm WHEN 'ESK' THEN 'PBO' ELSE 'ESK' END"
SWAP_DEVICES = """
CREATE OR REPLACE FUNCTION sealed.active_devices(
    p_active boolean, p_dose_mg integer, p_mg_per_device integer, p_devices integer
) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN p_active THEN 0 ELSE p_dose_mg / p_mg_per_device END $$
"""

PLANTS = {
    "labels swapped in the protocol": Plant(
        "LABEL_CONTRADICTS_TREATMENT", Check.LABELS, {"protocol": swapped_labels()}
    ),
    "treatments swapped in the sealed list": Plant(
        "SEALED_TREATMENTS_DIFFER",
        Check.LABELS,
        do=sealed_change("arm", "never_changes", "UPDATE sealed.arm SET active = NOT active"),
        where="MAIN",
    ),
    "labels swapped in the sealed list": Plant(
        "SEALED_TREATMENTS_DIFFER",
        Check.LABELS,
        do=sealed_change("arm", "never_changes", "UPDATE sealed.arm SET label = 'A treatment'"),
    ),
    "kits handed out for the wrong treatment": Plant(
        "KIT_CONTENT_WRONG", Check.LABELS, do=owner(SWAP_DEVICES)
    ),
    "one place altered": Plant(
        "LIST_ALTERED",
        Check.LISTS,
        do=sealed_change(
            "slot",
            "keeps_its_draw",
            f"UPDATE sealed.slot SET arm = {OTHER_ARM} FROM ({SOME_PLACE}) AS one "
            "WHERE (slot.list_id, slot.stratum, slot.seq) = (one.list_id, one.stratum, one.seq)",
        ),
        where="MAIN",
    ),
    "a digest that is another list's": Plant(
        "LIST_DIGEST_DIFFERS",
        Check.LISTS,
        do=sealed_change("list", "never_changes", f"UPDATE sealed.list SET digest = '{'0' * 64}'"),
    ),
    "a list in the wrong order": Plant(
        "LIST_MISSORTED",
        Check.LISTS,
        do=sealed_change("slot", "keeps_its_draw", "UPDATE sealed.slot SET seq = seq + 1000"),
    ),
    "another seed than was committed": Plant(
        "COMMITMENT_DIFFERS",
        Check.LISTS,
        do=sealed_change(
            "list", "never_changes", f"UPDATE sealed.list SET seed = decode('{'07' * 32}', 'hex')"
        ),
    ),
    "a ratio changed after the list was committed": Plant(
        "COMMITMENT_DIFFERS", Check.LISTS, {"protocol": other_ratio(), "built_from": worlds.protocol_of()}
    ),
    "a list nobody committed": Plant(
        "LIST_MISSING",
        Check.LISTS,
        {"protocol": worlds.protocol_of("nct04599855"), "built_from": worlds.protocol_of()},
    ),
    "a stratum without a place": Plant(
        "STRATUM_EMPTY", Check.STRATA, do=opens_a_site, where="country=FR|oad_class=SNRI"
    ),
    "too few places for the target": Plant(
        "PLACES_SHORT", Check.CAPS, {"protocol": worlds.protocol_of(target=900)}
    ),
    "a cap before the target": Plant(
        "CAP_BEFORE_TARGET", Check.CAPS, {"protocol": changed("randomization", caps=Caps(study=10))}
    ),
    "a site's cap before its target": Plant(
        "CAP_BEFORE_TARGET",
        Check.CAPS,
        {"protocol": changed("randomization", caps=Caps(site=3))},
        where="DE01",
    ),
    "one kit too few": Plant(
        "STOCK_OUT", Check.STOCK, {"kits_of_each": worlds.KITS_OF_EACH - 1}, where="DE01"
    ),
    "kits that expire too early": Plant("STOCK_OUT", Check.STOCK, {"kits_last_days": 40}, where="US01"),
    "a visit no window leaves a day for": Plant(
        "VISIT_UNREACHABLE",
        Check.VISITS,
        {"protocol": changed("spacing", min_days_between_doses=4)},
        where="D11",
    ),
    "a dose of half a device": Plant(
        "DOSE_NOT_WHOLE_DEVICES",
        Check.DOSES,
        {"protocol": changed("dose", allowed_mg=(56, 70))},
        where="70 mg",
    ),
    "a dose of more devices than a session has": Plant(
        "DOSE_NEEDS_MORE_DEVICES",
        Check.DOSES,
        {"protocol": changed("dose", devices_per_session_blinded=2)},
        where="84 mg",
    ),
    "no investigator": Plant(
        "DELEGATION_MISSING", Check.PEOPLE, {"without": (("US01", Role.INVESTIGATOR),)}, where="US01"
    ),
    "no blinded rater": Plant(
        "DELEGATION_MISSING", Check.PEOPLE, {"without": (("DE01", Role.EFFICACY_RATER),)}, where="DE01"
    ),
    "no session nurse": Plant(
        "DELEGATION_MISSING", Check.PEOPLE, {"without": (("DE01", Role.SESSION_NURSE),)}, where="DE01"
    ),
    "an interview nobody may hold": Plant(
        "NO_ALLOWED_RATER", Check.RATERS, {"without": (("DE01", Role.EFFICACY_RATER),)}, where="DE01"
    ),
    "a reminder without a recipient": Plant(
        "NO_RECIPIENT",
        Check.REMINDERS,
        {"protocol": reminder_to("SPONSOR"), "without": (("", Role.SPONSOR),)},
        where="DE01",
    ),
    "pounds for kilograms": Plant("UNIT_DIFFERS", Check.UNITS, {"protocol": pounds()}, where="weight_kg"),
    "a list for other devices": Plant(
        "DEVICE_MG_DIFFERS",
        Check.UNITS,
        do=sealed_change("list", "never_changes", "UPDATE sealed.list SET mg_per_device = 14"),
    ),
    "criteria that admit nobody": Plant("NOBODY_ELIGIBLE", Check.PLAY, {"protocol": nobody_fits()}),
    "a plan that lets nobody leave": Plant("PLAY_REFUSED", Check.PLAY, {"protocol": nobody_leaves()}),
    "investigators who leave half-way": Plant("PLAY_REFUSED", Check.PLAY, do=investigators_leave),
}


@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS)
def test_a_planted_fault_is_found_by_name(at: datetime, plant: Plant) -> None:
    made = worlds.set_up(at=at, **plant.study)
    if plant.do is not None:
        plant.do(made)

    run, said = worlds.rehearse(made.study, participants=1)

    assert run.state == "FAILED", said
    named = [one for one in run.findings if one["code"] == plant.code]
    assert named, said
    assert {one["check"] for one in named} == {plant.check.value}
    if plant.where is not None:
        assert plant.where in {one["where"] for one in named}
    assert f"{plant.code}: " in said
    assert "The rehearsal found faults" in said
    words = " ".join(one["text"] for one in run.findings)
    assert not [word for word in TELLING if word.lower() in words.lower()], words
    assert len({finding["code"] for finding in run.findings if plant.check is Check.PLAY}) <= 1
