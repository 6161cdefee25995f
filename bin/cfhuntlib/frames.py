"""Frames of the chunked protocol, as bytes on two file descriptors (protocol section 2).

    "chunked 1.0," META-LENGTH "," BODY-LENGTH LF  META  BODY        lengths in bytes

A body is never held as a whole: it is read and written in windows of at most WINDOW bytes.
"""

from __future__ import annotations

import io
import json
import os

from cfhuntlib.errors import CfhuntError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

# A file gives so much at once, a pipe a quarter of it: the room is made once, more costs nothing.
WINDOW = 262144
HEADER_MAX = 100
METADATA_MAX = 16 * 1024 * 1024
VERSION = b"chunked 1.0"


class Closed(Exception):
    """The other side no longer reads: the search was cancelled. Nothing is to be said."""


class FrameReader:
    """Reads frames from a file descriptor. What is read ahead stays for the next frame."""

    def __init__(self, descriptor: int) -> None:
        self._file = io.FileIO(descriptor, closefd=False)
        self._window = bytearray(WINDOW)
        self._at = 0
        self._stop = 0
        self._body_left = 0

    def _fill(self) -> bool:
        """Reads the next window in place of the used one; False at the end of the input."""
        self._at = 0
        self._stop = self._file.readinto(self._window) or 0
        return self._stop > 0

    def _header(self) -> bytes | None:
        line = b""
        while True:
            end = self._window.find(b"\n", self._at, self._stop)
            line += self._window[self._at : end if end >= 0 else self._stop]
            if end >= 0:
                self._at = end + 1
                return line
            if len(line) > HEADER_MAX:
                raise CfhuntError("Splunk sent a frame without a header.")
            if not self._fill():
                if line:
                    raise CfhuntError("The input ended inside a frame's header.")
                return None

    def _exactly(self, length: int) -> bytes:
        parts = []
        while length > 0:
            if self._at == self._stop and not self._fill():
                raise CfhuntError("The input ended inside a frame's metadata.")
            part = self._window[self._at : min(self._stop, self._at + length)]
            self._at += len(part)
            length -= len(part)
            parts.append(part)
        return b"".join(parts)

    def next_frame(self) -> dict[str, Any] | None:
        """The next frame's metadata, or None at the end of the input. windows() gives its body.

        Raises CfhuntError for anything that is not a frame.
        """
        header = self._header()
        if header is None:
            return None
        metadata_length, self._body_left = _lengths(header)
        return _metadata(self._exactly(metadata_length))

    def windows(self) -> Iterator[tuple[bytearray, int, int]]:
        """The body as (bytes, start, stop) windows, each of which lasts until the next.

        Raises CfhuntError when the body is cut short.
        """
        while self._body_left > 0:
            if self._at == self._stop and not self._fill():
                raise CfhuntError(
                    f"The input ended inside a frame: {self._body_left:,} bytes of events are "
                    "missing."
                )
            start = self._at
            stop = min(self._stop, start + self._body_left)
            self._at = stop
            self._body_left -= stop - start
            yield self._window, start, stop

    def skip_body(self) -> None:
        """Reads what is left of the body: splunkd takes a reply only when it has written all."""
        for _ in self.windows():
            pass


def _lengths(header: bytes) -> tuple[int, int]:
    parts = header.rstrip(b"\r").split(b",")
    if len(parts) != 3 or parts[0] != VERSION:
        raise CfhuntError("Splunk sent a frame without a header.")
    if not all(part.isdigit() and len(part) <= 18 for part in parts[1:]):
        raise CfhuntError("Splunk sent a frame whose lengths are not numbers.")
    metadata, body = int(parts[1]), int(parts[2])
    if metadata > METADATA_MAX:
        raise CfhuntError(f"Splunk sent a frame with more than {METADATA_MAX:,} bytes of metadata.")
    return metadata, body


def _metadata(text: bytes) -> dict[str, Any]:
    try:
        metadata = json.loads(text)
    except (ValueError, RecursionError) as failure:
        raise CfhuntError("Splunk sent a frame whose metadata is not JSON.") from failure
    if not isinstance(metadata, dict):
        raise CfhuntError("Splunk sent a frame whose metadata is not a JSON object.")
    return metadata


class FrameWriter:
    """Writes frames to a file descriptor."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.inside_frame = False

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except BrokenPipeError as failure:
            raise Closed from failure

    def begin(self, metadata: dict[str, Any], body_length: int) -> None:
        """Writes the header and the metadata; exactly body_length bytes are to follow by body()."""
        text = json.dumps(metadata, separators=(",", ":")).encode("ascii")
        self.inside_frame = True
        self._write(b"%s,%d,%d\n%s" % (VERSION, len(text), body_length, text))

    def body(self, window: bytes) -> None:
        self._write(window)

    def end(self) -> None:
        self.inside_frame = False

    def frame(self, metadata: dict[str, Any]) -> None:
        """Writes a frame without a body."""
        self.begin(metadata, 0)
        self.end()
