"""What the page before a draw shows: the conditions with their verdicts, and the strata."""

from __future__ import annotations

from apps.randomization.selectors import DrawPreview


def checks(preview: DrawPreview) -> list[dict[str, str]]:
    """Return every condition of a draw with its verdict. The same lines in every arm, list and stratum."""
    facts = preview.facts
    lines: tuple[tuple[str, bool | None], ...] = (
        ("Consent in force", facts.is_consented),
        ("Eligible by the protocol's criteria", facts.is_eligible),
        ("Eligibility signed by an investigator", facts.is_signed),
        ("Every stratification factor has a value", not facts.strata_missing),
        ("The randomization list is ready", None if facts.strata_missing else facts.list_answer == "YES"),
        ("Kits at the site cover a first session", facts.stock_covers),
    )
    words = {True: "met", False: "not_met", None: "unknown"}
    return [{"label": label, "state": words[met]} for label, met in lines]


def strata(preview: DrawPreview) -> list[dict[str, str]]:
    """Return the stratification factors with the participant's levels."""
    return [{"label": factor, "value": level} for factor, level in preview.levels]
