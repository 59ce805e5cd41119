"""Numbers, identifiers, orders, counts, lots and places in storage leave a guesser at chance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np
import pytest
from django.db import transaction

from tests.apps.blind.chance import Chance, pinned
from tests.apps.blind.draws import DEVICES, Seen, drawn
from tests.apps.blind.guessing import guessed, telling
from tests.factories.cast import Cast, cast_make

pytestmark = pytest.mark.django_db

LEVEL = 1e-4


@pytest.fixture
def chance(db: None) -> Iterator[Chance]:
    """Identifiers are random, and the same in every run."""
    with pinned() as chance:
        chance.seed("cast")
        yield chance


@pytest.fixture
def pinned_cast(chance: Chance, at: datetime) -> Cast:
    return cast_make(at=at)


def look(
    cast: Cast, chance: Chance, *, at: datetime, participants: int, telling_numbers: bool = False
) -> tuple[Seen, ...]:
    """Draw, look, and take it all back."""
    with transaction.atomic():
        seen = drawn(cast, chance, at=at, participants=participants, telling_numbers=telling_numbers)
        transaction.set_rollback(True)
    return seen


def test_two_thousand_draws_leave_a_guesser_at_chance(
    pinned_cast: Cast, chance: Chance, at: datetime
) -> None:
    seen = people, *_ = look(pinned_cast, chance, at=at, participants=2000)
    assert len(people.truth) == 2000
    assert 950 < people.truth.sum() < 1050
    assert set(people.features["number of kits"]) == {DEVICES}
    for part in seen:
        assert telling(part, level=LEVEL) == {}
        hits, guesses, p = guessed(part)
        assert p > LEVEL, f"{hits} of {guesses} guessed"


def test_kits_numbered_by_their_content_are_found_out(
    pinned_cast: Cast, chance: Chance, at: datetime
) -> None:
    """Teeth: with a quarter of the draws the same guesser sees it, in people and in kits."""
    people, kits, left = look(pinned_cast, chance, at=at, participants=500, telling_numbers=True)
    assert "number of kit 1" in telling(people, level=LEVEL)
    assert "place among the site's numbers" in telling(kits, level=LEVEL)
    for part in (people, kits, left):
        assert guessed(part)[2] < LEVEL


@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_the_guesser_sees_a_shift_and_nothing_else(shift: float) -> None:
    chance = np.random.default_rng(1928)
    truth = chance.random(2000) < 0.5
    seen = Seen({"one": chance.normal(size=2000) + shift * truth, "two": chance.normal(size=2000)}, truth)
    assert bool(telling(seen, level=LEVEL)) is bool(shift)
    assert (guessed(seen)[2] < LEVEL) is bool(shift)
