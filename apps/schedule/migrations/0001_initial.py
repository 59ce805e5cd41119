import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("participants", "0001_initial"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="Visit",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField()),
                ("code", models.CharField(max_length=20)),
                ("label", models.CharField(max_length=80)),
                (
                    "day",
                    models.IntegerField(
                        help_text="Study day; day 1 is the day of the first dose, there is no day 0"
                    ),
                ),
                ("is_dose", models.BooleanField(default=False)),
                ("opens_at", models.DateTimeField()),
                ("target_date", models.DateField()),
                ("closes_at", models.DateTimeField()),
                ("planned_at", models.DateTimeField(blank=True, null=True)),
                ("chair", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("held_at", models.DateTimeField(blank=True, null=True)),
                ("missed_at", models.DateTimeField(blank=True, null=True)),
                ("missed_reason", models.CharField(blank=True, default="", max_length=200)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "held_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "missed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="visits",
                        to="participants.participant",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("held_at__isnull", True), ("missed_at__isnull", True)),
                        fields=["closes_at"],
                        name="schedule_visit_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("participant", "code"), name="schedule_visit_code_once_per_participant"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("closes_at__gt", models.F("opens_at"))),
                        name="schedule_visit_closes_after_it_opens",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("day", 0), _negated=True),
                        name="schedule_visit_there_is_no_day_zero",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("held_at__isnull", True), ("missed_at__isnull", True), _connector="OR"
                        ),
                        name="schedule_visit_not_both_held_and_missed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("held_at__isnull", True), ("held_by__isnull", True)),
                            models.Q(("held_at__isnull", False), ("held_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="schedule_visit_held_at_and_by_together",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("missed_at__isnull", True), ("missed_by__isnull", True)),
                            models.Q(
                                ("missed_at__isnull", False),
                                ("missed_by__isnull", False),
                                models.Q(("missed_reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="schedule_visit_missed_at_by_and_reason_together",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="VisitEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, serialize=False)),
                ("recorded_at", models.DateTimeField()),
                ("code", models.CharField(max_length=20)),
                ("label", models.CharField(max_length=80)),
                (
                    "day",
                    models.IntegerField(
                        help_text="Study day; day 1 is the day of the first dose, there is no day 0"
                    ),
                ),
                ("is_dose", models.BooleanField(default=False)),
                ("opens_at", models.DateTimeField()),
                ("target_date", models.DateField()),
                ("closes_at", models.DateTimeField()),
                ("planned_at", models.DateTimeField(blank=True, null=True)),
                ("chair", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("held_at", models.DateTimeField(blank=True, null=True)),
                ("missed_at", models.DateTimeField(blank=True, null=True)),
                ("missed_reason", models.CharField(blank=True, default="", max_length=200)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "held_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "missed_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="participants.participant",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="schedule.visit",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="visit",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "schedule_visitevent" ("chair", "closes_at", "code", "day", "held_at", "held_by_id", "id", "is_dose", "label", "missed_at", "missed_by_id", "missed_reason", "opens_at", "participant_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "planned_at", "recorded_at", "recorded_by_id", "target_date", "version") VALUES (NEW."chair", NEW."closes_at", NEW."code", NEW."day", NEW."held_at", NEW."held_by_id", NEW."id", NEW."is_dose", NEW."label", NEW."missed_at", NEW."missed_by_id", NEW."missed_reason", NEW."opens_at", NEW."participant_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."planned_at", NEW."recorded_at", NEW."recorded_by_id", NEW."target_date", NEW."version"); RETURN NULL;',
                    hash="ed842ab006479c335147635e5e8673f17e40a48d",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_c9641",
                    table="schedule_visit",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="visit",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "schedule_visitevent" ("chair", "closes_at", "code", "day", "held_at", "held_by_id", "id", "is_dose", "label", "missed_at", "missed_by_id", "missed_reason", "opens_at", "participant_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "planned_at", "recorded_at", "recorded_by_id", "target_date", "version") VALUES (NEW."chair", NEW."closes_at", NEW."code", NEW."day", NEW."held_at", NEW."held_by_id", NEW."id", NEW."is_dose", NEW."label", NEW."missed_at", NEW."missed_by_id", NEW."missed_reason", NEW."opens_at", NEW."participant_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."planned_at", NEW."recorded_at", NEW."recorded_by_id", NEW."target_date", NEW."version"); RETURN NULL;',
                    hash="0cc05a492169f16cf54800cd285b3d1bee7e8da6",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_8a101",
                    table="schedule_visit",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="visitevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="8dec46de04a007cbf3bf02275ae2ddfa5efad358",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_49a9a",
                    table="schedule_visitevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
