"""The four cases, side by side with the peers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import answers
import report
from answers import Refused
from contest import Contestant, Job, Runs, in_turn, program
from figures import Goal, Line, figure, ratio
from workshop import (
    ENGINE_ROUNDS,
    MB,
    PEERS,
    PEERS_PYTHON,
    SLOW_ROUNDS,
    UNBOUNDED,
    Workshop,
    WrongAnswer,
)

CFHUNT, LINES, DUCKDB, POLARS = "cfhunt", "wc -l", "DuckDB", "Polars"
SDK, SDK_REGEX, SDK_TREE = "SDK", "SDK, regex", "SDK, ElementTree"
COST_NAMES = ("case", "program", "runs", "own cpu s", "wall s", "peak MB", "M rows/s", "MB/s")


@dataclass(frozen=True)
class Case:
    """An input with its goals: at most so many times wc -l; so many times cheaper than each peer;
    so many MB over an interpreter that does nothing. sorts: the peers are told to order rows."""

    kind: str
    against_lines: float
    cheaper_than: Mapping[str, float]
    memory: float
    sorts: bool = False


CASES = {
    "cim-rare": Case("cim", 1.5, {DUCKDB: 10, SDK: 80}, 8),
    "cim-all": Case("cim", 6, {DUCKDB: 6, SDK: 35}, 30),
    "cim-500k": Case("cim", 20, {DUCKDB: 4, SDK: 25}, 220, sorts=True),
    "raw": Case("raw", 1.7, {DUCKDB: 4, SDK_TREE: 80, SDK_REGEX: 30}, 8),
}


def contestants(shop: Workshop, name: str, arguments: str) -> Iterator[Contestant]:
    """Who takes part; cfhunt with these arguments. DuckDB and Polars get the rows as a CSV file,
    the others the session."""
    case = CASES[name]
    whole, one = shop.inputs.session(name), shop.inputs.one_row(name)
    count_lines = (program("wc"), "-l")
    yield Contestant(LINES, Job(count_lines, whole), Job(count_lines, one), shop.rounds)
    yield shop.cfhunt(*shop.with_arguments(name, arguments))
    if not shop.peers:
        return
    kind = "sorted" if case.sorts else case.kind
    for peer, file in ((DUCKDB, "duckdb_hunt.py"), (POLARS, "polars_hunt.py")):
        command = (str(PEERS_PYTHON), str(PEERS / file), kind)
        jobs = (
            Job((*command, str(shop.inputs.rows_of(session))), session) for session in (whole, one)
        )
        rounds = min(shop.rounds, ENGINE_ROUNDS)
        yield Contestant(peer, next(jobs), next(jobs), rounds, answers.of_csv)
    yield shop.plain_python(case.kind, whole, one)
    ways = {SDK: "sdk_cim.py"}
    if case.kind == "raw":
        ways = {SDK_REGEX: "sdk_regex.py", SDK_TREE: "sdk_tree.py"}
    for peer, file in ways.items():
        serving = (str(PEERS_PYTHON), str(PEERS / file))
        jobs = (Job(serving, session) for session in (whole, one))
        rounds = min(shop.rounds, SLOW_ROUNDS)
        yield Contestant(peer, next(jobs), next(jobs), rounds, answers.of_session)


@cache
def refusal(shop: Workshop, name: str) -> str:
    """What cfhunt says if its own bound on memory is too low for the case; else nothing."""
    try:
        shop.cfhunt(*shop.with_arguments(name, "")).answer(shop.scratch)
    except Refused as refused:
        return str(refused)
    return ""


def agree(name: str, taking_part: Sequence[Contestant], folder: Path) -> None:
    """Raises WrongAnswer unless all who answer say the same, and something."""
    found = {one.name: one.answer(folder) for one in taking_part}
    said = {peer: answer for peer, answer in found.items() if answer is not None}
    if len(set(said.values())) != 1 or not all(answer.rows for answer in said.values()):
        raise WrongAnswer(f"{name}: the answers differ: {said}")


def compare(shop: Workshop, name: str) -> tuple[list[Line], list[list[str]]]:
    """One case: its figures with their goals, and the table's rows of what everyone cost."""
    case, refused = CASES[name], refusal(shop, name)
    taking_part = list(contestants(shop, name, UNBOUNDED if refused else ""))
    agree(name, taking_part, shop.scratch)
    runs = in_turn(taking_part)
    own = runs[CFHUNT].own
    note = f"with {UNBOUNDED}" if refused else ""
    against = ratio(own, runs[LINES].own)
    lines = [Line(name, "own cost against wc -l", "x", against, Goal(case.against_lines), note)]
    for peer, times in case.cheaper_than.items():
        if peer in runs:
            what = f"cheaper than {peer}"
            cheaper = ratio(runs[peer].own, own)
            lines.append(Line(name, what, "x", cheaper, Goal(times, False), note))
    memory, what = shop.over_bare(runs[CFHUNT].peaks), "peak memory over bare Python"
    if refused:
        note = f"{report.number(memory.middle)} MB with {UNBOUNDED}; without: {refused}"
    found = None if refused else memory
    lines.append(Line(name, what, "MB", found, Goal(case.memory), note))
    rows, size = shop.inputs.count(name), shop.inputs.session(name).stat().st_size
    return lines, [costs(name, peer, found, rows, size) for peer, found in runs.items()]


def costs(name: str, peer: str, runs: Runs, rows: int, size: int) -> list[str]:
    """What one program cost."""
    own = figure(runs.own).middle
    peak = "-" if peer == LINES else report.number(figure(runs.peaks).middle / MB)
    speed = report.number(rows / own / 1e6), report.number(size / own / MB)
    times = report.number(own), report.number(figure(runs.walls).middle)
    return [name, peer, str(len(runs.whole)), *times, peak, *speed]
