"""Bodies that are broken or huge in sound frames: a correct table or an error, and never a hang.

What splunkd would not send but CSV can hold: ragged rows, odd quotes, bad bytes, 100 MB in a field,
100,000 columns, nested tags.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from protocol_tools import (
    BARE,
    BY,
    EVENT,
    SYSMON_ROW,
    body,
    check_error,
    check_error_or,
    check_sentence,
    counted,
    hunt,
    map_arguments,
    sysmon_xml,
    table_of,
)
from standin.csv_body import write_body
from standin.splunkd import Splunkd

SINGLE_BYTES_MAX = 10_000  # longer bodies are not sent byte by byte: it would take minutes
BROKEN_BODIES: dict[str, tuple[bytes, list[dict[str, str]]]] = {
    "too few cells": (b"dest_port,user,app\n7844\n", [BARE]),
    "too many cells": (b"dest_port\n7844,1,2,3\n", [BARE]),
    "both": (
        b"dest_port,user\n7844\n7844,x,y\n80\n7844,x\n",
        [BARE, {**BARE, "user": "x", "count": "2"}],
    ),
    "no last newline": (b"dest_port\n7844", [BARE]),
    "CRLF": (b'dest_port,user\r\n7844,"a"\r\n', [{**BARE, "user": "a"}]),
    "empty lines": (b"dest_port\n\n7844\n\n", [BARE]),
    "only empty lines": (b"\n\n\n\n", []),
    "only commas": (b",,,\n,,\n,,,,\n", []),
    "NUL bytes": (b'dest_port,user\n7844,"a\x00b\x00"\n', [{**BARE, "user": "a\0b\0"}]),
    "NUL in the port": (b'dest_port\n"7844\x00"\n7844\n', [BARE]),
    "bad UTF-8": (
        b'dest_port,user\n7844,"\xff\xfea\xc3"\n',
        [{**BARE, "user": "\udcff\udcfea\udcc3"}],
    ),
    "a quote in a bare cell": (b'dest_port,user\n7844,a"b,c"d\n', [{**BARE, "user": "ab,cd"}]),
    "a quote after a quoted cell": (b'dest_port,user\n7844,"a"b\n', [{**BARE, "user": "ab"}]),
    "doubled quotes": (b'dest_port,user\n7844,""""\n', [{**BARE, "user": '"'}]),
    "newlines in quotes": (b'dest_port,user\n7844,"a\n\nb"\n', [{**BARE, "user": "a\n\nb"}]),
    "a column twice": (b"dest_port,dest_port,user\n7844,80,x\n", [{**BARE, "user": "x"}]),
    "a multivalue column alone": (b'dest_port,"__mv_user"\n7844,"$a$;$b$"\n', [BARE]),
    "a malformed multivalue": (
        b'dest_port,user,"__mv_user"\n7844,plain,"$a$;$b"\n',
        [{**BARE, "user": "plain"}],
    ),
    "a byte order mark": (b"\xef\xbb\xbfuser,dest_port\nx,7844\n", [BARE]),
    "100,000 columns": (
        b"dest_port," + b",".join(b"c%d" % n for n in range(100_000)) + b"\n7844,1\n",
        [BARE],
    ),
    "100,000 cells": (b"dest_port\n7844" + b"," * 100_000 + b"\n7844\n", [{**BARE, "count": "2"}]),
}


@pytest.mark.parametrize("piece_bytes", [None, 1])
@pytest.mark.parametrize("data, table", BROKEN_BODIES.values(), ids=BROKEN_BODIES.keys())
def test_a_broken_body(
    app: Path, data: bytes, table: list[dict[str, str]], piece_bytes: int | None
) -> None:
    if len(data) > SINGLE_BYTES_MAX and piece_bytes:
        piece_bytes = 997
    (reply,) = hunt(app, [data], piece_bytes=piece_bytes)
    assert reply.error is None, reply.error
    assert table_of(reply) == table


@pytest.mark.parametrize("name", ["too few cells", "too many cells", "a malformed multivalue"])
def test_what_was_broken_is_counted(app: Path, name: str) -> None:
    (reply,) = hunt(app, [BROKEN_BODIES[name][0]])
    assert "WARN" in [level for level, _ in reply.messages]
    for _, text in reply.messages:
        check_sentence(text)


@pytest.mark.parametrize("as_map", [False, True])
def test_an_unclosed_quote(app: Path, as_map: bool) -> None:
    data = body([EVENT]) + b'"1700000001","allo\n' + body([EVENT]).split(b"\n", 1)[1]
    with Splunkd(app) as splunkd:
        splunkd.getinfo(map_arguments(app) if as_map else [])
        (reply,) = splunkd.execute([data])
    if as_map and reply.error is None:
        return  # what it is worth, the reduce side would say
    check_error_or(reply, counted([EVENT]))


def test_parity_starts_afresh_with_each_request(app: Path) -> None:
    with Splunkd(app) as splunkd:
        splunkd.getinfo()
        replies = splunkd.execute([b'user,dest_port\n"open,80\n', body([EVENT])])
    check_error_or(replies[-1], counted([EVENT]))


def test_100_megabytes_in_one_field(app: Path) -> None:
    row = b'"' + b"a" * 100_000_000 + b'",80\n'
    data = b'"_raw",dest_port\n' + row + b",7844\n"
    (reply,) = hunt(app, [data])
    check_error_or(reply, [BARE])


def test_100_megabytes_in_a_field_of_a_hit(app: Path) -> None:
    value = b"a" * 99_999_999 + b"z"
    (reply,) = hunt(app, [b"dest_port,user\n7844," + value + b"\n"])
    check_error_or(reply, [{**BARE, "user": value.decode()}])


def test_16_megabytes_in_64_byte_pieces(app: Path) -> None:
    xml = sysmon_xml(data=f"<Data Name='RuleName'>{'x,' * 8_000_000}</Data>")
    data = body([{"_raw": xml}], columns=["_raw"])
    start = time.monotonic()
    (reply,) = hunt(app, [data], piece_bytes=64)
    assert time.monotonic() - start < 60
    check_error_or(reply, [SYSMON_ROW])


@pytest.mark.parametrize(
    "filler",
    [
        "<a>" * 100_000 + "</a>" * 100_000,
        "<a>" * 100_000,
        "</a>" * 100_000,
        "<" * 100_000,
        "<Data Name='" * 100_000,
        "<!--" * 100_000,
        "<![CDATA[" * 50_000,
        "&amp;" * 100_000,
    ],
    ids=lambda filler: filler[:9],
)
def test_100_000_nested_tags(app: Path, filler: str) -> None:
    rows = [{"_raw": sysmon_xml(filler=filler)}, {"_raw": filler}, {"dest_port": "7844"}]
    (reply,) = hunt(app, [body(rows, columns=["_raw", "dest_port"])])
    if reply.error is not None:
        check_error(reply)
        return
    table = table_of(reply)
    # The event's own meaning under such a filler is for the mapping's tests; the row behind it is
    # counted in any case, and the event at most once.
    assert table[-1:] == [BARE]
    assert table[:-1] in ([], [SYSMON_ROW])


def test_fourteen_multivalue_by_fields(app: Path) -> None:
    def values(name: str) -> tuple[bytes, ...]:
        first = [b"7844"] if name == "dest_port" else [b"zz"]
        return tuple(first + [b"%d" % n for n in range(1, 10)])

    data = write_body([name.encode() for name in BY], [[values(name) for name in BY]])
    (reply,) = hunt(app, [data])
    assert reply.error is None
    (row,) = table_of(reply)
    assert row == {
        **{name: b"\n".join(values(name)).decode() for name in BY},
        "count": "1",
        "firstTime": "",
        "lastTime": "",
        "src_port": "0",
    }
    (warning,) = [text for level, text in reply.messages if level == "WARN"]
    check_sentence(warning)
    assert "dest_port" in warning and "1 row" in warning


def test_a_stream_of_broken_chunks_keeps_its_count(app: Path) -> None:
    *_, last = hunt(app, [data for data, _ in BROKEN_BODIES.values()])
    total = sum(int(row["count"]) for _, table in BROKEN_BODIES.values() for row in table)
    assert sum(int(row["count"]) for row in table_of(last)) == total
