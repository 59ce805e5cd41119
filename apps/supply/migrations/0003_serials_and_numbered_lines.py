"""Serials of devices, and a ledger whose lines are numbered and whose sum the database holds a kit to."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

#: Lines from before are numbered in the order of time; within one moment a kit moves on, it never moves back.
NUMBER = """
ALTER TABLE supply_kitmovement DISABLE TRIGGER USER;
UPDATE supply_kitmovement AS m SET line = counted.line, participant_id = counted.participant_id
FROM (
    SELECT l.id,
        row_number() OVER (
            PARTITION BY l.kit_id ORDER BY l.at, l.recorded_at, array_position(
                ARRAY['RECEIVE', 'QUARANTINE', 'RELEASE', 'DISPENSE', 'ADMINISTER', 'RETURN', 'DESTROY'], l.movement::text
            )
        ) AS line,
        CASE WHEN l.from_state IN ('DISPENSED', 'ADMINISTERED') OR l.to_state IN ('DISPENSED', 'ADMINISTERED')
            THEN k.participant_id END AS participant_id
    FROM supply_kitmovement AS l JOIN supply_kit AS k ON k.id = l.kit_id
) AS counted
WHERE counted.id = m.id;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
ALTER TABLE supply_kitmovement ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0001_initial"),
        ("studies", "0001_initial"),
        ("supply", "0002_sealed_kits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="kit",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="kit",
            name="update_update",
        ),
        migrations.RemoveConstraint(
            model_name="kitmovement",
            name="supply_kitmovement_is_known",
        ),
        migrations.AddField(
            model_name="kit",
            name="serial",
            field=models.CharField(blank=True, default="", max_length=40),
        ),
        migrations.AddField(
            model_name="kitevent",
            name="serial",
            field=models.CharField(blank=True, default="", max_length=40),
        ),
        migrations.AddField(
            model_name="kitmovement",
            name="line",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="kitmovement",
            name="participant",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="participants.participant",
            ),
        ),
        migrations.AlterField(
            model_name="kitmovement",
            name="movement",
            field=models.CharField(
                choices=[
                    ("RECEIVE", "Receive"),
                    ("QUARANTINE", "Quarantine"),
                    ("RELEASE", "Release"),
                    ("DISPENSE", "Dispense"),
                    ("CONFIRM", "Confirm"),
                    ("ADMINISTER", "Administer"),
                    ("ADMINISTER_IN_ERROR", "Administer in error"),
                    ("REVERSE", "Reverse"),
                    ("RETURN", "Return"),
                    ("COUNT", "Count"),
                    ("DESTROY", "Destroy"),
                ],
                max_length=20,
            ),
        ),
        migrations.RunSQL(NUMBER, migrations.RunSQL.noop),
        pgtrigger.migrations.AddTrigger(
            model_name="kit",
            trigger=pgtrigger.compiler.Trigger(
                name="stands_where_its_lines_lead",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    constraint="CONSTRAINT",
                    func="\n    IF (SELECT m.to_state FROM supply_kitmovement AS m WHERE m.kit_id = NEW.id ORDER BY m.line DESC LIMIT 1)\n        IS DISTINCT FROM (SELECT k.state FROM supply_kit AS k WHERE k.id = NEW.id)\n    THEN\n        RAISE check_violation USING MESSAGE = 'The state of a kit is the sum of its lines in the ledger.';\n    END IF;\n    RETURN NULL;\n",
                    hash="f3f234467050bdef9afe9292eb13108729fd69ad",
                    operation='INSERT OR UPDATE OF "state"',
                    pgid="pgtrigger_stands_where_its_lines_lead_ca826",
                    table="supply_kit",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="kit",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "supply_kitevent" ("expires_on", "id", "lot", "number", "participant_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "recorded_at", "recorded_by_id", "serial", "site_id", "state", "study_id", "visit_code") VALUES (NEW."expires_on", NEW."id", NEW."lot", NEW."number", NEW."participant_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."position", NEW."recorded_at", NEW."recorded_by_id", NEW."serial", NEW."site_id", NEW."state", NEW."study_id", NEW."visit_code"); RETURN NULL;',
                    hash="02c68cdee2f2e2cacd0ffc8b5dac764c3c755646",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_6e009",
                    table="supply_kit",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="kit",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "supply_kitevent" ("expires_on", "id", "lot", "number", "participant_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "recorded_at", "recorded_by_id", "serial", "site_id", "state", "study_id", "visit_code") VALUES (NEW."expires_on", NEW."id", NEW."lot", NEW."number", NEW."participant_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."position", NEW."recorded_at", NEW."recorded_by_id", NEW."serial", NEW."site_id", NEW."state", NEW."study_id", NEW."visit_code"); RETURN NULL;',
                    hash="5fa3f6de074de29cdd35adb8f5533ad59b8bf9e3",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_cd077",
                    table="supply_kit",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="kitmovement",
            trigger=pgtrigger.compiler.Trigger(
                name="lines_follow_each_other",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE last record;",
                    func="\n    SELECT m.line, m.to_state INTO last FROM supply_kitmovement AS m\n    WHERE m.kit_id = NEW.kit_id ORDER BY m.line DESC LIMIT 1;\n    IF coalesce(last.to_state, '') <> NEW.from_state THEN\n        RAISE check_violation USING MESSAGE = 'A line of the kit ledger begins where the one before ended.';\n    END IF;\n    NEW.line := coalesce(last.line, 0) + 1;\n    IF NEW.participant_id IS NULL AND (\n        NEW.from_state IN ('DISPENSED', 'ADMINISTERED') OR NEW.to_state IN ('DISPENSED', 'ADMINISTERED')\n    ) THEN\n        SELECT k.participant_id INTO NEW.participant_id FROM supply_kit AS k WHERE k.id = NEW.kit_id;\n    END IF;\n    RETURN NEW;\n",
                    hash="17427eef02484e5e8479f0992a07989bda0f9f09",
                    operation="INSERT",
                    pgid="pgtrigger_lines_follow_each_other_7146c",
                    table="supply_kitmovement",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="kitmovement",
            trigger=pgtrigger.compiler.Trigger(
                name="moves_its_kit",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (NEW.from_state <> NEW.to_state)",
                    constraint="CONSTRAINT",
                    func="\n    IF (SELECT m.to_state FROM supply_kitmovement AS m WHERE m.kit_id = NEW.kit_id ORDER BY m.line DESC LIMIT 1)\n        IS DISTINCT FROM (SELECT k.state FROM supply_kit AS k WHERE k.id = NEW.kit_id)\n    THEN\n        RAISE check_violation USING MESSAGE = 'The state of a kit is the sum of its lines in the ledger.';\n    END IF;\n    RETURN NULL;\n",
                    hash="af808632663ce7019064f7c3252d230550dfca9c",
                    operation="INSERT",
                    pgid="pgtrigger_moves_its_kit_22ef0",
                    table="supply_kitmovement",
                    timing="DEFERRABLE INITIALLY DEFERRED",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="kit",
            constraint=models.UniqueConstraint(
                condition=models.Q(("serial", ""), _negated=True),
                fields=("study", "serial"),
                name="supply_kit_serial_once_per_study",
            ),
        ),
        migrations.AddConstraint(
            model_name="kitmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "movement__in",
                        [
                            "RECEIVE",
                            "QUARANTINE",
                            "RELEASE",
                            "DISPENSE",
                            "CONFIRM",
                            "ADMINISTER",
                            "ADMINISTER_IN_ERROR",
                            "REVERSE",
                            "RETURN",
                            "COUNT",
                            "DESTROY",
                        ],
                    )
                ),
                name="supply_kitmovement_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="kitmovement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("from_state", ""), ("movement", "RECEIVE"), ("to_state", "AVAILABLE")),
                    models.Q(
                        ("from_state", "AVAILABLE"), ("movement", "QUARANTINE"), ("to_state", "QUARANTINED")
                    ),
                    models.Q(
                        ("from_state", "QUARANTINED"), ("movement", "RELEASE"), ("to_state", "AVAILABLE")
                    ),
                    models.Q(
                        ("from_state", "AVAILABLE"), ("movement", "DISPENSE"), ("to_state", "DISPENSED")
                    ),
                    models.Q(("from_state", "DISPENSED"), ("movement", "CONFIRM"), ("to_state", "DISPENSED")),
                    models.Q(
                        ("from_state", "DISPENSED"), ("movement", "ADMINISTER"), ("to_state", "ADMINISTERED")
                    ),
                    models.Q(("from_state", "DISPENSED"), ("movement", "RETURN"), ("to_state", "RETURNED")),
                    models.Q(
                        ("from_state", "ADMINISTERED"), ("movement", "RETURN"), ("to_state", "RETURNED")
                    ),
                    models.Q(("from_state", "DISPENSED"), ("movement", "REVERSE"), ("to_state", "RETURNED")),
                    models.Q(
                        ("from_state", "AVAILABLE"),
                        ("movement", "ADMINISTER_IN_ERROR"),
                        ("to_state", "ADMINISTERED"),
                    ),
                    models.Q(
                        ("from_state", "QUARANTINED"),
                        ("movement", "ADMINISTER_IN_ERROR"),
                        ("to_state", "ADMINISTERED"),
                    ),
                    models.Q(
                        ("from_state", "DISPENSED"),
                        ("movement", "ADMINISTER_IN_ERROR"),
                        ("to_state", "ADMINISTERED"),
                    ),
                    models.Q(
                        ("from_state", "RETURNED"),
                        ("movement", "ADMINISTER_IN_ERROR"),
                        ("to_state", "ADMINISTERED"),
                    ),
                    models.Q(("from_state", "AVAILABLE"), ("movement", "COUNT"), ("to_state", "AVAILABLE")),
                    models.Q(
                        ("from_state", "QUARANTINED"), ("movement", "COUNT"), ("to_state", "QUARANTINED")
                    ),
                    models.Q(("from_state", "RETURNED"), ("movement", "COUNT"), ("to_state", "RETURNED")),
                    models.Q(("from_state", "AVAILABLE"), ("movement", "DESTROY"), ("to_state", "DESTROYED")),
                    models.Q(
                        ("from_state", "QUARANTINED"), ("movement", "DESTROY"), ("to_state", "DESTROYED")
                    ),
                    models.Q(("from_state", "RETURNED"), ("movement", "DESTROY"), ("to_state", "DESTROYED")),
                    _connector="OR",
                ),
                name="supply_kitmovement_follows_the_table",
            ),
        ),
        migrations.AddConstraint(
            model_name="kitmovement",
            constraint=models.UniqueConstraint(
                fields=("kit", "line"), name="supply_kitmovement_line_once_per_kit"
            ),
        ),
    ]
