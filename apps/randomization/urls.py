from django.urls import path

from apps.randomization import views

app_name = "randomization"

urlpatterns = [
    path("", views.allocation_list, name="list"),
    path("lists/", views.lists, name="lists"),
    path("lists/<uuid:list_id>/", views.list_detail, name="list_detail"),
    path("<uuid:participant_id>/", views.randomize, name="randomize"),
    path("<uuid:participant_id>/allocation/", views.allocation, name="allocation"),
]
