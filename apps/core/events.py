"""Consequences above. A lower app says what happened; which upper app reacts stands in config/reactions.py.

No queue and no thread: reactions run at once, in the same transaction, and a reaction that refuses undoes the act.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction

Event = TypeVar("Event")
_reactions: dict[type[Any], list[Callable[[Any], object]]] = {}


def react(event: type[Event], reaction: Callable[[Event], object]) -> None:
    """Register a reaction to a kind of event. Registering the same one twice changes nothing."""
    known = _reactions.setdefault(event, [])
    if reaction not in known:
        known.append(reaction)


def publish(event: object) -> None:
    """
    Run every reaction to an event, in the order registered.

    :raises RuntimeError: outside a transaction, where a failing reaction could not undo the act
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An event is published inside the transaction of the act it tells of.")
    for reaction in _reactions.get(type(event), ()):
        reaction(event)
