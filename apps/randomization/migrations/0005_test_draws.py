"""Reading what a test list gave."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent / "sql" / "0005_test_draws.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("randomization", "0004_sealed_records")]

    operations = [migrations.RunSQL(SQL)]
