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
            name="RatingSlot",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField()),
                ("instrument", models.CharField(max_length=20)),
                ("visit_code", models.CharField(max_length=20)),
                ("recall", models.CharField(blank=True, default="", max_length=10)),
                ("alias", models.CharField(max_length=20, unique=True)),
                ("opens_at", models.DateTimeField()),
                ("closes_at", models.DateTimeField()),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rating_slots",
                        to="participants.participant",
                    ),
                ),
                (
                    "rater",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rating_slots",
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
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("participant", "instrument", "visit_code"),
                        name="instruments_ratingslot_once_per_visit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("closes_at__gt", models.F("opens_at"))),
                        name="instruments_ratingslot_closes_after_it_opens",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Rating",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField()),
                ("instrument", models.CharField(max_length=20)),
                ("visit_code", models.CharField(max_length=20)),
                ("recall", models.CharField(blank=True, default="", max_length=10)),
                ("items", models.JSONField(help_text="Item code to number; a missing item is null")),
                ("total", models.IntegerField(blank=True, null=True)),
                ("not_done_reason", models.CharField(blank=True, default="", max_length=200)),
                ("observed_at", models.DateTimeField()),
                ("entered_at", models.DateTimeField()),
                ("change_reason", models.TextField(blank=True, default="")),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ratings",
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
                    "supersedes",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="superseded_by",
                        to="instruments.rating",
                    ),
                ),
                (
                    "slot",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ratings",
                        to="instruments.ratingslot",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["participant", "instrument", "observed_at"], name="instruments_rating_series"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("supersedes__isnull", True)),
                        fields=("participant", "instrument", "visit_code"),
                        name="instruments_rating_first_entry_once_per_visit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("supersedes__isnull", True),
                            models.Q(("change_reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="instruments_rating_correction_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("total__isnull", True), ("total__gte", 0), _connector="OR"),
                        name="instruments_rating_total_is_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RatingSlotEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, serialize=False)),
                ("recorded_at", models.DateTimeField()),
                ("instrument", models.CharField(max_length=20)),
                ("visit_code", models.CharField(max_length=20)),
                ("recall", models.CharField(blank=True, default="", max_length=10)),
                ("alias", models.CharField(max_length=20)),
                ("opens_at", models.DateTimeField()),
                ("closes_at", models.DateTimeField()),
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
                        to="instruments.ratingslot",
                    ),
                ),
                (
                    "rater",
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
            model_name="ratingslot",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "instruments_ratingslotevent" ("alias", "closes_at", "id", "instrument", "opens_at", "participant_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rater_id", "recall", "recorded_at", "recorded_by_id", "visit_code") VALUES (NEW."alias", NEW."closes_at", NEW."id", NEW."instrument", NEW."opens_at", NEW."participant_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."rater_id", NEW."recall", NEW."recorded_at", NEW."recorded_by_id", NEW."visit_code"); RETURN NULL;',
                    hash="1dba9ea30429c90658af1dd6c6ba2ec290542dbc",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_df0fb",
                    table="instruments_ratingslot",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ratingslot",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "instruments_ratingslotevent" ("alias", "closes_at", "id", "instrument", "opens_at", "participant_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rater_id", "recall", "recorded_at", "recorded_by_id", "visit_code") VALUES (NEW."alias", NEW."closes_at", NEW."id", NEW."instrument", NEW."opens_at", NEW."participant_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."rater_id", NEW."recall", NEW."recorded_at", NEW."recorded_by_id", NEW."visit_code"); RETURN NULL;',
                    hash="637aeef5e4f465e6c14e07aa4c6e9b1e2a482cca",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_5509c",
                    table="instruments_ratingslot",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="rating",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="636bbb8a0f324e931ee0b450bc3644bcc74ca8f5",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_61546",
                    table="instruments_rating",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="ratingslotevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="5ef9e47f6393de9b0ceabb5b0ec1d75e5ea9689a",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_103a7",
                    table="instruments_ratingslotevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
