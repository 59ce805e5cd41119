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
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    operations = [
        migrations.CreateModel(
            name="Finding",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "key",
                    models.CharField(
                        help_text="What it is about, so that it is raised once: rule and cause",
                        max_length=100,
                    ),
                ),
                (
                    "rule",
                    models.CharField(help_text="Code of the protocol's rule, or OVERDUE", max_length=40),
                ),
                ("severity", models.CharField(max_length=12)),
                ("message", models.CharField(max_length=300)),
                ("action", models.TextField(blank=True, default="")),
                ("notify", models.JSONField(default=list, help_text="Roles to be told, by the protocol")),
                ("event_of_interest", models.CharField(blank=True, default="", max_length=40)),
                ("raised_at", models.DateTimeField()),
                ("recheck_at", models.DateTimeField(blank=True, null=True)),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="findings",
                        to="dosing.dosingsession",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Observation",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "slot_minute",
                    models.IntegerField(
                        blank=True,
                        help_text="Planned minute from T0; -1 is the predose slot; empty is unscheduled",
                        null=True,
                    ),
                ),
                ("sbp", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("dbp", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("hr", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("rr", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("spo2", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("temp_c", models.DecimalField(blank=True, decimal_places=1, max_digits=3, null=True)),
                ("moaas", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("cadss_items", models.JSONField(blank=True, null=True)),
                ("cadss_total", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("bprs_items", models.JSONField(blank=True, null=True)),
                ("bprs_total", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "ready",
                    models.BooleanField(
                        blank=True, help_text="Discharge readiness as the clinician judged it", null=True
                    ),
                ),
                (
                    "crisis_symptom",
                    models.BooleanField(
                        blank=True, help_text="Empty is not asked, which is not no", null=True
                    ),
                ),
                ("apnoea", models.BooleanField(blank=True, null=True)),
                ("dose_disturbed", models.BooleanField(blank=True, null=True)),
                ("cssrs_ideation", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("cssrs_behavior", models.BooleanField(blank=True, null=True)),
                ("not_done", models.JSONField(default=dict, help_text="Measure code to reason")),
                ("observed_at", models.DateTimeField()),
                ("entered_at", models.DateTimeField()),
                (
                    "device_skew_ms",
                    models.IntegerField(
                        default=0, help_text="How far the device's own clock ran ahead at the entry"
                    ),
                ),
                ("late_reason", models.CharField(blank=True, default="", max_length=200)),
                (
                    "confirmed",
                    models.JSONField(default=list, help_text="Measures whose unusual value was confirmed"),
                ),
                ("note", models.TextField(blank=True, default="")),
                ("body_digest", models.CharField(max_length=64)),
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="observations",
                        to="dosing.dosingsession",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["session", "observed_at"], name="monitoring_observation_time")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("sbp__isnull", True), ("sbp__range", (40, 300)), _connector="OR"),
                        name="monitoring_observation_sbp_is_possible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("dbp__isnull", True), ("dbp__range", (20, 200)), _connector="OR"),
                        name="monitoring_observation_dbp_is_possible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("hr__isnull", True), ("hr__range", (20, 250)), _connector="OR"),
                        name="monitoring_observation_hr_is_possible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rr__isnull", True), ("rr__range", (0, 80)), _connector="OR"),
                        name="monitoring_observation_rr_is_possible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("spo2__isnull", True), ("spo2__range", (30, 100)), _connector="OR"
                        ),
                        name="monitoring_observation_spo2_is_possible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("temp_c__isnull", True), ("temp_c__range", (30, 44)), _connector="OR"
                        ),
                        name="monitoring_observation_temp_c_is_possible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("moaas__isnull", True), ("moaas__range", (0, 5)), _connector="OR"
                        ),
                        name="monitoring_observation_moaas_is_possible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cssrs_ideation__isnull", True),
                            ("cssrs_ideation__range", (0, 5)),
                            _connector="OR",
                        ),
                        name="monitoring_observation_cssrs_ideation_is_possible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cadss_total__isnull", True), ("cadss_total__range", (0, 92)), _connector="OR"
                        ),
                        name="monitoring_observation_cadss_total_is_possible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("bprs_total__isnull", True), ("bprs_total__range", (0, 24)), _connector="OR"
                        ),
                        name="monitoring_observation_bprs_total_is_possible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("dbp__isnull", True), ("sbp__isnull", True)),
                            ("sbp__gt", models.F("dbp")),
                            _connector="OR",
                        ),
                        name="monitoring_observation_systolic_above_diastolic",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FindingEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, serialize=False)),
                ("recorded_at", models.DateTimeField()),
                (
                    "key",
                    models.CharField(
                        help_text="What it is about, so that it is raised once: rule and cause",
                        max_length=100,
                    ),
                ),
                (
                    "rule",
                    models.CharField(help_text="Code of the protocol's rule, or OVERDUE", max_length=40),
                ),
                ("severity", models.CharField(max_length=12)),
                ("message", models.CharField(max_length=300)),
                ("action", models.TextField(blank=True, default="")),
                ("notify", models.JSONField(default=list, help_text="Roles to be told, by the protocol")),
                ("event_of_interest", models.CharField(blank=True, default="", max_length=40)),
                ("raised_at", models.DateTimeField()),
                ("recheck_at", models.DateTimeField(blank=True, null=True)),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                (
                    "acknowledged_by",
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
                        to="monitoring.finding",
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
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="dosing.dosingsession",
                    ),
                ),
                (
                    "observation",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="monitoring.observation",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="finding",
            name="observation",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="findings",
                to="monitoring.observation",
            ),
        ),
        migrations.CreateModel(
            name="Release",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField()),
                ("released_at", models.DateTimeField()),
                ("minutes_observed", models.PositiveIntegerField()),
                (
                    "ready_minute",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Minute of the first “ready”: when they could have left without a least time",
                        null=True,
                    ),
                ),
                ("statement", models.JSONField(default=dict)),
                ("conditions", models.JSONField(default=list)),
                ("rule_digest", models.CharField(max_length=64)),
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
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="release",
                        to="dosing.dosingsession",
                    ),
                ),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="observation",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="a7c23b3521c8f91b7f5e033ade53a6a3d40be654",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_32ea5",
                    table="monitoring_observation",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="findingevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="544a6bd2456ae1baeece6aa7c63ee06f80599abb",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_6797a",
                    table="monitoring_findingevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(
                fields=("session", "key"), name="monitoring_finding_raised_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(("severity__in", ["info", "watch", "urgent", "emergency"])),
                name="monitoring_finding_severity_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("acknowledged_at__isnull", True), ("acknowledged_by__isnull", True)),
                    models.Q(("acknowledged_at__isnull", False), ("acknowledged_by__isnull", False)),
                    _connector="OR",
                ),
                name="monitoring_finding_acknowledged_at_and_by_together",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="finding",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "monitoring_findingevent" ("acknowledged_at", "acknowledged_by_id", "action", "event_of_interest", "id", "key", "message", "notify", "observation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "raised_at", "recheck_at", "recorded_at", "recorded_by_id", "rule", "session_id", "severity") VALUES (NEW."acknowledged_at", NEW."acknowledged_by_id", NEW."action", NEW."event_of_interest", NEW."id", NEW."key", NEW."message", NEW."notify", NEW."observation_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."raised_at", NEW."recheck_at", NEW."recorded_at", NEW."recorded_by_id", NEW."rule", NEW."session_id", NEW."severity"); RETURN NULL;',
                    hash="98470b0bd9a7b56d394cac795d631503a6dc1b59",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_95283",
                    table="monitoring_finding",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="finding",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "monitoring_findingevent" ("acknowledged_at", "acknowledged_by_id", "action", "event_of_interest", "id", "key", "message", "notify", "observation_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "raised_at", "recheck_at", "recorded_at", "recorded_by_id", "rule", "session_id", "severity") VALUES (NEW."acknowledged_at", NEW."acknowledged_by_id", NEW."action", NEW."event_of_interest", NEW."id", NEW."key", NEW."message", NEW."notify", NEW."observation_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."raised_at", NEW."recheck_at", NEW."recorded_at", NEW."recorded_by_id", NEW."rule", NEW."session_id", NEW."severity"); RETURN NULL;',
                    hash="42f253800238706a0bb4846d9a41860da0a2e49e",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_8358c",
                    table="monitoring_finding",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="release",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="9ad5e322e97cfb60d9a36ddbd46bd55f56546603",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_c2b70",
                    table="monitoring_release",
                    when="BEFORE",
                ),
            ),
        ),
    ]
