from django.urls import path

from apps.board import views

app_name = "board"

urlpatterns = [
    path("", views.home, name="home"),
    path("dashboard/", views.sponsor, name="sponsor"),
    path("dashboard/<str:figure>.csv", views.sponsor_csv, name="sponsor_csv"),
    path("audit/", views.audit, name="audit"),
    path("audit/chain/", views.audit_chain, name="audit_chain"),
]
