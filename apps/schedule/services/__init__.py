"""What can be done to the schedule: planned, moved with the first dose, appointed, held, missed."""

from apps.schedule.services.planning import visits_plan, visits_plan_for_randomization, visits_reanchor
from apps.schedule.services.visits import visit_appoint, visit_attend, visit_hold, visit_miss

__all__ = [
    "visit_appoint",
    "visit_attend",
    "visit_hold",
    "visit_miss",
    "visits_plan",
    "visits_plan_for_randomization",
    "visits_reanchor",
]
