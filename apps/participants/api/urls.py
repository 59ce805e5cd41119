from django.urls import path

from apps.participants.api import views

urlpatterns = [
    path("participants/", views.ParticipantList.as_view(), name="api_participant_list"),
    path(
        "participants/<uuid:participant_id>/",
        views.ParticipantDetail.as_view(),
        name="api_participant_detail",
    ),
    path(
        "participants/<uuid:participant_id>/consents/",
        views.ConsentList.as_view(),
        name="api_participant_consents",
    ),
    path(
        "participants/<uuid:participant_id>/identity/",
        views.IdentityDetail.as_view(),
        name="api_participant_identity",
    ),
    path(
        "participants/<uuid:participant_id>/discontinue/",
        views.ParticipantDiscontinue.as_view(),
        name="api_participant_discontinue",
    ),
]
