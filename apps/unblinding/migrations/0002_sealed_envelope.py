"""Add envelopes to the sealed schema. There is no way back: a migration never forgets who was told."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent / "sql" / "0002_sealed_envelope.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("unblinding", "0001_initial"),
        ("randomization", "0002_sealed_schema"),
        ("participants", "0001_initial"),
        ("studies", "0002_unblinded_people"),
    ]

    operations = [migrations.RunSQL(SQL)]
