"""What is drawn of a session: on its pages, and on paper."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from apps.monitoring.domain.chart import Drawn
from apps.monitoring.domain.findings import measures_of
from apps.monitoring.selectors.watching import Watch


def limits_passed(watch: Watch) -> Mapping[UUID, frozenset[str]]:
    """Return, by observation, the measures in which a rule above "info" found something."""
    rules = {rule.code: rule for rule in watch.protocol.escalation}
    found: dict[UUID, frozenset[str]] = {}
    for finding in watch.findings:
        rule = rules.get(finding.rule)
        if finding.observation_id is None or rule is None or finding.severity == "info":
            continue
        found[finding.observation_id] = found.get(finding.observation_id, frozenset()) | set(
            measures_of(rule)
        )
    return found


def drawn_of(watch: Watch, *, on_paper: bool = False) -> Drawn:
    """Return what a chart draws of a session: on its pages, or on paper."""
    return Drawn(
        readings=watch.readings,
        limits=watch.limits,
        statuses=watch.statuses,
        passed=limits_passed(watch),
        late=frozenset(entry.pk for entry in watch.observations if entry.late_reason),
        dosed_at=watch.session.dosed_at,
        ended_at=watch.session.ended_at if watch.is_over else None,
        now=watch.now,
        on_paper=on_paper,
    )
