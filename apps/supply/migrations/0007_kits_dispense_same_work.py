"""Let the choice of kits do the same work in every arm, so that its time does not tell the arm."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent / "sql" / "0007_kits_dispense_same_work.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("supply", "0006_stock_outlook")]

    operations = [migrations.RunSQL(SQL)]
