"""Reading stock, kits and what befell them. Everything is in the order of the shuffled numbers; nothing here knows a
content.
"""

from apps.supply.selectors.counts import (
    CountDay,
    accountability_csv,
    counts_recent,
    site_get,
    stock_expected,
)
from apps.supply.selectors.excursions import (
    excursion_get,
    excursion_open,
    excursions_visible,
    kits_waiting,
)
from apps.supply.selectors.kits import (
    HandOver,
    KitInHand,
    SiteStock,
    confirmation_of,
    handover_get,
    kit_get,
    kits_expiring,
    kits_of_visit,
    kits_visible,
    places_missing,
    stock_by_site,
    visit_kits,
    wrong_kits_visible,
)
from apps.supply.selectors.outlook import (
    SiteOutlook,
    StratumOutlook,
    outlook_by_site,
    outlook_by_stratum,
    outlook_of_study,
    strata_outlooks,
)

__all__ = [
    "CountDay",
    "HandOver",
    "KitInHand",
    "SiteOutlook",
    "SiteStock",
    "StratumOutlook",
    "accountability_csv",
    "confirmation_of",
    "counts_recent",
    "excursion_get",
    "excursion_open",
    "excursions_visible",
    "handover_get",
    "kit_get",
    "kits_expiring",
    "kits_of_visit",
    "kits_visible",
    "kits_waiting",
    "outlook_by_site",
    "outlook_by_stratum",
    "outlook_of_study",
    "places_missing",
    "site_get",
    "stock_by_site",
    "stock_expected",
    "strata_outlooks",
    "visit_kits",
    "wrong_kits_visible",
]
