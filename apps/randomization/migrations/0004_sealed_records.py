"""Records of draws, minimization, caps and test lists in the sealed schema."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent / "sql" / "0004_sealed_records.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("randomization", "0003_records_remarks_and_test_draws")]

    operations = [migrations.RunSQL(SQL)]
