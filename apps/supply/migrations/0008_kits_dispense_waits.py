"""Say that the stock is short only when it is, not when somebody holds it for a moment; one look at both contents."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent / "sql" / "0008_kits_dispense_waits.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("supply", "0007_kits_dispense_same_work")]

    operations = [migrations.RunSQL(SQL)]
