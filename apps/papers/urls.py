from django.urls import path

from apps.papers import views

app_name = "papers"

urlpatterns = [
    path("sheets/", views.due, name="due"),
    path("sessions/<uuid:session_id>/", views.session, name="session"),
    path("sessions/<uuid:session_id>/<slug:kind>.pdf", views.paper, name="print"),
    path("visits/<uuid:visit_id>/downtime.pdf", views.visit_downtime, name="visit_downtime"),
]
