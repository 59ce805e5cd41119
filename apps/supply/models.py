"""Numbered kits: one device each. What is inside lies in the sealed schema."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q

from apps.core.choices import choices_of, codes_of
from apps.core.models import Recorded
from apps.supply.domain.kits import KitState, Movement


@pghistory.track()
class Kit(Recorded):
    """One device in its box. Its number is shuffled and tells nothing of the content."""

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey("studies.Site", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    lot = models.CharField(max_length=40)
    expires_on = models.DateField()
    state = models.CharField(max_length=20, choices=choices_of(KitState), default=KitState.AVAILABLE.value)
    participant = models.ForeignKey(
        "participants.Participant", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    visit_code = models.CharField(max_length=20, blank=True, default="")
    position = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Which device of the visit, from 1"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="supply_kit_number_once_per_study"),
            models.CheckConstraint(
                condition=Q(state__in=codes_of(KitState)), name="supply_kit_state_is_known"
            ),
            models.UniqueConstraint(
                fields=["participant", "visit_code", "position"],
                condition=Q(participant__isnull=False) & Q(state__in=["DISPENSED", "ADMINISTERED"]),
                name="supply_kit_one_per_place_of_a_visit",
            ),
        ]
        indexes = [models.Index(fields=["site", "state"], name="supply_kit_site_state")]

    def __str__(self) -> str:
        return self.number


class KitMovement(Recorded):
    """One line of the kit ledger. Append-only: the state of a kit is the sum of its lines."""

    kit = models.ForeignKey(Kit, on_delete=models.PROTECT, related_name="movements")
    movement = models.CharField(max_length=20, choices=choices_of(Movement))
    at = models.DateTimeField()
    from_state = models.CharField(max_length=20, blank=True, default="")
    to_state = models.CharField(max_length=20)
    witness = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(movement__in=codes_of(Movement)), name="supply_kitmovement_is_known"
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.kit}: {self.movement}"
