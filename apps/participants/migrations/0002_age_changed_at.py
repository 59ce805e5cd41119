import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    """When an age was last corrected, in the history as well: a report of an earlier data cut reads what stood then."""

    dependencies = [
        ("participants", "0001_initial"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="participant",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="participant",
            name="update_update",
        ),
        migrations.AddField(
            model_name="participant",
            name="age_changed_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When the age was last corrected; empty is never, since it was recorded",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="participantevent",
            name="age_changed_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When the age was last corrected; empty is never, since it was recorded",
                null=True,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="participant",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "participants_participantevent" ("age_changed_at", "age_years", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "protocol_version_id", "recorded_at", "recorded_by_id", "sex", "site_id", "status", "study_id", "version") VALUES (NEW."age_changed_at", NEW."age_years", NEW."id", NEW."number", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."protocol_version_id", NEW."recorded_at", NEW."recorded_by_id", NEW."sex", NEW."site_id", NEW."status", NEW."study_id", NEW."version"); RETURN NULL;',
                    hash="1c65ea66a818db0ee1e31b8206eecb07679b8908",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_068a6",
                    table="participants_participant",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="participant",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "participants_participantevent" ("age_changed_at", "age_years", "id", "number", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "protocol_version_id", "recorded_at", "recorded_by_id", "sex", "site_id", "status", "study_id", "version") VALUES (NEW."age_changed_at", NEW."age_years", NEW."id", NEW."number", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."protocol_version_id", NEW."recorded_at", NEW."recorded_by_id", NEW."sex", NEW."site_id", NEW."status", NEW."study_id", NEW."version"); RETURN NULL;',
                    hash="812c3cefad8cb2653a4aca3c7aa0af4856917884",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_c9656",
                    table="participants_participant",
                    when="AFTER",
                ),
            ),
        ),
    ]
