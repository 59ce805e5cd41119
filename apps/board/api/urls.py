from django.urls import path

from apps.board.api import views

urlpatterns = [
    path(
        "dashboards/coordinator/<uuid:site_id>/",
        views.CoordinatorDashboard.as_view(),
        name="api_dashboard_coordinator",
    ),
    path("dashboards/sponsor/<slug:code>/", views.SponsorDashboard.as_view(), name="api_dashboard_sponsor"),
    path("studies/<slug:code>/audit-events/", views.AuditEvents.as_view(), name="api_audit_events"),
    path(
        "studies/<slug:code>/audit-verifications/",
        views.AuditVerifications.as_view(),
        name="api_audit_verifications",
    ),
    path("studies/<slug:code>/audit-anchors/", views.AuditAnchors.as_view(), name="api_audit_anchors"),
]
