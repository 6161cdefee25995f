"""Drives the compiled engine without a process: one search alone, or as maps and a reduce.

What is given is given as splunkd would: bodies of CSV, each cut into windows of any size. What
comes back is the reply's bytes and the messages beside them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from standin.csv_body import Values, read_table, write_body

if TYPE_CHECKING:
    from cfhuntlib._cfhunt import Engine

PARTIAL_COLUMNS = (b"cfhunt_partial", b"cfhunt_state")
NO_EVENTS = write_body([b"_time", b"_raw"], [])
WHOLE = 1 << 62  # a window that holds any body

Windows = Callable[[], int]  # the size of the next window, in bytes


def windows_of(size: int) -> Windows:
    """All windows of one size."""
    return lambda: size


def random_windows(random: Random) -> Windows:
    """Windows of 1 byte to 300 KB, mostly short ones."""
    return lambda: random.choice((1, 1, 2, 3, 7, 17, 64, 1000, 4096, 300_000))


@dataclass(frozen=True)
class Reply:
    """A table's bytes, and (level, sentence) of each message beside it."""

    body: bytes
    messages: list[tuple[str, str]] = field(default_factory=list)

    def warnings(self) -> list[str]:
        """The sentences of level WARN."""
        return [text for level, text in self.messages if level == "WARN"]

    def rows(self) -> list[dict[str, str]]:
        """The table, read strictly; several values are joined by LF."""
        return read_table(self.body).texts()


def new_engine(arguments: str | bytes) -> Engine:
    """An engine with one hunt. Raises ValueError with the engine's sentence."""
    from cfhuntlib.hunt_files import add_hunt
    from cfhuntlib.native import engine as native

    text = arguments.encode("utf-8", "surrogateescape") if isinstance(arguments, str) else arguments
    made = native.Engine(os.urandom(native.SECRET_SIZE))
    if add_hunt(made, text):
        made.refuse_partials()
    return made


def feed(engine: Engine, body: bytes, windows: Windows) -> None:
    """One request's body. Raises ValueError with the engine's sentence."""
    engine.begin_body()
    start, length = 0, len(body)
    while start < length:
        stop = min(start + windows(), length)
        engine.feed(body, start, stop)
        start = stop
    engine.end_body()


def taken(engine: Engine, length: int) -> bytes:
    """The reply that was begun; its length was promised before its first byte."""
    reply = b"".join(iter(engine.reply_window, b""))
    assert len(reply) == length
    return reply


def finish(engine: Engine, scheduled: bool = False) -> Reply:
    """Ends the hunt."""
    body = taken(engine, engine.begin_table(0))
    return Reply(body, engine.table_messages(0, scheduled))


def search(
    arguments: str | bytes,
    bodies: Iterable[bytes],
    windows: Windows | None = None,
    scheduled: bool = False,
) -> Reply:
    """The search in one process."""
    engine = new_engine(arguments)
    for body in bodies:
        feed(engine, body, windows or windows_of(WHOLE))
    return finish(engine, scheduled)


def map_token(arguments: str | bytes) -> bytes:
    """What the search head sends to every map."""
    return new_engine(arguments).map_token(0)


def run_map(
    token: bytes, bodies: Iterable[bytes], windows: Windows, flush: Callable[[], bool]
) -> list[bytes]:
    """One map's replies; after a body for which flush says so, and at the end."""
    engine = new_engine(token)
    replies: list[bytes] = []
    for body in bodies:
        feed(engine, body, windows)
        if flush():
            replies.append(taken(engine, engine.begin_partials()))
    replies.append(taken(engine, engine.begin_partials()))
    return replies


def partial_rows(replies: Iterable[bytes]) -> list[tuple[Values, ...]]:
    """The rows of maps' replies; each row is marker and state."""
    rows: list[tuple[Values, ...]] = []
    for reply in replies:
        table = read_table(reply)
        assert table.columns == PARTIAL_COLUMNS
        rows.extend(table.rows)
    return rows


def partial_body(rows: Iterable[Sequence[Values]]) -> bytes:
    """Partial rows as splunkd hands them to the reduce: with the event fields, all null."""
    return write_body(
        [b"_raw", PARTIAL_COLUMNS[0], b"_time", PARTIAL_COLUMNS[1]],
        (((), row[0], (), row[1]) for row in rows),
    )


def map_reduce(
    arguments: str | bytes,
    peers: Sequence[Sequence[bytes]],
    windows: Windows | None = None,
    random: Random | None = None,
    events: Sequence[bytes] = (),
    scheduled: bool = False,
) -> Reply:
    """The search with a map for each peer, whose bodies are given, and one reduce.

    random: shuffles the partial rows, cuts them into bodies and lets the maps flush on the way.
    events: bodies that reach the reduce as events, among the partial rows.
    """
    chosen = windows or windows_of(WHOLE)
    token = map_token(arguments)

    def flush() -> bool:
        return random is not None and random.random() < 0.3

    replies = [reply for bodies in peers for reply in run_map(token, bodies, chosen, flush)]
    rows = partial_rows(replies)
    bodies = [*events, *(partial_body(piece) for piece in pieces(rows, random))]
    if random is not None:
        random.shuffle(bodies)
    return search(arguments, bodies, chosen, scheduled)


def pieces(
    rows: list[tuple[Values, ...]], random: Random | None
) -> Iterator[list[tuple[Values, ...]]]:
    """The rows in one piece, or shuffled and in pieces of random size."""
    if random is None:
        yield rows
        return
    shuffled = random.sample(rows, len(rows))
    while shuffled:
        size = random.choice((1, 2, 7, 50, len(shuffled)))
        yield shuffled[:size]
        shuffled = shuffled[size:]


def dealt(bodies: Sequence[bytes], maps: int) -> list[list[bytes]]:
    """The bodies dealt to so many maps in turn; a map without any gets a header without rows."""
    return [list(bodies[start::maps]) or [NO_EVENTS] for start in range(maps)]
