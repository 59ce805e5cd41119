"""Choosing kits with one short hash for each."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent / "sql" / "0007_kits_in_a_keyed_order.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("supply", "0006_stock_outlook")]

    operations = [migrations.RunSQL(SQL)]
