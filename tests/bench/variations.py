"""cfhunt against itself: instruction sets, chunks, pipes, length; and how soon it answers."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import machine
import processes
from comparison import CASES, CFHUNT, LINES, refusal
from contest import Contestant, Feed, Job, in_turn, program
from figures import Figure, Goal, Line, figure, ratio
from session_file import bodies, getinfo_request, rewrite, write_session
from workshop import (
    APP,
    AVX2_APP,
    CLEAN_PYTHON,
    ENGINE_ROUNDS,
    SSE2_APP,
    UNBOUNDED,
    Workshop,
    WrongAnswer,
)

START_ROUNDS = 31
READ = 65_536
SHORT_SHARE = 0.4  # of a case's chunks: 0.4M of its 1M rows
TIMES_LONGER = 10


def same_answers(name: str, contestants: Sequence[Contestant], folder: Path) -> None:
    """Raises WrongAnswer unless all say the same."""
    said = {one.name: one.answer(folder) for one in contestants}
    if len(set(said.values())) != 1:
        raise WrongAnswer(f"{name}: the answers differ: {said}")


def instruction_sets(shop: Workshop) -> Iterator[Line]:
    """Engines that know less against those that know more, as far as this machine does."""
    widest = machine.instruction_set()
    if widest not in ("AVX2", "AVX-512"):
        return  # there is nothing to compare
    for name in CASES:
        files = shop.with_arguments(name, UNBOUNDED if refusal(shop, name) else "")
        engines = [
            shop.cfhunt(*files),
            shop.cfhunt(*files, name="SSE2", app=SSE2_APP),
            shop.cfhunt(*files, name="AVX2", app=AVX2_APP),
        ]
        same_answers(name, engines, shop.scratch)
        runs = in_turn(engines)
        figures = ratio(runs["SSE2"].own, runs["AVX2"].own)
        yield Line(name, "own cost with SSE2 against AVX2", "x", figures, Goal(1.5))
        if widest == "AVX-512":
            figures = ratio(runs["AVX2"].own, runs[CFHUNT].own)
            yield Line(name, "own cost with AVX2 against AVX-512", "x", figures)


def first_byte(command: Sequence[str], given: bytes) -> float:
    """Seconds from a program's start to the first byte that it writes."""
    begin = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=processes.environment()
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(given)
        process.stdin.flush()
        os.read(process.stdout.fileno(), READ)
        taken = time.perf_counter() - begin
        process.stdin.close()
        process.stdout.read()
    return taken


def start(shop: Workshop) -> Iterator[Line]:
    """From the start to the reply to getinfo, over a Python that imports json and says so."""
    python = str(CLEAN_PYTHON)
    commands = (
        (python, str(APP / "bin" / "cfhunt.py")),
        (python, "-c", "import json, os; os.write(1, b'.')"),
    )
    request = getinfo_request()
    seconds: list[list[float]] = [[], []]
    for _ in range(START_ROUNDS):
        for command, found in zip(commands, seconds):
            found.append(first_byte(command, request))
    over = figure([1000 * (own - bare) for own, bare in zip(*seconds)])
    given = shop.scratch / "getinfo.session"
    given.write_bytes(request)
    cpu = [1000 * (own - bare) for own, bare in zip(*cpu_seconds(commands, given))]
    note = f"{1000 * figure(seconds[0]).middle:.1f} ms in all; cpu {figure(cpu).middle:.1f} ms over"
    yield Line("start", "to the getinfo reply, over import json", "ms", over, Goal(5), note)


def cpu_seconds(commands: Sequence[tuple[str, ...]], given: Path) -> list[list[float]]:
    """The cpu seconds of each command's runs, in turn; from the start to the end."""
    found: list[list[float]] = [[] for _ in commands]
    for _ in range(START_ROUNDS):
        for command, seconds in zip(commands, found):
            seconds.append(Job(command, given).run().cpu)
    return found


def growth(shop: Workshop) -> Iterator[Line]:
    """Ten times the rows (4M of 0.4M), the same chunks over and over: the cost of each row.

    So the groups stay the same, and each row of the longer session is cheaper where making a group
    is most of the cost.
    """
    for name in CASES:
        source, one = shop.inputs.session(name), shop.inputs.one_row(name)
        take = max(1, round(SHORT_SHARE * sum(1 for _ in bodies(source))))
        short, long = shop.scratch / "short.session", shop.scratch / "long.session"
        opening = getinfo_request(UNBOUNDED if refusal(shop, name) else "")
        rewrite(short, source, opening, take)
        rewrite(long, source, opening, take, TIMES_LONGER)
        runs = in_turn([shop.cfhunt(file, one, name=file.stem, rounds=few(shop))
                        for file in (short, long)])  # fmt: skip
        long.unlink()
        each = [own / TIMES_LONGER for own in runs[long.stem].own]
        memory = f"peak {shop.over_bare(runs[long.stem].peaks).middle:.1f} MB over bare Python"
        what = "cost of a row, ten times as many rows"
        yield Line(name, what, "x", ratio(each, runs[short.stem].own), Goal(1.15), memory)


def few(shop: Workshop) -> int:
    """How often the long sessions are run."""
    return min(shop.rounds, ENGINE_ROUNDS)


def one_chunk(shop: Workshop) -> Iterator[Line]:
    """All rows in one body: no memory more, no cost more."""
    for name in ("cim-rare", "raw"):
        source, one = shop.inputs.session(name), shop.inputs.one_row(name)
        joined = shop.scratch / "joined.session"
        write_session(joined, getinfo_request(), *all_rows(source))
        usual, whole = shop.cfhunt(source, one), shop.cfhunt(joined, one, name="one chunk")
        same_answers(name, (usual, whole), shop.scratch)
        runs = in_turn((usual, whole))
        joined.unlink()
        memory = shop.over_bare(runs["one chunk"].peaks)
        cost = ratio(runs["one chunk"].own, runs[CFHUNT].own).middle
        note = f"cost {cost:.2f} x that in chunks"
        yield Line(name, "peak memory, all rows in one chunk", "MB", memory, Goal(8), note)


def all_rows(session: Path) -> tuple[bytes, list[bytes]]:
    """The first line of a session's bodies, and their rows as one piece."""
    cut = [body.partition(b"\n") for body in bodies(session)]
    return cut[0][0] + b"\n", [b"".join(rows for _, _, rows in cut)]


def pipe(shop: Workshop) -> Iterator[Line]:
    """As splunkd feeds it: through a pipe. The writer's own cost is not counted."""
    name = "cim-rare"
    whole, one = shop.inputs.session(name), shop.inputs.one_row(name)
    count_lines = (program("wc"), "-l")
    runs = in_turn(
        (
            Contestant(
                LINES,
                Job(count_lines, whole, Feed.PIPE),
                Job(count_lines, one, Feed.PIPE),
                shop.rounds,
            ),
            shop.cfhunt(whole, one, name="piped", feed=Feed.PIPE),
            shop.cfhunt(whole, one),
        )
    )
    against = ratio(runs["piped"].own, runs[CFHUNT].own)
    yield Line(name, "own cost through a pipe against a file", "x", against)
    lines = ratio(runs["piped"].own, runs[LINES].own)
    yield Line(name, "own cost against wc -l, both through a pipe", "x", lines)


def counted(contestant: Contestant) -> int:
    """The instructions of a session beyond those of a session of one row."""
    whole, one = contestant.whole, contestant.one_row
    return processes.instructions(whole.command, whole.given) - processes.instructions(
        one.command, one.given
    )


def instructions(shop: Workshop) -> Iterator[Line]:
    """The four cases in instructions, which no neighbour on the machine disturbs."""
    for name in CASES:
        whole, one = shop.with_arguments(name, UNBOUNDED if refusal(shop, name) else "")
        size = whole.stat().st_size
        usual = counted(shop.cfhunt(whole, one))
        narrow = counted(shop.cfhunt(whole, one, app=SSE2_APP))
        for what, found in (("", usual), (", SSE2", narrow)):
            each = exactly(found / size)
            note = f"{found:,} in all, {found / shop.inputs.count(name):,.0f} a row"
            yield Line(name, f"instructions a byte{what}", "", each, note=note)


def exactly(value: float) -> Figure:
    """A figure that was measured once because it does not vary."""
    return Figure(value, value, value)
