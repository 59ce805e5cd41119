from django.urls import path

from apps.monitoring.api import views, watchers
from apps.monitoring.api.paper import PaperReadings

urlpatterns = [
    path("board/", views.BoardNow.as_view(), name="api_board"),
    path(
        "observations/<uuid:observation_id>/",
        views.ObservationDetail.as_view(),
        name="api_observation_record",
    ),
    # A device that was told the address without the stroke must not lose its reading to a redirect.
    path("observations/<uuid:observation_id>", views.ObservationBare.as_view()),
    path(
        "sessions/<uuid:session_id>/observations/",
        views.SessionObservations.as_view(),
        name="api_observation_list",
    ),
    path(
        "sessions/<uuid:session_id>/watcher/", watchers.SessionWatcher.as_view(), name="api_session_watcher"
    ),
    path("watch/take-over/", watchers.WatchTakeOver.as_view(), name="api_watch_take_over"),
    path("watch/leave/", watchers.WatchLeave.as_view(), name="api_watch_leave"),
    path("watch/attendance/", watchers.AttendanceReport.as_view(), name="api_attendance"),
    path("watch/attendance.csv", watchers.AttendanceFile.as_view(), name="api_attendance_csv"),
    path("sites/<uuid:site_id>/prescribers/", watchers.Prescribers.as_view(), name="api_prescribers"),
    path("sessions/<uuid:session_id>/plan/", views.SessionPlan.as_view(), name="api_plan"),
    path(
        "sessions/<uuid:session_id>/discharge/",
        views.SessionDischarge.as_view(),
        name="api_session_discharge",
    ),
    path(
        "sessions/<uuid:session_id>/paper-readings/",
        PaperReadings.as_view(),
        name="api_paper_readings",
    ),
    path(
        "sessions/<uuid:session_id>/release-early/",
        views.SessionReleaseEarly.as_view(),
        name="api_session_release_early",
    ),
    path(
        "findings/<uuid:finding_id>/acknowledge/",
        views.FindingAcknowledge.as_view(),
        name="api_finding_acknowledge",
    ),
]
