"""What the protocol's tests share: the hunt and its events, a session, what an error must be.

The hunt is the default one; the tables are those that its events give, worked out by hand or by
plain grouping.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from standin.csv_body import read_table, write_body
from standin.frames import Frame
from standin.splunkd import Splunkd, tokenise

# The hunt and its events -------------------------------------------------------------------------

BY = [
    "action",
    "app",
    "dest",
    "dest_ip",
    "dest_port",
    "direction",
    "dvc",
    "protocol",
    "protocol_version",
    "src",
    "src_ip",
    "transport",
    "user",
    "vendor_product",
]
COLUMNS = [*BY, "count", "firstTime", "lastTime", "src_port"]

EVENT = {
    "_time": "1700000000",
    "action": "allowed",
    "app": "C:\\Tools\\cloudflared.exe",
    "dest": "region1.v2.argotunnel.com",
    "dest_ip": "198.51.100.7",
    "dest_port": "7844",
    "direction": "outbound",
    "dvc": "host-1.example.org",
    "protocol": "ip",
    "protocol_version": "ipv4",
    "src": "host-1",
    "src_ip": "192.0.2.10",
    "src_port": "50001",
    "transport": "udp",
    "user": "alice",
    "vendor_product": "Some Firewall",
}

# What the model makes of a row that has nothing but dest_port=7844.
BARE = {
    "action": "unknown",
    "app": "null",
    "dest": "unknown",
    "dest_ip": "null",
    "dest_port": "7844",
    "direction": "null",
    "dvc": "unknown",
    "protocol": "null",
    "protocol_version": "null",
    "src": "unknown",
    "src_ip": "null",
    "transport": "unknown",
    "user": "unknown",
    "vendor_product": "unknown",
    "count": "1",
    "firstTime": "",
    "lastTime": "",
    "src_port": "0",
}


def event(**fields: str) -> dict[str, str]:
    return {**EVENT, **fields}


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def body(rows: Iterable[Mapping[str, str]], columns: Sequence[str] = tuple(EVENT)) -> bytes:
    """Events as splunkd sends them."""
    return write_body(
        [encoded(name) for name in columns],
        [[(encoded(row[name]),) if row.get(name) else () for name in columns] for row in rows],
    )


def counted(rows: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """The table that the hunt gives for rows that have every field, one value each, times and
    ports of the same length: plain grouping."""
    groups: dict[tuple[str, ...], list[Mapping[str, str]]] = {}
    for row in rows:
        if row["dest_port"] == "7844":
            groups.setdefault(tuple(row[name] for name in BY), []).append(row)
    table = []
    for key, members in sorted(groups.items()):
        times = sorted(row["_time"] for row in members)
        ports = sorted({row["src_port"] for row in members})
        values = [*key, str(len(members)), times[0], times[-1], "\n".join(ports)]
        table.append(dict(zip(COLUMNS, values)))
    return table


def many(count: int, start: int = 0) -> list[dict[str, str]]:
    """Events of seven users, two ports, every fifth one no hit; in no order of time."""
    return [
        event(
            _time=str(1700000000 + n * 7919 % 100000),
            user=f"usér {n % 7}",
            src_port=str(50000 + n % 2),
            dest_port="7844" if n % 5 else "443",
        )
        for n in range(start, start + count)
    ]


def table_of(reply: Frame) -> list[dict[str, str]]:
    table = read_table(reply.body)
    assert [name.decode() for name in table.columns] == COLUMNS
    return table.texts()


def sysmon_xml(port: str = "7844", filler: str = "", data: str = "") -> str:
    """A Sysmon EventID 3 in Windows form. filler stands before its Data, data between them."""
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        "<Provider Name='Microsoft-Windows-Sysmon'/><EventID>3</EventID>"
        "<TimeCreated SystemTime='2023-11-14T22:13:20.123456Z'/>"
        "<Computer>host-1.example.org</Computer></System>"
        f"{filler}<EventData><Data Name='Image'>C:\\Tools\\cloudflared.exe</Data>"
        "<Data Name='User'>CORP\\alice</Data><Data Name='Protocol'>udp</Data>"
        f"<Data Name='Initiated'>true</Data>{data}"
        "<Data Name='SourceIp'>192.0.2.10</Data><Data Name='SourceHostname'>host-1</Data>"
        "<Data Name='SourcePort'>50001</Data><Data Name='DestinationIp'>198.51.100.7</Data>"
        "<Data Name='DestinationHostname'>region1.v2.argotunnel.com</Data>"
        f"<Data Name='DestinationPort'>{port}</Data></EventData></Event>"
    )


SYSMON_ROW = {
    **counted([event(vendor_product="Microsoft Sysmon")])[0],
    "firstTime": "1700000000",
    "lastTime": "1700000000",
}


# Sessions ----------------------------------------------------------------------------------------


def hunt(
    app: Path, chunks: Sequence[bytes], arguments: Sequence[str] = (), **settings: Any
) -> list[Frame]:
    """One process as the reduce side: the replies to the execute requests."""
    with Splunkd(app, **settings) as splunkd:
        info = splunkd.getinfo(arguments)
        assert info.error is None, info.error
        return splunkd.execute(chunks)


def check_sentence(text: str | None) -> None:
    """A sentence for a user: words on one line, and nothing that only Python says."""
    assert text is not None
    assert " " in text.strip() and text.isprintable() and len(text) < 1000, text
    for word in ("Traceback", 'File "', "Error:", "Error(", "Exception", "NoneType"):
        assert word not in text, text


def check_error(reply: Frame) -> None:
    """The reply is an error frame as section 12 of the protocol wants it."""
    check_sentence(reply.error)
    assert reply.finished and reply.body == b""
    assert ("ERROR", reply.error) in reply.messages


def check_error_or(reply: Frame, table: list[dict[str, str]]) -> None:
    if reply.error is not None:
        check_error(reply)
    else:
        assert table_of(reply) == table


def map_arguments(app: Path) -> list[str]:
    """What a map process is given: the arguments in the reduce side's streaming_preop."""
    with Splunkd(app) as splunkd:
        preop = splunkd.probe().metadata["streaming_preop"]
    words, raw = tokenise(preop)
    assert words == raw and words[0] == "cfhunt" and len(words) == 2
    return words[1:]
