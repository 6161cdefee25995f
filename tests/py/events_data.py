"""Where the shared event data is, and how its files are cut into events."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

EVENT = re.compile(rb"<Event(?=[\s/>])")
END = b"</Event>"
PATTERNS = ("*.xml", "*.xml.gz", "*.raw", "*.txt")


def shared() -> Path | None:
    """The folder shared beside the project root, or None when it is not there."""
    folder = Path(__file__).resolve().parents[2].parent / "shared"
    return folder if folder.is_dir() else None


def event_files(folder: Path) -> list[Path]:
    """The event files under folder, in a fixed order."""
    return sorted({path for pattern in PATTERNS for path in folder.rglob(pattern)})


def event_texts(path: Path) -> list[bytes]:
    """The events of a file, in order, each exactly from its <Event to its </Event>.

    An event may hold newlines, so it is </Event> that splits. What is cut off before its </Event>
    is no event and is left out.
    """
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    events: list[bytes] = []
    for piece in data.split(END)[:-1]:
        starts = [match.start() for match in EVENT.finditer(piece)]
        if starts:
            events.append(piece[starts[-1] :] + END)
    return events
