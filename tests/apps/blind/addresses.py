"""Every address there is, filled with things of the story. A parameter that nobody can fill fails the test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from django.urls import URLPattern, URLResolver, get_resolver

from apps.dosing.models import DosingSession
from apps.endpoints.models import ReportFile, ReportJob
from apps.instruments.models import Rating, RatingSlot
from apps.monitoring.models import Finding, Observation
from apps.papers.presenters import PAPERS
from apps.participants.models import Participant
from apps.quality.models import Deviation
from apps.randomization.models import Allocation, RandomizationList
from apps.rehearsal.models import RehearsalRun
from apps.reminders.models import Reminder, Webhook
from apps.safety.models import AdverseEvent, Medication
from apps.schedule.models import Visit
from apps.screening.domain.sections import sections_of
from apps.studies.models import Delegation
from apps.studies.selectors import protocol_of
from apps.supply.models import Kit, TemperatureExcursion
from apps.unblinding.models import Drill, Opening, TreatmentLetter

#: Nobody's identifier, where the story has no such thing.
NOBODY = uuid5(UUID(int=0), "nobody")

#: What each parameter of an address may be, for one participant. A new parameter needs a line here.
FILLERS: Mapping[str, Callable[[Participant], Sequence[object]]] = {
    "participant_id": lambda one: [one.pk],
    "allocation_id": lambda one: _ids(Allocation, participant=one),
    "kit_id": lambda one: [_ids(Kit, participant=one)[0], _ids(Kit, participant=None, site=one.site)[0]],
    "visit_id": lambda one: _ids(Visit, participant=one, code__in=["D1", "D4"]),
    "session_id": lambda one: _ids(DosingSession, participant=one),
    "observation_id": lambda one: _ids(Observation, session__participant=one)[:1],
    "finding_id": lambda one: _ids(Finding, session__participant=one)[:1],
    "rating_id": lambda one: _ids(Rating, participant=one)[:1],
    "slot_id": lambda one: _ids(RatingSlot, participant=one)[:1],
    "medication_id": lambda one: _ids(Medication, participant=one)[:1],
    "adverse_event_id": lambda one: _ids(AdverseEvent, participant=one)[:1],
    "reminder_id": lambda one: _ids(Reminder, participant=one)[:1],
    "webhook_id": lambda one: _ids(Webhook, study=one.study)[:1],
    "deviation_id": lambda one: _ids(Deviation, participant=one)[:1],
    "job_id": lambda _one: _ids(ReportJob),
    "delegation_id": lambda one: _ids(Delegation, site=one.site)[:1],
    "site_id": lambda one: [one.site_id],
    "opening_id": lambda _one: _ids(Opening),
    "drill_id": lambda _one: _ids(Drill),
    "letter_id": lambda _one: _ids(TreatmentLetter)[:1],
    "list_id": lambda one: _ids(RandomizationList, study=one.study)[:1],
    "run_id": lambda _one: _ids(RehearsalRun)[:1],
    "excursion_id": lambda _one: _ids(TemperatureExcursion)[:1],
    "code": lambda one: [one.study.code],
    "visit_code": lambda _one: ["D1"],
    "instrument": lambda _one: ["MADRS"],
    "kind": lambda _one: list(PAPERS),
    "ordinal": lambda _one: [1],
    "gate": lambda _one: ["BP"],
    "slug": lambda one: [part.slug for part in sections_of(protocol_of(one.protocol_version))[:2]],
    "figure": lambda _one: ["accrual", "sites", "reasons"],
    "name": lambda _one: list(ReportFile.objects.order_by("name").values_list("name", flat=True)) or ["report.pdf"],
}  # fmt: skip

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Route:
    """An address with its parameters in angle brackets."""

    name: str
    path: str
    view: Callable[..., object]

    def takes(self, method: str) -> bool:
        """Whether the view has a handler for the method; a plain function may."""
        kind = getattr(self.view, "cls", None) or getattr(self.view, "view_class", None)
        return kind is None or hasattr(kind, method)

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(_PARAMETER.findall(self.path))


def _ids(model: type, **wanted: object) -> list[object]:
    found = model.objects.filter(**wanted).order_by("pk").values_list("pk", flat=True)  # type: ignore[attr-defined]
    return list(found) or [NOBODY]


def routes(resolver: URLResolver | None = None, before: str = "/", space: str = "") -> Iterator[Route]:
    """Everything the resolver knows."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = ":".join(filter(None, (space, entry.namespace)))
            yield from routes(entry, before + str(entry.pattern), inner)
        elif isinstance(entry, URLPattern):
            yield Route(
                ":".join(filter(None, (space, entry.name))), before + str(entry.pattern), entry.callback
            )


def unfilled() -> list[str]:
    """Addresses with a parameter that FILLERS does not know."""
    return [route.path for route in routes() if set(route.parameters) - set(FILLERS)]


def filled(route: Route, one: Participant) -> list[str]:
    """The addresses of a route for a participant: every value of each parameter, the others at their first."""
    values = {name: FILLERS[name](one) if name in FILLERS else [NOBODY] for name in route.parameters}
    paths = []
    for name in values or [""]:
        for value in values.get(name, [""]):
            given = {other: choices[0] for other, choices in values.items()} | {name: value}
            paths.append(_PARAMETER.sub(lambda found, given=given: str(given[found.group(1)]), route.path))
    return list(dict.fromkeys(paths))
