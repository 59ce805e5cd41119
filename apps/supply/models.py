"""Numbered kits, one device each, with their ledger, counts and mishaps. What is inside lies in the sealed schema."""

from functools import reduce
from operator import or_

import pghistory
import pgtrigger
from django.db import models
from django.db.models import F, Q

from apps.core.choices import choices_of, codes_of
from apps.core.models import Recorded
from apps.supply.domain.kits import TRANSITIONS, KitState, Movement

#: The state of a kit is where its last line led to. Judged at the end of the transaction, whichever came first.
_KIT_STANDS_WHERE_ITS_LINES_LEAD = """
    IF (SELECT m.to_state FROM supply_kitmovement AS m WHERE m.kit_id = {kit} ORDER BY m.line DESC LIMIT 1)
        IS DISTINCT FROM (SELECT k.state FROM supply_kit AS k WHERE k.id = {kit})
    THEN
        RAISE check_violation USING MESSAGE = 'The state of a kit is the sum of its lines in the ledger.';
    END IF;
    RETURN NULL;
"""

#: A line begins where the last one ended and takes the next number; it names the person the kit is with.
_LINES_FOLLOW_EACH_OTHER = """
    SELECT m.line, m.to_state INTO last FROM supply_kitmovement AS m
    WHERE m.kit_id = NEW.kit_id ORDER BY m.line DESC LIMIT 1;
    IF coalesce(last.to_state, '') <> NEW.from_state THEN
        RAISE check_violation USING MESSAGE = 'A line of the kit ledger begins where the one before ended.';
    END IF;
    NEW.line := coalesce(last.line, 0) + 1;
    IF NEW.participant_id IS NULL AND (
        NEW.from_state IN ('DISPENSED', 'ADMINISTERED') OR NEW.to_state IN ('DISPENSED', 'ADMINISTERED')
    ) THEN
        SELECT k.participant_id INTO NEW.participant_id FROM supply_kit AS k WHERE k.id = NEW.kit_id;
    END IF;
    RETURN NEW;
"""


@pghistory.track()
class Kit(Recorded):
    """One device in its box. Its number is shuffled and tells nothing of the content."""

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="+")
    site = models.ForeignKey("studies.Site", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    serial = models.CharField(max_length=40, blank=True, default="")
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
            models.UniqueConstraint(
                fields=["study", "serial"],
                condition=~Q(serial=""),
                name="supply_kit_serial_once_per_study",
            ),
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
        triggers = [
            pgtrigger.Trigger(
                name="stands_where_its_lines_lead",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
                timing=pgtrigger.Deferred,
                func=_KIT_STANDS_WHERE_ITS_LINES_LEAD.format(kit="NEW.id"),
            )
        ]

    def __str__(self) -> str:
        return self.number


class KitMovement(Recorded):
    """One line of the kit ledger. Append-only: the state of a kit is the sum of its lines.

    `line` counts a kit's lines from 1 and is set by the database; `participant` is whom the kit was handed to,
    sprayed by, or taken back from.
    """

    kit = models.ForeignKey(Kit, on_delete=models.PROTECT, related_name="movements")
    line = models.PositiveIntegerField(default=0)
    movement = models.CharField(max_length=20, choices=choices_of(Movement))
    at = models.DateTimeField()
    from_state = models.CharField(max_length=20, blank=True, default="")
    to_state = models.CharField(max_length=20)
    participant = models.ForeignKey(
        "participants.Participant", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    witness = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(movement__in=codes_of(Movement)), name="supply_kitmovement_is_known"
            ),
            models.CheckConstraint(
                condition=reduce(
                    or_,
                    (
                        Q(
                            from_state=before.value if before else "",
                            movement=movement.value,
                            to_state=after.value,
                        )
                        for (before, movement), after in TRANSITIONS.items()
                    ),
                ),
                name="supply_kitmovement_follows_the_table",
            ),
            models.UniqueConstraint(fields=["kit", "line"], name="supply_kitmovement_line_once_per_kit"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="lines_follow_each_other",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("last", "record")],
                func=_LINES_FOLLOW_EACH_OTHER,
            ),
            pgtrigger.Trigger(
                name="moves_its_kit",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                condition=pgtrigger.Condition("NEW.from_state <> NEW.to_state"),
                func=_KIT_STANDS_WHERE_ITS_LINES_LEAD.format(kit="NEW.kit_id"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kit}: {self.movement}"


class StockCount(Recorded):
    """One lot of a site counted by one person before another: what the ledger expected, what was there. Append-only."""

    site = models.ForeignKey("studies.Site", on_delete=models.PROTECT, related_name="+")
    lot = models.CharField(max_length=40)
    as_of = models.DateTimeField()
    on = models.DateField(help_text="The day at the site")
    expected = models.PositiveIntegerField()
    counted = models.PositiveIntegerField()
    witness = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(counted=F("expected")) | ~Q(reason=""),
                name="supply_stockcount_difference_has_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(witness=F("recorded_by")), name="supply_stockcount_witness_is_another_person"
            ),
        ]
        indexes = [models.Index(fields=["site", "on"], name="supply_stockcount_site_day")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.lot} on {self.on}: {self.counted} of {self.expected}"


class TemperatureExcursion(Recorded):
    """A time at which a site's storage was too cold or too warm. Append-only; the kits concerned go to quarantine."""

    site = models.ForeignKey("studies.Site", on_delete=models.PROTECT, related_name="+")
    began = models.DateTimeField()
    ended = models.DateTimeField()
    min_c = models.DecimalField(max_digits=4, decimal_places=1)
    max_c = models.DecimalField(max_digits=4, decimal_places=1)
    note = models.TextField()
    kits = models.ManyToManyField(Kit, through="ExcursionKit", related_name="excursions")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended__gt=F("began")), name="supply_temperatureexcursion_ends_after_it_began"
            ),
            models.CheckConstraint(
                condition=Q(max_c__gte=F("min_c")), name="supply_temperatureexcursion_max_is_not_below_min"
            ),
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.min_c} to {self.max_c} °C at {self.site}"


class ExcursionKit(Recorded):
    """One kit that lay in the storage then. Append-only."""

    excursion = models.ForeignKey(TemperatureExcursion, on_delete=models.PROTECT, related_name="kit_rows")
    kit = models.ForeignKey(Kit, on_delete=models.PROTECT, related_name="excursion_rows")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["excursion", "kit"], name="supply_excursionkit_once_per_excursion"
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.kit} in {self.excursion}"


class ExcursionDecision(Recorded):
    """What became of the kits of an excursion: released or destroyed, once, with a reason. Append-only."""

    excursion = models.OneToOneField(TemperatureExcursion, on_delete=models.PROTECT, related_name="decision")
    outcome = models.CharField(max_length=10, choices=[("RELEASE", "Release"), ("DESTROY", "Destroy")])
    reason = models.TextField()
    witness = models.ForeignKey(
        "accounts.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="RELEASE") | Q(outcome="DESTROY", witness__isnull=False),
                name="supply_excursiondecision_destruction_has_a_witness",
            )
        ]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.outcome}: {self.excursion}"


class WrongKit(Recorded):
    """That somebody was handed a kit that was not theirs, what was done about it, and the deviation to report.

    `assigned` is the kit of that place of the visit, if one was held; `kit` the one in the hand. Append-only.
    """

    participant = models.ForeignKey("participants.Participant", on_delete=models.PROTECT, related_name="+")
    visit_code = models.CharField(max_length=20)
    position = models.PositiveSmallIntegerField()
    kit = models.ForeignKey(Kit, on_delete=models.PROTECT, related_name="+")
    assigned = models.ForeignKey(Kit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    was_administered = models.BooleanField()
    reason = models.TextField()
    deviation = models.TextField()

    class Meta:
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.kit} at {self.visit_code} of {self.participant}"
