from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """For what and why somebody was let go before every condition held; empty for every release so far."""

    dependencies = [("monitoring", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="release",
            name="early_category",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Of the protocol, for a release before every condition held; empty is an ordinary release",
                max_length=40,
            ),
        ),
        migrations.AddField(
            model_name="release",
            name="early_reason",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.CheckConstraint(
                condition=Q(early_category="", early_reason="")
                | (~Q(early_category="") & ~Q(early_reason="")),
                name="monitoring_release_early_has_category_and_reason",
            ),
        ),
    ]
