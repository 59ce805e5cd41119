"""Words that HTML and PDF share."""

from __future__ import annotations

from apps.endpoints.domain.report import Report


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
