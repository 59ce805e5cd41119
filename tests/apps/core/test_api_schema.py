"""The OpenAPI description is whole, valid, and speaks of no arm."""

from __future__ import annotations

import io
import json
import re

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from drf_spectacular.validation import validate_schema
from rest_framework.test import APIClient

from tests.factories.cast import Cast


@pytest.fixture(scope="module")
def schema() -> dict[str, object]:
    out = io.StringIO()
    call_command("spectacular", fail_on_warn=True, stdout=out)
    return yaml.safe_load(out.getvalue())


def test_it_is_openapi_3_1_and_valid(schema: dict[str, object]) -> None:
    assert str(schema["openapi"]).startswith("3.1")
    validate_schema(schema)


def test_every_step_of_the_path_has_an_endpoint(schema: dict[str, object]) -> None:
    paths = " ".join(schema["paths"])
    for step in (
        "participants", "screenings", "randomizations", "visits", "sessions", "observations", "ratings",
        "adverse-events",
        "kits", "reports", "dashboards/coordinator", "dashboards/sponsor", "reminders", "delegations", "audit-events",
    ):  # fmt: skip
        assert f"/api/v1/{step}" in paths or f"/{step}" in paths, step


#: What an opened envelope answers with, and the only endpoints that may: see docs/decisions/0009.
REVEALING = {"RevealedOut", "UnblindedOut"}
OPENERS = {
    "/api/v1/participants/{participant_id}/code-break/",
    "/api/v1/code-breaks/{opening_id}/read/",
    "/api/v1/code-drills/{drill_id}/open/",
    "/api/v1/adverse-events/{adverse_event_id}/unblind/",
}


def test_only_opening_an_envelope_answers_with_what_is_in_it(schema: dict[str, object]) -> None:
    found = {
        (path, method)
        for path, methods in schema["paths"].items()
        for method, described in methods.items()
        if any(f"schemas/{name}" in json.dumps(described) for name in REVEALING)
    }
    assert found == {(path, "post") for path in OPENERS}
    for name, described in schema["components"]["schemas"].items():
        if name not in REVEALING:
            assert not any(f"schemas/{one}" in json.dumps(described) for one in REVEALING), name


def test_no_answer_has_a_field_that_could_hold_an_arm(schema: dict[str, object]) -> None:
    others = {
        name: described
        for name, described in schema["components"]["schemas"].items()
        if name not in REVEALING
    }
    names = set(re.findall(r'"([a-z_]+)": \{', json.dumps(others)))
    suspicious = {
        name for name in names if re.search(r"(^|_)(arm|treatment|allocation_group|content)($|_)", name)
    }
    assert suspicious <= {"by_arm"}, suspicious


@pytest.mark.django_db
def test_docs_are_readable_by_people_with_an_account_only(cast: Cast, client: Client) -> None:
    assert client.get("/api/v1/docs/").status_code in (401, 403)
    assert APIClient().get("/api/v1/schema/").status_code in (401, 403)
    client.force_login(cast.nurse, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/api/v1/docs/")
    assert page.status_code == 200
    assert b"swagger" in page.content.lower()
