"""The watch, presence and attendance as the API speaks of them; input and output apart."""

from __future__ import annotations

from rest_framework import serializers

from apps.core.choices import choices_of
from apps.monitoring.domain.watchers import WatchAct


class WatchingOut(serializers.Serializer):
    session = serializers.UUIDField(source="session.pk")
    participant = serializers.CharField(source="session.participant.number")
    chair = serializers.IntegerField(source="session.chair")
    version = serializers.IntegerField(help_text="What a change of the watch must expect; 0 before the first")
    watcher = serializers.CharField(
        source="watcher.full_name", default=None, allow_null=True, help_text="Nobody: null"
    )
    watcher_id = serializers.UUIDField(source="watcher.pk", default=None, allow_null=True)
    since = serializers.DateTimeField(allow_null=True)
    unwatched_since = serializers.DateTimeField(
        source="gap.since",
        default=None,
        allow_null=True,
        help_text="Set while a first spray was given and nobody watches",
    )


class WatchChangeOut(serializers.Serializer):
    ordinal = serializers.IntegerField()
    act = serializers.ChoiceField(choices=choices_of(WatchAct))
    from_person = serializers.CharField(source="from_person.full_name", default=None, allow_null=True)
    to_person = serializers.CharField(source="to_person.full_name", default=None, allow_null=True)
    at = serializers.DateTimeField()
    reason = serializers.CharField()
    signature = serializers.UUIDField(allow_null=True, help_text="Shared by all that one signature changed")


class WatchingDetailOut(WatchingOut):
    changes = WatchChangeOut(many=True)


class ExpectedWatch(serializers.Serializer):
    session = serializers.UUIDField()
    version = serializers.IntegerField(min_value=0, max_value=32_767, help_text="The version you saw")


class TakeOverIn(serializers.Serializer):
    """Whom you take over, all or none, and your password as the signature."""

    sessions = ExpectedWatch(many=True, allow_empty=False, max_length=50)
    password = serializers.CharField(max_length=200, trim_whitespace=False, write_only=True)


class LeaveIn(TakeOverIn):
    reason = serializers.CharField(max_length=200, help_text="Why nobody takes over")


class PresenceIn(serializers.Serializer):
    on_site = serializers.BooleanField()


class OnSiteOut(serializers.Serializer):
    person = serializers.CharField(source="person.full_name")
    since = serializers.DateTimeField()


class PresenceOut(serializers.Serializer):
    site = serializers.CharField()
    prescribers = OnSiteOut(many=True)


class AttendanceQuery(serializers.Serializer):
    """Days of the site's calendar, both included; at most a quarter. Without a site: all where you may read it."""

    site = serializers.UUIDField(required=False)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()


class StretchOut(serializers.Serializer):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    watcher = serializers.CharField(allow_null=True, help_text="Nobody: null")


class AbsenceOut(serializers.Serializer):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()


class AttendedOut(serializers.Serializer):
    session = serializers.UUIDField()
    site = serializers.CharField()
    participant = serializers.CharField()
    visit = serializers.CharField()
    dosed_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    observed_minutes = serializers.FloatField()
    unwatched_minutes = serializers.FloatField()
    without_prescriber_minutes = serializers.FloatField()
    handovers = serializers.IntegerField()
    stretches = StretchOut(many=True, help_text="The whole observation, without gap or overlap")
    absences = AbsenceOut(many=True, help_text="No prescriber on site")


class WatcherOut(serializers.Serializer):
    person = serializers.CharField()
    sessions = serializers.IntegerField()
    minutes = serializers.FloatField()
    most_at_once = serializers.IntegerField()
    limit = serializers.IntegerField(allow_null=True)


class AttendanceOut(serializers.Serializer):
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    now = serializers.DateTimeField()
    observed_minutes = serializers.FloatField()
    unwatched_minutes = serializers.FloatField()
    without_prescriber_minutes = serializers.FloatField()
    sessions = AttendedOut(many=True)
    watchers = WatcherOut(many=True)
