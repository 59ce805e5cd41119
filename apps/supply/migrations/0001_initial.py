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
        ("studies", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Kit",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField()),
                ("number", models.CharField(max_length=20)),
                ("lot", models.CharField(max_length=40)),
                ("expires_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("AVAILABLE", "Available"),
                            ("QUARANTINED", "Quarantined"),
                            ("DISPENSED", "Dispensed"),
                            ("ADMINISTERED", "Administered"),
                            ("RETURNED", "Returned"),
                            ("DESTROYED", "Destroyed"),
                        ],
                        default="AVAILABLE",
                        max_length=20,
                    ),
                ),
                ("visit_code", models.CharField(blank=True, default="", max_length=20)),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="Which device of the visit, from 1", null=True
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
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
                    "study",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="studies.study"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["site", "state"], name="supply_kit_site_state")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("study", "number"), name="supply_kit_number_once_per_study"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "AVAILABLE",
                                    "QUARANTINED",
                                    "DISPENSED",
                                    "ADMINISTERED",
                                    "RETURNED",
                                    "DESTROYED",
                                ],
                            )
                        ),
                        name="supply_kit_state_is_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("participant__isnull", False), ("state__in", ["DISPENSED", "ADMINISTERED"])
                        ),
                        fields=("participant", "visit_code", "position"),
                        name="supply_kit_one_per_place_of_a_visit",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="KitEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, serialize=False)),
                ("recorded_at", models.DateTimeField()),
                ("number", models.CharField(max_length=20)),
                ("lot", models.CharField(max_length=40)),
                ("expires_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("AVAILABLE", "Available"),
                            ("QUARANTINED", "Quarantined"),
                            ("DISPENSED", "Dispensed"),
                            ("ADMINISTERED", "Administered"),
                            ("RETURNED", "Returned"),
                            ("DESTROYED", "Destroyed"),
                        ],
                        default="AVAILABLE",
                        max_length=20,
                    ),
                ),
                ("visit_code", models.CharField(blank=True, default="", max_length=20)),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="Which device of the visit, from 1", null=True
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
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
                        to="supply.kit",
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
                    "study",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="studies.study",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="KitMovement",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "movement",
                    models.CharField(
                        choices=[
                            ("RECEIVE", "Receive"),
                            ("QUARANTINE", "Quarantine"),
                            ("RELEASE", "Release"),
                            ("DISPENSE", "Dispense"),
                            ("ADMINISTER", "Administer"),
                            ("RETURN", "Return"),
                            ("DESTROY", "Destroy"),
                        ],
                        max_length=20,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("from_state", models.CharField(blank=True, default="", max_length=20)),
                ("to_state", models.CharField(max_length=20)),
                ("reason", models.TextField(blank=True, default="")),
                (
                    "kit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="movements", to="supply.kit"
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
                    "witness",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "movement__in",
                                [
                                    "RECEIVE",
                                    "QUARANTINE",
                                    "RELEASE",
                                    "DISPENSE",
                                    "ADMINISTER",
                                    "RETURN",
                                    "DESTROY",
                                ],
                            )
                        ),
                        name="supply_kitmovement_is_known",
                    )
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="kit",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "supply_kitevent" ("expires_on", "id", "lot", "number", "participant_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "recorded_at", "recorded_by_id", "site_id", "state", "study_id", "visit_code") VALUES (NEW."expires_on", NEW."id", NEW."lot", NEW."number", NEW."participant_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."position", NEW."recorded_at", NEW."recorded_by_id", NEW."site_id", NEW."state", NEW."study_id", NEW."visit_code"); RETURN NULL;',
                    hash="4f36089081dc118f8147acfd87a7e8a8c008b619",
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
                    func='INSERT INTO "supply_kitevent" ("expires_on", "id", "lot", "number", "participant_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "recorded_at", "recorded_by_id", "site_id", "state", "study_id", "visit_code") VALUES (NEW."expires_on", NEW."id", NEW."lot", NEW."number", NEW."participant_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."position", NEW."recorded_at", NEW."recorded_by_id", NEW."site_id", NEW."state", NEW."study_id", NEW."visit_code"); RETURN NULL;',
                    hash="04a407b5e0886798b778a4e45113d7c3132baf37",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_cd077",
                    table="supply_kit",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="kitevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="fd7cfeb56a9a5c1e6fe89d7a53d714deda5ea8c9",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_2631f",
                    table="supply_kitevent",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="kitmovement",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="005545d9c8fb64a571dab6d06015e87a420d736b",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_4b842",
                    table="supply_kitmovement",
                    when="BEFORE",
                ),
            ),
        ),
    ]
