"""Acts are chained by hashes over whole rows; anchors say under seal how far the chains had come.

Rows recorded before are given their places while nobody else writes: a hundred thousand take some seconds.
"""

from pathlib import Path

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

SQL = (Path(__file__).parent / "sql" / "0002_chain.sql").read_text()
BACK = """
DROP TRIGGER chained ON audit_auditevent;
DROP FUNCTION audit_chain;
DROP FUNCTION audit_link;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditAnchor",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                (
                    "heads",
                    models.JSONField(help_text="Chain to its last place and the link there"),
                ),
                (
                    "previous",
                    models.CharField(
                        blank=True, default="", help_text="Seal of the anchor before", max_length=64
                    ),
                ),
                ("seal", models.CharField(max_length=64)),
            ],
        ),
        migrations.AddField(
            model_name="auditevent",
            name="chain",
            field=models.CharField(
                default="",
                editable=False,
                help_text="Study, site and lane: one act after another",
                max_length=100,
            ),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="link",
            field=models.BinaryField(
                default=b"", help_text="SHA-256 of the link before and of the whole of this row"
            ),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="place",
            field=models.BigIntegerField(default=0, editable=False, help_text="From 1, without a gap"),
        ),
        migrations.RunSQL(SQL, BACK),
        migrations.AddConstraint(
            model_name="auditevent",
            constraint=models.UniqueConstraint(fields=("chain", "place"), name="audit_event_one_at_a_place"),
        ),
        migrations.AddConstraint(
            model_name="auditanchor",
            constraint=models.UniqueConstraint(fields=("previous",), name="audit_anchor_one_after_another"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="auditanchor",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d3c7ce3b3f83c3bf49bc8e171f1641998ced7e20",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_05714",
                    table="audit_auditanchor",
                    when="BEFORE",
                ),
            ),
        ),
    ]
