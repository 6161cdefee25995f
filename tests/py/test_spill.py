"""Groups that do not fit in memory: the bound is kept, the bytes are the same, no file is left.

A plan's groups go out of memory where maxmem= is reached; a limit on their number lets small
streams do the same. What the disk refuses is a sentence, never a table.
"""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest

import drive
from differential_tools import DEFAULT, EVERY_PORT, raw_bodies, shuffled
from drive import Reply, windows_of
from events_data import event_files, event_texts
from protocol_tools import body, check_error, event, hunt
from reference import generate
from standin.csv_body import read_table, write_body
from standin.frames import encode_frame
from standin.splunkd import Splunkd, execute_request, getinfo_metadata, interpreter
from test_differential_model import with_switches

if TYPE_CHECKING:
    from cfhuntlib._cfhunt import Engine

pytestmark = pytest.mark.usefixtures("app")
# A file without a name is seen only among the process's open files.
sees_open_files = pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(), reason="no /proc here: open files cannot be seen"
)

CASES = int(os.environ.get("CFHUNT_SPILL_CASES", "150"))
MEGABYTE = 1024 * 1024
WINDOW = 262_144  # of the Python layer; not counted in maxmem
SPILLED = re.compile(
    r"The groups did not fit in the memory bound: [1-9]\d* went through a temporary file, "
    r"[1-9]\d* MB in [1-9]\d* parts\. The answer is whole; with maxmem=[1-9]\d* they would stay in "
    r"memory\."
)


def spilling(arguments: str | bytes, groups_max: int) -> Engine:
    """An engine whose groups leave memory as soon as there are so many."""
    engine = drive.new_engine(arguments)
    engine.spill_to([b"/tmp"], groups_max)
    return engine


def searched(
    arguments: str, bodies: Iterable[bytes], groups_max: int, random: Random
) -> tuple[Reply, int]:
    """The reply without its message about it, and how many groups went."""
    engine = spilling(arguments, groups_max)
    for one in bodies:
        drive.feed(engine, one, drive.random_windows(random))
    reply = drive.finish(engine)
    said = [text for level, text in reply.messages if SPILLED.fullmatch(text) and level == "INFO"]
    spilled = engine.figures(0)[5]
    assert len(said) == (1 if spilled else 0)
    rest = [message for message in reply.messages if message[1] not in said]
    return Reply(reply.body, rest), spilled


def mapped(
    arguments: str, peers: Sequence[Sequence[bytes]], groups_max: int, random: Random
) -> tuple[Reply, int]:
    """The same by maps, whose groups leave memory too, and a reduce."""
    token = drive.map_token(arguments)
    replies: list[bytes] = []
    spilled = 0
    for bodies in peers:
        engine = spilling(token, groups_max)
        for one in bodies:
            drive.feed(engine, one, drive.random_windows(random))
            if random.random() < 0.3:
                spilled += engine.figures(0)[5]
                replies.append(drive.taken(engine, engine.begin_partials()))
        spilled += engine.figures(0)[5]
        replies.append(drive.taken(engine, engine.begin_partials()))
    pieces = drive.pieces(drive.partial_rows(replies), random)
    merged = [drive.partial_body(piece) for piece in pieces]
    reply, again = searched(arguments, merged, groups_max, random)
    return reply, spilled + again


# ---- the same bytes ----


def test_random_rows_and_plans_give_the_same_spilled_or_not() -> None:
    """In one process, and by maps and a reduce; 1 group at a time makes several passes."""
    spilled = 0
    for seed in range(CASES):
        random = Random(seed)
        case = generate.case(seed, random.choice((10, 40, 100)))
        arguments = with_switches(case)
        expected = drive.search(arguments, case.bodies)
        groups_max = random.choice((1, 2, 5, 20))
        reply, count = searched(arguments, case.bodies, groups_max, random)
        assert reply == expected, (seed, arguments)
        peers = drive.dealt(case.bodies, random.randint(1, 4))
        reply, more = mapped(arguments, peers, groups_max, random)
        assert reply == expected, (seed, arguments)
        spilled += count + more
    assert spilled > 20 * CASES


def test_many_runs_are_merged_in_several_passes() -> None:
    random = Random(3)
    bodies = generate.bodies(random, generate.rows(random, 1500))
    for arguments in (DEFAULT, EVERY_PORT):
        expected = drive.search(arguments, bodies)
        reply, spilled = searched(arguments, bodies, 1, random)
        assert reply == expected and spilled > 20
        reply, _ = mapped(arguments, drive.dealt(bodies, 3), 1, random)
        assert reply == expected


REAL = (
    "count min(_time) as first max(_time) as last values(All_Traffic.src_port) as ports"
    " dc(All_Traffic.dest_port) as dc perc95(All_Traffic.dest_port) as p from"
    " datamodel=Network_Traffic.All_Traffic where All_Traffic.dest_port=* by All_Traffic.dest_ip"
    " All_Traffic.src_ip All_Traffic.app"
)


def test_real_events_give_the_same_spilled_or_not(shared: Path) -> None:
    texts = [text for path in event_files(shared / "data") for text in event_texts(path)]
    bodies = raw_bodies(shuffled(dict.fromkeys(texts), 4), 5)
    random = Random(5)
    for arguments, limits in ((DEFAULT, (1, 7)), (REAL, (7, 100))):
        expected = drive.search(arguments, bodies)
        for groups_max in limits:
            reply, spilled = searched(arguments, bodies, groups_max, random)
            assert reply == expected and spilled > groups_max
            reply, _ = mapped(arguments, drive.dealt(bodies, 3), groups_max, random)
            assert reply == expected


# ---- the bound ----

GROUPS = 60_000
LIGHT = "count min(_time) as first values(src_port) as ports from datamodel=Own.Data by user app"


def wide_body(start: int, count: int) -> bytes:
    """Rows that are a group each, of some 150 bytes."""
    rows = (
        ((b"%d" % (1700000000 + n),), (b"user %d of many" % (n * 7919 % GROUPS),), (b"a" * 90,))
        for n in range(start, start + count)
    )
    return write_body([b"_time", b"user", b"app", b"src_port"], (((*row, (b"7",))) for row in rows))


@pytest.fixture(scope="module")
def wide() -> list[bytes]:
    return [wide_body(start, GROUPS // 4) for start in range(0, GROUPS, GROUPS // 4)]


@pytest.fixture(scope="module")
def wide_table(wide: list[bytes]) -> bytes:
    return drive.search(LIGHT, wide).body


@pytest.mark.parametrize("megabytes", [1, 2, 5, 9])
def test_the_bound_is_counted_and_kept(
    wide: list[bytes], wide_table: bytes, megabytes: int
) -> None:
    engine = spilling(f"maxmem={megabytes} {LIGHT}", 0)
    for one in wide:
        drive.feed(engine, one, windows_of(262_144))
    reply = drive.finish(engine)
    assert reply.body == wide_table
    _, peak, bound = engine.memory_use()
    assert bound == megabytes * MEGABYTE and bound // 2 < peak <= bound
    *_, groups, spilled, size = engine.figures(0)
    assert groups == GROUPS and spilled >= GROUPS / 2 and size > GROUPS * 50


def test_with_the_maxmem_that_is_named_nothing_goes_out(
    wide: list[bytes], wide_table: bytes
) -> None:
    engine = spilling(f"maxmem=4 {LIGHT}", 0)
    for one in wide:
        drive.feed(engine, one, windows_of(262_144))
    (text,) = [text for _, text in drive.finish(engine).messages if SPILLED.fullmatch(text)]
    named = re.findall(r"maxmem=(\d+)", text)[0]
    engine = spilling(f"maxmem={named} {LIGHT}", 0)
    for one in wide:
        drive.feed(engine, one, windows_of(262_144))
    assert drive.finish(engine).body == wide_table
    assert engine.figures(0)[5:] == (0, 0)


PEAK = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:])
_, status, usage = os.wait4(process.pid, 0)
sys.stderr.write(str(usage.ru_maxrss * 1024))
sys.exit(status)
"""


def peak_of(app: Path, tmp_path: Path, arguments: Sequence[str], chunks: Sequence[bytes]) -> int:
    """The most bytes that a process over a recorded session held, by the kernel's count. A small
    process starts it: what its parent held before would count, too."""
    recorded = tmp_path / "session"
    requests = [
        execute_request(chunk, finished=number == len(chunks))
        for number, chunk in enumerate(chunks, start=1)
    ]
    recorded.write_bytes(
        encode_frame(getinfo_metadata(arguments=arguments, dispatch_dir=str(tmp_path)))
        + b"".join(requests)
    )
    with recorded.open("rb") as session, (tmp_path / "replies").open("wb") as replies:
        done = subprocess.run(
            [interpreter(), "-c", PEAK, interpreter(), str(app / "bin" / "cfhunt.py")],
            stdin=session,
            stdout=replies,
            stderr=subprocess.PIPE,
            check=True,
        )
    return int(done.stderr)


@pytest.mark.parametrize("megabytes", [1, 8])
def test_a_process_keeps_the_bound(
    app: Path, tmp_path: Path, wide: list[bytes], wide_table: bytes, megabytes: int
) -> None:
    """Within a tenth, over a process with hardly a row, whose windows have not been full yet."""
    bare = peak_of(app, tmp_path, LIGHT.split(), [wide_body(0, 1)])
    peak = peak_of(app, tmp_path, [f"maxmem={megabytes}", *LIGHT.split()], wide)
    assert (tmp_path / "replies").read_bytes().endswith(wide_table)
    assert peak - bare <= megabytes * MEGABYTE * 1.1 + 4 * WINDOW


def test_a_map_keeps_the_bound_within_a_chunk(app: Path, wide: list[bytes]) -> None:
    """One body many times the bound: partial rows, all of them, in one reply."""
    arguments = ["maxmem=1", *LIGHT.split()]
    with Splunkd(app) as process:
        preop = str(process.probe(arguments).metadata["streaming_preop"])
    with Splunkd(app) as process:
        process.getinfo(preop.split()[1:], search=f"litsearch x | {preop}")
        (reply,) = process.execute([wide[0]])
        metrics = reply.metrics
    table = read_table(reply.body)
    kinds = [row[0][0].split(b".")[2] for row in table.rows]
    assert kinds.count(b"counters") == 1 and kinds.count(b"group") == GROUPS // 4
    spilled, size = metrics["cfhunt.map.spilled"][2:]
    assert GROUPS // 8 < spilled < GROUPS // 4 and size > spilled
    assert " of them through a file of " in reply.phase_lines[0]
    merged, _ = searched(" ".join(arguments), [drive.partial_body(table.rows)], 5000, Random(1))
    assert merged.body == drive.search(LIGHT, [wide[0]]).body


def test_the_job_inspector_is_told(app: Path, wide: list[bytes], wide_table: bytes) -> None:
    last = hunt(app, wide, ["maxmem=1", *LIGHT.split()])[-1]
    assert last.body == wide_table
    spilled, size = last.metrics["cfhunt.reduce.spilled"][2:]
    assert spilled >= GROUPS / 2 and size > 0
    assert f"{spilled:,.0f} of them through a file of {size:,.0f} bytes" in last.phase_lines[0]
    assert [level for level, text in last.messages if SPILLED.fullmatch(text)] == ["INFO"]


# ---- the disk ----


def users(count: int, start: int = 0) -> bytes:
    return body([event(user=f"user {n} {'x' * 200}") for n in range(start, start + count)])


@pytest.mark.parametrize("limit", [0, 4096, 100_000, 400_000])
def test_a_full_disk_is_an_error_frame(app: Path, tmp_path: Path, limit: int) -> None:
    with Splunkd(app) as process:
        process.getinfo(["maxmem=1"], dispatch_dir=str(tmp_path))
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (limit, limit))
        reply = process.execute([users(5000), users(5000, 5000)])[-1]
        check_error(reply)
        assert reply.error is not None
        assert reply.error.startswith(
            "cfhunt's groups passed its memory bound, and it could not write a temporary file in "
            f"{tmp_path}: File too large. Make room there"
        )
    assert list(tmp_path.iterdir()) == []


@sees_open_files
def test_a_full_disk_while_the_table_is_written(app: Path, tmp_path: Path) -> None:
    """The runs fit, the table behind them does not."""
    chunk = users(5000)
    with Splunkd(app) as process:
        process.getinfo(["maxmem=1"], dispatch_dir=str(tmp_path))
        process.execute([chunk], finish=False)
        size = open_files(process, tmp_path)[0]
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size + MEGABYTE, size + MEGABYTE))
        check_error(process.execute([b""])[-1])


def test_a_folder_that_takes_no_file_is_passed_over(tmp_path: Path) -> None:
    """Absent ones, files, and those that are not ours to write in."""
    closed = tmp_path / "closed"
    closed.mkdir(0o500)
    folders = [b"/absent/folder", b"/dev/null", os.fsencode(closed), os.fsencode(tmp_path)]
    engine = drive.new_engine(LIGHT)
    engine.spill_to(folders, 1)
    drive.feed(engine, wide_body(0, 50), windows_of(1000))
    assert drive.finish(engine).body == drive.search(LIGHT, [wide_body(0, 50)]).body


def test_no_folder_at_all_is_a_sentence() -> None:
    engine = drive.new_engine(LIGHT)
    engine.spill_to([b"/absent/folder"], 1)
    with pytest.raises(ValueError, match="could not make a temporary file in /absent/folder: No"):
        drive.feed(engine, wide_body(0, 50), windows_of(1000))
    with pytest.raises(ValueError, match="could not make a temporary file"):
        engine.begin_table(0)


def test_what_the_request_says_may_be_wrong(app: Path) -> None:
    """dispatch_dir absent, relative, of another type: the system's folder is taken."""
    expected = None
    chunk = users(2500)
    for folder in ("/absent/folder", "relative", "", None, 7, "/tmp/\0"):
        with Splunkd(app) as process:
            process.getinfo(["maxmem=1"], changes={"dispatch_dir": folder})
            reply = process.execute([chunk])[-1]
        assert reply.error is None, folder
        assert reply.metrics["cfhunt.reduce.spilled"][2] > 0
        expected = expected or reply.body
        assert reply.body == expected


def test_the_engine_takes_one_list_of_folders() -> None:
    engine = spilling(LIGHT, 0)
    with pytest.raises(ValueError, match="once"):
        engine.spill_to([b"/tmp"])
    other = drive.new_engine(LIGHT)
    with pytest.raises(ValueError, match="negative"):
        other.spill_to([b"/tmp"], -1)
    with pytest.raises(TypeError):
        drive.new_engine(LIGHT).spill_to(["/tmp"])  # type: ignore[list-item]


# ---- no file is left ----


def open_files(process: Splunkd, folder: Path) -> list[int]:
    """The sizes of the files in the folder that the process has open."""
    sizes = []
    for link in Path(f"/proc/{process.pid}/fd").iterdir():
        if str(link.readlink()).startswith(str(folder)):
            assert link.stat().st_nlink == 0 and link.stat().st_mode & 0o777 == 0o600
            sizes.append(link.stat().st_size)
    return sizes


@sees_open_files
@pytest.mark.parametrize("way", ["end", "error", "eof", "TERM", "KILL"])
def test_no_file_is_left_on_any_way_out(app: Path, tmp_path: Path, way: str) -> None:
    process = Splunkd(app)
    try:
        process.getinfo(["maxmem=1"], dispatch_dir=str(tmp_path))
        process.execute([users(5000)], finish=False)
        sizes = open_files(process, tmp_path)
        assert len(sizes) == 1 and sizes[0] > 0
        assert list(tmp_path.iterdir()) == []  # it has no name while it is there
        if way == "end":
            process.execute([users(10)])
            process.close()
        elif way == "error":
            check_error(process.execute([b'user,dest_port\n"never closed,7844\n'])[-1])
            process.close()
        elif way == "eof":
            process.close()
        else:
            os.kill(process.pid, getattr(signal, f"SIG{way}"))
            process.wait()
    finally:
        process.kill()
    assert list(tmp_path.iterdir()) == []


@sees_open_files
def test_nothing_is_made_before_it_is_needed(app: Path, tmp_path: Path) -> None:
    """Not by getinfo, and not by a search whose groups fit."""
    with Splunkd(app) as process:
        process.getinfo(dispatch_dir=str(tmp_path))
        assert open_files(process, tmp_path) == []
        process.execute([users(500)], finish=False)
        assert open_files(process, tmp_path) == []
        process.execute([b""])


@sees_open_files
def test_a_map_frees_the_file_after_each_reply(app: Path, tmp_path: Path) -> None:
    with Splunkd(app) as process:
        preop = str(process.probe(["maxmem=1"]).metadata["streaming_preop"])
    with Splunkd(app) as process:
        process.getinfo(
            preop.split()[1:], search=f"litsearch x | {preop}", dispatch_dir=str(tmp_path)
        )
        replies = process.execute([users(5000), users(3)])
        assert open_files(process, tmp_path) == []
    assert sum(len(read_table(reply.body).rows) for reply in replies if reply.body) > 5000
