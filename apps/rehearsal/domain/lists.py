"""The sealed lists against what was committed: made again from the seed, place by place, and by digest.

Only lists that a seed determines can be made again; an uploaded list is held against its digest alone, and
minimization has no places before the first draw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from apps.randomization.domain.shapes import Slot
from apps.rehearsal.domain.configuration import CommittedList
from apps.rehearsal.domain.findings import Check, Finding
from apps.rehearsal.domain.sealed import SealedList

#: From a sealed list to its places as the protocol and the seed make them, None where no seed does. Raises ValueError.
Again = Callable[[SealedList], tuple[Slot, ...] | None]


def list_findings(
    *,
    wanted: Iterable[str],
    committed: Iterable[CommittedList],
    lists: Iterable[SealedList],
    commitment_of: Callable[[SealedList], str],
    digest_of: Callable[[Iterable[Slot]], str],
    again: Again,
) -> tuple[Finding, ...]:
    """
    Return every fault of the lists of a study.

    `wanted` are the codes of the protocol's lists; `commitment_of` makes the public commitment from the seed and the
    protocol, `digest_of` the sealed digest of places, `again` the places themselves.
    """
    public = {one.code: one for one in committed}
    sealed = {one.code: one for one in lists}
    found = []
    for code in wanted:
        one = sealed.get(code)
        if code not in public or one is None:
            found.append(_finding("LIST_MISSING", f"List {code} of the protocol is not committed.", code))
            continue
        if public[code].state != "LIVE":
            found.append(
                _finding("LIST_CLOSED", f"List {code} is closed; nobody could be drawn from it.", code)
            )
        found += _against_the_seed(one, public[code], commitment_of=commitment_of)
        found += _places(one, digest_of=digest_of, again=again)
    found += [
        _finding("LIST_UNKNOWN", f"List {code} is committed, but the protocol has no such list.", code)
        for code in sorted(set(public) - set(wanted))
    ]
    return tuple(found)


def _against_the_seed(
    one: SealedList, public: CommittedList, *, commitment_of: Callable[[SealedList], str]
) -> list[Finding]:
    try:
        made = commitment_of(one)
    except ValueError:
        made = ""
    if made == public.commitment == one.commitment:
        return []
    text = (
        f"The commitment published for list {one.code} does not follow from its seed and the protocol: "
        "the seed, the protocol's shares or the list's parameters are others than were committed."
    )
    return [_finding("COMMITMENT_DIFFERS", text, one.code)]


def _places(one: SealedList, *, digest_of: Callable[[Iterable[Slot]], str], again: Again) -> list[Finding]:
    found = []
    if not _in_sequence(one.slots):
        found.append(
            _finding(
                "LIST_MISSORTED",
                f"The places of list {one.code} do not count 1, 2, 3 in each stratum.",
                one.code,
            )
        )
    # The digest is of the list as built; one that grew since is held against its seed alone.
    if one.slots and not one.was_extended and digest_of(one.slots) != one.digest:
        found.append(
            _finding(
                "LIST_DIGEST_DIFFERS",
                f"List {one.code} is not the one whose digest was sealed with it.",
                one.code,
            )
        )
    try:
        made = again(one)
    except ValueError:
        return [
            *found,
            _finding("LIST_NOT_REMADE", f"List {one.code} cannot be made again from its seed.", one.code),
        ]
    if made is not None and made != one.slots:
        found.append(
            _finding(
                "LIST_ALTERED",
                f"List {one.code}, made again from its seed, differs from the one stored.",
                one.code,
            )
        )
    return found


def _in_sequence(slots: Iterable[Slot]) -> bool:
    last: dict[str, int] = {}
    for slot in slots:
        if slot.seq != last.get(slot.stratum, 0) + 1:
            return False
        last[slot.stratum] = slot.seq
    return True


def strata_findings(
    *, spanned: Mapping[str, Iterable[str]], lists: Iterable[SealedList]
) -> tuple[Finding, ...]:
    """
    Return a finding for each stratum without a place, by list.

    `spanned` holds, by open site, the strata into which somebody enrolled there may fall. Minimization makes its places
    as it goes and is left out.
    """
    found = []
    for one in lists:
        if one.method == "minimization":
            continue
        for stratum in sorted({key for keys in spanned.values() for key in keys}):
            if one.left(stratum) < 1:
                sites = ", ".join(sorted(site for site, keys in spanned.items() if stratum in keys))
                text = f"List {one.code} has no place in stratum “{stratum}”, into which people at {sites} may fall."
                found.append(Finding(Check.STRATA, "STRATUM_EMPTY", text, stratum))
    return tuple(found)


def _finding(code: str, text: str, where: str) -> Finding:
    return Finding(Check.LISTS, code, text, where)
