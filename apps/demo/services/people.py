"""The people of the demo: one account for each role to sign in with, and the staff who acted in its history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from apps.accounts.models import User
from apps.audit.services import event_record
from apps.demo.domain.accounts import ACCOUNTS, PASSWORD, DemoAccount, staff_of
from apps.studies.domain.permissions import Role


@dataclass(frozen=True, slots=True)
class Staff:
    """Who works at a site. History is written in their names."""

    coordinator: User
    investigator: User
    nurse: User
    rater: User
    pharmacist: User
    relief: User

    def by_role(self) -> tuple[tuple[Role, User], ...]:
        """Return each person with the role they hold at the site."""
        return (
            (Role.COORDINATOR, self.coordinator),
            (Role.INVESTIGATOR, self.investigator),
            (Role.SESSION_NURSE, self.nurse),
            (Role.EFFICACY_RATER, self.rater),
            (Role.PHARMACIST, self.pharmacist),
            (Role.SESSION_NURSE, self.relief),
        )


@transaction.atomic
def accounts_ensure(*, sites: Iterable[str], by: User, at: datetime) -> dict[str, User]:
    """Make the accounts that are not there yet; return all of them by e-mail address.

    One account for each role has the printed password; of the staff of the `sites` (by code) only the relief can sign.
    """
    wanted: list[DemoAccount] = [*ACCOUNTS, *(person for code in sites for person in staff_of(code))]
    known = {user.email: user for user in User.objects.filter(email__in=[one.email for one in wanted])}
    # Hashing is slow on purpose; one printed password needs one hash.
    printed, none = make_password(PASSWORD), make_password(None)
    missing = [one for one in wanted if one.email not in known]
    made = User.objects.bulk_create(
        User(email=one.email, full_name=one.full_name, password=printed if one.signs_in else none)
        for one in missing
    )
    for user in made:
        event_record(kind="user.created", by=by, at=at, subject=user, detail={"email": user.email})
    return known | {user.email: user for user in made}


def _staff(site_code: str, accounts: dict[str, User]) -> Staff:
    """The staff of a site, in the order of `staff_of`."""
    return Staff(*(accounts[person.email] for person in staff_of(site_code)))
