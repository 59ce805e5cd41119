"""The story's envelopes: one that is asked for and stays shut, and one that is opened and read once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from django.test import Client

from apps.accounts.models import User
from apps.participants.models import Participant
from apps.studies.domain.permissions import Role
from apps.unblinding.models import Opening
from apps.unblinding.services import envelopes
from tests.apps.blind.worlds import execute
from tests.factories.cast import PASSWORD, delegate, person_make

if TYPE_CHECKING:
    from tests.apps.blind.story import Telling

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
#: Whose envelope is opened: somebody whose pages the walk looks at, in another arm in the other world.
OPENED, SHUT = "B1", "B8"


def ask_for_one(telling: Telling) -> None:
    """Somebody of the night asks for an envelope that the database does not open: the asking is not committed."""
    telling.step(
        "code break",
        lambda: _break(telling, "code break", _night(telling, "Nora Night"), SHUT),
        after=5 * DAY,
    )


def open_one(telling: Telling) -> None:
    """Another investigator of the night opens an envelope and reads it; everybody concerned is told that."""

    def opened() -> None:
        with committed_between():
            _break(telling, "code opened", _night(telling, "Nils Night"), OPENED)

    telling.step("code opened", opened, after=5 * DAY + HOUR)


@contextmanager
def committed_between() -> Iterator[None]:
    """
    Between the two steps of an opening, what a commit would have done: the asking is of an earlier transaction.

    The story lies in one transaction that is never committed, so the number of the asking's is set back by hand. Both
    steps are the real ones, with the application's own rights.
    """
    open_once = envelopes.open_once

    def later(opening: Opening, **given: Any) -> envelopes.Revealed:
        execute(
            "ALTER TABLE sealed.envelope_request DISABLE TRIGGER USER",
            f"UPDATE sealed.envelope_request SET xact = '3' WHERE request_id = '{opening.pk}'",
            "ALTER TABLE sealed.envelope_request ENABLE TRIGGER USER",
        )
        return open_once(opening, **given)

    with patch("apps.unblinding.services.emergency.open_once", later):
        yield


def _night(telling: Telling, name: str) -> User:
    cast = telling.stage.flexible
    night = person_make(name)
    delegate(night, Role.INVESTIGATOR, study=cast.study, site=cast.site, at=telling.at)
    return night


def _break(telling: Telling, what: str, night: User, name: str) -> None:
    one: Participant = telling.people[name]
    client = Client()
    client.force_login(night, backend="django.contrib.auth.backends.ModelBackend")
    given = {
        "email": night.email, "password": PASSWORD, "key": str(telling.chance.uuid()), "number": one.number,
        "category": "EMERGENCY_TREATMENT", "reason": "The anaesthetist has to know before the operation.",
    }  # fmt: skip
    answer = client.post(
        f"/api/v1/participants/{one.pk}/code-break/", json.dumps(given), content_type="application/json"
    )
    if answer.status_code == 200:
        telling.told_once.append(answer.content)
        telling.hear(f"{what}: 200", sorted(json.loads(answer.content)))
    else:
        telling.hear(f"{what}: {answer.status_code}", answer.content)
