"""What a rater may see and send, and the scales entered at the site."""

import json
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from rest_framework.test import APIClient

from apps.audit.models import AuditEvent
from apps.instruments.models import Rating, RatingSlot
from apps.studies.domain.permissions import Role
from tests.factories.cast import delegate, person_make
from tests.factories.ratings import items_with_total
from tests.factories.screening import opened

EVERYBODY = sorted({role.value for role in Role} | {"OUTSIDER"})
SLOTS = "/api/v1/ratings/slots/"


@pytest.fixture(autouse=True)
def at_that_moment(at):
    with time_machine.travel(at, tick=True):
        yield


@pytest.fixture
def remote(cast, at):
    """Remo rates for every site of the study and belongs to none."""
    person = person_make("Remo Fern")
    delegate(person, Role.EFFICACY_RATER, study=cast.study, site=None, at=at)
    return person


@pytest.fixture
def participant(cast, at):
    return opened(cast, at=at)[0]


@pytest.fixture
def slot(participant):
    return RatingSlot.objects.get(participant=participant, visit_code="SW1")


def form_of(total=34, **changes):
    items = items_with_total("MADRS", total)
    return {
        **{f"item_{code}": str(value) for code, value in items.items()},
        "observed_at": "2026-03-10T09:00",
        **changes,
    }


def scale(code, **values):
    return {**{f"item_{name}": value for name, value in values.items()}, "observed_at": "2026-03-10T10:00"}


class TestWhatARaterSees:
    def pages(self, client, slot):
        yield client.get(reverse("instruments:home"))
        yield client.get(reverse("instruments:rate", args=[slot.pk]))
        client.post(reverse("instruments:rate", args=[slot.pk]), form_of())
        yield client.get(reverse("instruments:rate", args=[slot.pk]))
        yield client.get(reverse("instruments:correct", args=[slot.pk]))
        yield client.get(SLOTS)

    def test_nothing_tells_who_where_or_which_visit(self, client, remote, participant, slot):
        client.force_login(remote)
        for answer in self.pages(client, slot):
            assert answer.status_code == 200
            page = answer.content.decode()
            for telling in (
                participant.number,
                "DE01",
                "Berlin",
                "SW1",
                "SW2",
                "Screening",
                str(participant.pk),
            ):
                assert telling not in page, telling

    def test_the_form_holds_no_answer_beforehand(self, client, remote, slot):
        client.force_login(remote)
        page = client.get(reverse("instruments:rate", args=[slot.pk])).content.decode()
        assert page.count('type="radio" name="item_') == 10 * 8
        assert " checked" not in page.partition("<vigil-items>")[2].partition("</vigil-items>")[0]

    def test_every_look_is_recorded(self, client, remote, slot):
        client.force_login(remote)
        client.get(reverse("instruments:rate", args=[slot.pk]))
        assert AuditEvent.objects.filter(kind="rating_slot.opened", actor_label=remote.email).count() == 1

    @pytest.mark.parametrize("role", [role for role in EVERYBODY if role != "EFFICACY_RATER"])
    def test_nobody_else_opens_an_interview(self, cast, client, slot, role):
        client.force_login(cast.by_role[role])
        assert client.get(reverse("instruments:home")).status_code == 403
        for page in ("rate", "correct"):
            url = reverse(f"instruments:{page}", args=[slot.pk])
            assert client.get(url).status_code == 404
            assert client.post(url, form_of()).status_code == 404
        assert not Rating.objects.exists()

    def test_a_rater_reaches_no_page_of_the_participant(self, client, remote, participant):
        client.force_login(remote)
        for name in ("participants:detail", "participants:identity", "screening:detail", "screening:check"):
            assert client.get(reverse(name, args=[participant.pk])).status_code == 404
        url = reverse("instruments:enter", args=[participant.pk, "SW1", "IDSC30"])
        assert client.get(url).status_code == 404


class TestRatingByPage:
    def test_a_rating_is_saved_and_not_offered_again(self, client, remote, slot):
        client.force_login(remote)
        url = reverse("instruments:rate", args=[slot.pk])
        assert client.post(url, form_of()).status_code == 302
        assert Rating.objects.get().total == 34
        assert "vigil-items" not in client.get(url).content.decode()
        assert client.post(url, form_of(total=10)).status_code == 422

    @pytest.mark.parametrize(
        "change",
        [
            {"item_3": ""},
            {"item_3": "7"},
            {"item_3": "-1"},
            {"item_3": "two"},
            {"observed_at": ""},
            {"observed_at": "2026-03-10T23:00"},
            {"observed_at": "2026-03-09T12:00"},
            {"not_done": "on"},
        ],
    )
    def test_what_cannot_be_right_is_a_form_error(self, client, remote, slot, change):
        client.force_login(remote)
        answer = client.post(reverse("instruments:rate", args=[slot.pk]), form_of(**change))
        assert answer.status_code == 422
        assert not Rating.objects.exists()

    def test_an_item_not_rated_leaves_no_total(self, client, remote, slot):
        client.force_login(remote)
        client.post(reverse("instruments:rate", args=[slot.pk]), form_of(item_4="na"))
        assert (Rating.objects.get().total, Rating.objects.get().items["4"]) == (None, None)

    def test_an_interview_not_held_needs_only_a_reason(self, client, remote, slot):
        client.force_login(remote)
        given = {"observed_at": "2026-03-10T09:00", "not_done": "on", "not_done_reason": "No answer"}
        assert client.post(reverse("instruments:rate", args=[slot.pk]), given).status_code == 302
        assert Rating.objects.get().not_done_reason == "No answer"

    def test_a_correction_shows_what_was_and_needs_a_reason(self, client, remote, slot):
        client.force_login(remote)
        client.post(reverse("instruments:rate", args=[slot.pk]), form_of())
        old = Rating.objects.get()
        url = reverse("instruments:correct", args=[slot.pk])
        assert client.get(url).content.decode().count(" checked") >= 10
        given = form_of(total=30, seen=str(old.pk))
        assert client.post(url, given).status_code == 422
        assert client.post(url, {**given, "reason": "Misread"}).status_code == 302
        assert client.post(url, {**given, "reason": "Misread"}).status_code == 422
        assert Rating.objects.count() == 2


class TestEntering:
    def url(self, participant, instrument="IDSC30", visit="SW1"):
        return reverse("instruments:enter", args=[participant.pk, visit, instrument])

    def test_a_scale_is_entered_shown_and_corrected(self, cast, client, participant):
        client.force_login(cast.coordinator)
        url = self.url(participant)
        assert client.post(url, scale("IDSC30", total="41")).status_code == 302
        assert "Total 41" in client.get(url).content.decode()
        old = Rating.objects.get()
        again = {**scale("IDSC30", total="43"), "seen": str(old.pk)}
        assert client.post(url, again).status_code == 422
        assert client.post(url, {**again, "reason": "Added wrongly"}).status_code == 302
        assert "Total 43" in client.get(url).content.decode()

    @pytest.mark.parametrize("value", ["", "85", "-1", "x", "4.5", "9" * 300])
    def test_a_total_beside_its_range_is_a_form_error(self, cast, client, participant, value):
        client.force_login(cast.coordinator)
        assert client.post(self.url(participant), scale("IDSC30", total=value)).status_code == 422
        assert not Rating.objects.exists()

    @pytest.mark.parametrize(
        ("person", "instrument", "visit", "status"),
        [
            ("coordinator", "IDSC30", "SW1", 200),
            ("nurse", "IDSC30", "SW1", 403),
            ("nurse", "CSSRS", "SW1", 200),
            ("coordinator", "MADRS", "SW1", 403),
            ("coordinator", "CGIS", "D1", 403),
            ("investigator", "CGIS", "D1", 200),
            ("monitor", "IDSC30", "SW1", 403),
            ("sponsor", "IDSC30", "SW1", 404),
            ("other_coordinator", "IDSC30", "SW1", 404),
            ("coordinator", "HAMD", "SW1", 404),
            ("coordinator", "PHQ9", "D99", 404),
        ],
    )
    def test_who_finds_which_scale(self, cast, client, participant, person, instrument, visit, status):
        client.force_login(getattr(cast, person))
        assert client.get(self.url(participant, instrument, visit)).status_code == status

    def test_the_way_back_stays_in_the_house(self, cast, client, participant):
        client.force_login(cast.coordinator)
        page = client.get(self.url(participant), {"next": "https://elsewhere.example/"}).content.decode()
        assert "elsewhere" not in page


class TestApi:
    @pytest.fixture
    def rater(self, remote):
        client = APIClient()
        client.force_authenticate(remote)
        return client

    def body(self, slot, **changes):
        return {
            "slot_id": str(slot.pk),
            "items": items_with_total("MADRS", 30),
            "observed_at": "2026-03-10T08:30:00Z",
            **changes,
        }

    def put(self, client, body, key=None):
        return client.put(f"/api/v1/ratings/{key or uuid4()}/", body)

    def test_slots_hold_alias_window_instrument_and_nothing_else(self, rater, slot):
        rows = rater.get(SLOTS).json()
        assert len(rows) == 3
        assert set(rows[0]) == {"id", "alias", "instrument", "opens_at", "closes_at", "is_held"}

    def test_putting_twice_answers_201_then_200_and_otherwise_409(self, rater, slot):
        key = uuid4()
        answers = [self.put(rater, self.body(slot), key) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 200]
        assert answers[0].json() == answers[1].json()
        changed = self.put(rater, self.body(slot, items=items_with_total("MADRS", 3)), key)
        assert changed.status_code == 409
        assert changed["Content-Type"].startswith("application/problem+json")
        assert "total" not in answers[0].json()

    @pytest.mark.parametrize(
        ("change", "status", "field"),
        [
            ({"slot_id": "x"}, 400, "slot_id"),
            ({"items": []}, 400, "items"),
            ({"items": {"1": "4"}}, 400, "items"),
            ({"items": {"1": True}}, 400, "items"),
            ({"items": {"1": 4.5}}, 400, "items"),
            ({"items": {str(n): 1 for n in range(500)}}, 400, "items"),
            ({"items": {"1": 10**300}}, 422, "items.1"),
            ({"items": {"1": -1}}, 422, "items.1"),
            ({"items": {"nonsense": 1}}, 422, "items"),
            ({"items": {}}, 422, "items.10"),
            ({"observed_at": "2027-01-01T00:00:00Z"}, 422, "observed_at"),
            ({"observed_at": "2026-01-01T00:00:00Z"}, 409, "observed_at"),
            ({"observed_at": None}, 400, "observed_at"),
            ({"entered_at": "2030-01-01T00:00:00Z"}, 422, "entered_at"),
            ({"not_done_reason": "No answer"}, 422, "not_done_reason"),
            ({"participant_id": str(uuid4())}, 400, "slot_id"),
        ],
    )
    def test_bad_values_are_problems_with_their_place(self, rater, slot, change, status, field):
        answer = self.put(rater, self.body(slot, **change))
        assert answer.status_code == status, answer.content
        assert answer["Content-Type"].startswith("application/problem+json")
        assert field in {reason["field"] for reason in answer.json()["reasons"]}
        assert not Rating.objects.exists()

    def test_half_a_character_is_a_problem_and_no_fault(self, rater, slot):
        text = json.dumps(self.body(slot, items={"\ud800": 1}))
        answer = rater.put(f"/api/v1/ratings/{uuid4()}/", text, content_type="application/json")
        assert answer.status_code == 422

    def test_an_interview_of_somebody_else_is_not_there(self, cast, slot):
        for person in (cast.investigator, cast.coordinator, cast.outsider):
            client = APIClient()
            client.force_authenticate(person)
            assert self.put(client, self.body(slot)).status_code == 404
            assert client.get(SLOTS).json() == []

    def test_a_clinicians_scale_is_put_by_participant_and_visit(self, cast, participant):
        client = APIClient()
        client.force_authenticate(cast.coordinator)
        body = {
            "participant_id": str(participant.pk),
            "instrument": "IDSC30",
            "visit_code": "SW1",
            "items": {"total": 44},
            "observed_at": "2026-03-10T09:00:00Z",
        }
        key = uuid4()
        assert [self.put(client, body, key).status_code for _ in range(2)] == [201, 200]
        half = {name: value for name, value in body.items() if name != "visit_code"}
        assert self.put(client, half).status_code == 400

    def test_a_correction_names_the_old_one(self, rater, slot):
        key = uuid4()
        self.put(rater, self.body(slot), key)
        url = f"/api/v1/ratings/{key}/correction/"
        given = {"items": items_with_total("MADRS", 12), "reason": "Misread"}
        answer = rater.post(url, given)
        assert (answer.status_code, answer.json()["supersedes"]) == (201, str(key))
        assert rater.post(url, given).status_code == 409
        assert rater.post(f"/api/v1/ratings/{uuid4()}/correction/", given).status_code == 404

    def test_the_catalogue_is_there_for_whoever_enters(self, rater):
        codes = {row["code"] for row in rater.get("/api/v1/instruments/").json()}
        assert {"MADRS", "PHQ9", "CADSS"} <= codes
