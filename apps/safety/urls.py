from django.urls import path

from apps.safety import views

app_name = "safety"

urlpatterns = [
    path("", views.event_list, name="list"),
    path("<uuid:participant_id>/new", views.new, name="new"),
    path("<uuid:participant_id>/medication/", views.medication, name="medication"),
    path("medication/<uuid:medication_id>/stop/", views.medication_stop, name="medication_stop"),
    path("events/<uuid:adverse_event_id>/", views.edit, name="edit"),
    path("events/<uuid:adverse_event_id>/unblind/", views.unblind, name="unblind"),
    path("events/<uuid:adverse_event_id>/over/", views.resolve, name="resolve"),
]
