"""Reading a list made elsewhere: CSV with `stratum,seq,arm` and, where its blocks are declared, `block`.

Every fault is named with its line, so that a list can be mended at once; a list with a fault is not taken. No
message repeats an arm of the list: it may travel further than the file.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from apps.core.exceptions import Invalid, Reason
from apps.randomization.domain.commitment import list_digest
from apps.randomization.domain.shapes import ListPlan, Slot
from apps.randomization.domain.upload_checks import Line, faults_of_lines

COLUMNS = ("stratum", "seq", "arm")
LONGEST_FILE = 10_000_000
MOST_FAULTS = 200
_BOM = "\ufeff"


class UploadInvalid(Invalid):
    """The file is no list for this study; each reason's `field` is the line, ``line 4``."""

    code = "uploaded_list_invalid"
    title = "The uploaded list has faults"


@dataclass(frozen=True, slots=True)
class _Fault:
    line: int
    text: str


def list_read(content: bytes, *, plan: ListPlan, strata: Collection[str], sha256: str) -> tuple[Slot, ...]:
    """Return the places of an uploaded list, strata in the order of their keys.

    `sha256` is what the list's maker gave, 64 hexadecimal digits. Without a column `block` every place is a
    block of its own.

    Raises UploadInvalid with every fault: another SHA-256, an unreadable line, an arm the plan does not have,
    an unknown or a missing stratum, a place named twice or left out, lines out of order, arms sorted instead
    of shuffled or missing throughout, and a declared block that does not hold the ratio.
    """
    faults = []
    actual = hashlib.sha256(content).hexdigest()
    if actual != sha256.strip().lower():
        faults.append(_Fault(0, f"The file's SHA-256 is {actual}, which is not the one given."))
    if len(content) > LONGEST_FILE:
        raise _refusal([*faults, _Fault(0, f"The file is longer than {LONGEST_FILE} bytes.")])
    try:
        text = content.decode("utf-8").removeprefix(_BOM)
    except UnicodeDecodeError as error:
        raise _refusal([*faults, _Fault(0, f"The file is not UTF-8 text (byte {error.start}).")]) from None
    rows = list(_rows(text))
    header = tuple(cell.lower() for cell in rows[0][1]) if rows else ()
    if header not in (COLUMNS, (*COLUMNS, "block")):
        wanted = ",".join(COLUMNS)
        raise _refusal([*faults, _Fault(1, f"The first line must be {wanted} or {wanted},block.")])
    lines: list[Line] = []
    for number, cells in rows[1:]:
        read = _line(number, cells, len(header))
        if isinstance(read, _Fault):
            faults.append(read)
        else:
            lines.append(read)
    found = faults_of_lines(lines, plan=plan, strata=strata)
    faults += [_Fault(number, text) for number, text in found]
    if len(rows) == 1:
        faults.append(_Fault(1, "The list has no places."))
    if faults:
        raise _refusal(faults)
    return _slots(lines)


def plan_with_upload(plan: ListPlan, slots: Collection[Slot]) -> ListPlan:
    """Return the plan bound to the places of an uploaded list, so that the commitment holds them too."""
    return replace(plan, uploaded=list_digest(slots))


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number and the trimmed cells of every line that is not empty."""
    # One line is one place: read line by line, so that a stray quote cannot swallow those after it.
    for number, line in enumerate(io.StringIO(text, newline=None), start=1):
        if line.strip():
            yield number, _cells(line.rstrip("\n"))


def _cells(line: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line]), [])]
    except csv.Error:
        return []


def _line(number: int, cells: list[str], width: int) -> Line | _Fault:
    if len(cells) != width:
        return _Fault(number, f"There are {len(cells)} values instead of {width}.")
    stratum, seq, arm, *block = cells
    if not _is_whole(seq) or not all(_is_whole(cell) for cell in block):
        return _Fault(number, "The place and its block must be whole numbers of at most nine digits.")
    return Line(number, stratum, int(seq), arm, int(block[0]) if block else None)


def _is_whole(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 9


def _slots(lines: list[Line]) -> tuple[Slot, ...]:
    by_stratum: dict[str, list[Line]] = {}
    for line in lines:
        by_stratum.setdefault(line.stratum, []).append(line)
    return tuple(slot for stratum in sorted(by_stratum) for slot in _stratum(by_stratum[stratum]))


def _stratum(own: list[Line]) -> Iterator[Slot]:
    sizes = Counter(line.block for line in own)
    order = {block: place for place, block in enumerate(sizes)}
    for line in own:
        if line.block is None:
            yield Slot(line.stratum, line.seq, line.seq - 1, 1, line.arm)
        else:
            yield Slot(line.stratum, line.seq, order[line.block], sizes[line.block], line.arm)


def _refusal(faults: list[_Fault]) -> UploadInvalid:
    ordered = sorted(dict.fromkeys(faults), key=lambda fault: fault.line)
    reasons = [
        Reason(
            "list_fault",
            f"Line {fault.line}: {fault.text}" if fault.line else fault.text,
            f"line {fault.line}" if fault.line else "",
        )
        for fault in ordered[:MOST_FAULTS]
    ]
    if len(ordered) > MOST_FAULTS:
        reasons.append(Reason("list_fault", f"And {len(ordered) - MOST_FAULTS} faults more."))
    return UploadInvalid(*reasons)
