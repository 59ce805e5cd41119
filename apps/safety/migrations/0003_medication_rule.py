import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Under which of the protocol's rules another medicine falls, so that a report can tell a prohibited one."""

    dependencies = [
        ("participants", "0002_age_changed_at"),
        ("safety", "0002_changed_at"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="medication",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="medication",
            name="update_update",
        ),
        migrations.AddField(
            model_name="medication",
            name="concomitant_rule",
            field=models.CharField(
                blank=True,
                default="",
                help_text="The protocol's rule for other medicines it falls under",
                max_length=40,
            ),
        ),
        migrations.AddField(
            model_name="medicationevent",
            name="concomitant_rule",
            field=models.CharField(
                blank=True,
                default="",
                help_text="The protocol's rule for other medicines it falls under",
                max_length=40,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="medication",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "safety_medicationevent" ("concomitant_rule", "dose_text", "id", "indication", "kind", "name", "participant_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "started_on", "stopped_on", "version") VALUES (NEW."concomitant_rule", NEW."dose_text", NEW."id", NEW."indication", NEW."kind", NEW."name", NEW."participant_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."started_on", NEW."stopped_on", NEW."version"); RETURN NULL;',
                    hash="a0e93005c059c1177bf89da1ca8749cd06b084b8",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_ed6f6",
                    table="safety_medication",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="medication",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "safety_medicationevent" ("concomitant_rule", "dose_text", "id", "indication", "kind", "name", "participant_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "started_on", "stopped_on", "version") VALUES (NEW."concomitant_rule", NEW."dose_text", NEW."id", NEW."indication", NEW."kind", NEW."name", NEW."participant_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."started_on", NEW."stopped_on", NEW."version"); RETURN NULL;',
                    hash="e38cfab6ed77c9519b48be5c235b8b47e93c1f1e",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_90e6e",
                    table="safety_medication",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="medication",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "CONCOMITANT"), ("concomitant_rule", ""), _connector="OR"),
                name="safety_medication_rule_is_of_other_medicines",
            ),
        ),
    ]
