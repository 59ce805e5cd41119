from django.urls import path

from apps.participants import views

app_name = "participants"

urlpatterns = [
    path("", views.participant_list, name="list"),
    path("new/", views.enrol, name="enroll"),
    path("<uuid:participant_id>/", views.detail, name="detail"),
    path("<uuid:participant_id>/consent/", views.consent, name="consent"),
    path("<uuid:participant_id>/identity/", views.identity, name="identity"),
    path("<uuid:participant_id>/identity/change/", views.identity_change, name="identity_change"),
    path("<uuid:participant_id>/withdraw/", views.withdraw, name="withdraw"),
]
