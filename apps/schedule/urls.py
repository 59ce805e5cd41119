from django.urls import path

from apps.schedule import views

app_name = "schedule"

urlpatterns = [
    path("<uuid:participant_id>/", views.detail, name="detail"),
    path("visits/<uuid:visit_id>/appoint/", views.appoint, name="appoint"),
    path("visits/<uuid:visit_id>/held/", views.attend, name="attend"),
    path("visits/<uuid:visit_id>/missed/", views.miss, name="miss"),
]
