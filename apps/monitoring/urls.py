from django.urls import path

from apps.monitoring import views

app_name = "monitoring"

urlpatterns = [
    path("", views.board, name="board"),
    path("now/", views.board_fragment, name="board_fragment"),
    path("attendance/", views.attendance, name="attendance"),
    path("attendance.csv", views.attendance_file, name="attendance_csv"),
    path("handover/", views.handover, name="handover"),
    path("handover/leave/", views.leave, name="leave"),
    path("sites/<uuid:site_id>/presence/", views.presence, name="presence"),
    path("<uuid:session_id>/watch/spray-note/", views.spray_note, name="spray_note"),
    path("ward/", views.ward, name="ward"),
    path("ward/now/", views.ward_fragment, name="ward_fragment"),
    path("due/", views.due_fragment, name="due"),
    path("<uuid:session_id>/watch/", views.watch, name="watch"),
    path("<uuid:session_id>/watch/now/", views.watch_fragment, name="watch_fragment"),
    path("<uuid:session_id>/watch/side/", views.watch_side, name="watch_side"),
    path("<uuid:session_id>/watch/readings/", views.watch_readings, name="watch_readings"),
    path("<uuid:session_id>/discharge/", views.discharge, name="discharge"),
    path("<uuid:session_id>/discharge/now/", views.discharge_fragment, name="discharge_fragment"),
    path("<uuid:session_id>/discharge/early/", views.release_early, name="release_early"),
    path("<uuid:session_id>/paper/", views.paper_readings, name="paper_readings"),
    path("findings/<uuid:finding_id>/acknowledge/", views.finding_acknowledge, name="finding_acknowledge"),
]
