"""Swapped labels: the treatments as sealed against the protocol, and what the kits of the play really held.

All findings here say that something disagrees and where to look; which treatment it is stays with who may know.
"""

from __future__ import annotations

from collections.abc import Iterable

from apps.rehearsal.domain.findings import Check, Finding
from apps.rehearsal.domain.sealed import KitsGiven, SealedArm, SealedList
from apps.studies.domain.protocol import Arm, Protocol

_DUMMY, _DRUG = "placebo", "esketamine"


def label_findings(protocol: Protocol) -> tuple[Finding, ...]:
    """Return a finding where a treatment's words say the opposite of its kind, or two have the same words."""
    found = [
        Finding(
            Check.LABELS,
            "LABEL_CONTRADICTS_TREATMENT",
            "In the protocol, the label of a treatment says another thing than its kind.",
            "arms",
        )
        for arm in protocol.arms
        if _says(arm.label) not in (None, arm.treatment)
    ]
    if len({arm.label.casefold() for arm in protocol.arms}) < len(protocol.arms):
        found.append(
            Finding(
                Check.LABELS, "LABELS_ALIKE", "In the protocol, two treatments have the same label.", "arms"
            )
        )
    return tuple(found)


def sealed_arm_findings(protocol: Protocol, lists: Iterable[SealedList]) -> tuple[Finding, ...]:
    """Return a finding for each list whose sealed treatments are not those of the protocol, to the last field."""
    wanted = {_sealed_of(arm) for arm in protocol.arms}
    return tuple(
        Finding(
            Check.LABELS,
            "SEALED_TREATMENTS_DIFFER",
            f"The treatments sealed with list {one.code} are not those of the protocol (code, label, content or dose).",
            one.code,
        )
        for one in lists
        if set(one.arms) != wanted
    )


def kit_findings(protocol: Protocol, given: Iterable[KitsGiven]) -> tuple[Finding, ...]:
    """Return a finding for each visit of the play at which kits held another thing than the protocol's treatment."""
    arms = {arm.code: arm for arm in protocol.arms}
    wrong = sorted(
        {one.visit for one in given if one.active != _active_devices(arms.get(one.arm), one, protocol)}
    )
    return tuple(
        Finding(
            Check.LABELS,
            "KIT_CONTENT_WRONG",
            f"At {visit}, kits held another content than the protocol's treatment of who got them.",
            visit,
        )
        for visit in wrong
    )


def _active_devices(arm: Arm | None, given: KitsGiven, protocol: Protocol) -> int | None:
    if arm is None:
        return None
    if arm.treatment == _DUMMY:
        return 0
    fixed = (arm.first_dose_mg if given.is_first else None) or arm.fixed_dose_mg
    dose = fixed if fixed is not None else given.dose_mg
    return None if dose is None else protocol.devices.devices_for(dose)


def _sealed_of(arm: Arm) -> SealedArm:
    return SealedArm(
        code=arm.code,
        label=arm.label,
        active=arm.treatment == _DRUG,
        fixed_mg=arm.fixed_dose_mg,
        first_mg=arm.first_dose_mg,
    )


def _says(label: str) -> str | None:
    """Return the treatment that a label names; "esketamine-matched placebo" is a placebo. None when it names none."""
    words = label.casefold()
    return next((word for word in (_DUMMY, _DRUG) if word in words), None)
