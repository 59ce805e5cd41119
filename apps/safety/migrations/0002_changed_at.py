import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    """When an event was last changed, in the history as well: a report of an earlier data cut reads what stood then."""

    dependencies = [
        ("safety", "0001_initial"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="adverseevent",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="adverseevent",
            name="update_update",
        ),
        migrations.AddField(
            model_name="adverseevent",
            name="changed_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When what is said here was last changed; empty is never, since it was recorded",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="adverseeventevent",
            name="changed_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When what is said here was last changed; empty is never, since it was recorded",
                null=True,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adverseevent",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "safety_adverseeventevent" ("action_taken", "causality", "changed_at", "id", "is_serious", "onset_at", "outcome", "participant_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "resolved_at", "seriousness", "session_id", "severity", "site_aware_at", "term", "version") VALUES (NEW."action_taken", NEW."causality", NEW."changed_at", NEW."id", NEW."is_serious", NEW."onset_at", NEW."outcome", NEW."participant_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."resolved_at", NEW."seriousness", NEW."session_id", NEW."severity", NEW."site_aware_at", NEW."term", NEW."version"); RETURN NULL;',
                    hash="5ea5d77d97798bba1e94f4b0ea5b7fd2753b0ee5",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_f12b8",
                    table="safety_adverseevent",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adverseevent",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "safety_adverseeventevent" ("action_taken", "causality", "changed_at", "id", "is_serious", "onset_at", "outcome", "participant_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "resolved_at", "seriousness", "session_id", "severity", "site_aware_at", "term", "version") VALUES (NEW."action_taken", NEW."causality", NEW."changed_at", NEW."id", NEW."is_serious", NEW."onset_at", NEW."outcome", NEW."participant_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."resolved_at", NEW."seriousness", NEW."session_id", NEW."severity", NEW."site_aware_at", NEW."term", NEW."version"); RETURN NULL;',
                    hash="9638aaa17971cd27dbbfa0628274d0010371711f",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_cf875",
                    table="safety_adverseevent",
                    when="AFTER",
                ),
            ),
        ),
    ]
