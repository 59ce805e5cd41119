"""Screening through pages and through the API: who, what bad input comes to, and what the site never learns."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from rest_framework.test import APIClient

from apps.audit.models import AuditEvent
from apps.screening import selectors
from apps.screening.models import Answer, Screening
from apps.studies.domain.permissions import Permission as P
from apps.studies.domain.permissions import Role, roles_with
from tests.factories.answers import passing_facts, passing_judgements
from tests.factories.cast import PASSWORD, cast_make
from tests.factories.participants import enrolled
from tests.factories.screening import answered, opened, rated, signed

EVERYBODY = sorted({role.value for role in Role} | {"OUTSIDER"})


@pytest.fixture(autouse=True)
def at_that_moment(at):
    with time_machine.travel(at, tick=True):
        yield


def codes(permission):
    return {role.value for role in roles_with(permission)}


def page(name, participant, *more):
    return reverse(f"screening:{name}", args=[participant.pk, *more])


class TestPages:
    @pytest.mark.parametrize("role", EVERYBODY)
    def test_each_page_opens_for_exactly_those_who_may(self, cast, at, client, role):
        participant, _ = opened(cast, at=at)
        client.force_login(cast.by_role[role])
        for url in (
            page("detail", participant),
            page("check", participant),
            page("section", participant, "person"),
        ):
            answer = client.get(url)
            assert answer.status_code == (200 if role in codes(P.SCREENING_READ) else 404)

    @pytest.mark.parametrize("name", ["detail", "check", "open", "sign", "reopen"])
    def test_another_site_finds_nothing(self, cast, at, client, name):
        participant, _ = opened(cast, at=at)
        client.force_login(cast.other_investigator)
        url = page(name, participant)
        assert (client.get(url) if name in ("detail", "check") else client.post(url, {})).status_code == 404

    def test_screening_begins_with_one_press(self, cast, at, client):
        participant = enrolled(cast, at=at)
        client.force_login(cast.coordinator)
        assert "Begin screening" in client.get(page("detail", participant)).content.decode()
        for _ in range(2):
            assert client.post(page("open", participant)).status_code == 302
        assert Screening.objects.count() == 1

    def test_a_reader_sees_no_button(self, cast, at, client):
        participant = enrolled(cast, at=at)
        client.force_login(cast.monitor)
        assert "Begin screening" not in client.get(page("detail", participant)).content.decode()
        assert client.post(page("open", participant)).status_code == 403

    def test_a_section_is_saved_and_leads_to_the_next_unfinished_one(self, cast, at, client):
        participant, screening = opened(cast, at=at)
        client.force_login(cast.coordinator)
        url = page("section", participant, "person")
        answer = client.post(
            url,
            {
                "answer_consent_signed": "yes",
                "seen_consent_signed": "none",
                "answer_height_cm": "172",
                "seen_height_cm": "none",
                "answer_weight_kg": "71,5",
                "seen_weight_kg": "none",
            },
        )
        assert (answer.status_code, answer.url) == (302, page("section", participant, "depression"))
        values = selectors.values_current(screening=screening)
        assert values["FACT", "weight_kg"] == 71.5
        assert values["FACT", "consent_signed"] is True

    def test_a_question_left_alone_is_no_answer(self, cast, at, client):
        participant, _ = opened(cast, at=at)
        client.force_login(cast.coordinator)
        client.post(page("section", participant, "person"), {"answer_weight_kg": "70"})
        assert list(Answer.objects.values_list("key", flat=True)) == ["weight_kg"]

    @pytest.mark.parametrize("words", ["heavy", "24", "301", "1e3", "NaN", "9" * 19, "7\x000", "-"])
    def test_a_value_that_cannot_be_right_is_a_form_error(self, cast, at, client, words):
        participant, _ = opened(cast, at=at)
        client.force_login(cast.coordinator)
        answer = client.post(page("section", participant, "person"), {"answer_weight_kg": words})
        assert answer.status_code == 422
        assert "answer_weight_kg" in answer.context["form"].errors
        assert not Answer.objects.exists()

    @pytest.mark.parametrize("words", ["maybe", "1", "True"])
    def test_a_choice_that_is_none_is_a_form_error(self, cast, at, client, words):
        participant, _ = opened(cast, at=at)
        client.force_login(cast.coordinator)
        url = page("section", participant, "exclusion-criteria")
        assert client.post(url, {"answer_X11": words}).status_code == 422

    def test_changing_needs_a_reason_and_the_answer_one_has_seen(self, cast, at, client):
        participant, screening = opened(cast, at=at)
        client.force_login(cast.coordinator)
        url = page("section", participant, "person")
        client.post(url, {"answer_weight_kg": "70", "seen_weight_kg": "none"})
        old = Answer.objects.get()
        change = {"answer_weight_kg": "72", "seen_weight_kg": str(old.pk)}
        answer = client.post(url, change)
        assert answer.status_code == 422
        assert "change_reason" in answer.context["form"].errors
        assert client.post(url, {**change, "change_reason": "Misread"}).status_code == 302
        assert (
            client.post(url, {**change, "change_reason": "Again", "answer_weight_kg": "73"}).status_code
            == 422
        )
        assert selectors.values_current(screening=screening)["FACT", "weight_kg"] == 72

    def test_no_such_section_is_not_found(self, cast, at, client):
        participant, _ = opened(cast, at=at)
        client.force_login(cast.coordinator)
        assert client.get(page("section", participant, "nonsense")).status_code == 404
        assert client.get(page("check", enrolled(cast, at=at, full_name="B"))).status_code == 404

    @pytest.mark.parametrize("protocol", ["transform_2", "nct04599855", "sustain_3"])
    def test_every_page_of_every_shipped_design_can_be_shown(self, at, db, client, protocol):
        cast = cast_make(at=at, protocol=protocol)
        participant, screening = opened(cast, at=at, consented_at=at - timedelta(days=27))
        client.force_login(cast.investigator)
        for state in ("empty", "answered"):
            if state == "answered":
                answered(cast, screening, at=at)
            context = client.get(page("detail", participant)).context
            for group in context["groups"]:
                for task in group["tasks"]:
                    assert client.get(task["url"]).status_code == 200
            for task in context["ratings"]:
                assert not task["url"] or client.get(task["url"]).status_code == 200
            assert client.get(page("check", participant)).status_code == 200


class TestSigningByPage:
    def sign(self, client, participant, screening, **changes):
        screening.refresh_from_db()
        given = {"signed": "ELIGIBLE", "version": screening.version, "password": PASSWORD, **changes}
        return client.post(page("sign", participant), given)

    def test_the_investigator_signs_with_the_password(self, cast, at, client):
        participant, screening = opened(cast, at=at)
        answered(cast, screening, at=at)
        client.force_login(cast.investigator)
        assert "Sign as eligible" in client.get(page("check", participant)).content.decode()
        assert self.sign(client, participant, screening).status_code == 302
        participant.refresh_from_db()
        assert participant.status == "ELIGIBLE"

    def test_a_wrong_password_signs_nothing_and_is_recorded(self, cast, at, client):
        participant, screening = opened(cast, at=at)
        answered(cast, screening, at=at)
        client.force_login(cast.investigator)
        answer = self.sign(client, participant, screening, password="wrong")
        assert answer.status_code == 422
        assert "password" in answer.context["form"].errors
        assert AuditEvent.objects.filter(kind="signature.failed").count() == 1
        screening.refresh_from_db()
        assert screening.state == "OPEN"

    def test_what_was_answered_meanwhile_must_be_looked_at_first(self, cast, at, client):
        participant, screening = opened(cast, at=at)
        answered(cast, screening, at=at)
        client.force_login(cast.investigator)
        assert self.sign(client, participant, screening, version=1).status_code == 422
        assert self.sign(client, participant, screening, version="x").status_code == 422
        assert self.sign(client, participant, screening, signed="MAYBE").status_code == 422

    def test_the_coordinator_reads_that_a_signature_is_awaited(self, cast, at, client):
        participant, screening = opened(cast, at=at)
        answered(cast, screening, at=at)
        client.force_login(cast.coordinator)
        assert "Awaiting the investigator" in client.get(page("check", participant)).content.decode()
        assert self.sign(client, participant, screening).status_code == 422
        screening.refresh_from_db()
        assert screening.state == "OPEN"

    def test_a_failure_names_its_grounds_and_the_near_miss(self, cast, at, client):
        participant, screening = opened(cast, at=at)
        answered(cast, screening, at=at, facts={"screening_sbp": 143})
        client.force_login(cast.investigator)
        shown = client.get(page("check", participant)).content.decode()
        assert "X13 applies" in shown
        assert "limit 140 mmHg, 3 mmHg" in shown or "limit 140 mmHg, 3 beside it" in shown
        assert self.sign(client, participant, screening).status_code == 422
        assert self.sign(client, participant, screening, signed="FAILED").status_code == 302
        screening.refresh_from_db()
        assert screening.fail_reasons == ["X13"]

    def test_reopening_needs_a_reason(self, cast, at, client):
        participant, screening = opened(cast, at=at)
        answered(cast, screening, at=at)
        signed(cast, participant, at=at)
        screening.refresh_from_db()
        client.force_login(cast.investigator)
        url = page("reopen", participant)
        assert client.post(url, {"version": screening.version}).status_code == 422
        assert client.post(url, {"version": screening.version, "reason": "Weight"}).status_code == 302
        screening.refresh_from_db()
        assert screening.state == "OPEN"


class TestWhatTheSiteNeverLearns:
    SCORES = ("51", "52", "53")

    @pytest.fixture
    def scored(self, cast, at):
        """MADRS totals that occur nowhere else on the page."""
        participant, screening = opened(cast, at=at, consented_at=at - timedelta(days=27))
        answered(cast, screening, at=at)
        rated(cast, participant, at=at, totals={"SW1": 51, "SW2": 52, "SW4": 53})
        return participant

    @pytest.mark.parametrize("who", ["coordinator", "investigator", "monitor"])
    def test_no_page_shows_a_blinded_score(self, cast, client, scored, who):
        client.force_login(getattr(cast, who))
        for name in ("detail", "check"):
            words = client.get(page(name, scored)).content.decode()
            text = words.partition("<main")[2].replace(str(scored.pk), "")
            for score in self.SCORES:
                assert f">{score}<" not in text
                assert f" {score} " not in text
            assert "MADRS total" not in text

    def test_the_api_names_no_blinded_fact_or_score(self, cast, scored):
        api = APIClient()
        api.force_authenticate(cast.investigator)
        found = api.get(f"/api/v1/screenings/{scored.pk}/").json()
        assert "madrs" not in json.dumps(found["answers"])
        blinded = [row for row in found["randomization_gate"]["criteria"] if row["code"] == "I07"]
        assert [(row["outcome"], row["missing"]) for row in blinded] == [("PASSED", [])]
        for score in self.SCORES:
            assert f": {score}," not in json.dumps(found)


class TestApi:
    @pytest.fixture
    def api(self, cast):
        client = APIClient()
        client.force_authenticate(cast.coordinator)
        return client

    def url(self, participant, more=""):
        return f"/api/v1/screenings/{participant.pk}/{more}"

    def put(self, api, participant, *answers):
        return api.put(self.url(participant, "answers/"), {"answers": list(answers)})

    def test_the_whole_way_from_opening_to_the_signature(self, cast, at, api):
        participant = enrolled(cast, at=at)
        assert api.post("/api/v1/screenings/", {"participant_id": str(participant.pk)}).status_code == 201
        assert api.post("/api/v1/screenings/", {"participant_id": str(participant.pk)}).status_code == 200
        protocol = selectors.protocol_of(cast.version)
        given = [
            *({"kind": "FACT", "key": key, "value": value} for key, value in passing_facts(protocol).items()),
            *(
                {"kind": "CRITERION", "key": code, "value": value}
                for code, value in passing_judgements(protocol).items()
            ),
        ]
        put = self.put(api, participant, *given)
        assert put.status_code == 200
        assert put.json()["screening_gate"]["verdict"] == "ELIGIBLE"
        assert put.json()["randomization_gate"]["verdict"] == "INCOMPLETE"
        assert self.put(api, participant, *given).json()["version"] == put.json()["version"]
        investigator = APIClient()
        investigator.force_authenticate(cast.investigator)
        signed = {"signed": "ELIGIBLE", "version": put.json()["version"], "password": PASSWORD}
        assert investigator.post(self.url(participant, "decision/"), signed).json()["state"] == "ELIGIBLE"
        assert investigator.post(self.url(participant, "decision/"), signed).status_code == 409

    @pytest.mark.parametrize(
        ("answer", "status", "field"),
        [
            ({"kind": "FACT", "key": "weight_kg", "value": "70"}, 422, "answers.0.value"),
            ({"kind": "FACT", "key": "weight_kg", "value": True}, 422, "answers.0.value"),
            ({"kind": "FACT", "key": "weight_kg", "value": 10**300}, 422, "answers.0.value"),
            ({"kind": "FACT", "key": "weight_kg", "value": [70]}, 422, "answers.0.value"),
            ({"kind": "FACT", "key": "weight_kg", "value": {"a": 1}}, 422, "answers.0.value"),
            ({"kind": "FACT", "key": "mdd_course", "value": "often"}, 422, "answers.0.value"),
            ({"kind": "FACT", "key": "nonsense", "value": 1}, 422, "answers.0.key"),
            ({"kind": "FACT", "key": "madrs_week_1", "value": 30}, 422, "answers.0.key"),
            ({"kind": "CRITERION", "key": "X11", "value": "no"}, 422, "answers.0.value"),
            ({"kind": "CRITERION", "key": "I02", "value": True}, 422, "answers.0.key"),
            ({"kind": "NONSENSE", "key": "X11", "value": True}, 400, "answers.0.kind"),
            ({"kind": "FACT", "key": "a\x00b", "value": True}, 400, "answers.0.key"),
            ({"kind": "FACT", "key": "weight_kg"}, 400, "answers.0.value"),
            (
                {"kind": "FACT", "key": "weight_kg", "value": 70, "evidence": "a\x00"},
                400,
                "answers.0.evidence",
            ),
            (
                {"kind": "FACT", "key": "weight_kg", "value": 70, "observed_at": "2027-01-01T00:00:00Z"},
                422,
                "answers.0.observed_at",
            ),
            ({"kind": "FACT", "key": "weight_kg", "value": 70, "seen": "x"}, 400, "answers.0.seen"),
        ],
    )
    def test_bad_values_are_problems_with_their_place(self, cast, at, api, answer, status, field):
        participant, _ = opened(cast, at=at)
        found = self.put(api, participant, answer)
        assert found.status_code == status, found.content
        assert found["Content-Type"].startswith("application/problem+json")
        assert field in {reason["field"] for reason in found.json()["reasons"]}, found.json()
        assert not Answer.objects.exists()

    @pytest.mark.parametrize(
        "text",
        [
            '{"answers": [{"kind": "FACT", "key": "weight_kg", "value": NaN}]}',
            '{"answers": [{"kind": "FACT", "key": "weight_kg", "value": 1e999}]}',
            '{"answers": [{"kind": "FACT", "key": "weight_kg", "value": "\\ud800"}]}',
            '{"answers": [{"kind": "FACT", "key": "\\ud800", "value": 1}]}',
            '{"answers": []}',
            '{"answers": {}}',
            '{"answers": [7]}',
            "[]",
            "{",
            '{"answers": [{"kind": "FACT", "key": "weight_kg", "value": ' + "9" * 5000 + "}]}",
        ],
    )
    def test_nonsense_is_a_problem_and_never_a_fault(self, cast, at, api, text):
        participant, _ = opened(cast, at=at)
        found = api.put(self.url(participant, "answers/"), text, content_type="application/json")
        assert found.status_code in (400, 422)
        assert found["Content-Type"].startswith("application/problem+json")

    def test_a_wrong_password_is_refused_and_recorded(self, cast, at):
        participant, _ = opened(cast, at=at)
        client = APIClient()
        client.force_authenticate(cast.investigator)
        given = {"signed": "ELIGIBLE", "version": 1, "password": "wrong"}
        found = client.post(self.url(participant, "decision/"), given)
        assert found.status_code == 403
        assert AuditEvent.objects.filter(kind="signature.failed").exists()

    def test_a_verdict_that_the_facts_do_not_carry_names_every_reason(self, cast, at):
        participant, _ = opened(cast, at=at)
        client = APIClient()
        client.force_authenticate(cast.investigator)
        given = {"signed": "ELIGIBLE", "version": 1, "password": PASSWORD}
        found = client.post(self.url(participant, "decision/"), given)
        assert found.status_code == 409
        assert {"I09", "X11"} <= {reason["field"] for reason in found.json()["reasons"]}

    @pytest.mark.parametrize("more", ["", "answers/", "decision/", "reopen/"])
    def test_another_site_and_other_roles_find_nothing(self, cast, at, more):
        participant, _ = opened(cast, at=at)
        bodies = {
            "answers/": {"answers": [{"kind": "FACT", "key": "weight_kg", "value": 70}]},
            "decision/": {"signed": "ELIGIBLE", "version": 1, "password": PASSWORD},
            "reopen/": {"reason": "x", "version": 1},
        }
        for person in (cast.other_investigator, cast.nurse, cast.rater, cast.sponsor, cast.outsider):
            client = APIClient()
            client.force_authenticate(person)
            verb = {"": client.get, "answers/": client.put}.get(more, client.post)
            assert verb(self.url(participant, more), bodies.get(more)).status_code == 404

    def test_without_a_screening_there_is_nothing(self, cast, at, api):
        assert api.get(self.url(enrolled(cast, at=at))).status_code == 404
