"""What somebody typed about a person or a consent form, and why it cannot be right."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from apps.core.exceptions import Reason


@dataclass(frozen=True, slots=True)
class IdentityGiven:
    """Who the person is, as typed."""

    full_name: str
    birth_date: date
    phone: str = ""
    email: str = ""
    emergency_contact: str = ""

    def clean(self) -> IdentityGiven:
        """Return the same without blanks around the words."""
        return IdentityGiven(
            self.full_name.strip(),
            self.birth_date,
            self.phone.strip(),
            self.email.strip(),
            self.emergency_contact.strip(),
        )

    def is_of(self, identity: object) -> bool:
        """Say whether a stored identity (anything with these attributes) holds exactly these values."""
        return all(getattr(identity, name) == getattr(self, name) for name in self.__slots__)


def form_reasons(form: str) -> list[Reason]:
    """Return why this cannot name a version of the consent form."""
    if not form:
        return [Reason("required", "Name the version of the consent form.", "form_version")]
    if len(form) > 40:
        return [Reason("too_long", "At most 40 characters.", "form_version")]
    return []


def word_reasons(person: IdentityGiven) -> list[Reason]:
    """Return what is missing or too long in the words about a person."""
    reasons = []
    if not person.full_name:
        reasons.append(Reason("required", "The name is missing.", "full_name"))
    for name, longest in (
        ("full_name", 200),
        ("phone", 40),
        ("email", 254),
        ("emergency_contact", 200),
    ):
        if len(getattr(person, name)) > longest:
            reasons.append(Reason("too_long", f"At most {longest} characters.", name))
    return reasons
