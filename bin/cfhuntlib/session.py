"""One session with splunkd: getinfo, then executes, in lock-step (protocol sections 1 to 5, 10).

Two roles. The map runs where the events are and answers with partial rows; the reduce runs on the
search head, takes partial rows and events alike, and answers once, with the table.
"""

from __future__ import annotations

import os
import time

from cfhuntlib.errors import CfhuntError
from cfhuntlib.frames import Closed
from cfhuntlib.hunt_files import add_hunt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cfhuntlib._cfhunt import Engine
    from cfhuntlib.frames import FrameReader, FrameWriter

FLUSH_SECONDS = 1.0
DEFAULT_COMMAND = "cfhunt"


def serve(reader: FrameReader, writer: FrameWriter) -> None:
    """Serves until the input ends, the search is cancelled or something is wrong."""
    try:
        _serve(reader, writer)
    except Closed:
        return
    except (CfhuntError, ValueError) as failure:
        _refuse(writer, str(failure))
    except MemoryError:
        _refuse(writer, "The machine has no memory left for cfhunt.")
    except Exception as failure:  # the last resort: a sentence, never a traceback
        _refuse(writer, f"cfhunt failed, which is a fault of its own: {failure!r}.")


def _refuse(writer: FrameWriter, sentence: str) -> None:
    """The error frame. Inside a reply nothing can be said any more: the stream is broken off."""
    if writer.inside_frame:
        return
    metadata = {
        "finished": True,
        "inspector": {"messages": [["ERROR", sentence]]},
        "error": sentence,
    }
    try:
        writer.frame(metadata)
    except (Closed, OSError):
        return


def _serve(reader: FrameReader, writer: FrameWriter) -> None:
    request = reader.next_frame()
    if request is None:
        return
    reader.skip_body()
    if request.get("action") != "getinfo":
        raise CfhuntError("Splunk's first request was not getinfo.")
    info = request.get("searchinfo", {})
    if not isinstance(info, dict):
        raise CfhuntError("Splunk sent a getinfo request without a searchinfo object.")
    engine, is_map = _compile(info)
    writer.frame(_describe(engine, is_map, info))
    role = _role(engine, is_map, writer, info)
    while True:
        request = reader.next_frame()
        if request is None:
            return
        if request.get("action") != "execute":
            raise CfhuntError("Splunk sent a request that is neither getinfo nor execute.")
        _take_body(engine, reader)
        finished = request.get("finished") is True
        role.answer(finished)
        if finished:
            return


def _arguments(info: dict[str, Any]) -> bytes:
    """The command's arguments as one text: tokens with the user's quotes, joined by blanks."""
    tokens = info.get("raw_args", info.get("args", []))
    if not isinstance(tokens, list):
        raise CfhuntError("Splunk sent a getinfo request whose arguments are not a list.")
    return " ".join(str(token) for token in tokens).strip().encode("utf-8", "surrogatepass")


def _compile(info: dict[str, Any]) -> tuple[Engine, bool]:
    from cfhuntlib.native import engine as native

    engine = native.Engine(os.urandom(native.SECRET_SIZE))
    is_map = add_hunt(engine, _arguments(info))
    if is_map:
        engine.refuse_partials()
    return engine, is_map


def _describe(engine: Engine, is_map: bool, info: dict[str, Any]) -> dict[str, Any]:
    """The getinfo reply. A map sets no required_fields: splunkd would merge foreign columns into
    its rows (protocol section 6)."""
    if is_map:
        return {"type": "streaming"}
    if engine.explanation(0) is not None:
        return {"type": "reporting"}
    command = info.get("command")
    name = command if isinstance(command, str) and command else DEFAULT_COMMAND
    return {
        "type": "reporting",
        "streaming_preop": f"{name} {engine.map_token(0).decode('ascii')}",
        "required_fields": [
            field.decode("utf-8", "replace") for field in engine.required_fields(0)
        ],
    }


def _role(engine: Engine, is_map: bool, writer: FrameWriter, info: dict[str, Any]) -> Role:
    if is_map:
        return MapRole(engine, writer)
    rows = engine.explanation(0)
    return ReduceRole(engine, writer, info) if rows is None else ExplainRole(rows, writer)


def _take_body(engine: Engine, reader: FrameReader) -> None:
    """Feeds the body. Broken events are reported only when the whole request has been read: a
    reply before that could block both sides (protocol section 13)."""
    engine.begin_body()
    try:
        for window, start, stop in reader.windows():
            engine.feed(window, start, stop)
        engine.end_body()
    except (ValueError, MemoryError):
        reader.skip_body()
        raise


def _finished(finished: bool, messages: list[tuple[str, str]]) -> dict[str, Any]:
    metadata: dict[str, Any] = {"finished": finished}
    if messages:
        metadata["inspector"] = {"messages": [list(message) for message in messages]}
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

    def answer(self, finished: bool) -> None:
        """Writes the one reply to a request whose body has been read."""
        raise NotImplementedError


class ExplainRole(Role):
    """Shows the plan, whatever the events (explain=true)."""

    def __init__(self, rows: bytes, writer: FrameWriter) -> None:
        self._rows = rows
        self._writer = writer

    def answer(self, finished: bool) -> None:
        self._writer.begin(_finished(finished, []), len(self._rows) if finished else 0)
        if finished:
            self._writer.body(self._rows)
        self._writer.end()


class MapRole(Role):
    """Answers with the partial rows that have gathered, when it is time (design section 3)."""

    def __init__(self, engine: Engine, writer: FrameWriter) -> None:
        self._engine = engine
        self._writer = writer
        self._flushed = time.monotonic()
        self._answered = False

    def _is_time(self) -> bool:
        used, _, bound = self._engine.memory_use()
        return used > bound // 2 or time.monotonic() - self._flushed > FLUSH_SECONDS

    def answer(self, finished: bool) -> None:
        messages = [] if self._answered else self._engine.map_messages()
        self._answered = True
        metadata = _finished(finished, messages)
        if not finished and not self._is_time():
            self._writer.frame(metadata)
            return
        _write_reply(self._engine, self._writer, metadata, self._engine.begin_partials())
        self._flushed = time.monotonic()


class ReduceRole(Role):
    """Answers nothing until the last request, then the table."""

    def __init__(self, engine: Engine, writer: FrameWriter, info: dict[str, Any]) -> None:
        self._engine = engine
        self._writer = writer
        self._scheduled = str(info.get("sid", "")).startswith("scheduler__")

    def answer(self, finished: bool) -> None:
        if not finished:
            self._writer.frame(_finished(False, []))
            return
        length = self._engine.begin_table(0)
        messages = self._engine.table_messages(0, self._scheduled)
        _write_reply(self._engine, self._writer, _finished(True, messages), length)
