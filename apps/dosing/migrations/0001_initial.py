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
        ("schedule", "0001_initial"),
        ("studies", "0001_initial"),
        ("supply", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="DeviceUse",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField()),
                ("ordinal", models.PositiveSmallIntegerField()),
                (
                    "first_nostril",
                    models.CharField(choices=[("LEFT", "Left"), ("RIGHT", "Right")], max_length=5),
                ),
                ("first_spray_at", models.DateTimeField()),
                ("second_spray_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("COMPLETE", "Complete"),
                            ("PARTIAL", "Partial"),
                            ("SNEEZED", "Sneezed"),
                            ("FAILED", "Failed"),
                        ],
                        max_length=12,
                        null=True,
                    ),
                ),
                ("note", models.TextField(blank=True, default="")),
                (
                    "kit",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="use", to="supply.kit"
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
        ),
        migrations.CreateModel(
            name="DosingSession",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("CHECKED_IN", "Checked in"),
                            ("WITHHELD", "Withheld"),
                            ("CLEARED", "Cleared"),
                            ("DOSING", "Dosing"),
                            ("OBSERVING", "Observing"),
                            ("DISCHARGED", "Discharged"),
                            ("STOPPED", "Stopped"),
                        ],
                        default="CHECKED_IN",
                        max_length=20,
                    ),
                ),
                ("chair", models.PositiveSmallIntegerField()),
                (
                    "dose_mg",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="Dose asked for; empty where the allocation fixes it", null=True
                    ),
                ),
                ("dose_requested_at", models.DateTimeField(blank=True, null=True)),
                ("checked_in_at", models.DateTimeField()),
                ("dosed_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "dose_requested_by",
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
                        related_name="sessions",
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
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="studies.site"
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sessions",
                        to="schedule.visit",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "CHECKED_IN",
                                    "WITHHELD",
                                    "CLEARED",
                                    "DOSING",
                                    "OBSERVING",
                                    "DISCHARGED",
                                    "STOPPED",
                                ],
                            )
                        ),
                        name="dosing_session_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("dosed_at__isnull", False),
                                ("state__in", ["DOSING", "OBSERVING", "DISCHARGED"]),
                            ),
                            models.Q(
                                ("dosed_at__isnull", True),
                                ("state__in", ["CHECKED_IN", "WITHHELD", "CLEARED", "STOPPED"]),
                            ),
                            _connector="OR",
                        ),
                        name="dosing_session_time_zero_exactly_when_sprayed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", False), ("state__in", ["DISCHARGED", "STOPPED"])),
                            models.Q(
                                models.Q(("state__in", ["DISCHARGED", "STOPPED"]), _negated=True),
                                ("ended_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="dosing_session_ended_exactly_when_over",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("dose_mg__isnull", True),
                                ("dose_requested_at__isnull", True),
                                ("dose_requested_by__isnull", True),
                            ),
                            models.Q(
                                ("dose_requested_at__isnull", False), ("dose_requested_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="dosing_session_dose_with_at_and_by",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "STOPPED"), _negated=True),
                        fields=("visit",),
                        name="dosing_session_one_that_counts_for_a_visit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("dosed_at__isnull", True),
                            ("ended_at__isnull", True),
                            ("ended_at__gte", models.F("dosed_at")),
                            _connector="OR",
                        ),
                        name="dosing_session_ends_after_time_zero",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["DISCHARGED", "STOPPED"]), _negated=True),
                        fields=("site", "chair"),
                        name="dosing_session_one_at_a_time_in_a_chair",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeviceUseEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, serialize=False)),
                ("recorded_at", models.DateTimeField()),
                ("ordinal", models.PositiveSmallIntegerField()),
                (
                    "first_nostril",
                    models.CharField(choices=[("LEFT", "Left"), ("RIGHT", "Right")], max_length=5),
                ),
                ("first_spray_at", models.DateTimeField()),
                ("second_spray_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("COMPLETE", "Complete"),
                            ("PARTIAL", "Partial"),
                            ("SNEEZED", "Sneezed"),
                            ("FAILED", "Failed"),
                        ],
                        max_length=12,
                        null=True,
                    ),
                ),
                ("note", models.TextField(blank=True, default="")),
                (
                    "kit",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="supply.kit",
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
                        to="dosing.deviceuse",
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
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="deviceuse",
            name="session",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="device_uses",
                to="dosing.dosingsession",
            ),
        ),
        migrations.CreateModel(
            name="DosingSessionEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, serialize=False)),
                ("recorded_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("CHECKED_IN", "Checked in"),
                            ("WITHHELD", "Withheld"),
                            ("CLEARED", "Cleared"),
                            ("DOSING", "Dosing"),
                            ("OBSERVING", "Observing"),
                            ("DISCHARGED", "Discharged"),
                            ("STOPPED", "Stopped"),
                        ],
                        default="CHECKED_IN",
                        max_length=20,
                    ),
                ),
                ("chair", models.PositiveSmallIntegerField()),
                (
                    "dose_mg",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="Dose asked for; empty where the allocation fixes it", null=True
                    ),
                ),
                ("dose_requested_at", models.DateTimeField(blank=True, null=True)),
                ("checked_in_at", models.DateTimeField()),
                ("dosed_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "dose_requested_by",
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
                        to="dosing.dosingsession",
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
                    "site",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="studies.site",
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="schedule.visit",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="GateCheck",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField()),
                ("gate", models.CharField(max_length=40)),
                ("values", models.JSONField(default=dict)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("PASSED", "Passed"),
                            ("WARNED", "Warned"),
                            ("HELD", "Held"),
                            ("OVERRIDDEN", "Overridden"),
                        ],
                        max_length=12,
                    ),
                ),
                ("message", models.CharField(blank=True, default="", max_length=300)),
                ("clears_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(blank=True, default="")),
                ("at", models.DateTimeField()),
                (
                    "session_version",
                    models.PositiveIntegerField(
                        default=1, help_text="The version of the session this row led to: the order of acts"
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
                        related_name="gate_checks",
                        to="dosing.dosingsession",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["PASSED", "WARNED", "HELD", "OVERRIDDEN"])),
                        name="dosing_gatecheck_outcome_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "OVERRIDDEN"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="dosing_gatecheck_override_has_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SessionTransition",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField()),
                ("action", models.CharField(max_length=20)),
                ("from_state", models.CharField(blank=True, default="", max_length=20)),
                ("to_state", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
                (
                    "session_version",
                    models.PositiveIntegerField(
                        default=1, help_text="The version of the session this row led to: the order of acts"
                    ),
                ),
                ("reason", models.TextField(blank=True, default="")),
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
                        related_name="transitions",
                        to="dosing.dosingsession",
                    ),
                ),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dosingsession",
            trigger=pgtrigger.compiler.Trigger(
                name="states_follow_the_table",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    declare="DECLARE _is_valid_transition BOOLEAN;",
                    func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{CHECKED_IN:CLEARED,CHECKED_IN:STOPPED,CHECKED_IN:WITHHELD,CLEARED:DOSING,CLEARED:STOPPED,CLEARED:WITHHELD,DOSING:OBSERVING,OBSERVING:DISCHARGED,WITHHELD:CHECKED_IN,WITHHELD:STOPPED}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;',
                    hash="f2a96d9eb9c3a31ed9e9939529625eb8a476a0d6",
                    operation="UPDATE",
                    pgid="pgtrigger_states_follow_the_table_1bce4",
                    table="dosing_dosingsession",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dosingsession",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="174407a5dbb688e6a6d0eea6a3d6678dc59f14d4",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_536ef",
                    table="dosing_dosingsession",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dosingsession",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "dosing_dosingsessionevent" ("chair", "checked_in_at", "dose_mg", "dose_requested_at", "dose_requested_by_id", "dosed_at", "ended_at", "id", "participant_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "site_id", "state", "version", "visit_id") VALUES (NEW."chair", NEW."checked_in_at", NEW."dose_mg", NEW."dose_requested_at", NEW."dose_requested_by_id", NEW."dosed_at", NEW."ended_at", NEW."id", NEW."participant_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."site_id", NEW."state", NEW."version", NEW."visit_id"); RETURN NULL;',
                    hash="ebd87317f2d5af0aa1d0c098c9e1643cb26060f7",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_8665b",
                    table="dosing_dosingsession",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dosingsession",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "dosing_dosingsessionevent" ("chair", "checked_in_at", "dose_mg", "dose_requested_at", "dose_requested_by_id", "dosed_at", "ended_at", "id", "participant_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "site_id", "state", "version", "visit_id") VALUES (NEW."chair", NEW."checked_in_at", NEW."dose_mg", NEW."dose_requested_at", NEW."dose_requested_by_id", NEW."dosed_at", NEW."ended_at", NEW."id", NEW."participant_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."site_id", NEW."state", NEW."version", NEW."visit_id"); RETURN NULL;',
                    hash="af3dd7c95fdd8b0008f62584fc61d9b169845e38",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_1e216",
                    table="dosing_dosingsession",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="deviceuseevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="35083ffd0d6baedaf33d8eaabfb01153d1363bca",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_53aa9",
                    table="dosing_deviceuseevent",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="deviceuse",
            constraint=models.UniqueConstraint(
                fields=("session", "ordinal"), name="dosing_deviceuse_ordinal_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="deviceuse",
            constraint=models.CheckConstraint(
                condition=models.Q(("ordinal__gte", 1)), name="dosing_deviceuse_counts_from_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="deviceuse",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outcome__isnull", True),
                    ("outcome__in", ["COMPLETE", "PARTIAL", "SNEEZED", "FAILED"]),
                    _connector="OR",
                ),
                name="dosing_deviceuse_outcome_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="deviceuse",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "COMPLETE"), _negated=True),
                    ("second_spray_at__isnull", False),
                    _connector="OR",
                ),
                name="dosing_deviceuse_complete_means_two_sprays",
            ),
        ),
        migrations.AddConstraint(
            model_name="deviceuse",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("second_spray_at__isnull", True),
                    ("second_spray_at__gte", models.F("first_spray_at")),
                    _connector="OR",
                ),
                name="dosing_deviceuse_second_spray_follows_the_first",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="deviceuse",
            trigger=pgtrigger.compiler.Trigger(
                name="never_deleted",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="3c35fb206e7bf8b74b1f834b2121bdd374d7d487",
                    operation="DELETE",
                    pgid="pgtrigger_never_deleted_834b9",
                    table="dosing_deviceuse",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="deviceuse",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "dosing_deviceuseevent" ("first_nostril", "first_spray_at", "id", "kit_id", "note", "ordinal", "outcome", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "second_spray_at", "session_id") VALUES (NEW."first_nostril", NEW."first_spray_at", NEW."id", NEW."kit_id", NEW."note", NEW."ordinal", NEW."outcome", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."second_spray_at", NEW."session_id"); RETURN NULL;',
                    hash="9207ab822fbe72131754c2bd2f2018cd6e2ff63a",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_604f3",
                    table="dosing_deviceuse",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="deviceuse",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "dosing_deviceuseevent" ("first_nostril", "first_spray_at", "id", "kit_id", "note", "ordinal", "outcome", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "recorded_at", "recorded_by_id", "second_spray_at", "session_id") VALUES (NEW."first_nostril", NEW."first_spray_at", NEW."id", NEW."kit_id", NEW."note", NEW."ordinal", NEW."outcome", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."recorded_at", NEW."recorded_by_id", NEW."second_spray_at", NEW."session_id"); RETURN NULL;',
                    hash="54675fd8883f3d7e024cfeac3adbbb668d144212",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_2cd7b",
                    table="dosing_deviceuse",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="dosingsessionevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="5f60bacdd15cc0d09f232f8ce9630dadc9f9fb56",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a256e",
                    table="dosing_dosingsessionevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="gatecheck",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="2671c127619e68b14fcb4575cde54a09db014ce3",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_bf5d2",
                    table="dosing_gatecheck",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sessiontransition",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c5613c9c89321bb09301267c5029edd00decd1e2",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_d57f4",
                    table="dosing_sessiontransition",
                    when="BEFORE",
                ),
            ),
        ),
    ]
