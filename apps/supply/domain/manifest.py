"""The depot's manifest: which kit holds what. Read once by the owner's login, then only the sealed schema
knows.

A manifest is refused when what everybody will see (number, serial, lot, expiry, site) would tell the content.
"""

import csv
import io
import itertools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

COLUMNS = ("number", "serial", "site", "lot", "expires_on", "content")
CONTENTS = ("ACTIVE", "PLACEBO")

_NUMBER = re.compile(r"[A-Z0-9-]{3,20}")
_SERIAL = re.compile(r"[A-Za-z0-9./-]{3,40}")
_TELLING = 4.0
"""Standard deviations at which an arrangement of contents no longer looks like chance."""


@dataclass(frozen=True, slots=True)
class KitReceived:
    """One line of a manifest: `expires_on` is the last day of use, `content` ACTIVE or PLACEBO.

    `serial` is the manufacturer's number of the device. Files must give it; stock from before may lack it.
    """

    number: str
    site: str
    lot: str
    expires_on: date
    content: str
    serial: str = ""


def manifest_read(text: str) -> tuple[tuple[KitReceived, ...], tuple[str, ...]]:
    """Return the lines of a CSV manifest that can be read, and a fault for each that cannot, by line
    number.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        if tuple(reader.fieldnames or ()) != COLUMNS:
            return (), (f"line 1: the columns must be {', '.join(COLUMNS)}",)
        rows = list(enumerate(reader, start=2))
    except csv.Error as broken:
        return (), (f"line {reader.line_num}: {broken}",)
    kits: list[KitReceived] = []
    faults: list[str] = []
    for line, row in rows:
        found = [fault for name in COLUMNS if (fault := _field_fault(name, row.get(name) or ""))]
        if None in row or found:
            faults.append(f"line {line}: " + "; ".join(found or ["too many columns"]))
            continue
        kits.append(
            KitReceived(
                number=row["number"],
                site=row["site"],
                lot=row["lot"],
                expires_on=date.fromisoformat(row["expires_on"]),
                content=row["content"],
                serial=row["serial"],
            )
        )
    return tuple(kits), tuple(faults)


def manifest_faults(
    kits: Sequence[KitReceived],
    *,
    sites: Collection[str],
    known_numbers: Collection[str],
    blinded: bool,
    known_serials: Collection[str] = (),
) -> tuple[str, ...]:
    """Return every reason against registering these kits; `blinded` asks that nothing visible tells the
    content.
    """
    faults = []
    if not kits:
        faults.append("The manifest holds no kit.")
    numbers = Counter(kit.number for kit in kits)
    faults += [f"Kit {number} is listed twice." for number, count in sorted(numbers.items()) if count > 1]
    faults += [f"Kit {number} is already registered." for number in sorted(set(numbers) & set(known_numbers))]
    serials = Counter(kit.serial for kit in kits if kit.serial)
    faults += [f"Serial {serial} is listed twice." for serial, count in sorted(serials.items()) if count > 1]
    faults += [
        f"Serial {serial} is already registered." for serial in sorted(set(serials) & set(known_serials))
    ]
    faults += [f"There is no site {site}." for site in sorted({kit.site for kit in kits} - set(sites))]
    faults += [
        f"Kit {kit.number}: content must be ACTIVE or PLACEBO." for kit in kits if kit.content not in CONTENTS
    ]
    if blinded and not faults:
        faults += _tells(kits)
    return tuple(faults)


def _tells(kits: Sequence[KitReceived]) -> list[str]:
    faults = []
    for name, group in (("lot", "lot"), ("expiry", "expires_on")):
        cells: dict[tuple[str, object], set[str]] = defaultdict(set)
        for kit in kits:
            cells[kit.site, getattr(kit, group)].add(kit.content)
        faults += [
            f"At site {site} all kits of {name} {value} have the same content, so the {name} tells it."
            for (site, value), contents in sorted(cells.items(), key=str)
            if len(contents) == 1
        ]
    faults += _labels_tell("number", [(kit.number, kit.content) for kit in kits])
    faults += _labels_tell("serial", [(kit.serial, kit.content) for kit in kits if kit.serial])
    having: dict[bool, set[str]] = defaultdict(set)
    for kit in kits:
        having[bool(kit.serial)].add(kit.content)
    if len(having) == 2 and min(map(len, having.values())) == 1:
        faults.append("Kits with and without a serial differ in content, so having one tells it.")
    return faults


def _labels_tell(name: str, labels: Sequence[tuple[str, str]]) -> list[str]:
    """Return how labels as (label, content) tell the content: by how they begin, or by their order."""
    prefixes: dict[str, set[str]] = defaultdict(set)
    for label, content in labels:
        prefixes[label.rstrip("0123456789")].add(content)
    faults = [
        f"All {name}s beginning with {prefix!r} have the same content, so the {name} tells it."
        for prefix, contents in sorted(prefixes.items())
        if len(contents) == 1
    ]
    ordered = [content for _, content in sorted(labels, key=lambda each: (len(each[0]), each[0]))]
    if abs(runs_deviation(ordered)) > _TELLING:
        faults.append(f"The order of the {name}s follows the content; the {name}s must be shuffled.")
    return faults


def runs_deviation(sequence: Sequence[str]) -> float:
    """Return how many standard deviations the number of runs lies from chance (Wald and Wolfowitz 1940).

    Zero where there are fewer than ten of either kind: too few to judge.
    """
    first = sum(item == CONTENTS[0] for item in sequence)
    second = len(sequence) - first
    if min(first, second) < 10:
        return 0.0
    total = first + second
    expected = 2 * first * second / total + 1
    variance = (expected - 1) * (expected - 2) / (total - 1)
    runs = 1 + sum(left != right for left, right in itertools.pairwise(sequence))
    return (runs - expected) / math.sqrt(variance)


def _field_fault(name: str, value: str) -> str | None:
    match name:
        case "number" if not _NUMBER.fullmatch(value):
            return "number must be 3 to 20 capital letters, digits or hyphens"
        case "serial" if not _SERIAL.fullmatch(value):
            return "serial must be 3 to 40 letters, digits, dots, slashes or hyphens"
        case "content" if value not in CONTENTS:
            return "content must be ACTIVE or PLACEBO"
        case "expires_on":
            try:
                date.fromisoformat(value)
            except ValueError:
                return "expires_on must be a date such as 2027-06-30"
        case "site" | "lot" if not value or len(value) > 40:
            return f"{name} must be given, with at most 40 characters"
    return None
