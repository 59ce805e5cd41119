"""Everything in a protocol that its author was not sure of, gathered for the pages that must say so."""

from __future__ import annotations

from dataclasses import dataclass

from apps.studies.domain.blocks import Mark, Marked
from apps.studies.domain.checks.everywhere import blocks_of
from apps.studies.domain.protocol import Protocol
from apps.studies.domain.yaml_reading import dotted

MARK_LABELS: dict[Mark, str] = {
    "S": "read in a source",
    "D": "computed from sources",
    "G": "general knowledge, protocol-defined",
    "U": "uncertain, protocol-defined",
}


@dataclass(frozen=True)
class Uncertainty:
    """One fact that this protocol file alone decides: where, how sure, and what is known."""

    path: str
    mark: Mark
    text: str


def uncertainties(protocol: Protocol) -> tuple[Uncertainty, ...]:
    """The listed uncertain facts first, then every block marked G or U, in the order of the file."""
    listed = tuple(Uncertainty(entry.path, entry.mark, entry.text) for entry in protocol.uncertain)
    marked = tuple(
        Uncertainty(dotted(path), block.mark, _said(block))
        for path, block in blocks_of(protocol)
        if isinstance(block, Marked) and block.mark is not None and block.protocol_defined
    )
    return listed + marked


def _said(block: Marked) -> str:
    for name in ("note", "label", "text"):
        words = getattr(block, name, "")
        if words:
            return str(words)
    return MARK_LABELS[block.mark or "U"]
