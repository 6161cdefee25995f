"""Event files as CSV bodies for the engine.

Two kinds of file, told apart by how they begin: Windows or Linux Sysmon events as XML, one after
another, which become rows with the one column _raw; and CSV with a header, as Splunk exports it,
which goes to the engine as it is. Either may be compressed with gzip, and begin with a byte order
mark.
"""

from __future__ import annotations

import codecs
import gzip
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

WINDOW = 262144
EVENT_END = b"</Event>"
GZIP_MAGIC = b"\x1f\x8b"
_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def bodies(name: str) -> Iterator[bytes]:
    """The CSV body of a file ("-": stdin), in windows. Raises OSError as reading does."""
    if name == "-":
        yield from _body(sys.stdin.buffer)
        return
    with Path(name).open("rb") as file:
        yield from _body(file)


def _body(file: IO[bytes]) -> Iterator[bytes]:
    start = file.read(WINDOW)
    if start.startswith(GZIP_MAGIC):
        with gzip.open(_Rest(start, file)) as unpacked:  # type: ignore[call-overload]
            yield from _body(unpacked)
        return
    for mark, encoding in _ENCODINGS:
        if start.startswith(mark):
            yield from _rows(_decoded(start[len(mark) :], file, encoding))
            return
    yield from _rows(_windows(start, file))


class _Rest:
    """A file whose first bytes have been read already."""

    def __init__(self, start: bytes, file: IO[bytes]) -> None:
        self._start = start
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            start, self._start = self._start, b""
            return start + self._file.read()
        if self._start:
            part, self._start = self._start[:size], self._start[size:]
            return part
        return self._file.read(size)


def _windows(start: bytes, file: IO[bytes]) -> Iterator[bytes]:
    window = start
    while window:
        yield window
        window = file.read(WINDOW)


def _decoded(start: bytes, file: IO[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for window in _windows(start, file):
        yield decoder.decode(window).encode("utf-8", "surrogatepass")
    yield decoder.decode(b"", True).encode("utf-8", "surrogatepass")


def _rows(windows: Iterator[bytes]) -> Iterator[bytes]:
    first = next(windows, b"")
    if b"<Event" in first.lstrip().split(b"\n", 1)[0]:
        yield b"_raw\n"
        yield from _event_rows(first, windows)
        return
    yield first
    yield from windows


def _event_rows(first: bytes, windows: Iterator[bytes]) -> Iterator[bytes]:
    """Each event with what stands before it as one quoted cell. No byte is searched twice: what is
    left of a window is searched again only as far as a cut end tag can reach."""
    rest = first
    searched = 0
    while True:
        start = 0
        while (end := rest.find(EVENT_END, max(start, searched))) >= 0:
            end += len(EVENT_END)
            yield _cell(rest[start:end])
            start = end
        rest = rest[start:]
        searched = max(0, len(rest) - len(EVENT_END) + 1)
        window = next(windows, b"")
        if not window:
            break
        rest += window
    if b"<Event" in rest:
        yield _cell(rest)


def _cell(text: bytes) -> bytes:
    return b'"' + text.lstrip(b"\r\n").replace(b'"', b'""') + b'"\n'
