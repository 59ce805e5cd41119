"""The production file says the same as `make run`: the same roles, queues and server settings."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from config.env import ROOT
from config.launch import postgres
from config.launch.provision import APP, OWNER, UNBLINDED


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


@pytest.mark.parametrize(
    ("service", "login"),
    [("migrate", OWNER), ("web", APP), ("worker", APP), ("worker-unblinded", UNBLINDED), ("beat", APP)],
)
def test_each_service_has_its_own_login_and_no_other(
    services: dict[str, Any], service: str, login: str
) -> None:
    environment = services[service]["environment"]

    assert environment["DATABASE_URL"].startswith(f"postgresql://{login}:")
    assert not [name for name in environment if name.endswith("_PASSWORD")]
    assert environment["DJANGO_SETTINGS_MODULE"] == "config.settings.production"


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()

    for name in (
        "SECRET_KEY",
        "POSTGRES_PASSWORD",
        "VIGIL_OWNER_PASSWORD",
        "VIGIL_UNBLINDED_PASSWORD",
        "AUDIT_ANCHOR_KEY",
    ):
        assert f"${{{name}:?" in text, f"{name} must be asked for, not assumed"
    assert ":-" not in text.replace("${PORT:-8000}", "")


def test_the_server_keeps_values_out_of_its_log_there_too(services: dict[str, Any]) -> None:
    said = dict(word.removeprefix("--").split("=", 1) for word in services["postgres"]["command"][1:])
    ours = postgres.SETTINGS

    for name in ("password_encryption", "fsync", "synchronous_commit", "log_statement", "log_parameter_max_length",
                 "log_parameter_max_length_on_error", "log_min_error_statement"):  # fmt: skip
        assert said[name] == ours[name], name


def test_servers_are_not_reachable_from_outside(services: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}

    assert published == {"web": ["127.0.0.1:${PORT:-8000}:8000"]}


def test_everything_that_serves_says_whether_it_is_well(services: dict[str, Any]) -> None:
    without = {name for name, service in services.items() if "healthcheck" not in service}

    assert without == {"provision", "migrate", "beat"}
