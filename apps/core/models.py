"""Bricks every table is made of. No trial words here."""

import uuid

from django.conf import settings
from django.db import models


class Identified(models.Model):
    """A row with a random identifier: it carries no order, so it tells nothing about when or who."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True


class Recorded(Identified):
    """A row that says who wrote it into the system and when the server received it.

    When the thing *happened* is another field of the concrete model; the two are never the same.
    """

    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True
