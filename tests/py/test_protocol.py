"""The command as splunkd meets it: right sessions, early ends, and input that is broken.

Whatever comes in: an error frame with a sentence or a correct table, exit code 0, no word on
stderr, never a hang (the stand-in checks the last three in every session).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from standin.csv_body import quote, read_table, write_body
from standin.frames import (
    Frame,
    check_execute_reply,
    check_getinfo_reply,
    encode_frame,
)
from standin.recordings import RECORDINGS, read_recording
from standin.search import run_search
from standin.splunkd import (
    VERSIONS,
    Splunkd,
    execute_request,
    getinfo_metadata,
    tokenise,
)

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


@pytest.mark.parametrize("version", VERSIONS)
def test_getinfo_as_reduce_and_as_map(app: Path, version: str) -> None:
    with Splunkd(app, version=version) as splunkd:
        info = splunkd.probe(dispatch_dir="").metadata
    assert info["type"] == "reporting" and not info.get("generating")
    command, token = info["streaming_preop"].split(" ")
    assert command == "cfhunt" and token.replace("-", "a").replace("_", "a").isalnum()
    fields = info["required_fields"]
    assert {"_time", "_raw", "dest_port", "All_Traffic.dest_port"} <= set(fields)
    with Splunkd(app, version=version) as splunkd:
        info = splunkd.probe(
            [token],
            sid="remote_head_1.2",
            search=f'litsearch index=* | cfhunt {token} | fields keepcolorder=t "a"',
        ).metadata
    assert info["type"] == "streaming" and "required_fields" not in info
    assert "streaming_preop" not in info and not info.get("generating")


def test_no_request_at_all_is_a_quiet_end(app: Path) -> None:
    with Splunkd(app) as splunkd:
        splunkd.close_stdin()
        assert splunkd.read_rest() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"command": None, "maxresultrows": None, "raw_args": None},
        {"maxresultrows": 0, "earliest_time": 1700000000.5, "latest_time": "1700000000.123"},
        {"app": "", "dispatch_dir": None, "sid": None, "session_key": None, "splunk_version": ""},
        {"search": None, "owner": None, "username": None, "splunkd_uri": None},
        {"search": "%7C%20x%FF%zz%", "new_key": {"a": [1, None]}},
    ],
    ids=str,
)
def test_getinfo_with_keys_missing_or_unknown(app: Path, changes: dict[str, object]) -> None:
    with Splunkd(app) as splunkd:
        assert splunkd.getinfo(changes=changes).metadata["type"] == "reporting"
        (reply,) = splunkd.execute([body([EVENT])])
    assert table_of(reply) == counted([EVENT])


# One chunk or many, as recorded: the rows of each execute request; the last is finished.
SHAPES = {
    "harvest": ("8.0.3", (6638, 5861, 1, 574, 926, 412, 88, 17, 144)),
    "sum.reduce": ("6.3", (1,)),
    "averageage": ("8.2.1", (5,)),
    "doubleage.streaming": ("8.2.1", (5, 0)),
    "doubleage.stateful": ("8.2.1", (5, 0, 0)),
    "sortages": ("8.2.1", (5,)),
    "generateevents": ("8.2.1", (0,)),
    "single rows": ("8.2.1", (1,) * 30),
}


def shaped(counts: Sequence[int]) -> tuple[list[dict[str, str]], list[bytes]]:
    rows = many(sum(counts))
    chunks, place = [], 0
    for count in counts:
        chunks.append(body(rows[place : place + count]))
        place += count
    return rows, chunks


@pytest.mark.parametrize("version, counts", SHAPES.values(), ids=SHAPES.keys())
def test_a_session_shaped_like_a_recording(app: Path, version: str, counts: Sequence[int]) -> None:
    rows, chunks = shaped(counts)
    *early, last = hunt(app, chunks, version=version)
    assert [reply.metadata for reply in early] == [{"finished": False}] * (len(counts) - 1)
    assert all(reply.body == b"" for reply in early)
    assert table_of(last) == counted(rows)


@pytest.mark.parametrize("version, counts", SHAPES.values(), ids=SHAPES.keys())
def test_a_search_shaped_like_a_recording(app: Path, version: str, counts: Sequence[int]) -> None:
    rows, chunks = shaped(counts)
    result = run_search(app, [], [chunks], version=version, probes=1, rows_per_chunk=[3])
    assert result.error is None
    assert result.table.texts() == counted(rows)


def test_columns_that_change_from_chunk_to_chunk(app: Path) -> None:
    chunks = [
        body([event(user="a")]),
        body([event(user="b")], columns=[*reversed(EVENT), "other"]),
        body([{"x": "1"}], columns=["x"]),
        body([{"dest_port": "7844"}], columns=["dest_port"]),
    ]
    expected = [*counted([event(user="a"), event(user="b")]), BARE]
    assert table_of(hunt(app, chunks)[-1]) == expected


def test_raw_sysmon_events_and_mapped_ones_in_one_stream(app: Path) -> None:
    columns = ["_time", "_raw", *list(EVENT)[1:]]
    rows: list[dict[str, str]] = [
        {"_raw": sysmon_xml()},
        {"_raw": sysmon_xml(port="78440")},
        {"_time": "1699999999", "_raw": sysmon_xml(filler='<x a="b,c"/>\n')},
        event(user="bob", _raw="<not sysmon>"),
        {"_raw": '{"name":"Noah","age":"66"}'},
    ]
    sysmon = {**SYSMON_ROW, "count": "2", "firstTime": "1699999999"}
    (reply,) = hunt(app, [body(rows, columns)])
    assert table_of(reply) == [sysmon, *counted([event(user="bob")])]


def test_the_reply_s_form(app: Path) -> None:
    rows = [event(user='a "quoted", name', src_port="9"), event(user='a "quoted", name')]
    (reply,) = hunt(app, [body(rows)])
    header, line = reply.body.split(b"\n", 1)
    assert header.decode().split(",") == [
        *(quote(name.encode()).decode() for name in COLUMNS),
        '"__mv_src_port"',
    ]
    assert line.endswith(b',2,1700000000,1700000000,"50001\n9","$50001$;$9$"\n')
    assert b'"a ""quoted"", name"' in line


# Recordings replayed -----------------------------------------------------------------------------


def recorded(name: str) -> list[Frame]:
    if not RECORDINGS.is_dir():
        pytest.skip(f"the recordings of real splunkds are not here ({RECORDINGS})")
    return read_recording(RECORDINGS / f"{name}.input")


RECORDED_WITHOUT_ARGUMENTS = [
    "8.0.3-harvest",
    "8.2.1-averageage.reporting",
    "8.2.1-doubleage.stateful",
    "8.2.1-doubleage.streaming",
    "8.2.1-generateevents.generating",
    "8.2.1-sortages.events",
]


@pytest.mark.parametrize("name", RECORDED_WITHOUT_ARGUMENTS)
def test_a_recording_is_replayed(app: Path, name: str) -> None:
    getinfo, *requests = recorded(name)
    with Splunkd(app) as splunkd:
        info = splunkd.exchange_getinfo(encode_frame(getinfo.raw_metadata))
        if info.metadata.get("generating"):  # it stands first in its search, far from any splunkd
            check_error(splunkd.exchange_execute(requests[0].body, finished=True))
            return
        assert info.error is None
        replies = [
            splunkd.exchange_execute(request.body, finished=request.finished)
            for request in requests
        ]
    assert table_of(replies[-1]) == []
    assert [level for level, _ in replies[-1].messages] == ["WARN"]


@pytest.mark.parametrize("name", ["6.3-generatehello", "6.3-sum.reduce"])
def test_a_recording_with_another_command_s_arguments_is_refused(app: Path, name: str) -> None:
    getinfo = recorded(name)[0]
    with Splunkd(app) as splunkd:
        check_error(splunkd.exchange_getinfo(encode_frame(getinfo.raw_metadata)))


def test_recorded_chunks_reach_the_map(app: Path) -> None:
    chunks = [frame.body for frame in recorded("8.0.3-harvest")[1:]]
    chunks[3] += body([EVENT], columns=["_time", "user"]).split(b"\n", 1)[1]  # as many columns
    result = run_search(app, [], [chunks, [body([EVENT])]], probes=1)
    assert result.error is None
    assert result.table.texts() == counted([EVENT])


# Probes, empty bodies, small pipes ---------------------------------------------------------------


def test_probes_leave_nothing_behind(app: Path, tmp_path: Path) -> None:
    for dispatch_dir in ("", str(tmp_path), str(tmp_path / "absent")):
        with Splunkd(app, cwd=tmp_path) as splunkd:
            splunkd.probe(dispatch_dir=dispatch_dir)
    assert list(tmp_path.iterdir()) == []


EMPTY = {
    "no body": [b""],
    "header only": [body([])],
    "three of each": [body([]), b"", body([]), b"", body([]), b""],
    "an empty header": [b"\n"],
    "a header without newline": [b"dest_port"],
}


@pytest.mark.parametrize("chunks", EMPTY.values(), ids=EMPTY.keys())
@pytest.mark.parametrize(
    "sid, level", [("1700000000.1", "WARN"), ("scheduler__admin__search__x_at_1_2", "INFO")]
)
def test_no_rows(app: Path, chunks: list[bytes], sid: str, level: str) -> None:
    with Splunkd(app) as splunkd:
        splunkd.getinfo(sid=sid)
        replies = splunkd.execute(chunks)
    assert table_of(replies[-1]) == []
    assert [reply.messages for reply in replies[:-1]] == [[]] * (len(chunks) - 1)
    (message,) = replies[-1].messages
    assert message[0] == level
    check_sentence(message[1])


@pytest.mark.parametrize("position", ["before", "between", "after"])
def test_empty_bodies_among_others(app: Path, position: str) -> None:
    rows = many(10)
    chunks = {
        "before": [b"", body([]), body(rows)],
        "between": [body(rows[:5]), b"", body([]), body(rows[5:])],
        "after": [body(rows), body([]), b""],
    }[position]
    assert table_of(hunt(app, chunks)[-1]) == counted(rows)


@pytest.mark.parametrize("empty_peer", ["header", "empty"])
@pytest.mark.parametrize("last_chunk", ["rows", "header", "empty"])
def test_a_peer_without_events(app: Path, empty_peer: str, last_chunk: str) -> None:
    rows = many(20)
    result = run_search(
        app,
        [],
        [[], [body(rows)], []],
        seed=2,
        rows_per_chunk=[2, 1],
        last_chunk=last_chunk,
        empty_peer=empty_peer,
        probes=1,
    )
    assert result.error is None
    assert result.table.texts() == counted(rows)


@pytest.mark.parametrize("maps", range(5))
def test_any_number_of_maps_gives_the_same_bytes(app: Path, maps: int) -> None:
    rows = many(60)
    peers = [
        [body(rows[n::maps][:7]), body(rows[n::maps][7:])] if n else [body(rows[::maps])]
        for n in range(maps)
    ]
    events = [] if maps else [body(rows[:31]), body(rows[31:])]
    extra = many(13, start=500)
    result = run_search(
        app,
        [],
        peers,
        events_for_reduce=[*events, body(extra)],
        seed=maps,
        rows_per_chunk=[1, 5],
        probes=1,
    )
    assert result.error is None
    (alone,) = hunt(app, [body([*rows, *extra])])
    assert result.body == alone.body


@pytest.mark.parametrize("piece_bytes", [None, 1, 17, 4095, 4097])
def test_large_requests_and_replies_through_small_pipes(app: Path, piece_bytes: int | None) -> None:
    count = 300 if piece_bytes == 1 else 4000
    rows = [event(user=f"user {n:05}") for n in range(count)]
    chunks = [body(rows[: count // 2]), body(rows[count // 2 :])]
    assert len(chunks[0]) > 2 * 4096
    replies = hunt(app, chunks, piece_bytes=piece_bytes, pipe_bytes=4096)
    assert len(replies[-1].body) > 4 * 4096
    assert table_of(replies[-1]) == counted(rows)


def test_from_any_working_directory(app: Path, tmp_path: Path) -> None:
    for cwd in (Path("/"), tmp_path, app / "bin"):
        (reply,) = hunt(app, [body([EVENT])], cwd=cwd)
        assert table_of(reply) == counted([EVENT])


# Wrong arguments ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["count"],
        ["hyphen=maybe"],
        ["hunt"],
        ['""'],
        ["count", "from", "datamodel=Network_Traffic.All_Traffic", "where", "("],
        ["count", "from", "datamodel=Network_Traffic.All_Traffic", "by"],
        ["count", "by", "x"],
        ['count"', "from", 'datamodel="', "by", "x"],
        ["\ud800 lone"],
        ["\x00\x1b[31m\n", "é" * 10],
        ["x" * 100_000],
        ["("] * 20_000,
        ["NOT"] * 20_000,
    ],
    ids=lambda arguments: ascii(" ".join(arguments))[:40],
)
def test_a_wrong_argument_is_one_sentence(app: Path, arguments: list[str]) -> None:
    request = json.dumps(getinfo_metadata(arguments=arguments, search="| x | cfhunt")).encode()
    with Splunkd(app) as splunkd:
        check_error(splunkd.exchange_getinfo(encode_frame(request)))


@pytest.mark.parametrize("damage", ["cut", "longer", "changed", "version", "map2"])
def test_a_damaged_token_is_refused(app: Path, damage: str) -> None:
    (token,) = map_arguments(app)
    middle = len(token) // 2
    damaged = {
        "cut": token[:-5],
        "longer": token + "AAAA",
        "changed": token[:middle] + ("a" if token[middle] != "a" else "b") + token[middle + 1 :],
        "version": token.replace("1_", "9_", 1),
        "map2": f"{token} {token}",
    }[damage]
    assert damaged != token
    with Splunkd(app) as splunkd:
        check_error(splunkd.getinfo(damaged.split()))


# Early ends --------------------------------------------------------------------------------------

SMALL_GETINFO = encode_frame({"action": "getinfo"})
SMALL_SESSION = (
    SMALL_GETINFO
    + execute_request(b"", finished=False)
    + execute_request(b'dest_port,user\n7844,"a b"\n', finished=True)
)


def early_end(app: Path, length: int) -> list[Frame]:
    with Splunkd(app) as splunkd:
        splunkd.send(SMALL_SESSION[:length])
        splunkd.close_stdin()
        return splunkd.read_rest()


def test_an_early_end_at_every_byte(app: Path) -> None:
    first = len(SMALL_GETINFO)
    second = first + len(execute_request(b"", finished=False))
    boundaries = {0: 0, first: 1, second: 2, len(SMALL_SESSION): 3}
    lengths = range(len(SMALL_SESSION) + 1)
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda length: early_end(app, length), lengths))
    for length, replies in zip(lengths, outcomes):
        whole = max(count for start, count in boundaries.items() if start <= length)
        if whole:
            check_getinfo_reply(replies[0])
            assert replies[0].error is None, length
        if length in boundaries:
            assert len(replies) == whole, length
            assert all(reply.error is None for reply in replies), length
        else:
            assert len(replies) == whole + 1, length
            check_error(replies[-1])
    assert table_of(outcomes[-1][2]) == [{**BARE, "user": "a b"}]


def test_an_early_end_in_a_map(app: Path) -> None:
    arguments = map_arguments(app)
    request = execute_request(body(many(50)), finished=False)
    for length in (0, 5, 30, 100, len(request) - 1, len(request)):
        with Splunkd(app) as splunkd:
            splunkd.getinfo(arguments)
            splunkd.send(request[:length])
            splunkd.close_stdin()
            replies = splunkd.read_rest()
        if length == 0:
            assert replies == []
        elif length < len(request):
            (reply,) = replies
            check_error(reply)
        else:
            (reply,) = replies
            check_execute_reply(reply, request_finished=False, generating=False)


def test_stdout_closed_before_getinfo_is_answered(app: Path) -> None:
    with Splunkd(app) as splunkd:
        splunkd.close_stdout()
        splunkd.send(encode_frame(getinfo_metadata()))
        assert splunkd.wait() == 0


@pytest.mark.parametrize("pause", [0.0, 0.5])
def test_stdout_closed_before_or_in_the_middle_of_a_reply(app: Path, pause: float) -> None:
    rows = [event(user=f"user {n:05}") for n in range(2000)]
    with Splunkd(app) as splunkd:
        splunkd.getinfo()
        splunkd.send(execute_request(body(rows), finished=True))
        time.sleep(pause)  # with a pause, the pipe is full and the command waits in its write
        splunkd.close_stdout()
        assert splunkd.wait() == 0


def test_stdout_closed_in_a_map_s_middle(app: Path) -> None:
    with Splunkd(app) as splunkd:
        splunkd.getinfo(map_arguments(app))
        splunkd.exchange_execute(body(many(10)), finished=False)
        splunkd.close_stdout()
        splunkd.send(execute_request(body(many(10)), finished=True))
        assert splunkd.wait() == 0


# Broken frames -----------------------------------------------------------------------------------

EXECUTE = b'{"action":"execute","finished":true}'
GETINFO = json.dumps(getinfo_metadata()).encode()


def answer_to(
    app: Path, data: bytes, *, after_getinfo: bool = False, open_ended: bool = False
) -> Frame:
    """The one reply to these bytes, sent in place of a request; ``open_ended``: without an end."""
    with Splunkd(app) as splunkd:
        if after_getinfo:
            splunkd.getinfo()
        splunkd.send(data)
        if not open_ended:
            splunkd.close_stdin()
        return splunkd.read_reply()


# What can be seen to be wrong from what has come, whether or not more comes.
WRONG_AT_ONCE = {
    "an empty line": b"\n",
    "text": b"hello world\n",
    "HTTP": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "another version": b"chunked 2.0,%d,0\n" % len(GETINFO) + GETINFO,
    "no lengths": b"chunked 1.0\n",
    "empty lengths": b"chunked 1.0,,\n",
    "one length": b"chunked 1.0,5\n{}",
    "three lengths": b"chunked 1.0,2,0,0\n{}",
    "negative": b"chunked 1.0,-1,0\n",
    "negative body": b"chunked 1.0,2,-1\n{}",
    "exponent": b"chunked 1.0,1e3,0\n",
    "hexadecimal": b"chunked 1.0,0x10,0\n",
    "underscore": b"chunked 1.0,1_0,0\n",
    "fullwidth digits": "chunked 1.0,\uff11\uff12,0\n".encode(),
    "JSON without header": GETINFO + b"\n",
    "no header end": b"chunked 1.0," + b"1" * 1_000_000,
    "binary": bytes(range(256)) * 5000,
    "empty metadata": b"chunked 1.0,0,0\n",
    "a list": encode_frame(b"[]"),
    "a text": encode_frame(b'"getinfo"'),
    "no JSON": encode_frame(b"{action:getinfo}"),
    "metadata cut short": b"chunked 1.0,%d,0\n" % (len(GETINFO) - 20) + GETINFO,
    "two objects": encode_frame(b"{}{}"),
    "bad UTF-8": encode_frame(GETINFO.replace(b"admin", b"\xff\xfe")),
    "unknown action": encode_frame({"action": "dance"}),
    "no action": encode_frame({"searchinfo": {"args": []}}),
    "action of another type": encode_frame({"action": ["getinfo"]}),
    "deep": encode_frame(b'{"action":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "execute first": execute_request(b"a\n1\n", finished=True),
    "args no list": encode_frame({"action": "getinfo", "searchinfo": {"args": "count"}}),
    "args no texts": encode_frame({"action": "getinfo", "searchinfo": {"args": [1, None, {}]}}),
    "searchinfo no object": encode_frame({"action": "getinfo", "searchinfo": [1]}),
}

# What is only known to be wrong when the input ends.
WRONG_AT_THE_END = {
    "huge metadata": b"chunked 1.0,1000000000000,0\n" + GETINFO,
    "huge body": b"chunked 1.0,%d,1000000000000000\n" % len(GETINFO) + GETINFO + b"x" * 1000,
    "beyond 64 bits": b"chunked 1.0,99999999999999999999,0\n" + GETINFO,
    "beyond 64 bits, body": b"chunked 1.0,%d,99999999999999999999\n" % len(GETINFO) + GETINFO,
    "a number of 5,000 digits": b"chunked 1.0," + b"9" * 5000 + b",0\n" + GETINFO,
    "metadata longer than what comes": b"chunked 1.0,%d,0\n" % (len(GETINFO) + 1) + GETINFO,
    "half a header": b"chunked 1.",
    "a header without newline": b"chunked 1.0,2,0",
}


@pytest.mark.parametrize("open_ended", [False, True])
@pytest.mark.parametrize("data", WRONG_AT_ONCE.values(), ids=WRONG_AT_ONCE.keys())
def test_a_broken_first_frame(app: Path, data: bytes, open_ended: bool) -> None:
    check_error(answer_to(app, data, open_ended=open_ended))


@pytest.mark.parametrize("data", WRONG_AT_THE_END.values(), ids=WRONG_AT_THE_END.keys())
def test_a_first_frame_that_does_not_end(app: Path, data: bytes) -> None:
    check_error(answer_to(app, data))


BROKEN_EXECUTES = {
    "an empty line": b"\n",
    "text": b"hello world\n",
    "no header": body([EVENT]),
    "empty metadata": b"chunked 1.0,0,5\nabcd\n",
    "no JSON": encode_frame(b"{", body([EVENT])),
    "deep": encode_frame(b"[" * 100_000, body([EVENT])),
    "unknown action": encode_frame({"action": "dance", "finished": True}, body([EVENT])),
    "short body": execute_request(body([EVENT]), finished=True)[:-10],
    "no body": execute_request(body([EVENT]), finished=True)[: -len(body([EVENT]))],
    "huge body": b"chunked 1.0,36,999999999999\n" + EXECUTE + body([EVENT]),
    "body beyond 64 bits": b"chunked 1.0,36,99999999999999999999\n" + EXECUTE + body([EVENT]),
    "body cut in quotes": execute_request(b'user,"dest_port"\n"alice 7844', finished=True)[:-3],
}


@pytest.mark.parametrize("data", BROKEN_EXECUTES.values(), ids=BROKEN_EXECUTES.keys())
def test_a_broken_execute_frame(app: Path, data: bytes) -> None:
    check_error(answer_to(app, data, after_getinfo=True))


UNUSUAL_EXECUTES = {
    "finished missing": {"action": "execute"},
    "finished no bool": {"action": "execute", "finished": "yes"},
    "an unknown key": {"action": "execute", "finished": True, "more": [1]},
    "getinfo again": getinfo_metadata(),
}


@pytest.mark.parametrize("metadata", UNUSUAL_EXECUTES.values(), ids=UNUSUAL_EXECUTES.keys())
def test_an_unusual_execute_frame(app: Path, metadata: dict[str, object]) -> None:
    reply = answer_to(app, encode_frame(metadata, body([EVENT])), after_getinfo=True)
    if metadata.get("finished") is True:
        assert table_of(reply) == counted([EVENT])
    elif reply.error is not None:
        check_error(reply)
    else:
        assert reply.body == b"" or table_of(reply) == counted([EVENT])


def test_a_broken_frame_after_good_ones_gives_no_table(app: Path) -> None:
    with Splunkd(app) as splunkd:
        splunkd.getinfo()
        splunkd.exchange_execute(body(many(20)), finished=False)
        splunkd.send(execute_request(body(many(20)), finished=True)[:-1])
        splunkd.close_stdin()
        check_error(splunkd.read_reply())


# Broken bodies -----------------------------------------------------------------------------------

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
