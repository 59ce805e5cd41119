"""Choose kits with one question and one answer, and wait at most five seconds for them."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent / "sql" / "0004_kits_dispense_short.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("supply", "0003_serials_and_numbered_lines")]

    operations = [migrations.RunSQL(SQL)]
