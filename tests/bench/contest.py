"""Programs that do the same work, run in turn so that the machine's moods hit them alike."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Callable

import figures
from answers import Answer
from processes import Cost, environment, run

POLARS_ON_ONE_THREAD = {"POLARS_MAX_THREADS": "1"}


class Feed(Enum):
    """How a program gets its input."""

    FILE = "a file"
    PIPE = "a pipe"
    BYTES = "a pipe that gives one byte at a time"


@dataclass(frozen=True)
class Job:
    """A program with its input."""

    command: tuple[str, ...]
    given: Path
    feed: Feed = Feed.FILE

    def run(self, taken: Path | None = None) -> Cost:
        """Runs it. taken: the file that gets its output. Raises RunFailed."""
        variables = environment(**POLARS_ON_ONE_THREAD)
        if self.feed is Feed.FILE:
            return run(self.command, self.given, taken, variables)
        with fed(self.given, self.feed) as reading:
            return run(self.command, reading, taken, variables)


@contextmanager
def fed(given: Path, feed: Feed) -> Iterator[int]:
    """The reading end of a pipe through which another process sends the file.

    BYTES: the pipe is of the kind that keeps what was written at once apart (O_DIRECT), so that
    each read gives one byte however late it comes.
    """
    reading, writing = os.pipe2(os.O_DIRECT) if feed is Feed.BYTES else os.pipe()
    writer = ("dd", "bs=1", "status=none") if feed is Feed.BYTES else ("cat",)
    with (
        given.open("rb") as source,
        subprocess.Popen([program(writer[0]), *writer[1:]], stdin=source, stdout=writing),
    ):
        os.close(writing)
        try:
            yield reading
        finally:
            os.close(reading)


def program(name: str) -> str:
    """A program's absolute path. Raises FileNotFoundError."""
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"there is no {name} on this machine")
    return found


@dataclass(frozen=True)
class Contestant:
    """A program with a whole session and with one of a single row, and how often both are run.

    read: the answer in its output; None: it gives none.
    """

    name: str
    whole: Job
    one_row: Job
    rounds: int
    read: Callable[[Path], Answer] | None = None

    def answer(self, folder: Path) -> Answer | None:
        """What it says, by a run that is not counted."""
        taken = folder / f"{self.whole.given.stem}.{self.name.replace(' ', '-')}"
        self.whole.run(taken)
        try:
            return None if self.read is None else self.read(taken)
        finally:
            taken.unlink()


@dataclass(frozen=True)
class Runs:
    """All counted runs of one contestant."""

    whole: tuple[Cost, ...]
    one_row: tuple[Cost, ...]

    @property
    def own(self) -> list[float]:
        """Each round's own cost, in cpu seconds."""
        return [figures.own(whole, one) for whole, one in zip(self.whole, self.one_row)]

    @property
    def peaks(self) -> list[float]:
        """Each round's peak memory, in bytes."""
        return [float(cost.peak) for cost in self.whole]

    @property
    def walls(self) -> list[float]:
        """Each round's wall seconds."""
        return [cost.wall for cost in self.whole]


def in_turn(contestants: Sequence[Contestant]) -> Mapping[str, Runs]:
    """Runs them round by round, each with the whole session and then with one row."""
    whole: dict[str, list[Cost]] = {contestant.name: [] for contestant in contestants}
    one_row: dict[str, list[Cost]] = {contestant.name: [] for contestant in contestants}
    for number in range(max(contestant.rounds for contestant in contestants)):
        for contestant in contestants:
            if number < contestant.rounds:
                whole[contestant.name].append(contestant.whole.run())
                one_row[contestant.name].append(contestant.one_row.run())
    return {name: Runs(tuple(costs), tuple(one_row[name])) for name, costs in whole.items()}
