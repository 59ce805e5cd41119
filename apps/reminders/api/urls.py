from django.urls import path

from apps.reminders.api import views

urlpatterns = [
    path("reminders/", views.ReminderList.as_view(), name="api_reminder_list"),
    path("reminders/<uuid:reminder_id>/retry/", views.ReminderRetry.as_view(), name="api_reminder_retry"),
]
