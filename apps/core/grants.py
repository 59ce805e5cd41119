"""What each database login may do with the public tables. Applied after every migration.

The application's login can add and read; it can change what is not append-only; it can delete nothing but sign-in
sessions, tokens and lock-outs. So a fault or an intruder in the web process cannot rewrite history.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import connections, models

APP, UNBLINDED = "vigil_app", "vigil_unblinded"

#: Housekeeping of sign-in, where rows come and go.
TRANSIENT_APPS = frozenset({"sessions", "axes", "knox"})

#: Rows that the application asks for and only the owner's login ends.
OWNER_ENDS = frozenset({"rehearsal_rehearsalrun"})

#: The unblinded worker reads for its reports and writes only what a report job leaves behind.
UNBLINDED_UPDATES = frozenset({"endpoints_reportjob", "randomization_listverification"})
UNBLINDED_INSERTS = frozenset(
    {
        "unblinding_treatmentletter",
        "audit_auditevent",
        "endpoints_reportjobevent",
        "randomization_listverificationevent",
        "pghistory_context",
    }
)
UNBLINDED_NEVER_READS = frozenset({"participants_identity", "participants_identityevent"})


def is_append_only(model: type[models.Model]) -> bool:
    """Say whether rows of a model may never change: row history, and what a trigger protects."""
    if hasattr(model, "pgh_tracked_model"):
        return True
    names = {trigger.name for owner, trigger in pgtrigger.registered() if owner is model}
    return bool(names & {"append_only", "immutable"})


def rights(model: type[models.Model]) -> tuple[str, ...]:
    """Return the rights of the application's login on a model's table."""
    if model._meta.app_label in TRANSIENT_APPS:
        return ("SELECT", "INSERT", "UPDATE", "DELETE")
    if is_append_only(model) or model._meta.db_table in OWNER_ENDS:
        return ("SELECT", "INSERT")
    return ("SELECT", "INSERT", "UPDATE")


def statements() -> Iterator[str]:
    """Yield the SQL that sets every right from nothing, so that a right taken away in code is taken away for real."""
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {APP}, {UNBLINDED}"
    yield f"GRANT USAGE ON SCHEMA public TO {APP}, {UNBLINDED}"
    yield f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP}, {UNBLINDED}"
    yield f"GRANT SELECT ON django_migrations TO {APP}, {UNBLINDED}"
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.managed or model._meta.proxy:
            continue
        table = model._meta.db_table
        yield f'GRANT {", ".join(rights(model))} ON "{table}" TO {APP}'
        if table not in UNBLINDED_NEVER_READS:
            yield f'GRANT SELECT ON "{table}" TO {UNBLINDED}'
        if table in UNBLINDED_UPDATES:
            yield f'GRANT UPDATE ON "{table}" TO {UNBLINDED}'
        if table in UNBLINDED_INSERTS:
            yield f'GRANT INSERT ON "{table}" TO {UNBLINDED}'
    # pghistory adds to the context of a request already begun.
    yield f"GRANT UPDATE ON pghistory_context TO {APP}, {UNBLINDED}"


def apply(*, using: str = "default", **_signal: Any) -> None:
    """Set the rights in the database just migrated."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname IN (%s, %s)", [APP, UNBLINDED])
        if cursor.fetchone()[0] != 2:
            raise RuntimeError(
                f"The database logins {APP} and {UNBLINDED} do not exist. `make run` makes them; "
                "elsewhere run `python -m config.launch.provision` once with a login that may create roles."
            )
        for statement in statements():
            cursor.execute(statement)
