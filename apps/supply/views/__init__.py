"""Pages of supply."""

from apps.supply.views.counts import accountability, count
from apps.supply.views.handover import confirm, handover, replace, visit
from apps.supply.views.kits import kit, outlook, stock
from apps.supply.views.mishaps import excursion, excursion_new, excursions, wrong_kit, wrong_kits

__all__ = [
    "accountability",
    "confirm",
    "count",
    "excursion",
    "excursion_new",
    "excursions",
    "handover",
    "kit",
    "outlook",
    "replace",
    "stock",
    "visit",
    "wrong_kit",
    "wrong_kits",
]
