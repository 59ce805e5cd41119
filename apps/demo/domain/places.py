"""Ten clinics that do not exist, in four countries, six time zones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from apps.demo.domain.values import DemoSite

# code, name, country, time zone, chairs, share of the accrual, weeks after the first site opened
_SITES: tuple[tuple[str, str, str, str, int, float, int], ...] = (
    ("101", "Harborview Mood Research Clinic, Boston", "US", "America/New_York", 5, 1.5, 0),
    ("102", "Lakeshore Psychiatry Unit, Chicago", "US", "America/Chicago", 4, 1.2, 3),
    ("103", "Mesa Verde Clinical Trials, Denver", "US", "America/Denver", 4, 0.9, 8),
    ("104", "Pacific Crest Research Center, Los Angeles", "US", "America/Los_Angeles", 5, 1.3, 5),
    ("201", "Klinik am Lindenhof, Berlin", "DE", "Europe/Berlin", 4, 1.0, 6),
    ("202", "Studienzentrum Isartal, München", "DE", "Europe/Berlin", 3, 0.7, 12),
    ("301", "Centrum Badań Wiślana, Warszawa", "PL", "Europe/Warsaw", 5, 1.4, 4),
    ("302", "Poradnia Zielony Most, Kraków", "PL", "Europe/Warsaw", 4, 1.0, 10),
    ("401", "Unidad de Investigación Retiro, Madrid", "ES", "Europe/Madrid", 4, 0.8, 14),
    ("402", "Clínica Puerto Claro, Las Palmas", "ES", "Atlantic/Canary", 3, 0.5, 18),
)

RUNNING_SITES = ("104", "201", "301")


def sites(*, first_opening: date, target: int, only: Sequence[str] | None = None) -> tuple[DemoSite, ...]:
    """The clinics with their share of the target; `only` names those that take part (default: all)."""
    chosen = [site for site in _SITES if only is None or site[0] in only]
    whole = sum(site[5] for site in chosen)
    return tuple(
        DemoSite(
            code=code,
            name=name,
            country=country,
            time_zone=zone,
            chairs=chairs,
            enrolment_target=round(target * weight / whole),
            opened_on=first_opening + timedelta(weeks=weeks),
            weight=weight,
        )
        for code, name, country, zone, chairs, weight, weeks in chosen
    )
