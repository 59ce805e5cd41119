"""Add the contents of kits to the sealed schema. There is no way back: a migration never forgets a content."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent / "sql" / "0002_sealed_kits.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("supply", "0001_initial"),
        ("randomization", "0002_sealed_schema"),
    ]

    operations = [migrations.RunSQL(SQL)]
