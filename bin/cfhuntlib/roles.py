"""Roles: how a process answers its execute requests (protocol section 10, design section 3).

The map runs where the events are and answers with partial rows; the reduce runs on the search
head, takes partial rows and events alike, and answers once, with the table. explain=true has a role
of its own; a command that finds its events itself has that of cfhuntlib.generating.
"""

from __future__ import annotations

import time

from cfhuntlib.inspector import Inspector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cfhuntlib._cfhunt import Engine
    from cfhuntlib.frames import FrameWriter

FLUSH_SECONDS = 1.0


def metadata_of(
    finished: bool,
    messages: list[tuple[str, str]],
    metrics: dict[str, list[float]] | None = None,
) -> dict[str, Any]:
    """A reply's metadata: is it the last, and what the Job Inspector shows."""
    metadata: dict[str, Any] = {"finished": finished}
    if messages:
        metadata["inspector"] = {
            "messages": [list(message) for message in messages],
            **(metrics or {}),
        }
    return metadata


def _write_reply(
    engine: Engine, writer: FrameWriter, metadata: dict[str, Any], length: int
) -> None:
    writer.begin(metadata, length)
    while window := engine.reply_window():
        writer.body(window)
    writer.end()


class Role:
    """How a process answers an execute request."""

    def answer(self, finished: bool) -> bool:
        """Writes the one reply to a request whose body has been read; finished: what the request
        says. True: it was the last."""
        raise NotImplementedError

    def took(self, length: int) -> None:
        """A request's body of so many bytes has been read."""

    def close(self) -> None:
        """The conversation is over, however it ended."""


class ExplainRole(Role):
    """Shows the plan, whatever the events (explain=true)."""

    def __init__(self, rows: bytes, writer: FrameWriter) -> None:
        self._rows = rows
        self._writer = writer

    def answer(self, finished: bool) -> bool:
        self._writer.begin(metadata_of(finished, []), len(self._rows) if finished else 0)
        if finished:
            self._writer.body(self._rows)
        self._writer.end()
        return finished


class MapRole(Role):
    """Answers with the partial rows that have gathered, when it is time (design section 3)."""

    def __init__(self, engine: Engine, writer: FrameWriter) -> None:
        self._engine = engine
        self._writer = writer
        self._flushed = time.monotonic()
        self._answered = False
        self._inspector = Inspector("map")

    def took(self, length: int) -> None:
        self._inspector.took(length)

    def _is_time(self) -> bool:
        used, _, bound = self._engine.memory_use()
        return used > bound // 2 or time.monotonic() - self._flushed > FLUSH_SECONDS

    def answer(self, finished: bool) -> bool:
        messages = [] if self._answered else self._engine.map_messages()
        self._answered = True
        if not finished and not self._is_time():
            self._writer.frame(metadata_of(finished, messages))
            return False
        self._inspector.add(self._engine)
        length = self._engine.begin_partials()
        self._inspector.gave(length)
        metrics = None
        if finished:
            messages = [*messages, self._inspector.line()]
            metrics = self._inspector.metrics()
        metadata = metadata_of(finished, messages, metrics)
        _write_reply(self._engine, self._writer, metadata, length)
        self._flushed = time.monotonic()
        return finished


class ReduceRole(Role):
    """Answers nothing until the last request, then the table."""

    def __init__(self, engine: Engine, writer: FrameWriter, info: dict[str, Any]) -> None:
        self._engine = engine
        self._writer = writer
        self._scheduled = str(info.get("sid", "")).startswith("scheduler__")
        self._inspector = Inspector("reduce")

    def took(self, length: int) -> None:
        self._inspector.took(length)

    def answer(self, finished: bool) -> bool:
        if not finished:
            self._writer.frame(metadata_of(False, []))
            return False
        length = self._engine.begin_table(0)
        messages = self._engine.table_messages(0, self._scheduled)
        self._inspector.add(self._engine)
        self._inspector.gave(length)
        metadata = metadata_of(True, [*messages, self._inspector.line()], self._inspector.metrics())
        _write_reply(self._engine, self._writer, metadata, length)
        return True
