from django.urls import path

from apps.screening.api import views

urlpatterns = [
    path("screenings/", views.ScreeningOpen.as_view(), name="api_screening_open"),
    path("screenings/<uuid:participant_id>/", views.ScreeningDetail.as_view(), name="api_screening_detail"),
    path("screenings/<uuid:participant_id>/answers/", views.Answers.as_view(), name="api_screening_answers"),
    path(
        "screenings/<uuid:participant_id>/decision/", views.Decision.as_view(), name="api_screening_decision"
    ),
    path("screenings/<uuid:participant_id>/reopen/", views.Reopen.as_view(), name="api_screening_reopen"),
]
