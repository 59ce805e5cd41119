from django.urls import path

from apps.reminders.api import views

urlpatterns = [
    path("reminders/", views.ReminderList.as_view(), name="api_reminder_list"),
    path("reminders/<uuid:reminder_id>/retry/", views.ReminderRetry.as_view(), name="api_reminder_retry"),
    path("alerts/", views.AlertList.as_view(), name="api_alert_list"),
    path("tellings/", views.TellingList.as_view(), name="api_telling_list"),
    path("webhooks/", views.WebhookList.as_view(), name="api_webhook_list"),
    path("webhooks/<uuid:webhook_id>/", views.WebhookDetail.as_view(), name="api_webhook_detail"),
    path("webhooks/<uuid:webhook_id>/secret/", views.WebhookSecret.as_view(), name="api_webhook_secret"),
    path("webhooks/<uuid:webhook_id>/test/", views.WebhookTest.as_view(), name="api_webhook_test"),
    path(
        "webhooks/<uuid:webhook_id>/deliveries/",
        views.WebhookDeliveries.as_view(),
        name="api_webhook_deliveries",
    ),
    path("webhooks/<uuid:webhook_id>/end/", views.WebhookEnd.as_view(), name="api_webhook_end"),
]
