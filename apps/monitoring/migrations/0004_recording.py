"""Recording an observation reads in one statement and writes in one."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent / "sql" / "0004_recording.sql").read_text()
BACK = """
DROP PROCEDURE monitoring_record;
DROP FUNCTION monitoring_recording;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0003_watchers_and_presence"),
        ("audit", "0001_initial"),
        ("dosing", "0001_initial"),
        ("knox", "0009_extend_authtoken_field"),
        ("participants", "0001_initial"),
        ("sessions", "0001_initial"),
        ("studies", "0003_roles_at"),
    ]

    operations = [migrations.RunSQL(SQL, BACK)]
