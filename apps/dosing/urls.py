from django.urls import path

from apps.dosing import views

app_name = "dosing"

urlpatterns = [
    path("visit/<uuid:visit_id>/open", views.open_visit, name="open"),
    path("<uuid:session_id>/", views.detail, name="detail"),
    path("<uuid:session_id>/gates/", views.gates, name="gates"),
    path("<uuid:session_id>/gates/<str:gate>/override/", views.override, name="override"),
    path("<uuid:session_id>/clear/", views.clear, name="clear"),
    path("<uuid:session_id>/dose/", views.dose, name="dose"),
    path("<uuid:session_id>/spray/", views.spray, name="spray"),
    path("<uuid:session_id>/devices/<int:ordinal>/close/", views.close, name="close"),
    path("<uuid:session_id>/stop/", views.stop, name="stop"),
]
