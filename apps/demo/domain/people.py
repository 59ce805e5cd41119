"""Inventing people: age, sex, body, antidepressant, and a name that is nobody's.

Age 45.7 (SD 11.9) within 18 to 64, about 62 % women, antidepressants about 54 % duloxetine, 14 % venlafaxine,
18 % escitalopram, 14 % sertraline: remembered from reports on TRANSFORM-2, not checked against a table.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from apps.demo.domain.draws import Draws, clipped
from apps.demo.domain.values import DemoPerson

_GIVEN: dict[str, dict[str, tuple[str, ...]]] = {
    "US": {
        "F": ("Ada", "Carol", "Denise", "Grace", "Joan", "Lena", "Maya", "Nora", "Paula", "Ruth"),
        "M": ("Alan", "Brian", "Carl", "Dean", "Eric", "Glen", "Jason", "Marcus", "Owen", "Peter"),
    },
    "DE": {
        "F": ("Anke", "Birgit", "Claudia", "Elke", "Heike", "Jana", "Katrin", "Petra", "Silke", "Ute"),
        "M": ("Bernd", "Dirk", "Frank", "Holger", "Jens", "Kai", "Lars", "Olaf", "Sven", "Uwe"),
    },
    "PL": {
        "F": ("Agata", "Beata", "Danuta", "Ewa", "Halina", "Iwona", "Joanna", "Maria", "Renata", "Zofia"),
        "M": ("Adam", "Bartosz", "Dariusz", "Jacek", "Jan", "Marek", "Paweł", "Piotr", "Tomasz", "Zbigniew"),
    },
    "ES": {
        "F": ("Alba", "Carmen", "Elena", "Inés", "Laura", "Lucía", "Marta", "Nuria", "Pilar", "Rosa"),
        "M": ("Álvaro", "Carlos", "Diego", "Hugo", "Iván", "Javier", "Luis", "Pablo", "Raúl", "Sergio"),
    },
}
_FAMILY: dict[str, tuple[str, ...]] = {
    "US": (
        "Ashgrove",
        "Bellmont",
        "Carrow",
        "Dunmore",
        "Elmsford",
        "Fairlake",
        "Greystone",
        "Hollis",
        "Larkin",
    ),
    "DE": (
        "Ahornbach",
        "Birkenfels",
        "Dornheim",
        "Eichgrund",
        "Finkental",
        "Haselbrink",
        "Lindau",
        "Moosbach",
    ),
    "PL": ("Brzozowicz", "Dębniak", "Jaworny", "Kalinka", "Leśnicz", "Olszyn", "Rzeczny", "Wierzbiak"),
    "ES": ("Almendro", "Cerezal", "Encinar", "Jaral", "Naranjal", "Olivares", "Retamal", "Romeral"),
}
_DRUGS: tuple[tuple[str, Literal["SNRI", "SSRI"], float], ...] = (
    ("duloxetine", "SNRI", 0.54),
    ("venlafaxine_xr", "SNRI", 0.14),
    ("escitalopram", "SSRI", 0.18),
    ("sertraline", "SSRI", 0.14),
)


def draw_person(draws: Draws, *, country: str, on: date) -> DemoPerson:
    """Invent an adult of 18 to 64 years on the given day."""
    sex: Literal["F", "M"] = "F" if draws.chance(0.62) else "M"
    age = int(clipped(draws.normal(45.9, 12.3), 18, 64.99))
    # Born so that the age in whole years on `on` is exactly `age`.
    birthday = _years_before(on, age) - timedelta(days=draws.whole(0, 364))
    given, family = draws.pick(_GIVEN[country][sex]), draws.pick(_FAMILY[country])
    height = round(draws.normal(165, 6.5) if sex == "F" else draws.normal(178, 7))
    body_mass_index = clipped(draws.normal(27.3, 4.6), 18.6, 39.5)
    drug, ad_class, _ = draws.pick(_DRUGS, [weight for *_, weight in _DRUGS])
    return DemoPerson(
        name=f"{given} {family}",
        sex=sex,
        birth_date=birthday,
        age_years=age,
        phone=f"+00 000 {draws.whole(0, 999999):06d}",
        email=f"{given}.{family}@example.org".lower(),
        height_cm=height,
        weight_kg=round(body_mass_index * (height / 100) ** 2, 1),
        oral_antidepressant=drug,
        ad_class=ad_class,
    )


def _years_before(on: date, years: int) -> date:
    try:
        return on.replace(year=on.year - years)
    except ValueError:  # 29 February
        return on.replace(year=on.year - years, day=28)
