"""The stand-in passes a right command and catches a wrong one, in a session and in a search."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from standin.csv_body import write_body
from standin.frames import Frame, ProtocolViolation, encode_frame
from standin.search import run_search
from standin.splunkd import VERSIONS, Splunkd, getinfo_metadata

# Commands that are right and commands that are wrong ---------------------------------------------

# Counts events by host, as a map and as a reduce; right in every way. The faulty ones are this one
# with a few bytes changed.
COUNTER = r"""
import json, os, sys
HELD = []
def take(n):
    data = b""
    while len(data) < n:
        got = os.read(0, n - len(data))
        if not got:
            break
        data += got
    return data
def ask():
    header = b""
    while not header.endswith(b"\n"):
        got = os.read(0, 1)
        if not got:
            raise SystemExit
        header += got
    meta, body = map(int, header.split(b",")[1:])
    return json.loads(take(meta)), take(body)
def answer(meta, body=b"", after=b""):
    text = json.dumps(meta, separators=(",", ":")).encode()
    data = b"chunked 1.0,%d,%d\n" % (len(text), len(body)) + text + body + after
    while data:
        data = data[os.write(1, data):]
def cells(body):
    # enough CSV for this command's own inputs: no commas, newlines or quotes inside cells
    lines = body.decode().replace('"', "").splitlines() or ["host"]
    return [dict(zip(lines[0].split(","), line.split(","))) for line in lines[1:]]
request, _ = ask()
is_map = "MAP-token_1" in request["searchinfo"]["args"]
if is_map:
    answer({"type": "streaming"})
else:
    answer({"type": "reporting", "required_fields": ["host", "partial", "_raw"],
            "streaming_preop": 'cfhunt "MAP-token_1"'})
counts = {}
while True:
    request, body = ask()
    for row in cells(body):
        number = int(row["partial"]) if row.get("partial") else 1
        counts[row["host"]] = counts.get(row["host"], 0) + number
    meta = {"finished": request["finished"]}
    if not request["finished"]:
        answer(meta)
        continue
    name = "partial" if is_map else "count"
    meta["inspector"] = {"messages": [["INFO", "%d hosts" % len(counts)]]}
    rows = "".join("%s,%d\n" % pair for pair in sorted(counts.items()))
    answer(meta, ("host,%s\n%s" % (name, rows)).encode())
"""

Fake = Callable[[str], Path]


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    """Writes a script as the command of an app, and returns the app."""

    def write(script: str) -> Path:
        program = tmp_path / "fake" / "bin" / "cfhunt.py"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(textwrap.dedent(script))
        return tmp_path / "fake"

    return write


def changed(old: str, new: str) -> str:
    assert COUNTER.count(old) == 1, old
    return COUNTER.replace(old, new)


EVENTS = write_body((b"host", b"_raw"), [((b"h1",), (b"x",)), ((b"h2",), (b"y",))])
MORE = write_body((b"host",), [((b"h1",),)] * 3)


def converse(app: Path, stall_seconds: float) -> list[Frame]:
    with Splunkd(app, stall_seconds=stall_seconds) as splunkd:
        splunkd.getinfo()
        return splunkd.execute([EVENTS, MORE])


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("piece_bytes", [None, 1, 17])
def test_a_right_command_passes(fake: Fake, version: str, piece_bytes: int | None) -> None:
    with Splunkd(fake(COUNTER), version=version, piece_bytes=piece_bytes) as splunkd:
        assert splunkd.getinfo().metadata["type"] == "reporting"
        first, last = splunkd.execute([EVENTS, MORE])
    assert first.metadata == {"finished": False} and first.body == b""
    assert last.body == b"host,count\nh1,4\nh2,1\n"
    assert last.messages == [("INFO", "2 hosts")]
    assert splunkd.close().exit_code == 0  # closing twice is allowed


def test_a_probe_sees_the_end_after_getinfo(fake: Fake) -> None:
    with Splunkd(fake(COUNTER)) as splunkd:
        assert splunkd.probe(dispatch_dir="").metadata["type"] == "reporting"


def test_execute_without_a_chunk_sends_one_empty_body(fake: Fake) -> None:
    with Splunkd(fake(COUNTER)) as splunkd:
        splunkd.getinfo()
        (reply,) = splunkd.execute([])
    assert reply.body == b"host,count\n"


FAULTS = {
    "newline after a frame": (
        changed('after=b"")', 'after=b"\\n")'),
        r"wrote b'\\n' before the next request|newline",
    ),
    "newline after the last frame": (
        COUNTER.replace("% (name, rows)).encode())", '% (name, rows)).encode(), b"\\n")'),
        "after its last reply|before the next request",
    ),
    "newline after metadata": (
        changed('separators=(",", ":")).encode()', 'separators=(",", ":")).encode() + b"\\n"'),
        "one JSON object",
    ),
    "second reply": (
        changed("        answer(meta)\n", "        answer(meta); answer(meta)\n"),
        "before the next request|says finished|after its last",
    ),
    "second reply at the end": (
        COUNTER.replace("% (name, rows)).encode())", "% (name, rows)).encode()); answer(meta)"),
        "after its last reply",
    ),
    "missing reply": (
        changed("        answer(meta)\n        continue", "        continue"),
        "says finished: true to a request|has written nothing",
    ),
    "early exit": (
        changed("        answer(meta)\n        continue", "        sys.exit()"),
        r"exit code 0\) without a reply",
    ),
    "exit code": (
        changed("raise SystemExit", "raise SystemExit(1)"),
        "exit code 1",
    ),
    "unknown key": (
        changed('{"type": "streaming"}', "{}").replace(
            '"type": "reporting"', '"type": "reporting", "requires_preop": True'
        ),
        "requires_preop",
    ),
    "error before inspector": (
        changed(
            "rows = ",
            'meta = {"finished": True, "error": "no", "inspector": meta["inspector"]}; rows = ',
        ),
        "error stands before inspector",
    ),
    "length in characters": (
        changed('json.dumps(meta, separators=(",", ":"))', "json.dumps(meta)").replace(
            "(len(text), len(body))", "(len(text) + 1, len(body))"
        ),
        "one JSON object|has written nothing",
    ),
    "length too small": (
        changed("(len(text), len(body))", "(len(text), max(0, len(body) - 1))"),
        "does not end with a newline",
    ),
    "length too large": (
        changed("(len(text), len(body))", "(len(text), len(body) + (len(body) > 0))"),
        "has written nothing",
    ),
    "ragged CSV": (changed('"%s,%d\\n" % pair', '"%s\\n" % pair[0]'), "cells"),
    "bare cell": (changed('"host,%s', '"the_host,%s'), "bare cell"),
    "stderr": (changed("HELD = []", "sys.stderr.write('progress 1%')"), "stderr.*progress 1%"),
    "traceback": (changed("counts = {}", "counts = held"), "stderr"),
    "silence": (changed("HELD = []", "import time; time.sleep(60)"), "has written nothing"),
    "stays": (
        changed("raise SystemExit", "import time; time.sleep(60)"),
        "has written nothing|has not ended",
    ),
    "reply before its request": (
        changed("counts = {}", 'counts = {}; answer({"finished": False})'),
        "before the next request|says finished|after its last",
    ),
}


@pytest.mark.parametrize("script, sentence", FAULTS.values(), ids=FAULTS.keys())
def test_a_faulty_command_is_caught(fake: Fake, script: str, sentence: str) -> None:
    hangs = "written nothing" in sentence  # only there is it worth not to wait long
    with pytest.raises(ProtocolViolation, match=f"(?s){sentence}"):
        converse(fake(script), stall_seconds=0.7 if hangs else 20.0)


def test_a_command_that_answers_before_it_has_read_hangs_on_small_pipes(fake: Fake) -> None:
    # The reply and the request are each larger than a pipe: with both sides writing, nobody reads.
    script = changed(
        "    return json.loads(take(meta)), take(body)", "    return take2(meta, body)"
    )
    script = script.replace(
        "def answer(",
        "def take2(meta, body):\n"
        "    meta = json.loads(take(meta))\n"
        "    if body > 9000:\n"
        "        answer({'finished': True}, b'a\\n' + b'1\\n' * 9000)\n"
        "    return meta, take(body)\n"
        "def answer(",
        1,
    )
    app = fake(script)
    large = write_body((b"host",), [((b"h1",),)] * 20000)
    sentence = r"stopped reading.*a reply that nobody reads"
    with (
        pytest.raises(ProtocolViolation, match=sentence),
        Splunkd(app, stall_seconds=2.0) as splunkd,
    ):
        splunkd.getinfo()
        splunkd.execute([large])


def test_a_command_that_gives_up_early_is_still_heard(fake: Fake) -> None:
    script = changed(
        "    for row in cells(body):",
        '    answer({"finished": True, "error": "Enough."}); break\n    for row in ():',
    )
    script = script.replace("take(meta)), take(body)", "take(meta)), take(min(body, 100))")
    with Splunkd(fake(script)) as splunkd:
        splunkd.getinfo()
        (frame,) = splunkd.execute([write_body((b"host",), [((b"h1",),)] * 200000), MORE])
    assert frame.error == "Enough." and splunkd.failure == "Enough."
    assert splunkd.unread_request > 0


def test_closed_pipes(fake: Fake) -> None:
    app = fake(COUNTER)
    splunkd = Splunkd(app)
    splunkd.send(b"chunked 1.0,10,0\n{}")
    splunkd.close_stdin()
    ending = splunkd.end()  # the counter is not made for that, and the test sees it
    assert ending.exit_code == 1 and b"Error" in ending.stderr and ending.surplus == b""
    with pytest.raises(ProtocolViolation, match="BrokenPipe"), Splunkd(app) as splunkd:
        splunkd.close_stdout()
        splunkd.send(encode_frame(getinfo_metadata()))
        splunkd.close()


# A whole search ----------------------------------------------------------------------------------

ANSWER = b"host,count\nh1,5\nh2,1\nh3,1\n"
OTHER = write_body((b"host", b"_raw", b"other"), [((b"h3",), (b"z",), (b"1",)), ((b"h1",), (), ())])


@pytest.mark.parametrize("empty_peer", ["header", "empty"])
@pytest.mark.parametrize("last_chunk", ["rows", "header", "empty"])
def test_a_search_by_map_and_reduce(fake: Fake, empty_peer: str, last_chunk: str) -> None:
    app = fake(COUNTER)
    result = run_search(
        app,
        [],
        [[EVENTS, MORE], [], [OTHER]],
        seed=1,
        rows_per_chunk=[1, 2],
        empty_peer=empty_peer,
        last_chunk=last_chunk,
    )
    assert result.error is None
    assert result.body == ANSWER
    assert result.preop == 'cfhunt "MAP-token_1"'
    assert [len(table.rows) for table in result.partial_rows] == [2, 0, 2]
    assert list(result.frames) == ["probe 0", "probe 1", "map 0", "map 1", "map 2", "reduce"]
    reduce_messages = [m for m in result.messages if m.process == "reduce"]
    assert [(m.level, m.text) for m in reduce_messages] == [("INFO", "3 hosts")]
    assert len(result.frames["reduce"]) == 1 + (3 if last_chunk == "rows" else 4)


def test_a_search_in_one_process_and_one_that_mixes(fake: Fake) -> None:
    app = fake(COUNTER)
    alone = run_search(app, [], [[EVENTS, MORE], [OTHER]], distributed=False)
    assert alone.body == ANSWER and not alone.partial_rows
    mixed = run_search(app, [], [[MORE], [OTHER]], events_for_reduce=[EVENTS], seed=3)
    assert mixed.body == ANSWER
    assert mixed.table.texts()[0] == {"host": "h1", "count": "5"}


def test_reduce_gets_exactly_the_required_fields(fake: Fake) -> None:
    script = changed("rows = ", 'raise SystemExit(body.split(b"\\n")[0].decode())\n    rows = ')
    with pytest.raises(ProtocolViolation) as caught:
        run_search(fake(script), [], [[OTHER]], distributed=False)
    assert 'host,partial,"_raw","__mv_host","__mv_partial","__mv__raw"' in str(caught.value)


def test_an_error_on_a_peer_ends_the_search(fake: Fake) -> None:
    script = changed(
        'answer({"type": "streaming"})',
        'answer({"type": "streaming", "inspector": {"messages": [["ERROR", "No."]]}, '
        '"error": "No."}); sys.exit()',
    )
    result = run_search(fake(script), [], [[EVENTS]])
    assert result.error == "Streamed search execute failed because: No."
    assert result.messages[-1].level == "ERROR" and result.body == b""


@pytest.mark.parametrize(
    "old, new, sentence",
    [
        ('{"type": "streaming"}', '{"type": "reporting"}', "map side does not say"),
        (
            '{"type": "streaming"}',
            '{"type": "streaming", "required_fields": ["host"]}',
            "sets required_fields",
        ),
        ("'cfhunt \"MAP-token_1\"'", "'other MAP-token_1'", "another command"),
        (',\n            "streaming_preop": \'cfhunt "MAP-token_1"\'', "", "no streaming_preop"),
        ('{"type": "reporting", ', "{", "does not say type reporting|only for a reporting"),
        ("        answer(meta)\n", '        answer(meta, b"a\\n")\n', "not the last"),
    ],
)
def test_a_faulty_search_is_caught(fake: Fake, old: str, new: str, sentence: str) -> None:
    with pytest.raises(ProtocolViolation, match=sentence):
        run_search(fake(changed(old, new)), [], [[EVENTS]], rows_per_chunk=[1])
