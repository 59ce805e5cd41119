"""Strata: the cells of the stratification factors, each with its own sequence of arms.

A stratum's key names every factor and its level, factors in alphabetical order, as ``factor=level`` joined
by ``|``. The order in which a protocol happens to list its factors therefore never changes a key, nor the
stream made from it.
"""

import itertools
import re
from collections.abc import Mapping, Sequence

UNSTRATIFIED = "all"
"""The key of the one stratum of a list without stratification factors."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")


def stratum_key(levels: Mapping[str, str]) -> str:
    """Return the key of the stratum with these levels (factor to level); `UNSTRATIFIED` for no factors.

    Raises ValueError for a factor or level that is not one word of ASCII letters, digits and ``_ . + -``: the
    key is part of the random stream's label and must read one way only.
    """
    for name in (*levels.keys(), *levels.values()):
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot name a stratification factor or level.")
    return "|".join(f"{factor}={levels[factor]}" for factor in sorted(levels)) or UNSTRATIFIED


def stratum_keys(factors: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the keys of all strata that these factors (name to levels) span, in the order of the keys."""
    names = sorted(factors)
    cells = itertools.product(*(factors[name] for name in names))
    return tuple(sorted(stratum_key(dict(zip(names, cell, strict=True))) for cell in cells))


def strata_missing(factors: Mapping[str, Sequence[str]], levels: Mapping[str, str]) -> tuple[str, ...]:
    """Return the factors, in alphabetical order, whose level is absent or is none that the protocol knows."""
    return tuple(name for name in sorted(factors) if levels.get(name) not in factors[name])
