"""The lengths of the strata, sealed, and the extent published over them."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent / "sql" / "0007_extents.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("randomization", "0006_extent_and_begun_at")]

    operations = [migrations.RunSQL(SQL)]
