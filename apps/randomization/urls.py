from django.urls import path

from apps.randomization import views

app_name = "randomization"

urlpatterns = [
    path("<uuid:participant_id>/", views.randomize, name="randomize"),
]
