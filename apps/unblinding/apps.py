from django.apps import AppConfig


class UnblindingConfig(AppConfig):
    name = "apps.unblinding"
    label = "unblinding"
