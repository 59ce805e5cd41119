"""The witness at the screen, before the act."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from apps.accounts.models import User
from apps.supply import services
from apps.supply.forms import WitnessForm


def witness_of(form: WitnessForm, *, site_id: UUID, meaning: str, by: User, at: datetime) -> User | None:
    """Return who signed as a witness, None where none was named. Raises what `witness_check` raises."""
    email = form.cleaned_data.get("witness_email", "")
    if not email:
        return None
    return services.witness_check(
        email=email,
        password=form.cleaned_data.get("witness_password", ""),
        site_id=site_id,
        meaning=meaning,
        by=by,
        at=at,
    )
