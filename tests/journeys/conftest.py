"""Journeys: a participant's path against the real processes, in a real browser or over HTTP."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.house import House, house_open

logging.getLogger("httpx").setLevel(logging.WARNING)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A whole Vigil with the cast and nobody in the trial yet."""
    if "APP_DATABASE_URL" not in os.environ:
        pytest.fail("Journeys need the test servers: run `make test-journeys`.")
    place: Path = tmp_path_factory.mktemp("house")
    with house_open(place) as opened:
        yield opened


_torn: dict[str, str] = {}


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Remember the chapter at which a story broke off."""
    if (
        "story" in getattr(item, "fixturenames", ())
        and call.excinfo
        and not call.excinfo.errisinstance(pytest.skip.Exception)
    ):
        _torn.setdefault(str(item.path), item.name)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave out what follows a chapter that failed: it could only fail for want of it."""
    if "story" in getattr(item, "fixturenames", ()) and str(item.path) in _torn:
        pytest.skip(f"the story broke off in {_torn[str(item.path)]}")
