"""What can be done with kits: register, receive, dispense blind, confirm, count, set aside, put right."""

from apps.supply.services.confirming import KitNotAssigned, kit_confirm
from apps.supply.services.counts import accountability_export, stock_count
from apps.supply.services.dispensing import (
    DispensedKit,
    KitsShort,
    kits_dispense_after_randomization,
    kits_for_session,
    kits_replace,
    participant_randomize_with_kits,
)
from apps.supply.services.excursions import excursion_decide, excursion_record
from apps.supply.services.history import PastDispensing, contents_replay
from apps.supply.services.ledger import (
    kit_administer,
    kit_destroy,
    kit_quarantine,
    kit_release,
    kit_return,
)
from apps.supply.services.receipt import kits_receive
from apps.supply.services.recovery import Recovery, wrong_kit_recover
from apps.supply.services.witness import witness_check

__all__ = [
    "DispensedKit",
    "KitNotAssigned",
    "KitsShort",
    "PastDispensing",
    "Recovery",
    "accountability_export",
    "contents_replay",
    "excursion_decide",
    "excursion_record",
    "kit_administer",
    "kit_confirm",
    "kit_destroy",
    "kit_quarantine",
    "kit_release",
    "kit_return",
    "kits_dispense_after_randomization",
    "kits_for_session",
    "kits_receive",
    "kits_replace",
    "participant_randomize_with_kits",
    "stock_count",
    "witness_check",
    "wrong_kit_recover",
]
