"""The procedure that writes an observation sets by itself whose request it was, so that its call can be prepared."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"
FORWARD = (SQL / "0006_history_of_a_recording.sql").read_text()
_BEFORE = (SQL / "0004_recording.sql").read_text()
BACK = _BEFORE[_BEFORE.index("CREATE PROCEDURE") :].replace("CREATE PROCEDURE", "CREATE OR REPLACE PROCEDURE")


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0005_readings_from_paper")]

    operations = [migrations.RunSQL(FORWARD, BACK)]
