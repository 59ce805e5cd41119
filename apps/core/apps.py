from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"

    def ready(self) -> None:
        from apps.core import grants

        # Once per migrate, after all tables stand: only core is listened to.
        post_migrate.connect(grants.apply, sender=self, dispatch_uid="core.grants")
