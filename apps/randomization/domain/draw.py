"""Whether a participant may be randomized now, with every reason against it."""

from collections.abc import Iterable
from dataclasses import dataclass

from apps.core.exceptions import Reason

NO_PLACE = Reason(
    "list_not_ready", "The list cannot serve this participant now. Tell the study's administrator."
)
"""One wording for every way a list fails to serve, so that it tells nothing of the list."""

NO_STOCK = Reason("kits_short", "The site's stock does not cover a first session. Nothing was drawn.")
"""One wording for every shortage. It is judged for all arms at once, before the draw."""


_CAPS = {
    "CAP_STUDY": Reason("cap_study", "The study has randomized as many participants as its protocol allows."),
    "CAP_SITE": Reason(
        "cap_site", "This site has randomized as many participants as the protocol allows one site."
    ),
    "CAP_STRATUM": Reason(
        "cap_stratum", "As many participants as the protocol allows were randomized with these factors."
    ),
}


def unserved(answer: str) -> Reason:
    """Return the reason for a list's answer other than YES. Counts of a cap are blind to arm and list."""
    return _CAPS.get(answer, NO_PLACE)


@dataclass(frozen=True, slots=True)
class DrawFacts:
    """What is known just before a draw.

    `is_in_trial` is false for who has failed screening or left; `eligibility` holds screening's own reasons
    against; `strata_missing` the labels of the factors without a level; `list_answer` is what the participant's
    list answers: YES, EXHAUSTED or a cap that is reached, empty where no list can be asked; `stock_covers`
    whether the site could serve a first session in every arm.
    """

    is_allocated: bool
    is_in_trial: bool
    is_consented: bool
    is_eligible: bool
    is_signed: bool
    eligibility: tuple[Reason, ...]
    strata_missing: tuple[str, ...]
    list_answer: str
    stock_covers: bool


def draw_reasons_against(facts: DrawFacts) -> tuple[Reason, ...]:
    """Return every reason against randomizing now; empty when it may be done."""
    if facts.is_allocated:
        # Nothing else matters then, and a second reason would only invite somebody to mend it.
        return (Reason("already_randomized", "This participant is already randomized."),)
    return tuple(_reasons(facts))


def _reasons(facts: DrawFacts) -> Iterable[Reason]:
    if not facts.is_in_trial:
        yield Reason("not_in_trial", "The participant has failed screening or left the trial.")
    if not facts.is_consented:
        yield Reason("no_consent", "There is no consent in force.")
    if not facts.is_eligible:
        yield from facts.eligibility or (Reason("not_eligible", "The participant is not eligible."),)
    if not facts.is_signed:
        yield Reason("not_signed", "An investigator has not signed the eligibility.")
    for factor in facts.strata_missing:
        yield Reason("stratum_missing", f"The stratification factor “{factor}” has no value yet.")
    # An open stratum or list is a question of the participant's facts; only then can the list itself be
    # asked.
    if not facts.strata_missing and facts.list_answer != "YES":
        yield unserved(facts.list_answer)
    if not facts.stock_covers:
        yield NO_STOCK
