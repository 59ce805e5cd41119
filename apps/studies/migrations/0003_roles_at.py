"""Roles in force at a site, as a function for statements that read the rest in the same breath."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).parent / "sql" / "0003_roles_at.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("studies", "0002_unblinded_people")]

    operations = [migrations.RunSQL(SQL, "DROP FUNCTION studies_roles_at")]
