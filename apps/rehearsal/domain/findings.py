"""Findings: what is wrong, by name, in words that say the same to everybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Check(StrEnum):
    """What a rehearsal looks at, in the order of its report."""

    PEOPLE = "PEOPLE"
    LABELS = "LABELS"
    LISTS = "LISTS"
    STRATA = "STRATA"
    CAPS = "CAPS"
    STOCK = "STOCK"
    DOSES = "DOSES"
    VISITS = "VISITS"
    RATERS = "RATERS"
    REMINDERS = "REMINDERS"
    UNITS = "UNITS"
    PLAY = "PLAY"


#: What each check asks, as the report prints it.
QUESTIONS: Mapping[Check, str] = MappingProxyType(
    {
        Check.PEOPLE: "Every open site has the people that the protocol needs",
        Check.LABELS: "The sealed treatments and the contents of kits are those of the protocol",
        Check.LISTS: "Every list is the one that was committed, made again from its seed",
        Check.STRATA: "Everybody who can be enrolled falls into a stratum that has a place",
        Check.CAPS: "Places and caps reach the target",
        Check.STOCK: "The kits of every open site cover its first participants, whatever they draw",
        Check.DOSES: "Every dose can be made from the devices of a session",
        Check.VISITS: "Every visit can be reached within its window and the spacing of doses",
        Check.RATERS: "Every scale of every visit has somebody who may rate it",
        Check.REMINDERS: "Every reminder and every alarm has somebody to go to",
        Check.UNITS: "Units agree wherever a figure is used",
        Check.PLAY: "Made-up participants went through the whole trial by the services that real ones use",
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. `code` is its stable name, `where` a site, visit, list or field, `text` a sentence for people."""

    check: Check
    code: str
    text: str
    where: str = ""

    def stored(self) -> dict[str, str]:
        """Return the finding as JSON values."""
        return {"check": self.check.value, "code": self.code, "text": self.text, "where": self.where}


def finding_of(stored: Mapping[str, str]) -> Finding:
    """Return a stored finding."""
    return Finding(Check(stored["check"]), stored["code"], stored["text"], stored.get("where", ""))


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check of the report: its question, and what was found."""

    check: Check
    question: str
    findings: tuple[Finding, ...]
    was_asked: bool = True

    @property
    def state(self) -> str:
        """`met`, `not_met`, or `unknown` for what was not reached."""
        if self.findings:
            return "not_met"
        return "met" if self.was_asked else "unknown"


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings in the order of the report, each once. The order tells nothing but the words themselves."""
    checks = list(Check)
    return tuple(
        sorted(set(findings), key=lambda one: (checks.index(one.check), one.code, one.where, one.text))
    )


def verdicts(findings: Iterable[Finding], *, played: bool) -> tuple[Verdict, ...]:
    """Return the verdict of every check. The play is asked only where the configuration was sound."""
    found = in_order(findings)
    return tuple(
        Verdict(
            check,
            QUESTIONS[check],
            tuple(one for one in found if one.check is check),
            was_asked=played or check is not Check.PLAY,
        )
        for check in Check
    )
