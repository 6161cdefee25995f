"""A whole search as splunkd runs it: throw-away probes, a map process for each peer, one reduce.

Every process goes through the checks of ``splunkd.Splunkd``; so a test only has to look at the
table and the messages.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .csv_body import Row, Table, Values, read_table, write_body
from .frames import Frame, ProtocolViolation
from .splunkd import COMMAND, Splunkd, tokenise

SID = "1700000000.42"


@dataclass(frozen=True)
class Message:
    """One inspector message and the process that sent it ("map 0", "reduce", ...)."""

    process: str
    level: str
    text: str


@dataclass
class SearchResult:
    """What a search gave: the reply's table, as bytes and read; or the error that ended it."""

    body: bytes = b""
    error: str | None = None
    messages: list[Message] = field(default_factory=list)
    frames: dict[str, list[Frame]] = field(default_factory=dict)
    preop: str | None = None
    required_fields: list[str] | None = None
    partial_rows: list[Table] = field(default_factory=list)  # of each map process

    @property
    def table(self) -> Table:
        """The reply's table."""
        return read_table(self.body)


class _SearchFailed(Exception):
    pass


def run_search(
    app: Path,
    arguments: Sequence[str] = (),
    bodies: Sequence[Sequence[bytes]] = ((),),
    *,
    distributed: bool = True,
    events_for_reduce: Sequence[bytes] = (),
    seed: int | None = None,
    rows_per_chunk: Sequence[int] = (1000,),
    last_chunk: str = "rows",
    empty_peer: str = "header",
    probes: int = 2,
    raw_arguments: Sequence[str] | None = None,
    version: str = "8.2.1",
    sid: str = SID,
    peers: Sequence[Mapping[str, Any]] = (),
    **settings: Any,
) -> SearchResult:
    """Plays one search over events that lie on peers.

    bodies: for each peer the bodies of its chunks, in splunkd's CSV; a peer without a chunk gets
    one request, with a body of the header only or none (empty_peer "header" or "empty").
    distributed: False feeds all the chunks to the reduce process and starts no map.
    events_for_reduce: bodies whose rows reach the reduce process as events, between the maps' rows.
    seed: shuffles the rows on their way to reduce; None keeps their order.
    rows_per_chunk: sizes of the chunks to reduce, used in turn. last_chunk: what the last request
    carries: "rows", only the "header", or nothing ("empty").
    peers: for each peer what is different there from the settings, app_dir included.
    settings: as for Splunkd. Returns a result with ``error`` set when a process answered so; raises
    ProtocolViolation when one broke the protocol.
    """
    search = _Search(app, arguments, raw_arguments, version, sid, settings, peers)
    try:
        search.probe(probes)
        chunks = [chunk for peer in bodies for chunk in peer]
        if distributed:
            rows = search.run_maps(bodies, empty_peer)
            chunks = list(events_for_reduce)
        else:
            rows = []
        for chunk in chunks:
            rows.extend(_dictionaries(read_table(chunk)))
        if seed is not None:
            random.Random(seed).shuffle(rows)
        search.run_reduce(_chunked(rows, rows_per_chunk), last_chunk)
    except _SearchFailed:
        pass
    return search.result


class _Search:
    def __init__(
        self,
        app: Path,
        arguments: Sequence[str],
        raw_arguments: Sequence[str] | None,
        version: str,
        sid: str,
        settings: dict[str, Any],
        peers: Sequence[Mapping[str, Any]],
    ) -> None:
        self.arguments = list(arguments)
        self.raw_arguments = list(arguments if raw_arguments is None else raw_arguments)
        self.version = version
        self.sid = sid
        self.settings = {"app_dir": app, **settings}
        self.peers = peers
        self.result = SearchResult()

    def probe(self, times: int) -> None:
        """Asks getinfo of processes that then see the end; takes preop and fields from the last."""
        for number in range(max(times, 1)):
            with self._start() as process:
                reply = process.probe(
                    self.arguments,
                    raw_arguments=self.raw_arguments,
                    sid=self.sid,
                    dispatch_dir="" if number == 0 else None,
                )
            self._note(f"probe {number}", process)
        self.result.preop = reply.metadata.get("streaming_preop")
        self.result.required_fields = reply.metadata.get("required_fields")
        if reply.metadata.get("type") != "reporting":
            raise ProtocolViolation("the reduce side does not say type reporting")

    def run_maps(self, bodies: Sequence[Sequence[bytes]], empty_peer: str) -> list[_Fields]:
        """One map process for each peer; the rows they sent, restricted to required_fields."""
        if self.result.preop is None:
            raise ProtocolViolation("the reduce side names no streaming_preop")
        words, raw_words = tokenise(self.result.preop)
        if words[0] != COMMAND:
            raise ProtocolViolation(f"streaming_preop starts another command: {words[0]!r}")
        rows: list[_Fields] = []
        for number, chunks in enumerate(bodies):
            place = self.peers[number] if self.peers else {}
            table = self._run_map(number, words[1:], raw_words[1:], chunks, empty_peer, place)
            self.result.partial_rows.append(table)
            rows.extend(_dictionaries(table))
        return rows

    def run_reduce(self, chunks: list[list[_Fields]], last_chunk: str) -> None:
        """The reduce process over all the rows; fills the result's body."""
        names = _wanted(self.result.required_fields)
        requests = [_body(chunk, names) for chunk in chunks]
        if last_chunk == "header" or (last_chunk == "rows" and not requests):
            requests.append(_body([], names))
        elif last_chunk == "empty":
            requests.append(b"")
        with self._start() as process:
            reply = process.getinfo(self.arguments, raw_arguments=self.raw_arguments, sid=self.sid)
            if not process.failure and reply.metadata.get("streaming_preop") != self.result.preop:
                raise ProtocolViolation("the reduce process names another preop than the probes")
            replies = [] if process.failure else process.execute(requests)
        self._note("reduce", process)
        for reply in replies[:-1]:
            if reply.body:
                raise ProtocolViolation(
                    f"reduce answers a request that is not the last with {len(reply.body)} bytes"
                )
        self.result.body = replies[-1].body

    def _run_map(
        self,
        number: int,
        words: list[str],
        raw_words: list[str],
        chunks: Sequence[bytes],
        empty_peer: str,
        place: Mapping[str, Any],
    ) -> Table:
        fields = " ".join(f'"{field}"' for field in self.result.required_fields or [])
        with self._start(place) as process:
            reply = process.getinfo(
                words,
                raw_arguments=raw_words,
                sid=f"remote_head_{self.sid}",
                search=f"litsearch index=* | {self.result.preop} | fields keepcolorder=t {fields}",
            )
            replies = []
            if not process.failure:
                _check_map(reply)
                empty = b"" if empty_peer == "empty" else write_body((b"_time", b"_raw"), ())
                replies = process.execute(chunks or [empty])
        self._note(f"map {number}", process)
        return _joined([read_table(reply.body) for reply in replies])

    def _start(self, place: Mapping[str, Any] = MappingProxyType({})) -> Splunkd:
        return Splunkd(**{**self.settings, **place}, version=self.version)

    def _note(self, name: str, process: Splunkd) -> None:
        self.result.frames[name] = process.replies
        for reply in process.replies:
            self.result.messages.extend(Message(name, *message) for message in reply.messages)
        if process.failure is not None:
            prefix = "Streamed search execute failed because: " if name.startswith("map") else ""
            self.result.error = prefix + process.failure
            raise _SearchFailed


_Fields = dict[bytes, Values]


def _check_map(reply: Frame) -> None:
    if reply.metadata.get("type") != "streaming":
        raise ProtocolViolation("the map side does not say type streaming")
    if "required_fields" in reply.metadata:
        raise ProtocolViolation(
            "the map side sets required_fields, so splunkd would merge its rows with others"
        )


def _dictionaries(table: Table) -> Iterable[_Fields]:
    for row in table.rows:
        yield dict(zip(table.columns, row))


def _joined(tables: Sequence[Table]) -> Table:
    """All rows, under the union of the columns in the order in which they appeared."""
    columns = list(dict.fromkeys(name for table in tables for name in table.columns))
    rows = [_picked(fields, columns) for table in tables for fields in _dictionaries(table)]
    return Table(tuple(columns), tuple(rows))


def _picked(fields: _Fields, columns: Sequence[bytes]) -> Row:
    return tuple(fields.get(name, ()) for name in columns)


def _wanted(required_fields: list[str] | None) -> list[bytes] | None:
    """The columns that splunkd sends; None: every one there is."""
    if required_fields is None or "*" in required_fields:
        return None
    return [name.encode() for name in dict.fromkeys(required_fields)]


def _body(rows: Sequence[_Fields], names: Sequence[bytes] | None) -> bytes:
    if names is None:
        names = list(dict.fromkeys(name for row in rows for name in row))
        if not names:
            return b""
    return write_body(names, (_picked(row, names) for row in rows))


def _chunked(rows: list[_Fields], sizes: Sequence[int]) -> list[list[_Fields]]:
    chunks: list[list[_Fields]] = []
    place = 0
    while place < len(rows):
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(rows[place : place + size])
        place += size
    return chunks
