"""Whatever is ordered has one order only.

Equal rows come back as they lie in the database, which differs from run to run and, where they were written in the
order of the draws, tells of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

#: Last keys that leave no two rows equal, each with its reason; otherwise an order ends with the identifier.
#: A key of another table's (`visit__id`) never does: many rows share it.
LAST_KEYS = {
    "id": "the identifier",
    "pk": "the identifier",
    "pgh_id": "the identifier of a version in a history",
    "code": "unique in its study: sites, lists, protocols of one study",
    "number": "unique in its study: participants, kits, versions",
    "randomization_number": "unique in its study",
    "email": "unique",
    "ordinal": "unique in its session",
    "line": "unique in its kit's ledger",
    "attempt": "unique for its participant",
    "position": "unique in its visit's box",
    "chair": "one open session in a chair of a site",
}


def orders_in(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the last key of every order in a module; a key that is no word is shown as written."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        if node.func.attr != "order_by":
            continue
        last = node.args[-1]
        word = isinstance(last, ast.Constant) and isinstance(last.value, str)
        yield node.lineno, last.value.lstrip("-") if word else ast.unparse(last)


def test_every_order_is_total() -> None:
    loose = [
        f"{path.relative_to(ROOT)}:{line} ends with {key}"
        for path in sorted((ROOT / "apps").rglob("*.py"))
        if "migrations" not in path.parts
        for line, key in orders_in(path.read_text())
        if key not in LAST_KEYS
    ]
    assert not loose, "\n".join(loose)


def test_a_loose_order_is_seen() -> None:
    found = orders_in(
        'a.order_by("-at")\nb.filter().order_by("x", "visit__id")\nc.order_by()\nd.order_by(F("at").desc())'
    )
    assert sorted(found) == [(1, "at"), (2, "visit__id"), (4, "F('at').desc()")]
