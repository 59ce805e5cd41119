from django.urls import path

from apps.instruments import views

app_name = "instruments"

urlpatterns = [
    path("", views.home, name="home"),
    path("<uuid:slot_id>/", views.rate, name="rate"),
    path("<uuid:slot_id>/correct/", views.correct, name="correct"),
    path("enter/<uuid:participant_id>/<str:visit_code>/<str:instrument>/", views.enter, name="enter"),
]
