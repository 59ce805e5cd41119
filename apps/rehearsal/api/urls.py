from django.urls import path

from apps.rehearsal.api import views

urlpatterns = [
    path("studies/<slug:code>/rehearsals/", views.RehearsalList.as_view(), name="api_rehearsal_list"),
    path("studies/<slug:code>/go-live/", views.GoLive.as_view(), name="api_study_go_live"),
    path("studies/<slug:code>/close/", views.Close.as_view(), name="api_study_close"),
    path("rehearsals/<uuid:run_id>/", views.RehearsalDetail.as_view(), name="api_rehearsal_detail"),
    path("rehearsals/<uuid:run_id>/signatures/", views.Signatures.as_view(), name="api_rehearsal_sign"),
    path("rehearsals/<uuid:run_id>/report.pdf", views.Report.as_view(), name="api_rehearsal_report"),
]
