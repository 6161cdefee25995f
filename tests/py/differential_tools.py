"""What the differential tests share: the default hunt, events as bodies, tables as texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random

from drive import Reply
from reference import hunt
from standin.csv_body import Values, write_body

DEFAULT = ""  # no arguments: the Cloudflared hunt
EVERY_PORT = hunt.DEFAULT_HUNT.replace("dest_port=7844", "dest_port=*")
EVENT_COLUMNS = (b"_time", b"_raw", b"index", b"host", b"source", b"sourcetype")
CHUNKS = (1, 2, 7, 50)
WINDOWS = (17, 4096, 262_144)


def raw_bodies(texts: Sequence[bytes], count: int) -> list[bytes]:
    """The events in so many chunks, as splunkd sends them behind cfhunt_fields; without _time, so
    that each event's own SystemTime counts."""
    size = -(-len(texts) // count)
    rest: tuple[Values, ...] = ((b"main",), (b"h-1",), (b"a:b",), (b"XmlWinEventLog",))
    return [
        write_body(EVENT_COLUMNS, (((), (text,), *rest) for text in texts[start : start + size]))
        for start in range(0, size * count, size)
    ]


def plain_body(text: str) -> bytes:
    """A body, written out as splunkd does, from lines of cells with commas between."""
    header, *lines = [line.encode().split(b",") for line in text.splitlines()]
    return write_body(header, ([(cell,) if cell else () for cell in line] for line in lines))


def table_of(reply: Reply) -> list[list[str]]:
    """The rows as lists of texts; several values joined by |."""
    return [[text.replace("\n", "|") for text in row.values()] for row in reply.rows()]


def shuffled(items: Iterable[bytes], seed: int) -> list[bytes]:
    result = list(items)
    Random(seed).shuffle(result)
    return result


def sysmon_event(port: bytes, user: bytes, image: bytes, event_id: bytes = b"3") -> bytes:
    """A Sysmon event's text."""
    return (
        b"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        b"<Provider Name='Microsoft-Windows-Sysmon'/><EventID>" + event_id + b"</EventID>"
        b"<TimeCreated SystemTime='2023-11-14T22:13:20.5Z'/><Computer>h-1</Computer></System>"
        b"<EventData><Data Name='Image'>" + image + b"</Data><Data Name='User'>A\\" + user + b""
        b"</Data><Data Name='DestinationPort'>" + port + b"</Data></EventData></Event>"
    )
