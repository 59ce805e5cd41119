"""The account in whose name the clock acts. It has no password and is not active: nobody can sign in to it."""

from django.db import migrations


def make(apps, schema_editor):
    user = apps.get_model("accounts", "User")
    user.objects.get_or_create(
        email="system@vigil.invalid", defaults={"full_name": "Vigil", "is_active": False, "password": "!"}
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("pghistory", "0007_auto_20250421_0444")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
