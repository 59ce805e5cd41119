"""Let the sealed schema say how long a site's stock lasts in the worst case, and nothing more."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent / "sql" / "0006_stock_outlook.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("supply", "0005_counts_excursions_and_wrong_kits")]

    operations = [migrations.RunSQL(SQL)]
