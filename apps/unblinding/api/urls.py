from django.urls import path

from apps.unblinding.api import views

urlpatterns = [
    path("participants/<uuid:participant_id>/code-break/", views.CodeBreak.as_view(), name="api_code_break"),
    path(
        "participants/<uuid:participant_id>/code-break/hand-over/",
        views.HandOver.as_view(),
        name="api_code_hand_over",
    ),
    path("code-breaks/", views.OpeningList.as_view(), name="api_code_break_list"),
    path("code-breaks/<uuid:opening_id>/", views.OpeningDetail.as_view(), name="api_code_break_detail"),
    path("code-breaks/<uuid:opening_id>/read/", views.MessageRead.as_view(), name="api_code_message_read"),
    path(
        "code-breaks/<uuid:opening_id>/assessment/",
        views.AssessmentSign.as_view(),
        name="api_impact_assessment",
    ),
    path("treatment-letters/", views.LetterList.as_view(), name="api_treatment_letter_list"),
    path(
        "treatment-letters/<uuid:letter_id>/open/",
        views.LetterOpen.as_view(),
        name="api_treatment_letter_open",
    ),
    path("code-drills/", views.DrillList.as_view(), name="api_code_drill_list"),
    path("code-drills/<uuid:drill_id>/open/", views.DrillOpen.as_view(), name="api_code_drill_open"),
]
