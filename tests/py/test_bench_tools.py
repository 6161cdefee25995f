"""The bench's own tools: its inputs, its way to compare answers, its arithmetic, its tables."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

import answers
import flow_rows
import report
import sysmon_rows
import worst_rows
from answers import Refused
from bench import PARTS, arguments_of, is_whole
from contest import Contestant, Feed, Job, Runs, in_turn
from figures import Figure, Goal, Line, figure, own, ratio
from inputs import SOURCES, Inputs
from processes import Cost, RunFailed, run
from session_file import batches, bodies, getinfo_request, header, rewrite, write_session
from standin.csv_body import read_table
from standin.frames import encode_frame

MASK = (1 << 64) - 1


def rows_of(body: bytes) -> list[dict[str, str]]:
    return read_table(body).texts()


def rows_with(maker: Callable[[int], Iterator[bytes]], count: int) -> list[dict[str, str]]:
    return rows_of(header(flow_rows.COLUMNS) + b"".join(maker(count)))


# ---- inputs ----


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_every_input_is_the_same_each_time_and_strictly_splunkds(name: str) -> None:
    source = SOURCES[name]
    count = 3 if name == "cells" else 200
    made = [b"".join(source.maker(count)) for _ in range(2)]
    assert hashlib.sha256(made[0]).digest() == hashlib.sha256(made[1]).digest()
    if name != "quoted":  # splunkd quotes less: that is what this input is about
        table = read_table(header(source.columns) + made[0])
        assert len(table.rows) == count
        assert table.columns == tuple(column.encode() for column in source.columns)


def test_one_flow_in_a_thousand_is_rare() -> None:
    rows = rows_with(flow_rows.rare, 6_000)
    matching = [row for row in rows if row["dest_port"] == "7844"]
    holding = [row for row in rows if "7844" in row["dest_port"] + row["src_port"]]
    assert 1 <= len(matching) <= 15
    assert 12 <= len(holding) <= 45


def test_many_groups_have_two_rows_each() -> None:
    sources = [row["src_ip"] for row in rows_with(flow_rows.many_groups, 1000)]
    assert len(set(sources)) == 500
    assert all(sources.count(source) == 2 for source in set(sources))


def test_raw_events_are_network_connections_tunnels_and_decoys() -> None:
    events = list(sysmon_rows.events(1500))
    tunnels = sum(b"'DestinationPort'>7844<" in event for event in events)
    assert 380 <= sum(b"<EventID>3<" in event for event in events) <= 520
    assert 5 <= tunnels <= 30
    assert sum(b"7844" in event for event in events) > tunnels + 10


def test_quoted_rows_have_quotes_round_every_cell() -> None:
    (line,) = worst_rows.all_quoted(1)
    cells = line.rstrip(b"\n").split(b",")
    assert len(cells) == 2 * len(flow_rows.COLUMNS)
    assert all(cell[:1] == cell[-1:] == b'"' for cell in cells)


def xxh3_of_32_bytes(key: bytes) -> int:
    """XXH3's sum for a key of 32 bytes, without a secret or a seed of one's own. Its last step,
    which mixes the sum's bits, is left out: it changes nothing about what collides."""
    secret = bytes.fromhex("b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f")

    def part(start: int) -> int:
        low, high = (
            int.from_bytes(key[at : at + 8], "little")
            ^ int.from_bytes(secret[at : at + 8], "little")
            for at in (start, start + 8)
        )
        product = low * high
        return product & MASK ^ product >> 64

    return (len(key) * 0x9E3779B185EBCA87 + part(0) + part(16)) & MASK


def test_keys_built_to_collide_do_so_under_a_hash_without_a_key() -> None:
    values = {worst_rows.colliding_key(number) for number in range(50)}
    keys = {len(value).to_bytes(worst_rows.LENGTH_BYTES, "little") + value for value in values}
    assert len(keys) == 50
    assert len({xxh3_of_32_bytes(key) for key in keys}) == 1
    assert xxh3_of_32_bytes(b"a" * 32) != xxh3_of_32_bytes(b"a" * 31 + b"b")


def test_inputs_are_kept_for_as_long_as_their_makers_are_the_same(tmp_path: Path) -> None:
    inputs = Inputs(tmp_path / "made", 0.0001)
    session = inputs.session("cim-rare")
    first = session.read_bytes()
    session.write_bytes(b"kept")
    assert Inputs(tmp_path / "made", 0.0001).session("cim-rare").read_bytes() == b"kept"
    assert Inputs(tmp_path / "made", 0.0002).session("cim-rare").read_bytes()[:4] == first[:4]
    assert Inputs(tmp_path / "made", 0.0001).session("cim-rare").read_bytes() == first


# ---- sessions ----


def test_the_last_batch_is_known_for_the_last() -> None:
    assert list(batches([b"a", b"b", b"c"], 2)) == [(b"ab", False), (b"c", True)]
    assert list(batches([b"a", b"b"], 2)) == [(b"ab", True)]
    assert list(batches([], 2)) == [(b"", True)]


def test_a_session_is_rewritten_and_its_rows_taken_out(tmp_path: Path) -> None:
    session, longer = tmp_path / "a.session", tmp_path / "b.session"
    write_session(session, getinfo_request(), b"h\n", [b"1\n", b"2\n", b"3\n"], chunk_rows=1)
    assert list(bodies(session)) == [b"h\n1\n", b"h\n2\n", b"h\n3\n"]
    rewrite(longer, session, getinfo_request("maxmem=9"), take=2, times=2)
    assert list(bodies(longer)) == [b"h\n1\n", b"h\n2\n"] * 2
    text = longer.read_bytes()
    assert text.count(b'"finished":false') == 3 and text.count(b'"finished":true') == 1
    assert b'"raw_args":["maxmem=9"]' in text
    rewrite(longer, session, getinfo_request())
    assert longer.read_bytes() == session.read_bytes()


# ---- answers ----

PRINTED_BY_ONE = 'app,count,firstTime,src_port\r\nx,2,5.50,"9\n10"\r\n"y, z",1,7,8\r\n'
PRINTED_BY_ANOTHER = (
    'src_port,app,firstTime,count,__mv_src_port\n8,"y, z",7.0,1,\n"10\n9",x,5.5,2,\n'
)


def csv_answer(path: Path, text: str) -> answers.Answer:
    path.write_bytes(text.encode())
    return answers.of_csv(path)


def test_equal_tables_have_equal_digests_however_they_are_printed(tmp_path: Path) -> None:
    one = csv_answer(tmp_path / "one", PRINTED_BY_ONE)
    assert one == csv_answer(tmp_path / "another", PRINTED_BY_ANOTHER)
    assert (one.rows, one.events) == (2, 3)


@pytest.mark.parametrize(
    ("old", "new"),
    [("5.5", "5.51"), (",8", ",9"), ("x", "X"), ("y, z", "y,z"), ("app", "ap"), ("9\n10", "9")],
)
def test_another_value_gives_another_digest(old: str, new: str, tmp_path: Path) -> None:
    one = csv_answer(tmp_path / "one", PRINTED_BY_ONE)
    assert old in PRINTED_BY_ONE
    assert csv_answer(tmp_path / "two", PRINTED_BY_ONE.replace(old, new)).digest != one.digest


def test_a_row_that_stands_twice_counts_twice(tmp_path: Path) -> None:
    once = csv_answer(tmp_path / "once", "app,count\nx,1\n")
    assert csv_answer(tmp_path / "twice", "app,count\nx,1\nx,1\n").digest != once.digest


def test_a_commands_table_is_found_among_its_replies(tmp_path: Path) -> None:
    path = tmp_path / "replies"
    silent, told = (
        encode_frame({"finished": False}),
        encode_frame({"finished": True}, b"count\n3\n"),
    )
    path.write_bytes(encode_frame({"type": "reporting"}) + silent + told)
    assert answers.of_session(path).events == 3
    assert answers.rows_of_session(path) == 1
    path.write_bytes(silent + encode_frame({"finished": True, "error": "No."}))
    with pytest.raises(Refused, match="No"):
        answers.of_session(path)
    path.write_bytes(silent)
    with pytest.raises(ValueError, match="0 replies with a body"):
        answers.of_session(path)


# ---- figures ----


def cost(cpu: float) -> Cost:
    return Cost(cpu, wall=cpu + 1, peak=int(cpu * 1000))


def test_own_costs_and_ratios_are_those_of_pairs() -> None:
    left = Runs((cost(3), cost(5), cost(9)), (cost(1), cost(1), cost(1)))
    right = Runs((cost(2), cost(2), cost(3)), (cost(1), cost(1), cost(1)))
    assert left.own == [2, 4, 8]
    assert ratio(left.own, right.own) == Figure(4, 2, 4)
    assert figure([3, 1, 2, 9]) == Figure(2.5, 1, 9)
    assert own(cost(1), cost(2)) == 0.0001


def test_the_slower_peer_is_paired_with_the_first_rounds() -> None:
    assert ratio([8, 8], [2, 4, 1, 1]) == Figure(3, 2, 4)


@pytest.mark.parametrize(
    ("goal", "middle", "verdict"),
    [
        (Goal(2), 2, "met"),
        (Goal(2), 2.1, "MISSED"),
        (Goal(2, at_most=False), 2, "met"),
        (Goal(2, at_most=False), 1.9, "MISSED"),
        (None, 9, ""),
    ],
)
def test_a_goal_is_judged_by_the_median(goal: Goal | None, middle: float, verdict: str) -> None:
    assert Line("a", "b", "x", Figure(middle, 0, 99), goal).verdict() == verdict


def test_what_could_not_be_measured_has_missed_its_goal() -> None:
    assert Line("a", "b", "x", None, Goal(1), "refused").verdict() == "MISSED"


# ---- runs ----


def python(code: str) -> Sequence[str]:
    return (sys.executable, "-I", "-c", code)


def test_a_run_has_its_own_cost_and_not_the_benchs(tmp_path: Path) -> None:
    given, taken = tmp_path / "given", tmp_path / "taken"
    given.write_bytes(b"abc")
    ballast = bytearray(os.urandom(1000)) * 100_000  # a bench of 100 MB
    command = python("import sys; sys.stdout.write(sys.stdin.read().upper())")
    found = run(command, given, taken)
    assert taken.read_bytes() == b"ABC"
    assert 0 < found.cpu < 5 and 0 < found.wall < 30
    assert 1_000_000 < found.peak < len(ballast)
    greedy = run(python("x = b'x' * 50_000_000"), given)
    assert greedy.peak > found.peak + 40_000_000


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "import sys; sys.stderr.write('oh')"])
def test_a_program_that_fails_or_complains_is_no_measurement(code: str, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.touch()
    with pytest.raises(RunFailed):
        run(python(code), given)


@pytest.mark.parametrize(("feed", "reads"), [(Feed.FILE, 1), (Feed.BYTES, 40)])
def test_one_byte_is_fed_at_a_time(feed: Feed, reads: int, tmp_path: Path) -> None:
    given, taken = tmp_path / "given", tmp_path / "taken"
    given.write_bytes(b"x" * 40)
    code = "import os; print(len(list(iter(lambda: os.read(0, 4096), b''))))"
    Job(tuple(python(code)), given, feed).run(taken)
    assert int(taken.read_text()) == reads


def test_contestants_take_turns(tmp_path: Path) -> None:
    order, given = tmp_path / "order", tmp_path / "given"
    given.touch()

    def contestant(name: str, rounds: int) -> Contestant:
        jobs = [
            Job(tuple(python(f"open({str(order)!r}, 'a').write({name + kind!r})")), given)
            for kind in "12"
        ]
        return Contestant(name, jobs[0], jobs[1], rounds)

    runs = in_turn([contestant("a", 2), contestant("b", 1)])
    assert order.read_text() == "a1a2b1b2a1a2"
    assert [len(runs[name].whole) for name in "ab"] == [2, 1]


# ---- the report ----


def test_a_table_is_aligned_and_its_bars_are_escaped() -> None:
    assert report.table(("a", "bb"), [("x|y", "1")]) == (
        "| a    | bb  |\n| ---- | --- |\n| x\\|y | 1   |\n"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(12345.6, "12,346"), (123.4, "123"), (12.34, "12.3"), (1.234, "1.23"), (0.01234, "0.0123")],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert report.number(value) == text


def test_a_line_says_what_it_is_held_against() -> None:
    lines = [
        Line("raw", "cost", "x", Figure(2, 1, 3), Goal(4)),
        Line("raw", "gain", "x", None, Goal(5, at_most=False), "refused: full"),
    ]
    cells = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in report.lines_table(lines).splitlines()[2:]
    ]
    assert cells == [
        ["raw", "cost", "2.00 x", "1.00 - 3.00", "<= 4 x", "met", ""],
        ["raw", "gain", "-", "", ">= 5 x", "MISSED", "refused: full"],
    ]


def test_the_report_replaces_what_stood_in_its_place() -> None:
    text = f"before\n{report.BEGIN}\nold\n{report.END}\nbehind\n"
    once = report.placed(text, "new\n")
    assert once == f"before\n{report.BEGIN}\n\nnew\n\n{report.END}\nbehind\n"
    assert report.placed(once, "new\n") == once
    for broken in ("nothing", report.BEGIN, report.END):
        with pytest.raises(ValueError, match="no place"):
            report.placed(broken, "new")


def test_the_readme_has_the_place() -> None:
    readme = Path(__file__).resolve().parents[2] / "README.md"
    assert "new" in report.placed(readme.read_text(), "new")


def test_only_a_whole_bench_may_write_the_readme() -> None:
    assert is_whole(arguments_of([]))
    for words in (
        ["--scale", "0.5"],
        ["--parts", "raw"],
        ["--no-peers"],
        ["--rounds", "2"],
    ):
        assert not is_whole(arguments_of(words))
    assert arguments_of(["--parts", "raw, simd"]).parts == ["raw", "simd"]
    assert set(arguments_of(["--parts", " "]).parts) == set(PARTS)


@pytest.mark.parametrize("words", [["--parts", "rare"], ["--scale", "0"], ["--rounds", "0"]])
def test_a_wrong_argument_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        arguments_of(words)
    assert "usage" in capsys.readouterr().err


def test_a_launcher_that_is_killed_is_no_measurement(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.touch()
    code = "import os, signal; os.kill(os.getppid(), signal.SIGKILL)"
    with pytest.raises(RunFailed, match="its launcher ended: -9"):
        run(python(code), given)
