"""The command as splunkd meets it in right sessions: whichever version, chunks, maps and pipes.

Each ends with a correct table, exit code 0, no word on stderr and never a hang (the stand-in checks
the last three in every session).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from protocol_tools import (
    BARE,
    COLUMNS,
    EVENT,
    SYSMON_ROW,
    body,
    check_error,
    check_sentence,
    counted,
    event,
    hunt,
    many,
    sysmon_xml,
    table_of,
)
from standin.csv_body import quote
from standin.frames import Frame, encode_frame
from standin.recordings import RECORDINGS, read_recording
from standin.search import run_search
from standin.splunkd import VERSIONS, Splunkd

# Sessions ----------------------------------------------------------------------------------------


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
