"""What can be done in a session, in the order it happens."""

from apps.dosing.services.check_in import CheckInRefused, session_check_in
from apps.dosing.services.devices import device_close, spray_first
from apps.dosing.services.dose import dose_request
from apps.dosing.services.ending import session_discharge, session_release_early, session_stop
from apps.dosing.services.gates import GatesHold, gate_override, gates_record, session_clear

__all__ = [
    "CheckInRefused",
    "GatesHold",
    "device_close",
    "dose_request",
    "gate_override",
    "gates_record",
    "session_check_in",
    "session_clear",
    "session_discharge",
    "session_release_early",
    "session_stop",
    "spray_first",
]
