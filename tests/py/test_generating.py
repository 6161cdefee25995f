"""cfhunt as the first command, over the protocol and against the stand-in REST service."""

from __future__ import annotations

import csv
import os
import select
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from standin.conf_layers import Site
from standin.csv_body import write_body
from standin.frames import Frame
from standin.inner_search import InnerSplunk, ctime
from standin.rest_service import (
    OLD_PATH,
    PATH,
    SESSION_KEY,
    Answer,
    Request,
    RestService,
    Script,
    lines,
    make_certificate,
    messages,
    row_lines,
)
from standin.search import run_search
from standin.splunkd import Splunkd, tokenise

PROJECT = Path(__file__).resolve().parents[2]
ATTACK_DATA = PROJECT / "attack_data"
FILTER = "`windows_potential_cloudflared_network_connection_filter`"
ROW = {"action": "allowed", "dest_port": "7844", "count": "3", "src_port": ["50001", "50002"]}
OTHER_PLAN = (
    "count from datamodel=Network_Traffic where All_Traffic.app=*\\\\cloudflared.exe "
    "by All_Traffic.user"
)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1, as splunkd has one of its own."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on this machine: no certificate for the stand-in service")
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def service(certificate: tuple[Path, Path]) -> Iterator[RestService]:
    """The stand-in service; a test sets its script."""
    with RestService(lambda _request: Answer(500), certificate) as made:
        yield made


def says(*pieces: bytes, **options: Any) -> Script:
    """A script that gives one and the same answer."""
    return lambda _request: Answer(pieces=list(pieces), **options)


class Outcome:
    """What a session said: rows, messages, the error."""

    def __init__(self, process: Splunkd, frames: list[Frame]) -> None:
        self.frames = frames
        self.error = process.failure
        self.messages = [message for frame in process.replies for message in frame.messages]
        self.written = b"".join(frame.raw_metadata + frame.body for frame in process.replies)

    def rows(self) -> list[dict[str, str]]:
        texts = [frame.body.decode() for frame in self.frames if frame.body]
        return [row for text in texts for row in csv.DictReader(text.splitlines(keepends=True))]

    def texts(self, level: str) -> list[str]:
        return [text for said, text in self.messages if said == level]


def hunt(
    app: Path, service: RestService, arguments: str = "", search: str | None = None, **changes: Any
) -> Outcome:
    """One session of the command, first in its search. No word of it may hold the session's key."""
    words, raw = tokenise(arguments)
    with Splunkd(app) as process:
        process.getinfo(
            words,
            raw_arguments=raw,
            search=f"| cfhunt {arguments}" if search is None else search,
            changes={"session_key": SESSION_KEY, "splunkd_uri": service.uri, **changes},
        )
        frames = [] if process.failure else process.execute([])
        outcome = Outcome(process, frames)
    assert SESSION_KEY.encode() not in outcome.written
    return outcome


# ---- what is asked of splunkd -------------------------------------------------------------------


def test_the_getinfo_reply_is_generating_and_reporting(app: Path) -> None:
    with Splunkd(app) as process:
        reply = process.probe(first=True)
    assert reply.metadata == {"type": "reporting", "generating": True}


def test_behind_events_it_is_not_generating(app: Path) -> None:
    with Splunkd(app) as process:
        reply = process.probe()
    assert "generating" not in reply.metadata and "streaming_preop" in reply.metadata


def test_the_request(app: Path, service: RestService) -> None:
    service.script = says(*row_lines([ROW]))
    outcome = hunt(app, service, earliest_time="1627333200", latest_time="1627336800.5")
    assert outcome.error is None
    (request,) = service.requests
    assert request.path == PATH
    assert request.headers["authorization"] == f"Splunk {SESSION_KEY}"
    fields = dict(request.fields)
    events, columns, command, *tail = fields.pop("search").split(" | ")
    assert (events, columns) == ("search `cfhunt_events`", "`cfhunt_fields`")
    convert = 'convert timeformat="%Y-%m-%dT%H:%M:%S" ctime({})'
    assert tail == [convert.format("firstTime"), convert.format("lastTime"), FILTER]
    name, pipe, token = command.split(" ")
    assert (name, pipe) == ("cfhunt", "events=pipe") and token.startswith("plan1_")
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
    assert fields == {
        "output_mode": "json",
        "preview": "false",
        "earliest_time": "1627333200",
        "latest_time": "1627336800.5",
    }


@pytest.mark.parametrize("bound", ["0", "0.000", 0, None, ""])
def test_an_open_bound_is_left_out(app: Path, service: RestService, bound: object) -> None:
    service.script = says(*row_lines([ROW]))
    hunt(app, service, earliest_time=bound, latest_time=bound)
    assert set(service.requests[0].fields) == {"search", "output_mode", "preview"}


@pytest.mark.parametrize(
    ("owner", "shown"),
    [
        ("admin", "admin"),
        ("jürgen/weiß @corp", "j%C3%BCrgen%2Fwei%C3%9F%20%40corp"),
        ("splunk-system-user", "nobody"),
        (None, "nobody"),
    ],
)
def test_the_owner_in_the_path(
    app: Path, service: RestService, owner: str | None, shown: str
) -> None:
    service.script = says(*row_lines([ROW]))
    hunt(app, service, owner=owner, username=owner)
    assert service.requests[0].path == f"/servicesNS/{shown}/cfhunt/search/v2/jobs/export"


def test_the_older_endpoint_where_the_newer_is_unknown(app: Path, service: RestService) -> None:
    def script(request: Request) -> Answer:
        return Answer(404) if "/v2/" in request.path else Answer(pieces=row_lines([ROW]))

    service.script = script
    outcome = hunt(app, service)
    assert outcome.error is None and len(outcome.rows()) == 1
    assert [request.path for request in service.requests] == [PATH, OLD_PATH]


def test_another_plan_searches_its_words(app: Path, service: RestService) -> None:
    service.script = says(*row_lines([{"All_Traffic.user": "bo", "count": "1"}]))
    outcome = hunt(app, service, OTHER_PLAN)
    assert outcome.rows() == [{"All_Traffic.user": "bo", "count": "1"}]
    search = service.requests[0].fields["search"]
    assert search.startswith(
        'search `cfhunt_sysmon` "cloudflared" "exe" | `cfhunt_fields` | cfhunt '
    )
    assert "cloudflared.exe" not in search and FILTER not in search


def test_a_model_without_raw_events_asks_for_events(app: Path, service: RestService) -> None:
    outcome = hunt(app, service, "count from datamodel=Web")
    assert "put a search for them before | cfhunt" in str(outcome.error)
    assert service.requests == []


def test_explain_runs_no_search(app: Path, service: RestService) -> None:
    outcome = hunt(app, service, "explain=true")
    assert outcome.error is None and service.requests == []
    assert {row["part"] for row in outcome.rows()} >= {"option", "function", "plan"}


# ---- hunts from files ---------------------------------------------------------------------------


@pytest.fixture
def site(app: Path, tmp_path: Path) -> Path:
    """A copy of the app, for a site to add files to."""
    folder = tmp_path / "apps" / "cfhunt"
    shutil.copytree(app, folder)
    return folder


def put_hunt(site: Path, name: str, search: str) -> None:
    """A hunt of the site; the search is one line."""
    file = site / "local" / "hunts" / f"{name}.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"name: A hunt\nsearch: |-\n  {search}\n", "utf-8")


TO_EDGE = "| tstats count from datamodel=Network_Traffic where All_Traffic.dest_port=7844"
DROP = "`drop_dm_object_name(All_Traffic)`"


@pytest.mark.parametrize(
    ("tail", "run"),
    [
        (f"| {DROP} | where count > 5 | sort count", " | where count > 5 | sort count"),
        (f"|{DROP} |where count > 5", " | where count > 5"),
        (f"| {DROP} | ``` outputlookup x ``` sort count | `theirs(1)`", None),
        (f"| {DROP}", ""),
        ("", ""),
    ],
)
def test_a_hunts_tail_is_run(site: Path, service: RestService, tail: str, run: str | None) -> None:
    put_hunt(site, "x", TO_EDGE + tail)
    service.script = says(*row_lines([ROW]))
    outcome = hunt(site, service, "hunt=x")
    assert outcome.error is None and outcome.texts("WARN") == []
    search = service.requests[0].fields["search"]
    assert search.startswith('search `cfhunt_sysmon` "7844" | `cfhunt_fields` | cfhunt ')
    _before, _pipe, behind = search.partition(" events=pipe ")
    expected = tail.partition(DROP)[2] if run is None else run
    assert behind.partition(" ")[1:] == expected.partition(" ")[1:]


@pytest.mark.parametrize(
    ("tail", "command"),
    [
        ("outputlookup seen.csv", "outputlookup"),
        ("where count > 5 | ``` why ``` sendemail to=a@b.example", "sendemail"),
        ("append [ | makeresults | collect index=x ]", "collect"),
        ("append [ | savedsearch Theirs ]", "savedsearch"),
        ("append [ | from savedsearch:Theirs ]", "from, savedsearch:"),
        ('join app [ | makeresults ] | union savedsearch:"Theirs"', "savedsearch:"),
        ("`comment(nothing)` outputlookup seen.csv", "outputlookup"),
        ("theirs app", "theirs"),
    ],
)
def test_a_tail_that_does_something_is_shown(
    site: Path, service: RestService, tail: str, command: str
) -> None:
    put_hunt(site, "x", f"{TO_EDGE} | {tail}")
    service.script = says(*row_lines([ROW]))
    outcome = hunt(site, service, "hunt=x")
    assert outcome.error is None
    assert command.split(",")[0] not in service.requests[0].fields["search"]
    (said,) = outcome.texts("WARN")
    assert said == (
        f"The rest of the hunt was not run, because it holds {command}. "
        f"Append it yourself: | {tail}"
    )


def test_the_default_hunts_events_are_the_macros(site: Path, service: RestService) -> None:
    """Unless the site's own file of that hunt asks for other events than the macro finds."""
    service.script = says(*row_lines([ROW]))
    name = FILTER.strip("`").replace("_filter", "")
    searches = ["search `cfhunt_events` | ", "search `cfhunt_events` | "]
    hunt(site, service, f"hunt={name}")
    put_hunt(site, name, TO_EDGE)
    hunt(site, service)
    put_hunt(site, name, TO_EDGE.replace("dest_port=7844", "dest_port IN (443, 7844)"))
    hunt(site, service)
    searches.append("search `cfhunt_sysmon` | ")
    for request, start in zip(service.requests, searches):
        assert request.fields["search"].startswith(start)
    assert len(service.requests) == len(searches)


# ---- end to end ---------------------------------------------------------------------------------


def events_of(name: str) -> bytes:
    text = (ATTACK_DATA / name).read_text("utf-8")
    events = [f"<Event {piece}" for piece in text.split("<Event ")[1:]]
    return write_body(
        [b"_time", b"_raw"], [[(b"1700000000",), (event.strip().encode(),)] for event in events]
    )


@pytest.mark.parametrize("arguments", ["", OTHER_PLAN, "hyphen=null"])
def test_first_and_behind_events_give_the_same_table(
    app: Path, service: RestService, arguments: str
) -> None:
    bodies = [[events_of("cloudflared_tunnels.xml")], [events_of("linux_sysmon.xml")]]
    service.script = InnerSplunk(app, Site({"cfhunt": app}).view("cfhunt"), bodies)
    words, raw = tokenise(arguments)
    expected = run_search(app, words, bodies, raw_arguments=raw)
    outcome = hunt(app, service, arguments)
    assert outcome.error is None
    table = [
        {name: ctime(text) if name.endswith("Time") else text for name, text in row.items()}
        for row in expected.table.texts()
    ]
    rows = [
        {name: value for name, value in row.items() if not name.startswith("__mv_")}
        for row in outcome.rows()
    ]
    assert rows == table and rows


def test_no_rows_come_with_their_reason(app: Path, service: RestService) -> None:
    bodies = [[events_of("events_quiet.xml")]]
    service.script = InnerSplunk(app, Site({"cfhunt": app}).view("cfhunt"), bodies)
    outcome = hunt(app, service)
    assert outcome.rows() == [] and outcome.frames[-1].body.startswith(b"action,app,")
    assert any("found nothing in 12 rows" in text for _level, text in outcome.messages)


# ---- rows and messages --------------------------------------------------------------------------


def test_cells(app: Path, service: RestService) -> None:
    row = {
        "action": 'a "quoted", cell\nof two lines',
        "src_port": ["1", "a$b", ""],
        "user": None,
        "dest": "",
        "count": 3,
        "app": ["one"],
        "new": "ü",
    }
    service.script = says(*row_lines([row]))
    outcome = hunt(app, service)
    (cells,) = outcome.rows()
    assert list(cells)[-2:] == ["new", "__mv_src_port"]
    assert cells["action"] == row["action"] and cells["new"] == "ü"
    assert cells["src_port"] == "1\na$b\n" and cells["__mv_src_port"] == "$1$;$a$$b$;$$"
    assert cells["user"] == cells["dest"] == "" and cells["count"] == "3" and cells["app"] == "one"


def test_bytes_that_are_no_text_pass(app: Path, service: RestService) -> None:
    service.script = says(b'{"preview":false,"lastrow":true,"result":{"user":"\xff\xfe"}}\n')
    outcome = hunt(app, service)
    assert b"\xff\xfe" in outcome.frames[0].body


def test_rows_stream_in_several_replies(app: Path, service: RestService) -> None:
    rows = [{"user": f"user {n}", "count": "1"} for n in range(25000)]
    service.script = says(b"".join(row_lines(rows)))
    outcome = hunt(app, service)
    assert [frame.finished for frame in outcome.frames] == [False, False, True]
    assert [row["user"] for row in outcome.rows()] == [row["user"] for row in rows]


def test_lines_may_be_cut_anywhere(app: Path, service: RestService) -> None:
    whole = b"".join(row_lines([ROW, {**ROW, "user": "jürgen"}])) + b"\n\n"
    service.script = says(*(whole[place : place + 7] for place in range(0, len(whole), 7)))
    assert len(hunt(app, service).rows()) == 2


@pytest.mark.parametrize("framing", ["chunked", "close"])
def test_previews_are_left_out(app: Path, service: RestService, framing: str) -> None:
    service.script = says(
        *row_lines([{**ROW, "count": "1"}], preview=True),
        *row_lines([ROW]),
        framing=framing,
    )
    assert [row["count"] for row in hunt(app, service).rows()] == ["3"]


def test_messages_are_passed_on_once(app: Path, service: RestService) -> None:
    said = messages(("INFO", "one"), ("WARN", "two"), ("ERROR", "a peer is down"), ("DEBUG", "x"))
    service.script = says(*lines(said, said), *row_lines([ROW]))
    outcome = hunt(app, service)
    assert outcome.error is None
    assert outcome.texts("INFO") == ["one"]
    assert outcome.texts("WARN") == ["two"] and outcome.texts("ERROR") == ["a peer is down"]


def test_a_job_that_fails(app: Path, service: RestService) -> None:
    service.script = says(*lines(messages(("FATAL", "Unknown search command 'x'."))))
    assert hunt(app, service).error == ("cfhunt's own search failed: Unknown search command 'x'.")


def test_errors_without_a_row_fail_too(app: Path, service: RestService) -> None:
    service.script = says(*lines(messages(("ERROR", "Streamed search execute failed"))))
    assert "Streamed search execute failed" in str(hunt(app, service).error)


def test_a_job_that_fails_after_rows(app: Path, service: RestService) -> None:
    rows = b"".join(row_lines([ROW] * 10001))
    service.script = says(rows, *lines(messages(("FATAL", "The search was cancelled."))))
    outcome = hunt(app, service)
    assert not outcome.frames[0].finished
    assert "The search was cancelled." in str(outcome.error)


@pytest.mark.parametrize(("sid", "level"), [("1.1", "WARN"), ("scheduler__x_1", "INFO")])
def test_an_answer_of_no_rows_says_where_to_look(
    app: Path, service: RestService, sid: str, level: str
) -> None:
    service.script = says(*row_lines([]))
    outcome = hunt(app, service, sid=sid)
    assert outcome.error is None and outcome.rows() == []
    assert "did not pass on why" in " ".join(outcome.texts(level))


@pytest.mark.parametrize(
    "answer", [[], lines(messages(("INFO", "one"))), lines({"preview": False}), [b"\n"]]
)
def test_an_answer_that_says_nothing_is_not_taken_for_no_rows(
    app: Path, service: RestService, answer: list[bytes]
) -> None:
    """Not even in a scheduled search: it may be all that is left of one that failed."""
    service.script = says(*answer)
    outcome = hunt(app, service, sid="scheduler__x_1")
    assert outcome.error is None and outcome.rows() == []
    (said,) = outcome.texts("WARN")
    assert "cfhunt's own search may have failed" in said


def test_an_answer_that_does_not_say_that_it_is_whole(app: Path, service: RestService) -> None:
    service.script = says(*lines({"preview": False, "offset": 0, "result": ROW}))
    assert "rows may be missing" in " ".join(hunt(app, service).texts("WARN"))


def test_the_end_may_stand_alone(app: Path, service: RestService) -> None:
    ended = {"preview": False, "lastrow": True}
    service.script = says(*lines({"preview": False, "offset": 0, "result": ROW}, ended))
    outcome = hunt(app, service)
    assert len(outcome.rows()) == 1 and outcome.texts("WARN") == []


# ---- what can go wrong --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "log in again"),
        (403, "You may not run"),
        (503, "srchJobsQuota"),
        (404, "neither search/v2/jobs/export nor search/jobs/export"),
        (400, "refused cfhunt's own search (400)"),
        (302, "refused cfhunt's own search (302)"),
    ],
)
@pytest.mark.parametrize("form", ["json", "xml", "none"])
def test_refusals(app: Path, service: RestService, status: int, words: str, form: str) -> None:
    reason = f"the reason, and {SESSION_KEY} in it"
    pieces = {
        "json": lines(messages(("ERROR", reason))),
        "xml": [
            f'<response><messages><msg type="WARN">{reason}</msg></messages></response>'.encode()
        ],
        "none": [],
    }[form]
    service.script = lambda _request: Answer(status, pieces)
    error = str(hunt(app, service).error)
    assert words in error
    assert ("Splunk said: the reason, and (session key) in it" in error) == (form != "none")


@pytest.mark.parametrize(
    "script",
    [
        says(*row_lines([ROW]), b'{"preview":false,"result":{"user":"al'),
        says(*row_lines([ROW]), breaks=True),
        says(*row_lines([ROW]), framing="short"),
        says(*row_lines([ROW]), b"<html>\n"),
        says(*row_lines([ROW]), b"[1]\n"),
        says(*row_lines([ROW]), b"[" * 100000 + b"\n"),
        says(*row_lines([ROW]), b'{"preview":false,"result":{"user":"al', framing="close"),
    ],
)
def test_a_broken_answer(app: Path, service: RestService, script: Script) -> None:
    service.script = script
    assert "the table would not be whole" in str(hunt(app, service).error)


def test_nobody_answers(app: Path, service: RestService) -> None:
    outcome = hunt(app, service, splunkd_uri="https://127.0.0.1:1")
    assert outcome.error == ("cfhunt could not reach splunkd at 127.0.0.1:1 (Connection refused).")


def test_who_answers_is_not_splunkd(
    app: Path, certificate: tuple[Path, Path], service: RestService
) -> None:
    with RestService(says(), certificate, encrypted=False) as plain:
        outcome = hunt(app, plain)
    assert "no encryption in common" in str(outcome.error)
    assert hunt(app, service, splunkd_uri="http://127.0.0.1:8089").error is not None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"session_key": None}, "no session key"),
        ({"session_key": ""}, "no session key"),
        ({"session_key": f"{SESSION_KEY}\r\nX: y"}, "no request can carry"),
        ({"splunkd_uri": None}, "splunkd_uri"),
        ({"splunkd_uri": "https://[::1"}, "splunkd_uri"),
        ({"splunkd_uri": "https://a:b:c"}, "splunkd_uri"),
        ({"splunkd_uri": "http://127.0.0.1:8089"}, "not encrypted"),
    ],
)
def test_what_getinfo_lacks(
    app: Path, service: RestService, changes: dict[str, Any], words: str
) -> None:
    error = str(hunt(app, service, **changes).error)
    assert words in error and service.requests == []


# ---- the certificate ----------------------------------------------------------------------------


def test_which_hosts_are_this_machine() -> None:
    from cfhuntlib.rest import is_loopback

    assert all(map(is_loopback, ["127.0.0.1", "127.9.8.7", "::1", "localhost"]))
    assert not any(
        map(is_loopback, ["10.0.0.1", "127.0.0.1.evil.example", "sh1", "::2", "0.0.0.0"])
    )


def test_any_other_host_is_verified(service: RestService, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same server under a name that is not loopback: refused before the key is sent."""
    from cfhuntlib import rest
    from cfhuntlib.errors import CfhuntError

    monkeypatch.setattr(rest, "is_loopback", lambda _host: False)
    session = rest.Session({"session_key": SESSION_KEY, "splunkd_uri": service.uri})
    with pytest.raises(CfhuntError, match="could not be verified") as failure:
        rest.Export(session, "search x")
    assert service.requests == [] and SESSION_KEY not in str(failure.value)


def test_a_trusted_certificate_is_taken(
    service: RestService, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cfhuntlib import rest

    monkeypatch.setattr(rest, "is_loopback", lambda _host: False)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    service.script = says(*row_lines([ROW]))
    session = rest.Session({"session_key": SESSION_KEY, "splunkd_uri": service.uri})
    with rest.Export(session, "search x") as export:
        assert [item["result"] for item in export] == [ROW]


def test_a_stall(service: RestService, monkeypatch: pytest.MonkeyPatch) -> None:
    from cfhuntlib import rest
    from cfhuntlib.errors import CfhuntError

    monkeypatch.setattr(rest, "STALL_SECONDS", 0.3)
    service.script = says(*row_lines([ROW]), hangs=True)
    session = rest.Session({"session_key": SESSION_KEY, "splunkd_uri": service.uri})
    with (
        rest.Export(session, "search x") as export,
        pytest.raises(CfhuntError, match=r"sent nothing for 0 seconds: .* before \| cfhunt"),
    ):
        list(export)
    assert service.closed.wait(10)


def test_without_poll_as_on_windows(service: RestService, monkeypatch: pytest.MonkeyPatch) -> None:
    from cfhuntlib import rest
    from cfhuntlib.errors import CfhuntError

    monkeypatch.delattr(select, "poll")
    monkeypatch.setattr(rest, "STALL_SECONDS", 0.3)
    service.script = says(*row_lines([ROW]), hangs=True)
    session = rest.Session({"session_key": SESSION_KEY, "splunkd_uri": service.uri})
    with rest.Export(session, "search x") as export:
        items = iter(export)
        assert next(items)["result"] == ROW
        with pytest.raises(CfhuntError, match="sent nothing"):
            next(items)


# ---- the end ------------------------------------------------------------------------------------


def started(app: Path, service: RestService) -> tuple[Splunkd, threading.Event]:
    """A command that waits for the answer of its inner search."""
    asked = threading.Event()

    def script(_request: Request) -> Answer:
        asked.set()
        return Answer(pieces=list(row_lines([ROW])), hangs=True)

    service.script = script
    process = Splunkd(app)
    process.getinfo(first=True, changes={"session_key": SESSION_KEY, "splunkd_uri": service.uri})
    from standin.splunkd import execute_request

    process.send(execute_request(b"", finished=True))
    assert asked.wait(20)
    return process, asked


@pytest.mark.parametrize("how", ["stdin", "stdout", "signal"])
def test_a_cancelled_search_ends_the_inner_one(app: Path, service: RestService, how: str) -> None:
    process, _asked = started(app, service)
    with process:
        if how == "stdin":
            process.close_stdin()
        elif how == "stdout":
            process.close_stdout()
        else:
            os.kill(process.pid, signal.SIGTERM)
        assert service.closed.wait(20)
        process.wait()


def test_the_key_is_in_no_process_list_and_no_file(
    app: Path, service: RestService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, _asked = started(app, service)
    with process:
        seen = b""
        for folder in Path("/proc").glob("[0-9]*"):
            for name in ("cmdline", "environ"):
                try:
                    seen += (folder / name).read_bytes()
                except OSError:
                    continue
        assert b"cfhunt.py" in seen
        assert SESSION_KEY.encode() not in seen
        open_files = {os.path.realpath(link) for link in Path(f"/proc/{process.pid}/fd").iterdir()}
        assert not [name for name in open_files if name.startswith(("/tmp/cfhunt", "/var"))]
        process.close_stdin()
        assert service.closed.wait(20)


def test_the_key_is_not_written_anywhere(app: Path, service: RestService, tmp_path: Path) -> None:
    """The command's home, working folder and temporary folder stay empty."""
    service.script = lambda _request: Answer(503, lines(messages(("ERROR", SESSION_KEY))))
    with Splunkd(
        app,
        cwd=tmp_path,
        environment={"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "SSLKEYLOGFILE": ""},
    ) as process:
        process.getinfo(
            first=True, changes={"session_key": SESSION_KEY, "splunkd_uri": service.uri}
        )
        process.execute([])
        assert SESSION_KEY not in str(process.failure)
    assert list(tmp_path.iterdir()) == []


# ---- where it stands ----------------------------------------------------------------------------


def test_events_search_in_the_middle_is_refused(app: Path, service: RestService) -> None:
    outcome = hunt(app, service, "events=search", search="search index=* | cfhunt events=search")
    assert "cfhunt must be the first command" in str(outcome.error)


def test_events_pipe_at_the_start_is_refused(app: Path, service: RestService) -> None:
    outcome = hunt(app, service, "events=pipe")
    assert "here cfhunt is the first command" in str(outcome.error)


def test_events_search_where_the_place_is_not_certain(app: Path, service: RestService) -> None:
    service.script = says(*row_lines([ROW]))
    outcome = hunt(app, service, "events=search", search="| append [| cfhunt events=search]")
    assert outcome.error is None and len(outcome.rows()) == 1
    assert FILTER in service.requests[0].fields["search"]


def test_an_uncertain_place_is_behind_events(app: Path) -> None:
    with Splunkd(app) as process:
        reply = process.probe(search="| makeresults | append [| cfhunt]")
    assert "generating" not in reply.metadata


def test_events_behind_events_start_no_import_of_http(app: Path) -> None:
    """EVENTS | cfhunt starts fast: nothing of a search of its own is loaded."""
    import subprocess
    import sys

    from standin.frames import encode_frame
    from standin.splunkd import getinfo_metadata

    program = (
        "import runpy, sys; runpy.run_path(sys.argv[1]); "
        "sys.stderr.write(' '.join(sorted(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program, str(app / "bin" / "cfhunt.py")],
        input=encode_frame(getinfo_metadata()),
        capture_output=True,
        check=True,
        timeout=30,
    )
    loaded = set(done.stderr.decode().split())
    assert "cfhuntlib.place" in loaded
    unwanted = {"ssl", "socket", "http.client", "urllib.parse", "csv", "signal", "select"}
    assert loaded & {*unwanted, "cfhuntlib.rest", "cfhuntlib.generating"} == set()
