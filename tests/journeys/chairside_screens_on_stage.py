"""A morning at the chairs, at a fixed moment: every state that a page of the chairside can show. Run as the owner."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import django

#: The moment of every picture: 10:40 in Berlin.
MOMENT = datetime(2026, 3, 10, 9, 40, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def main() -> None:
    """Fill eight chairs: on time, late, found, ready, gates held, cleared, dosing, unwatched; one has left."""
    django.setup()
    from django.contrib.auth.hashers import make_password

    from apps.accounts.models import User
    from apps.accounts.selectors import system_user
    from apps.dosing.services import gates_record
    from apps.instruments.domain.catalogue import INSTRUMENTS
    from apps.monitoring.domain.conditions import Statement
    from apps.monitoring.services import (
        overdue_findings_raise,
        participant_release,
        prescriber_mark,
        unwatched_findings_raise,
        watch_take_over,
    )
    from apps.studies.domain.permissions import Role
    from apps.studies.models import Site
    from tests.apps.monitoring.scene import CALM, NO_DISSOCIATION, Nurse, seat
    from tests.factories.cast import cast_make, delegate, person_make
    from tests.factories.treatment import (
        checked_in,
        cleared,
        gate_answers,
        in_treatment,
        sprayed,
        stock_make,
    )

    now = MOMENT
    cast = cast_make(at=now - timedelta(days=60))
    Site.objects.filter(pk=cast.site.pk).update(chairs=8)
    User.objects.filter(pk=cast.nurse.pk).update(pin=make_password("2580"))
    stock_make(cast, at=now - 200 * MINUTE)
    second = person_make("Nils Berg")
    delegate(second, Role.SESSION_NURSE, study=cast.study, site=cast.site, at=now - timedelta(days=60))
    prescriber_mark(site_id=cast.site.pk, on_site=True, by=cast.investigator, at=now - 190 * MINUTE)

    whole = {
        **CALM,
        "rr": 15,
        "temp_c": 36.6,
        "cadss_items": NO_DISSOCIATION,
        "bprs_items": {item.code: item.values[0] for item in INSTRUMENTS["BPRS4"].items},
    }

    def watched(chair: int, minutes: float, *slots: int, by: User | None = cast.nurse) -> Nurse:
        """Somebody charted at these slots without anything to report; watched by somebody, or by nobody."""
        session = seat(cast, at=now, minutes=minutes, chair=chair, number=f"DE01-00{10 + chair}")
        if by is not None:
            watch_take_over(expected={session.pk: 0}, by=by, at=now - minutes * MINUTE)
        nurse = Nurse(session, by or cast.nurse)
        nurse.records(now - (minutes + 20) * MINUTE, slot=-1, **whole)
        for place, slot in enumerate(slots):
            drift = {
                "sbp": 126 + 5 * min(place, 3),
                "dbp": 80 + 2 * min(place, 3),
                "hr": 70 + 2 * min(place, 3),
            }
            given = {**whole, **drift, "moaas": 4 if slot in (30, 40) else 5}
            if slot >= 60:
                given["ready"] = slot == 120
            nurse.records(now - (minutes - slot) * MINUTE, slot=slot, **given)
        return nurse

    watched(1, 40, 15, 30)
    watched(2, 72, 15, 30, 40, 45)
    found = watched(3, 44, 15, 30, by=second)
    found.records(
        now - 3 * MINUTE,
        slot=40,
        **{**whole, "sbp": 146, "dbp": 92, "hr": 84, "spo2": 91, "moaas": 4},
        confirmed={"spo2"},
    )
    watched(4, 124, 15, 30, 40, 45, 60, 75, 90, 120, by=second)
    watched(8, 21, 15, by=None)
    people = [in_treatment(cast, at=now - 120 * MINUTE) for _ in range(4)]
    held = checked_in(cast, people[0], at=now - 9 * MINUTE, chair=5)
    gates_record(
        session_id=held.pk,
        answers=gate_answers(
            now=now, LIQUID={"last_at": (now - 22 * MINUTE).isoformat()}, BP={"sbp": 148, "dbp": 94}
        ),
        version=held.version,
        by=cast.nurse,
        at=now - 2 * MINUTE,
    )
    cleared(cast, people[1], at=now - 4 * MINUTE, chair=6)
    sprayed(cast, cleared(cast, people[2], at=now - 8 * MINUTE, chair=7), at=now - 3 * MINUTE)
    gone = watched(9, 150, 15, 30, 40, 45, 60, 75, 90, 120)
    participant_release(
        session_id=gone.session.pk,
        statement=Statement(confirmed=frozenset({"EVENTS", "ESCORT", "TOLD"})),
        by=cast.nurse,
        at=now - 26 * MINUTE,
    )
    # What the clock of the two hours would find by itself, found now: every run shows the same.
    overdue_findings_raise(by=system_user(), at=now)
    unwatched_findings_raise(by=system_user(), at=now)


if __name__ == "__main__":
    main()
