"""What the Job Inspector gets: metrics and one line for each phase, whose numbers are right."""

from __future__ import annotations

from pathlib import Path

from dashboard_data import events, hunted
from standin.csv_body import read_table, write_body
from standin.frames import Frame
from standin.splunkd import Splunkd

TOKEN_START = "cfhunt "


def map_and_reduce(app: Path, chunks: list[bytes]) -> tuple[list[Frame], Frame]:
    """The replies of one map over these chunks, and the last reply of the reduce over its rows."""
    with Splunkd(app) as process:
        preop = str(process.probe().metadata["streaming_preop"])
    with Splunkd(app) as process:
        words = preop[len(TOKEN_START) :].split()
        process.getinfo(words, search=f"litsearch x | {preop}")
        maps = process.execute(chunks)
    rows = [row for frame in maps for row in read_table(frame.body).rows]
    with Splunkd(app) as process:
        process.getinfo()
        body = write_body([b"cfhunt_partial", b"cfhunt_state"], rows)
        reduce = process.execute([body])[-1]
    return maps, reduce


def test_each_phase_says_what_it_did(app: Path) -> None:
    body = events()
    empty = body[: body.index(b"\n") + 1]
    maps, reduce = map_and_reduce(app, [body, empty, empty])
    read = len(read_table(body).rows)
    matched = sum(int(row["count"][0]) for row in hunted(""))
    groups = len(hunted(""))
    lines = [line for frame in maps for line in frame.phase_lines]
    assert len(lines) == 1 and lines == maps[-1].phase_lines
    assert lines[0].startswith(f"cfhunt map: {read:,} events read, ")
    assert (
        f"{matched:,} matched, {groups:,} groups, {len(body) + 2 * len(empty):,} bytes in"
        in (lines[0])
    )
    (line,) = reduce.phase_lines
    assert line.startswith(f"cfhunt reduce: {read:,} events read, ")
    assert f"{groups:,} groups" in line and f"{len(reduce.body):,} bytes out" in line


def test_the_metrics_are_the_same_numbers(app: Path) -> None:
    body = events()
    maps, reduce = map_and_reduce(app, [body])
    read = len(read_table(body).rows)
    matched = sum(int(row["count"][0]) for row in hunted(""))
    for phase, frame in (("map", maps[-1]), ("reduce", reduce)):
        metrics = frame.metrics
        assert set(metrics) == {
            f"cfhunt.{phase}.{name}" for name in ("rows", "usable", "groups", "spilled", "bytes")
        }
        seconds, requests, *pair = metrics[f"cfhunt.{phase}.rows"]
        assert seconds >= 0 and requests == 1 and pair == [read, matched]
        assert metrics[f"cfhunt.{phase}.groups"][2:] == [matched, len(hunted(""))]
        assert metrics[f"cfhunt.{phase}.spilled"][2:] == [0, 0]
        assert metrics[f"cfhunt.{phase}.bytes"][3] == len(frame.body)
        checked, usable = metrics[f"cfhunt.{phase}.usable"][2:]
        assert 0 < usable <= checked == read
