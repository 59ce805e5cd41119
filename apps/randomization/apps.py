from django.apps import AppConfig


class RandomizationConfig(AppConfig):
    name = "apps.randomization"
    label = "randomization"
