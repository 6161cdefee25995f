"""The stand-in reads what real splunkds wrote, and writes it as they did."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from standin.csv_body import read_table, write_body
from standin.frames import ProtocolViolation, check_getinfo_reply
from standin.recordings import RECORDINGS, read_recording
from standin.splunkd import getinfo_metadata

# name -> number of frames, and the rows of each execute body
RECORDED: dict[str, tuple[int, Sequence[int]]] = {
    "6.3-generatehello.input": (1, ()),
    "6.3-sum.reduce.input": (2, (1,)),
    "8.0.3-harvest.input": (10, (6638, 5861, 1, 6574, 5926, 6412, 6088, 1741, 1441)),
    "8.2.1-averageage.reporting.input": (2, (5,)),
    "8.2.1-doubleage.stateful.input": (4, (5, 0, 0)),
    "8.2.1-doubleage.streaming.input": (3, (5, 0)),
    "8.2.1-generateevents.generating.input": (2, (0,)),
    "8.2.1-sortages.events.input": (2, (5,)),
    "6.3-generatehello.output": (2, ()),
    "6.3-sum.reduce.output": (2, ()),
    "8.2.1-averageage.reporting.output": (2, ()),
    "8.2.1-doubleage.stateful.output": (4, ()),
    "8.2.1-doubleage.streaming.output": (3, ()),
    "8.2.1-generateevents.generating.output": (2, ()),
    "8.2.1-sortages.events.output": (2, ()),
}


@pytest.fixture(scope="module")
def recordings() -> Path:
    if not RECORDINGS.is_dir():
        pytest.skip(f"the recordings of real splunkds are not here ({RECORDINGS})")
    return RECORDINGS


def test_every_recording_is_known(recordings: Path) -> None:
    present = {path.name for path in recordings.iterdir() if path.suffix in (".input", ".output")}
    assert present == set(RECORDED)


@pytest.mark.parametrize("name", RECORDED)
def test_a_recording_is_read(recordings: Path, name: str) -> None:
    old_output = name.startswith("6.3") and name.endswith(".output")
    frames = read_recording(recordings / name, newline_between=old_output)
    count, rows = RECORDED[name]
    assert len(frames) == count
    assert frames[0].body == b""
    if name.endswith(".input"):
        assert frames[0].metadata["action"] == "getinfo"
        for frame in frames[1:]:
            assert list(frame.metadata) == ["action", "finished"]
        assert [frame.finished for frame in frames[1:]] == [False] * (count - 2) + [True] * min(
            1, count - 1
        )
        # What a real splunkd wrote passes the strict reader; the SDK's answers would not.
        assert [len(read_table(frame.body).rows) for frame in frames[1:]] == list(rows)
    else:
        check_getinfo_reply(frames[0])
        assert frames[-1].finished


@pytest.mark.parametrize("name", ["6.3-generatehello.output", "6.3-sum.reduce.output"])
def test_the_old_outputs_need_the_flag(recordings: Path, name: str) -> None:
    with pytest.raises(ProtocolViolation, match="newline"):
        read_recording(recordings / name)


@pytest.mark.parametrize("name", [name for name in RECORDED if name.endswith("input")])
def test_recorded_bodies_come_out_as_they_went_in(recordings: Path, name: str) -> None:
    for frame in read_recording(recordings / name)[1:]:
        table = read_table(frame.body)
        assert write_body(table.columns, table.rows) == frame.body


@pytest.mark.parametrize("name", [name for name in RECORDED if name.endswith("input")])
def test_our_getinfo_has_the_recorded_keys(recordings: Path, name: str) -> None:
    recorded = read_recording(recordings / name)[0].metadata
    ours = getinfo_metadata(name.split("-")[0])
    assert set(ours) == set(recorded)
    assert set(ours["searchinfo"]) == set(recorded["searchinfo"])
    for key, value in ours["searchinfo"].items():
        if "8.0.3" not in name:  # there the recorder has rewritten the times
            assert type(value) is type(recorded["searchinfo"][key]), key
