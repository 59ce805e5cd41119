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
        ("dosing", "0001_initial"),
        ("participants", "0001_initial"),
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="AdverseEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "term",
                    models.CharField(
                        help_text="As reported; no dictionary ships with the product", max_length=200
                    ),
                ),
                ("severity", models.CharField(max_length=20)),
                ("causality", models.CharField(max_length=20)),
                ("is_serious", models.BooleanField(default=False)),
                ("seriousness", models.JSONField(default=list)),
                ("onset_at", models.DateTimeField()),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                ("outcome", models.CharField(default="NOT_RESOLVED", max_length=30)),
                ("action_taken", models.CharField(blank=True, default="", max_length=40)),
                ("site_aware_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adverse_events",
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
                (
                    "session",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adverse_events",
                        to="dosing.dosingsession",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["participant", "onset_at"], name="safety_ae_participant")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("term", ""), _negated=True), name="safety_adverseevent_has_a_term"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("resolved_at__isnull", True),
                            ("resolved_at__gte", models.F("onset_at")),
                            _connector="OR",
                        ),
                        name="safety_adverseevent_resolves_after_onset",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_serious", False),
                            models.Q(("seriousness", []), _negated=True),
                            _connector="OR",
                        ),
                        name="safety_adverseevent_serious_names_its_criterion",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AdverseEventEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, serialize=False)),
                ("recorded_at", models.DateTimeField()),
                (
                    "term",
                    models.CharField(
                        help_text="As reported; no dictionary ships with the product", max_length=200
                    ),
                ),
                ("severity", models.CharField(max_length=20)),
                ("causality", models.CharField(max_length=20)),
                ("is_serious", models.BooleanField(default=False)),
                ("seriousness", models.JSONField(default=list)),
                ("onset_at", models.DateTimeField()),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                ("outcome", models.CharField(default="NOT_RESOLVED", max_length=30)),
                ("action_taken", models.CharField(blank=True, default="", max_length=40)),
                ("site_aware_at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
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
                        to="safety.adverseevent",
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
                (
                    "session",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="dosing.dosingsession",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Medication",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("STUDY_ORAL", "Study antidepressant"), ("CONCOMITANT", "Concomitant")],
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("dose_text", models.CharField(blank=True, default="", max_length=60)),
                ("indication", models.CharField(blank=True, default="", max_length=200)),
                ("started_on", models.DateField()),
                ("stopped_on", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="medications",
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
                "indexes": [models.Index(fields=["participant", "kind"], name="safety_medication_kind")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["STUDY_ORAL", "CONCOMITANT"])),
                        name="safety_medication_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True), name="safety_medication_has_a_name"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stopped_on__isnull", True),
                            ("stopped_on__gte", models.F("started_on")),
                            _connector="OR",
                        ),
                        name="safety_medication_stops_after_it_starts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MedicationEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, serialize=False)),
                ("recorded_at", models.DateTimeField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("STUDY_ORAL", "Study antidepressant"), ("CONCOMITANT", "Concomitant")],
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("dose_text", models.CharField(blank=True, default="", max_length=60)),
                ("indication", models.CharField(blank=True, default="", max_length=200)),
                ("started_on", models.DateField()),
                ("stopped_on", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
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
                        to="safety.medication",
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
            model_name="adverseevent",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="e0155fd8005a335084721e7f48f79fa4bb5d4624",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_7fd9c",
                    table="safety_adverseevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adverseevent",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "safety_adverseeventevent" ("action_taken", "causality", "id", "is_serious", "onset_at", "outcome", "participant_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "resolved_at", "seriousness", "session_id", "severity", "site_aware_at", "term", "version") VALUES (NEW."action_taken", NEW."causality", NEW."id", NEW."is_serious", NEW."onset_at", NEW."outcome", NEW."participant_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."resolved_at", NEW."seriousness", NEW."session_id", NEW."severity", NEW."site_aware_at", NEW."term", NEW."version"); RETURN NULL;',
                    hash="de2105c1d20a5f7bcc027fc1e9dcc5756e8dbba2",
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
                    func='INSERT INTO "safety_adverseeventevent" ("action_taken", "causality", "id", "is_serious", "onset_at", "outcome", "participant_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "resolved_at", "seriousness", "session_id", "severity", "site_aware_at", "term", "version") VALUES (NEW."action_taken", NEW."causality", NEW."id", NEW."is_serious", NEW."onset_at", NEW."outcome", NEW."participant_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."resolved_at", NEW."seriousness", NEW."session_id", NEW."severity", NEW."site_aware_at", NEW."term", NEW."version"); RETURN NULL;',
                    hash="5c044b89febece50a75ee13be026c892b631f621",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_cf875",
                    table="safety_adverseevent",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="adverseeventevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="627c2bf0270f1b3be0f492fc200b92e05e1a909f",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_39004",
                    table="safety_adverseeventevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="medication",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="a615b7e91deb58daf441097b931e5ad5361aee2c",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_8e2bc",
                    table="safety_medication",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="medication",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "safety_medicationevent" ("dose_text", "id", "indication", "kind", "name", "participant_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "started_on", "stopped_on", "version") VALUES (NEW."dose_text", NEW."id", NEW."indication", NEW."kind", NEW."name", NEW."participant_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."started_on", NEW."stopped_on", NEW."version"); RETURN NULL;',
                    hash="e68171deb65ac51fe938e2b0b89c7447de8d6b93",
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
                    func='INSERT INTO "safety_medicationevent" ("dose_text", "id", "indication", "kind", "name", "participant_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "started_on", "stopped_on", "version") VALUES (NEW."dose_text", NEW."id", NEW."indication", NEW."kind", NEW."name", NEW."participant_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."started_on", NEW."stopped_on", NEW."version"); RETURN NULL;',
                    hash="e860b3aa29e4f47b42323a9d45de9b448693cf2c",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_90e6e",
                    table="safety_medication",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="medicationevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b5b42a558fc8f2730521ea12b46b888006bd8030",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_2b76e",
                    table="safety_medicationevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
