from django.urls import path

from apps.reminders import views

app_name = "reminders"

urlpatterns = [
    path("", views.reminder_list, name="list"),
    path("<uuid:reminder_id>/retry/", views.reminder_retry, name="retry"),
]
