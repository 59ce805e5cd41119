"""What can be done with kits: register, receive, dispense blind, move along their ledger."""

from apps.supply.services.dispensing import (
    DispensedKit,
    KitsShort,
    kits_dispense_after_randomization,
    kits_for_session,
    participant_randomize_with_kits,
)
from apps.supply.services.history import PastDispensing, contents_replay
from apps.supply.services.ledger import (
    kit_administer,
    kit_destroy,
    kit_quarantine,
    kit_release,
    kit_return,
)
from apps.supply.services.receipt import kits_receive

__all__ = [
    "DispensedKit",
    "KitsShort",
    "PastDispensing",
    "contents_replay",
    "kit_administer",
    "kit_destroy",
    "kit_quarantine",
    "kit_release",
    "kit_return",
    "kits_dispense_after_randomization",
    "kits_for_session",
    "kits_receive",
    "participant_randomize_with_kits",
]
