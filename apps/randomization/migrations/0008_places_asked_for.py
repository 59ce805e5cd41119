"""How many places a list was asked to have: what may be known of its length."""

from pathlib import Path

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

SQL = (Path(__file__).parent / "sql" / "0008_places_of_before.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("randomization", "0007_extents"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="randomizationlist",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="randomizationlist",
            name="update_update",
        ),
        migrations.AddField(
            model_name="randomizationlist",
            name="places",
            field=models.PositiveIntegerField(
                default=0,
                help_text="Places asked for in each stratum; there are as many and a few, to the end of a block",
            ),
        ),
        migrations.AddField(
            model_name="randomizationlistevent",
            name="places",
            field=models.PositiveIntegerField(
                default=0,
                help_text="Places asked for in each stratum; there are as many and a few, to the end of a block",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="randomizationlist",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "randomization_randomizationlistevent" ("code", "commitment", "committed_at", "extent", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "places", "protocol_version_id", "purpose", "recorded_at", "recorded_by_id", "state", "study_id") VALUES (NEW."code", NEW."commitment", NEW."committed_at", NEW."extent", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."places", NEW."protocol_version_id", NEW."purpose", NEW."recorded_at", NEW."recorded_by_id", NEW."state", NEW."study_id"); RETURN NULL;',
                    hash="d4b0f3b8fcde47a1139aaade5ca8e945232a6c92",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_00d10",
                    table="randomization_randomizationlist",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="randomizationlist",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "randomization_randomizationlistevent" ("code", "commitment", "committed_at", "extent", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "places", "protocol_version_id", "purpose", "recorded_at", "recorded_by_id", "state", "study_id") VALUES (NEW."code", NEW."commitment", NEW."committed_at", NEW."extent", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."places", NEW."protocol_version_id", NEW."purpose", NEW."recorded_at", NEW."recorded_by_id", NEW."state", NEW."study_id"); RETURN NULL;',
                    hash="5d0f8e54fc594dada3ca263ab05a498e3c878d3e",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_15123",
                    table="randomization_randomizationlist",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunSQL(SQL),
    ]
