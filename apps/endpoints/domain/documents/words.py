"""Words and measures that the written forms of a report share."""

from __future__ import annotations

from apps.endpoints.domain.report import Report, Table

#: The letters of the longest number, with its interval or its spread, that stands on one line.
LONGEST_NUMBER = 24
SHORT_NAME = 12


def marks(report: Report) -> tuple[str, ...]:
    """Return what must be said first: fiction, and that arms are shown."""
    found = []
    if report.fictional:
        found.append("Fictional demonstration data. Nobody in this report exists.")
    if not report.pooled:
        found.append("Unblinded. For readers who may know the arms only.")
    return tuple(found)


def provenance_rows(report: Report) -> tuple[tuple[str, str], ...]:
    """Return where the report comes from, as name and value."""
    from_ = report.provenance
    software = ", ".join(f"{name} {version}" for name, version in from_.software)
    return (
        ("Study", from_.study),
        ("Protocol version", from_.protocol_version),
        *((("Digest of the analysis plan", from_.plan_digest),) if from_.plan_digest else ()),
        ("Data received until", f"{from_.data_cut_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("Vigil", from_.code_version),
        ("Software", software or "not stated"),
        ("Seeds", ", ".join(f"{what}: {seed}" for what, seed in from_.seeds) or "nothing is drawn"),
        ("Arms", "pooled" if report.pooled else "shown: unblinded"),
    )


def column_weights(table: Table) -> tuple[float, ...]:
    """Return how wide the columns should be, in proportion.

    A column of numbers as wide as its longest one, so that no interval is torn; a column of words as the root of its
    longest text, never below a word's.
    """
    weights = []
    for place, column in enumerate(table.columns):
        texts = [
            row.cells[place].text for row in table.rows if row.kind != "group" and place < len(row.cells)
        ]
        longest = max((len(text) for text in texts), default=1)
        words = [word for text in (*texts, column.label) for word in text.split()]
        whole = (column.align == "end" and longest <= LONGEST_NUMBER) or (
            place == 0 and longest <= SHORT_NAME
        )
        # A name may stand under a heading, a step to the right.
        one_line = 0.42 * (longest + 4 * (place == 0)) if whole else 0.0
        weights.append(max(longest**0.5, one_line, 0.45 * max(map(len, words), default=1), 2.4))
    return tuple(weights)
