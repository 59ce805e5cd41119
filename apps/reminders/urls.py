from django.urls import path

from apps.reminders import views

app_name = "reminders"

urlpatterns = [
    path("", views.reminder_list, name="list"),
    path("<uuid:reminder_id>/retry/", views.reminder_retry, name="retry"),
    path("alerts/", views.alerts, name="alerts"),
    path("alerts/<uuid:finding_id>/noted/", views.alert_note, name="alert_note"),
    path("findings/", views.telling_list, name="tellings"),
    path("webhooks/", views.webhook_list, name="webhooks"),
    path("webhooks/<uuid:webhook_id>/", views.webhook_detail, name="webhook"),
    path("webhooks/<uuid:webhook_id>/secret/", views.webhook_secret, name="webhook_secret"),
    path("webhooks/<uuid:webhook_id>/test/", views.webhook_test, name="webhook_test"),
    path("webhooks/<uuid:webhook_id>/end/", views.webhook_end, name="webhook_end"),
]
