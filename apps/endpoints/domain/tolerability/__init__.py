"""How the treatment was borne: rates over time at risk, shifts, outliers, two-hour profiles, and exposure.

Incidence by term is in `adverse`; what is here is computed beside it, from frozen records, for whatever columns the
reader may see.
"""

from apps.endpoints.domain.tolerability.event_rates import (
    EventRate,
    RateComparison,
    TimeAtRisk,
    byar_interval,
    compare_rates,
    events_per_time,
    garwood_interval,
    incidence_per_time,
)
from apps.endpoints.domain.tolerability.exposure import DoseRecord, ExposureColumn, TieRule, exposure_columns
from apps.endpoints.domain.tolerability.incidence import IncidenceDifference, incidence_differences
from apps.endpoints.domain.tolerability.outliers import (
    LABEL_OUTLIERS,
    OutlierRow,
    OutlierRule,
    VitalSession,
    outlier_table,
)
from apps.endpoints.domain.tolerability.profiles import (
    Course,
    ProfilePoint,
    SessionCourse,
    Worse,
    course_of,
    courses,
    profile_by_slot,
)
from apps.endpoints.domain.tolerability.shifts import (
    SUICIDALITY_CLASSES,
    SeverityClass,
    ShiftColumn,
    shift_table,
)

__all__ = [
    "LABEL_OUTLIERS",
    "SUICIDALITY_CLASSES",
    "Course",
    "DoseRecord",
    "EventRate",
    "ExposureColumn",
    "IncidenceDifference",
    "OutlierRow",
    "OutlierRule",
    "ProfilePoint",
    "RateComparison",
    "SessionCourse",
    "SeverityClass",
    "ShiftColumn",
    "TieRule",
    "TimeAtRisk",
    "VitalSession",
    "Worse",
    "byar_interval",
    "compare_rates",
    "course_of",
    "courses",
    "events_per_time",
    "exposure_columns",
    "garwood_interval",
    "incidence_differences",
    "incidence_per_time",
    "outlier_table",
    "profile_by_slot",
    "shift_table",
]
