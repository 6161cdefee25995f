"""Recorded sessions: what splunkd writes to a command's input, as one file (protocol sections 2-7).

A getinfo request, then execute requests whose bodies are CSV: the plain columns, then an empty
__mv_ column for each of them. A cell is bare if it is empty or all ASCII letters and digits.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from standin.csv_body import MULTIVALUE_PREFIX, quote
from standin.frames import encode_frame
from standin.splunkd import execute_request, getinfo_metadata, tokenise

CHUNK_ROWS = 50_000  # maxresultrows, the most that splunkd hands over at once


def getinfo_request(arguments: str = "", dispatch_dir: Path | None = None) -> bytes:
    """The request that opens a session of a cfhunt with those arguments, behind a search."""
    plain, raw = tokenise(arguments)
    folder = None if dispatch_dir is None else str(dispatch_dir)
    return encode_frame(getinfo_metadata("8.2.1", plain, raw_arguments=raw, dispatch_dir=folder))


def header(columns: Sequence[str]) -> bytes:
    """The first line of every body."""
    names = [name.encode() for name in columns]
    return (
        b",".join(quote(name) for name in [*names, *(MULTIVALUE_PREFIX + n for n in names)]) + b"\n"
    )


def record(columns: Sequence[str], cells: Sequence[bytes]) -> bytes:
    """A row of single values: its cells, and the empty __mv_ cells."""
    return b",".join(map(quote, cells)) + b"," * len(columns) + b"\n"


def batches(rows: Iterable[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """The rows, joined by so many; and whether it is the last batch. No rows: one empty batch."""
    iterator = iter(rows)
    batch = list(itertools.islice(iterator, size))
    while True:
        following = list(itertools.islice(iterator, size))
        yield b"".join(batch), not following
        if not following:
            return
        batch = following


def write_session(
    path: Path,
    getinfo: bytes,
    first_line: bytes,
    rows: Iterable[bytes],
    chunk_rows: int = CHUNK_ROWS,
) -> None:
    """Writes a session whose bodies hold so many rows each."""
    with path.open("wb") as file:
        file.write(getinfo)
        for body, last in batches(rows, chunk_rows):
            file.write(execute_request(first_line + body, finished=last))


class Recording:
    """Reads a session's requests one after the other."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        """Each frame's metadata and body. Raises ValueError for what is no frame."""
        while line := self._file.readline(100):
            parts = line.split(b",")
            if len(parts) != 3 or parts[0] != b"chunked 1.0":
                raise ValueError(f"no frame begins with {line!r}")
            metadata, body = int(parts[1]), int(parts[2])
            read = self._file.read(metadata), self._file.read(body)
            if (len(read[0]), len(read[1])) != (metadata, body):
                raise ValueError("the recording ends inside a frame")
            yield read


def bodies(path: Path) -> Iterator[bytes]:
    """The bodies of a session's execute requests, each with its first line."""
    with path.open("rb") as file:
        requests = iter(Recording(file))
        next(requests)
        for _, body in requests:
            yield body


def rewrite(
    path: Path, source: Path, getinfo: bytes, take: int | None = None, times: int = 1
) -> None:
    """Another session with the first ``take`` bodies of the source (None: all), ``times`` over."""
    with path.open("wb") as file:
        file.write(getinfo)
        waiting: bytes | None = None
        for _ in range(times):
            for body in itertools.islice(bodies(source), take):
                if waiting is not None:
                    file.write(execute_request(waiting, finished=False))
                waiting = body
        file.write(execute_request(waiting or b"", finished=True))


def write_rows(path: Path, source: Path) -> None:
    """The session's rows as one plain CSV file, for programs that do not speak the protocol."""
    with path.open("wb") as file:
        for number, body in enumerate(bodies(source)):
            file.write(body if number == 0 else body[body.index(b"\n") + 1 :])
