from __future__ import annotations

import pytest

from apps.accounts.domain.pins import is_pin, pin_faults


@pytest.mark.parametrize("pin", ["2580", "90210", "13572468"])
def test_four_to_eight_figures_will_do(pin: str) -> None:
    assert pin_faults(pin) == ()


@pytest.mark.parametrize(
    "pin", ["", "258", "123456789", "25a0", "٢٥٨٠", " 2580", "1111", "00000", "1234", "987654"]
)
def test_what_is_no_pin_or_guessed_first_is_refused(pin: str) -> None:
    assert pin_faults(pin)


def test_a_password_is_never_taken_for_a_pin() -> None:
    assert is_pin("2580")
    assert not is_pin("123456789012")
    assert not is_pin("clear-spray-42")
