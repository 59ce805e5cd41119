"""When a replay was begun, and the published extent of a list."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("randomization", "0005_test_draws"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="listverification",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="listverification",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="randomizationlist",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="randomizationlist",
            name="update_update",
        ),
        migrations.AddField(
            model_name="listverification",
            name="begun_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="listverificationevent",
            name="begun_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="randomizationlist",
            name="extent",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Keyed hash of the strata and their lengths; shown on no page",
                max_length=64,
            ),
        ),
        migrations.AddField(
            model_name="randomizationlistevent",
            name="extent",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Keyed hash of the strata and their lengths; shown on no page",
                max_length=64,
            ),
        ),
        # A replay under way began at some time since it was asked for.
        migrations.RunSQL(
            "UPDATE randomization_listverification SET begun_at = recorded_at WHERE state = 'RUNNING'"
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="listverification",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "randomization_listverificationevent" ("agrees", "begun_at", "differences", "draws", "finished_at", "id", "list_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "places", "recorded_at", "recorded_by_id", "state") VALUES (NEW."agrees", NEW."begun_at", NEW."differences", NEW."draws", NEW."finished_at", NEW."id", NEW."list_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."places", NEW."recorded_at", NEW."recorded_by_id", NEW."state"); RETURN NULL;',
                    hash="30940b38c8b9865f507f38a42172d9bb0972db9d",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_cc835",
                    table="randomization_listverification",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="listverification",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "randomization_listverificationevent" ("agrees", "begun_at", "differences", "draws", "finished_at", "id", "list_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "places", "recorded_at", "recorded_by_id", "state") VALUES (NEW."agrees", NEW."begun_at", NEW."differences", NEW."draws", NEW."finished_at", NEW."id", NEW."list_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."places", NEW."recorded_at", NEW."recorded_by_id", NEW."state"); RETURN NULL;',
                    hash="bcf3f0702446eb6cf79a19ffc936645ea3805369",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_9f693",
                    table="randomization_listverification",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="randomizationlist",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "randomization_randomizationlistevent" ("code", "commitment", "committed_at", "extent", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "protocol_version_id", "purpose", "recorded_at", "recorded_by_id", "state", "study_id") VALUES (NEW."code", NEW."commitment", NEW."committed_at", NEW."extent", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."protocol_version_id", NEW."purpose", NEW."recorded_at", NEW."recorded_by_id", NEW."state", NEW."study_id"); RETURN NULL;',
                    hash="97de4867d52d8299839c1b6a412fc9c3058fc422",
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
                    func='INSERT INTO "randomization_randomizationlistevent" ("code", "commitment", "committed_at", "extent", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "protocol_version_id", "purpose", "recorded_at", "recorded_by_id", "state", "study_id") VALUES (NEW."code", NEW."commitment", NEW."committed_at", NEW."extent", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."protocol_version_id", NEW."purpose", NEW."recorded_at", NEW."recorded_by_id", NEW."state", NEW."study_id"); RETURN NULL;',
                    hash="de26b532e1bf940c105aea8c539c4c82cd98a042",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_15123",
                    table="randomization_randomizationlist",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="listverification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "RUNNING"), _negated=True),
                    ("begun_at__isnull", False),
                    _connector="OR",
                ),
                name="randomization_verification_running_has_begun",
            ),
        ),
    ]
