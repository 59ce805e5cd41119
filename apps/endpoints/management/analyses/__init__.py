"""`manage.py analyze <analysis> data.csv ...`: analyses of any CSV file, without database, server or settings.

An analysis is a module with a `NAME`, a `HELP`, `arguments` and `run`; it is listed in `ANALYSES` and needs nothing
else: the file, the words for missing, the JSON and the faults are read and written here.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy
import scipy

from apps.core.exceptions import Refused
from apps.core.release import RELEASE
from apps.endpoints.domain.analyses.csv_file import CsvFile
from apps.endpoints.management.analyses import ancova, binary, mmrm
from apps.endpoints.management.analyses.answer import Answer

FINE, REFUSED, MISUSED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Analysis:
    """How one analysis takes its arguments, and how it answers: lines of text and a JSON object.

    `run` gets the file, the parsed arguments and the versions of what computes. Where the file or the request will not
    do, the answer holds the refusal and a JSON object that says so.
    """

    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[CsvFile, argparse.Namespace, Mapping[str, str]], Answer]


ANALYSES: Mapping[str, Analysis] = {
    "mmrm": Analysis(mmrm.HELP, mmrm.arguments, mmrm.run),
    "ancova": Analysis(ancova.HELP, ancova.arguments, ancova.run),
    "binary": Analysis(binary.HELP, binary.arguments, binary.run),
}


def main(words: Sequence[str]) -> int:
    """Run the analysis that the words of a command line name; the exit status is 0 only if it was done.

    Whatever was read is answered in the JSON too: a refusal overwrites what an earlier run left there.
    """
    options = _parser().parse_args(words)
    to_screen = str(options.json) == "-"
    if options.json and not to_screen and options.json.exists() and options.json.samefile(options.data):
        return _complain([f"{options.json} is the data; write the JSON elsewhere."], MISUSED)
    try:
        data = sys.stdin.buffer.read() if str(options.data) == "-" else options.data.read_bytes()
    except OSError as fault:
        return _complain([f"{options.data} cannot be read: {fault.strerror}."], MISUSED)
    try:
        file = CsvFile.read(data, separator=options.separator, missing=options.na)
    except Refused as fault:
        return _complain([reason.message for reason in fault.reasons], REFUSED)
    answer = ANALYSES[options.analysis].run(file, options, _software())
    machine = json.dumps(answer.machine, indent=2, ensure_ascii=False, allow_nan=False)
    try:
        if options.json and not to_screen:
            options.json.write_text(f"{machine}\n", encoding="utf-8")
    except OSError as fault:
        return _complain([f"{options.json} cannot be written: {fault.strerror}."], MISUSED)
    if answer.refusal is not None:
        if to_screen:
            _say(machine)
        return _complain([reason.message for reason in answer.refusal.reasons], REFUSED)
    return _say(machine if to_screen else "\n".join(answer.lines))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="manage.py analyze", description=__doc__, allow_abbrev=False)
    kinds = parser.add_subparsers(dest="analysis", required=True, metavar="analysis")
    for name, analysis in ANALYSES.items():
        one = kinds.add_parser(name, help=analysis.help, description=analysis.help, allow_abbrev=False)
        one.add_argument("data", type=Path, help="a CSV file in UTF-8 with a header; - reads standard input")
        one.add_argument(
            "--json", type=Path, metavar="FILE", help="write every number here too; - prints it instead"
        )
        one.add_argument(
            "--na", action="append", default=[], metavar="WORD",
            help="a word that means missing, beside the empty cell; repeatable. Unless named here, NA is a value",
        )  # fmt: skip
        one.add_argument("--separator", type=_separator, default=",", help="what stands between cells (,)")
        analysis.arguments(one)
    return parser


def _separator(text: str) -> str:
    found = {"tab": "\t", "\\t": "\t"}.get(text, text)
    if len(found) != 1 or found in '"\r\n':
        raise argparse.ArgumentTypeError("one character, or the word tab")
    return found


def _software() -> dict[str, str]:
    versions = {"vigil": RELEASE, "python": platform.python_version()}
    return versions | {"numpy": numpy.__version__, "scipy": scipy.__version__}


def _say(text: str) -> int:
    try:
        print(text, flush=True)
    except BrokenPipeError:  # whoever read along has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FINE


def _complain(faults: Sequence[str], status: int) -> int:
    for fault in faults:
        print(fault, file=sys.stderr)
    return status
