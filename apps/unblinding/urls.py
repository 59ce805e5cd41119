from django.urls import path

from apps.unblinding import views

app_name = "unblinding"

urlpatterns = [
    path("", views.opening_list, name="list"),
    path("participants/<uuid:participant_id>/", views.code_break, name="break"),
    path("participants/<uuid:participant_id>/hand-over/", views.hand_over, name="hand_over"),
    path("messages/<uuid:opening_id>/", views.message, name="message"),
    path("openings/<uuid:opening_id>/", views.detail, name="detail"),
    path("openings/<uuid:opening_id>/assessment/", views.assessment, name="assessment"),
    path("drills/start/", views.drill_start, name="drill_start"),
    path("drills/<uuid:drill_id>/", views.drill, name="drill"),
    path("letters/", views.letter_list, name="letters"),
    path("letters/<uuid:letter_id>/", views.letter, name="letter"),
]
