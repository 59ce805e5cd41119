"""What everybody may know of an allocation. The arm is not here: it lies in the sealed schema."""

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q

from apps.core.models import Recorded


@pghistory.track()
class RandomizationList(Recorded):
    """One list of a study, committed by hash before the first participant. Its content is sealed."""

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="+")
    protocol_version = models.ForeignKey("studies.ProtocolVersion", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=[("LIVE", "Live"), ("CLOSED", "Closed")], default="LIVE")
    commitment = models.CharField(max_length=64)
    committed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "code"], name="randomization_list_code_once_per_study"),
            models.CheckConstraint(condition=Q(state__in=["LIVE", "CLOSED"]), name="randomization_list_state_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.study_id} {self.code}"


class Allocation(Recorded):
    """That a participant was randomized, when and by whom. Never to which arm. Append-only."""

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="+")
    participant = models.OneToOneField("participants.Participant", on_delete=models.PROTECT, related_name="+")
    list = models.ForeignKey(RandomizationList, on_delete=models.PROTECT, related_name="+")
    stratum = models.CharField(max_length=120)
    randomization_number = models.CharField(max_length=20)
    key = models.UUIDField(unique=True)
    allocated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["study", "randomization_number"], name="randomization_allocation_number_once_per_study"),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.randomization_number
