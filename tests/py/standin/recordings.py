"""The recorded sessions of real splunkds, frame by frame. They are shared data, not part of the
project: a test that wants them skips where they are absent."""

from __future__ import annotations

import io
from pathlib import Path

from .frames import Frame, FrameReader

PROJECT = Path(__file__).resolve().parents[3]
RECORDINGS = PROJECT.parent / "shared" / "splunkd-recordings"


def read_recording(path: Path, *, newline_between: bool = False) -> list[Frame]:
    """All frames of one recording. Raises ProtocolViolation.

    newline_between tolerates the newline after each frame of the 6.3 outputs, and only that.
    """
    reader = FrameReader(io.BytesIO(path.read_bytes()).read, newline_between=newline_between)
    frames = []
    while (frame := reader.next_frame()) is not None:
        frames.append(frame)
    return frames
