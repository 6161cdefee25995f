"""cfhunt as the first command: runs a search of its own and passes its rows on (design section 2).

    | cfhunt          the command that the user typed: this file, on the search head
       search `cfhunt_events` | `cfhunt_fields` | cfhunt events=pipe TOKEN | `...filter`
                      the inner search, run by splunkd: map on the indexers, reduce, tail

The inner search carries the plan as one token, never the user's text.
"""

from __future__ import annotations

import csv
import io
import signal
import time
from typing import TYPE_CHECKING, Any

from cfhuntlib.errors import CfhuntError
from cfhuntlib.frames import Closed
from cfhuntlib.inner_search import inner_search, tail_of
from cfhuntlib.rest import Export, Session, messages_of
from cfhuntlib.roles import Role, metadata_of
from cfhuntlib.tail import commands_that_stop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfhuntlib._cfhunt import Engine
    from cfhuntlib.frames import FrameWriter

    Row = dict[str, list[str]]

# What one reply holds at most; splunkd asks for the next.
ROWS_PER_REPLY = 10000
TEXT_PER_REPLY = 4 * 1024 * 1024
COVERAGE = "cfhunt - Coverage of Sysmon network events"
# An export says with its last row, or without one, that it is the last ("lastrow"): only then is no
# row an answer, and not perhaps the silence of a search that broke off.
_NOT_WHOLE = "Splunk did not say that its answer is complete: rows may be missing."
_NOTHING_SAID = (
    "No row came, and Splunk did not say that its answer is complete: cfhunt's own search may have "
    "failed. Look for it under Activity > Jobs, or put a search for events before | cfhunt."
)


class GeneratingRole(Role):
    """Answers with the inner search's rows, reply by reply, as they come."""

    def __init__(self, engine: Engine, writer: FrameWriter, info: dict[str, Any]) -> None:
        self._writer = writer
        self._session = Session(info)
        self._messages: list[tuple[str, str]] = []
        self._tail = self._tail_to_run(tail_of(engine))
        self._search = inner_search(engine, self._tail)
        self._columns = _columns(engine)
        self._scheduled = str(info.get("sid", "")).startswith("scheduler__")
        self._export: Export | None = None
        self._items: Iterator[dict[str, Any]] = iter(())
        self._errors: list[str] = []
        self._started = time.monotonic()
        self._replies = 0
        self._whole = False  # has the answer said that it is complete?

    def _tail_to_run(self, tail: str) -> str:
        stopping = commands_that_stop(tail)
        if not stopping:
            return tail
        self._messages.append(
            (
                "WARN",
                f"The rest of the hunt was not run, because it holds {', '.join(stopping)}. "
                f"Append it yourself: | {tail}",
            )
        )
        return ""

    def answer(self, finished: bool) -> bool:
        try:
            if self._export is None:
                signal.signal(signal.SIGTERM, _cancelled)
                self._export = Export(self._session, self._search, (0, 1))
                self._items = iter(self._export)
            return self._answer(self._export)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends the inner search."""
        if self._export is not None:
            self._export.close()

    def _answer(self, export: Export) -> bool:
        rows, ended = self._rows()
        body = self._body(rows)
        self._replies += 1
        metrics = None
        if ended:
            self._say_how_it_ended(export.rows)
            metrics = self._say_what_it_did(export)
            export.close()
        metadata = metadata_of(ended, self._taken_messages(), metrics)
        self._writer.begin(metadata, len(body))
        self._writer.body(body)
        self._writer.end()
        return ended

    def _rows(self) -> tuple[list[Row], bool]:
        """Rows for one reply, and whether they are the last."""
        rows: list[Row] = []
        size = 0
        for item in self._items:
            self._take_messages(item)
            result = item.get("result")
            if isinstance(result, dict):
                rows.append({name: _values(value) for name, value in result.items()})
                size += sum(len(text) for cell in rows[-1].values() for text in cell)
                self._whole = False
            if "lastrow" in item:
                self._whole = item["lastrow"] is True
            if len(rows) >= ROWS_PER_REPLY or size >= TEXT_PER_REPLY:
                return rows, False
        return rows, True

    # ---- messages ----

    def _take_messages(self, item: dict[str, Any]) -> None:
        for level, text in messages_of(item):
            said = self._session.scrubbed(text)
            if level == "FATAL":
                raise CfhuntError(f"cfhunt's own search failed: {said}")
            if level == "ERROR":
                self._errors.append(said)
            if level in ("INFO", "WARN", "ERROR") and (level, said) not in self._messages:
                self._messages.append((level, said))

    def _say_how_it_ended(self, rows: int) -> None:
        if rows == 0 and self._errors:
            raise CfhuntError(f"cfhunt's own search failed: {' '.join(self._errors)}")
        if not self._whole:
            self._messages.append(("WARN", _NOT_WHOLE if rows else _NOTHING_SAID))
        elif rows == 0 and not self._messages:
            events = self._search.partition(" | cfhunt ")[0]
            self._messages.append(
                (
                    "INFO" if self._scheduled else "WARN",
                    "No row came, and Splunk did not pass on why: the messages of "
                    f'"{events} | cfhunt" say how many events were read and what they lack; the '
                    f'report "{COVERAGE}" shows which hosts send such events at all.',
                )
            )

    def _say_what_it_did(self, export: Export) -> dict[str, list[float]]:
        """Adds the line for the Job Inspector, and returns the same as metrics."""
        seconds = round(time.monotonic() - self._started, 3)
        self._messages.append(
            (
                "INFO",
                f"cfhunt search: {export.rows:,} rows, {export.bytes:,} bytes from a search of its "
                f"own, {seconds:.2f} s.",
            )
        )
        return {
            "metric.cfhunt.search.rows": [seconds, self._replies, export.rows, export.rows],
            "metric.cfhunt.search.bytes": [seconds, self._replies, export.bytes, 0],
        }

    def _taken_messages(self) -> list[tuple[str, str]]:
        """What has not been said yet."""
        taken, self._messages = self._messages, []
        return taken

    # ---- rows ----

    def _body(self, rows: list[Row]) -> bytes:
        """The rows as splunkd reads them: the plan's columns, then what else the tail made."""
        for row in rows:
            for name in row:
                if name not in self._columns:
                    self._columns.append(name)
        multivalues = [
            name for name in self._columns if any(len(row.get(name, ())) > 1 for row in rows)
        ]
        lines = [[*self._columns, *(f"__mv_{name}" for name in multivalues)]]
        for row in rows:
            plain = ["\n".join(row.get(name, ())) for name in self._columns]
            lines.append([*plain, *(_multivalue(row.get(name, [])) for name in multivalues)])
        return b"".join(_bytes(",".join(map(_cell, line)) + "\n") for line in lines)


def _cancelled(_signal: int, _frame: object) -> None:
    raise Closed


def _columns(engine: Engine) -> list[str]:
    """The plan's output columns: those of its table over no events."""
    engine.begin_table(0)
    header = b"".join(iter(engine.reply_window, b"")).decode("utf-8", "surrogateescape")
    names = next(csv.reader(io.StringIO(header, newline="")), [])
    return [name for name in names if not name.startswith("__mv_")]


def _values(value: object) -> list[str]:
    """A cell of the answer: a text, a list of texts for a multivalue, absent or null."""
    if value is None or value == "":
        return []
    if isinstance(value, list):
        return [_text(one) for one in value]
    return [_text(value)]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _multivalue(values: list[str]) -> str:
    if len(values) < 2:
        return ""
    return ";".join("$" + value.replace("$", "$$") + "$" for value in values)


def _cell(text: str) -> str:
    """Bare where splunkd writes it bare (protocol section 7)."""
    if text.isascii() and (text.isalnum() or not text):
        return text
    return '"' + text.replace('"', '""') + '"'


def _bytes(text: str) -> bytes:
    """Bytes that were no UTF-8 come out as they came in."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
