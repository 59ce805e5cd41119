from django.urls import path

from apps.safety.api import views

urlpatterns = [
    path(
        "participants/<uuid:participant_id>/medications/",
        views.MedicationList.as_view(),
        name="api_medication_list",
    ),
    path(
        "medications/<uuid:medication_id>/stop/", views.MedicationStop.as_view(), name="api_medication_stop"
    ),
    path("adverse-events/", views.EventList.as_view(), name="api_adverse_event_list"),
    path(
        "adverse-events/<uuid:adverse_event_id>/",
        views.EventDetail.as_view(),
        name="api_adverse_event_detail",
    ),
    path(
        "adverse-events/<uuid:adverse_event_id>/resolve/",
        views.EventResolve.as_view(),
        name="api_adverse_event_resolve",
    ),
    path(
        "adverse-events/<uuid:adverse_event_id>/unblind/",
        views.EventUnblind.as_view(),
        name="api_adverse_event_unblind",
    ),
]
