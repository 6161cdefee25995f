"""make bench: what cfhunt costs, beside wc -l, DuckDB, Polars, plain Python and the Splunk SDK.

    inputs ──> sessions (files) ──> each program, in turn, by launcher.py ──> cost, answer
    answers: one digest for all, or the bench has failed (exit code 1)
    costs:   own cost = cpu of a session - cpu of a session of one row; ratios of pairs; medians

The interpreter is a virtual environment with nothing in it: a .pth file of the machine's own would
be paid at every start. Timed runs write to the null device; one run before them is not counted, and
its answer is compared. DuckDB and Polars get the rows as one plain CSV file, for they do not speak
the protocol: that is in their favour.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Callable

import machine
import report
from answers import Refused
from comparison import CASES, COST_NAMES, compare
from figures import Line
from inputs import Inputs
from processes import RunFailed
from spilling import spill
from stages import map_and_reduce
from variations import growth, instruction_sets, instructions, one_chunk, pipe, start
from workshop import CLEAN_PYTHON, MADE, ROOT, Workshop, WrongAnswer
from worst import WORST, worst

ROUNDS = 5
README = ROOT / "README.md"

LINES: dict[str, Callable[[Workshop], Iterator[Line]]] = {
    "simd": instruction_sets,
    "start": start,
    "map-reduce": map_and_reduce,
    "growth": growth,
    "one-chunk": one_chunk,
    "pipe": pipe,
    "spill": spill,
}
PARTS = (*CASES, *LINES, *WORST)


class Findings:
    """What has been measured so far; shown as it comes."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.costs: list[list[str]] = []

    def add(self, lines: Sequence[Line], costs: Sequence[Sequence[str]] = ()) -> None:
        """Takes and prints them."""
        self.lines += lines
        self.costs += [list(row) for row in costs]
        for line in lines:
            median, spread = report.figure_texts(line.figure, line.unit)
            goal = report.goal_text(line.goal, line.unit)
            print(
                f"{line.case}: {line.what}: {median} ({spread}) {goal} {line.verdict()} {line.note}"
            )
        sys.stdout.flush()

    def text(self) -> str:
        """The report."""
        costs = report.table(COST_NAMES, self.costs) + "\n" if self.costs else ""
        return costs + report.lines_table(self.lines)

    def missed(self) -> list[str]:
        """What has not reached its goal."""
        return [f"{line.case}: {line.what}" for line in self.lines if line.verdict() == "MISSED"]


def measure(shop: Workshop, parts: Sequence[str], findings: Findings) -> None:
    """Measures these parts. Raises WrongAnswer and RunFailed."""
    for part in parts:
        try:
            measure_part(shop, part, findings)
        except Refused as refusal:
            findings.add([Line(part, "the rest of it", "", None, note=f"refused: {refusal}")])
    if shop.instructions:
        for line in instructions(shop):
            findings.add([line])


def measure_part(shop: Workshop, part: str, findings: Findings) -> None:
    """Measures one part. Raises Refused where cfhunt answers with an error frame."""
    if part in CASES:
        findings.add(*compare(shop, part))
    elif part in WORST:
        findings.add([worst(shop, part)])
    else:
        for line in LINES[part](shop):
            findings.add([line])


def arguments_of(words: Sequence[str]) -> argparse.Namespace:
    """The command line, checked."""
    parser = argparse.ArgumentParser(description="Measures cfhunt beside its peers.")
    parser.add_argument("--scale", type=float, default=1.0, help="a part of the rows, as 0.1")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of the fast programs")
    parser.add_argument("--parts", default="", help=f"some of: {' '.join(PARTS)}")
    parser.add_argument("--no-peers", action="store_true", help="only cfhunt and wc -l")
    parser.add_argument(
        "--instructions", action="store_true", help="count them with callgrind, too"
    )
    parser.add_argument("--compiler", default="cc", help="to be named in the report")
    given = parser.parse_args(words)
    given.parts = given.parts.replace(",", " ").split() or list(PARTS)
    unknown = [part for part in given.parts if part not in PARTS]
    if unknown:
        parser.error(f"unknown: {' '.join(unknown)}. There are: {' '.join(PARTS)}")
    if not 0 < given.scale <= 1 or given.rounds < 1:
        parser.error("the scale is over 0 and at most 1, the rounds at least 1")
    return given


def is_whole(given: argparse.Namespace) -> bool:
    """Is it what the README shows?"""
    whole = given.scale == 1 and given.rounds >= ROUNDS and set(given.parts) == set(PARTS)
    return whole and not given.no_peers


def main(words: Sequence[str]) -> int:
    """Measures, prints and, when everything was measured, writes the README's figures."""
    given = arguments_of(words)
    described = machine.described(CLEAN_PYTHON, given.compiler)
    whole = "" if given.scale == 1 else " (the goals are for scale 1)"
    print(described, f"scale {given.scale:g}{whole}", sep="\n")
    findings = Findings()
    inputs = Inputs(MADE / f"inputs-{given.scale:g}", given.scale)
    MADE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=MADE, prefix="scratch-") as scratch:
        shop = Workshop(inputs, given.rounds, not given.no_peers, given.instructions, Path(scratch))
        try:
            measure(shop, given.parts, findings)
        except (WrongAnswer, RunFailed) as failure:
            print(f"\n{findings.text()}", flush=True)
            print(f"bench: {failure}", file=sys.stderr)
            return 1
    text = f"{described}.\n\n{findings.text()}"
    print(f"\n{text}")
    print(f"{len(findings.missed())} goals missed", *findings.missed(), sep="\n  ")
    if is_whole(given):
        README.write_text(report.placed(README.read_text(), text))
        print("the README's figures are these now")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
