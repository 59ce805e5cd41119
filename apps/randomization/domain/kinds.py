"""What lists are for, what may be said of an allocation, and where a replay stands."""

from enum import StrEnum


class Purpose(StrEnum):
    """What a list is for: the trial, or drills and rehearsals beside it."""

    LIVE = "LIVE"
    TEST = "TEST"


class Remark(StrEnum):
    """What is said of an allocation afterwards. It changes neither the place nor the analysis."""

    IN_ERROR = "IN_ERROR"
    WRONG_STRATUM = "WRONG_STRATUM"


class ReplayState(StrEnum):
    """Where a replay stands."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    DONE = "DONE"
    FAILED = "FAILED"


REMARK_LABELS = {Remark.IN_ERROR: "Randomized in error", Remark.WRONG_STRATUM: "Drawn from the wrong stratum"}
