"""Checks on every block alike: codes unique among siblings, instruments known."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from apps.studies.domain.blocks import Block
from apps.studies.domain.instrument_codes import INSTRUMENT_CODES
from apps.studies.domain.protocol import Analysis, OralAntidepressant, Protocol
from apps.studies.domain.yaml_reading import Fault, Path, dotted

_NAMES = ("code", "key")


def blocks_of(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every block and every tuple inside, outermost first, with its path in the file."""
    if isinstance(value, Block):
        yield path, value
        for name, field in type(value).model_fields.items():
            # A partly built protocol lacks its broken sections.
            inner = getattr(value, name, None)
            if isinstance(inner, (Block, tuple)):
                yield from blocks_of(inner, (*path, field.alias or name))
    elif isinstance(value, tuple):
        yield path, value
        for index, item in enumerate(value):
            if isinstance(item, (Block, tuple)):
                yield from blocks_of(item, (*path, index))


def repeated_names(protocol: Protocol) -> Iterator[Fault]:
    """Two siblings of one code or key cannot be told apart."""
    for path, value in blocks_of(protocol):
        if not isinstance(value, tuple):
            continue
        first_at: dict[object, int] = {}
        for index, item in enumerate(value):
            for name in _NAMES:
                if not (isinstance(item, Block) and name in type(item).model_fields):
                    continue
                word = getattr(item, name)
                # The same drug stands once for each age group.
                same = (word, item.age_group) if isinstance(item, OralAntidepressant) else word
                if same in first_at:
                    where = dotted((*path, index, name))
                    yield Fault(where, f"{word} is already the {name} of {dotted((*path, first_at[same]))}")
                first_at.setdefault(same, index)


def unknown_instruments(protocol: Protocol) -> Iterator[Fault]:
    """An instrument that no code knows cannot be rated."""
    for path, value in blocks_of(protocol):
        if not isinstance(value, Block) or "instrument" not in type(value).model_fields:
            continue
        word = getattr(value, "instrument", None)
        if isinstance(value, Analysis) and value.time_to_event is not None:
            continue
        if word is not None and word not in INSTRUMENT_CODES:
            close = difflib.get_close_matches(word.upper(), INSTRUMENT_CODES, n=1)
            hint = (
                f"; did you mean {close[0]}?" if close else f"; known: {', '.join(sorted(INSTRUMENT_CODES))}"
            )
            yield Fault(dotted((*path, "instrument")), f"unknown instrument {word}{hint}")


EVERYWHERE_CHECKS = (((), repeated_names), ((), unknown_instruments))
