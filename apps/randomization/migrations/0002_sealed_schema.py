"""Make the sealed schema. There is no way back: a migration never removes a list."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent / "sql" / "0002_sealed_schema.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("randomization", "0001_initial"),
        ("studies", "0001_initial"),
        ("accounts", "0001_initial"),
    ]

    operations = [migrations.RunSQL(SQL)]
