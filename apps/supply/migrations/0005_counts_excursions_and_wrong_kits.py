"""Counts before a witness, temperature excursions with their decisions, and kits that reached the wrong person."""

import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("participants", "0001_initial"),
        ("studies", "0001_initial"),
        ("supply", "0004_kits_dispense_short"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ExcursionKit",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "kit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="excursion_rows",
                        to="supply.kit",
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
            name="TemperatureExcursion",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField()),
                ("began", models.DateTimeField()),
                ("ended", models.DateTimeField()),
                ("min_c", models.DecimalField(decimal_places=1, max_digits=4)),
                ("max_c", models.DecimalField(decimal_places=1, max_digits=4)),
                ("note", models.TextField()),
                (
                    "kits",
                    models.ManyToManyField(
                        related_name="excursions", through="supply.ExcursionKit", to="supply.kit"
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
            ],
        ),
        migrations.AddField(
            model_name="excursionkit",
            name="excursion",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="kit_rows",
                to="supply.temperatureexcursion",
            ),
        ),
        migrations.CreateModel(
            name="ExcursionDecision",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(choices=[("RELEASE", "Release"), ("DESTROY", "Destroy")], max_length=10),
                ),
                ("reason", models.TextField()),
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
                (
                    "excursion",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decision",
                        to="supply.temperatureexcursion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WrongKit",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField()),
                ("visit_code", models.CharField(max_length=20)),
                ("position", models.PositiveSmallIntegerField()),
                ("was_administered", models.BooleanField()),
                ("reason", models.TextField()),
                ("deviation", models.TextField()),
                (
                    "assigned",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="supply.kit",
                    ),
                ),
                (
                    "kit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="supply.kit"
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
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
            ],
        ),
        migrations.CreateModel(
            name="StockCount",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("recorded_at", models.DateTimeField()),
                ("lot", models.CharField(max_length=40)),
                ("as_of", models.DateTimeField()),
                ("on", models.DateField(help_text="The day at the site")),
                ("expected", models.PositiveIntegerField()),
                ("counted", models.PositiveIntegerField()),
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
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="studies.site"
                    ),
                ),
                (
                    "witness",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["site", "on"], name="supply_stockcount_site_day")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("counted", models.F("expected")),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="supply_stockcount_difference_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("witness", models.F("recorded_by")), _negated=True),
                        name="supply_stockcount_witness_is_another_person",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="stockcount",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="f4c28abc925faeebc751d2f01d22b48b193c2b9f",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_70ff3",
                    table="supply_stockcount",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="temperatureexcursion",
            constraint=models.CheckConstraint(
                condition=models.Q(("ended__gt", models.F("began"))),
                name="supply_temperatureexcursion_ends_after_it_began",
            ),
        ),
        migrations.AddConstraint(
            model_name="temperatureexcursion",
            constraint=models.CheckConstraint(
                condition=models.Q(("max_c__gte", models.F("min_c"))),
                name="supply_temperatureexcursion_max_is_not_below_min",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="temperatureexcursion",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c96ad7de1c31b9ea1f84eec703e755767dfb4a00",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_159e0",
                    table="supply_temperatureexcursion",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="excursionkit",
            constraint=models.UniqueConstraint(
                fields=("excursion", "kit"), name="supply_excursionkit_once_per_excursion"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="excursionkit",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="52ecc6f22f3bf1e5ac516bbe15cf3f5e144eef92",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_59845",
                    table="supply_excursionkit",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="excursiondecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("outcome", "RELEASE"),
                    models.Q(("outcome", "DESTROY"), ("witness__isnull", False)),
                    _connector="OR",
                ),
                name="supply_excursiondecision_destruction_has_a_witness",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="excursiondecision",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="f683e7d1a2a55cd8343d8a9f92910876d58ea4f6",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_7cbcb",
                    table="supply_excursiondecision",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="wrongkit",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="4e27c5eba6189f050c25ebd5a65ab09dde6aba5c",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_720ea",
                    table="supply_wrongkit",
                    when="BEFORE",
                ),
            ),
        ),
    ]
