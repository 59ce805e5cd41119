from django.urls import path

from apps.papers.api import views

urlpatterns = [
    path("sheets-due/", views.SheetsDue.as_view(), name="api_sheets_due"),
    path("sessions/<uuid:session_id>/papers/<slug:kind>/", views.PaperDetail.as_view(), name="api_paper"),
    path("sessions/<uuid:session_id>/papers/<slug:kind>.pdf", views.PaperPdf.as_view(), name="api_paper_pdf"),
    path("visits/<uuid:visit_id>/downtime.pdf", views.VisitDowntime.as_view(), name="api_visit_downtime"),
    path("sessions/<uuid:session_id>/sheet-sent/", views.SheetSent.as_view(), name="api_sheet_sent"),
]
