"""An empty result says why, in the same words from one process and from any number of maps."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

import drive
from differential_tools import DEFAULT, plain_body, raw_bodies, sysmon_event
from drive import map_reduce, search
from standin.search import SearchResult, run_search

pytestmark = pytest.mark.usefixtures("app")

COVERAGE = (
    "cfhunt found nothing because no event reached it. Check the time range and the search before "
    'the command: the report "cfhunt - Coverage of Sysmon network events" shows which indexes and '
    "hosts send such events at all."
)
NO_PORT = 'Of the usable rows, 0 have "All_Traffic.dest_port"="7844".'
OTHER_IDS = raw_bodies([sysmon_event(b"7844", b"u", b"i", other) for other in (b"1", b"22")], 1)
NOISE = [plain_body("_raw,punct\nhello,x\n<Event>,y\n7844,z")]
CONNECTIONS = raw_bodies([sysmon_event(b"443", b"u", b"i")], 1)
CIM = [plain_body("dest_port,transport\n443,udp\n7844,tcp\n53,udp")]
TWO_TERMS = (
    "count from datamodel=Network_Traffic where All_Traffic.dest_port=7844"
    " All_Traffic.transport IN (udp, quic) by All_Traffic.user"
)
NULL_BY = "count from datamodel=Network_Traffic where All_Traffic.dest_port=7844 by All_Traffic.app"

# name: arguments, bodies, levels in an ad-hoc and in a scheduled search, sentence
EMPTY: dict[str, tuple[str, list[bytes], str, str, str]] = {
    "no event": (DEFAULT, [], "WARN", "INFO", COVERAGE),
    "only headers": (
        DEFAULT,
        [plain_body("_time,_raw"), b"", plain_body("_raw")],
        "WARN",
        "INFO",
        COVERAGE,
    ),
    "no usable event": (
        DEFAULT,
        OTHER_IDS + NOISE,
        "WARN",
        "WARN",
        "cfhunt found nothing in 5 rows. Of the first 5 rows, 0 were usable (0 with the model's "
        "fields, 0 Sysmon events of the right id) and 2 were Sysmon events of another id. "
        + NO_PORT,
    ),
    "no match": (
        DEFAULT,
        OTHER_IDS + CONNECTIONS + [plain_body("dest_port\n443\n53")],
        "INFO",
        "INFO",
        "cfhunt found nothing in 5 rows. Of the first 5 rows, 3 were usable (2 with the model's "
        "fields, 1 Sysmon event of the right id) and 2 were Sysmon events of another id. "
        + NO_PORT,
    ),
    "terms that never match together": (
        TWO_TERMS,
        CIM,
        "INFO",
        "INFO",
        "cfhunt found nothing in 3 rows. Of the first 3 rows, 3 were usable (3 with the model's "
        "fields, 0 Sysmon events of the right id). Of the usable rows, 1 has "
        '"All_Traffic.dest_port"="7844", 2 have "All_Traffic.transport" IN ("udp", "quic").',
    ),
    "a match with a null BY field": (
        NULL_BY,
        CIM,
        "INFO",
        "INFO",
        "cfhunt found nothing in 3 rows. Of the first 3 rows, 3 were usable (3 with the model's "
        "fields, 0 Sysmon events of the right id). Of the usable rows, 1 has "
        '"All_Traffic.dest_port"="7844".',
    ),
}


@pytest.mark.parametrize("name", EMPTY)
@pytest.mark.parametrize("scheduled", [False, True])
def test_an_empty_result_says_why(name: str, scheduled: bool) -> None:
    """The same in one process and by map and reduce, also where most maps had no event."""
    arguments, bodies, ad_hoc, by_schedule, sentence = EMPTY[name]
    whole = search(arguments, bodies, scheduled=scheduled)
    assert whole.rows() == []
    assert whole.body.count(b"\n") == 1
    assert whole.messages == [(by_schedule if scheduled else ad_hoc, sentence)]
    for maps in (1, 2, 5):
        peers = drive.dealt(bodies, maps)
        assert map_reduce(arguments, peers, random=Random(maps), scheduled=scheduled) == whole
    assert map_reduce(arguments, [], events=bodies, scheduled=scheduled) == whole


def said(result: SearchResult) -> list[tuple[str, str]]:
    """What the reduce process said."""
    return [
        (message.level, message.text) for message in result.messages if message.process == "reduce"
    ]


@pytest.mark.parametrize("name", ["only headers", "no usable event", "no match"])
@pytest.mark.parametrize("sid", ["1700000000.1", "scheduler__admin__search__x_at_1_2"])
def test_an_empty_result_says_why_through_processes(app: Path, name: str, sid: str) -> None:
    _, bodies, ad_hoc, by_schedule, sentence = EMPTY[name]
    level = by_schedule if sid.startswith("scheduler__") else ad_hoc
    sent = [body for body in bodies if body]
    alone = run_search(app, (), [sent], distributed=False, sid=sid)
    mapped = run_search(app, (), [*drive.dealt(sent, 2), []], sid=sid)
    for result in (alone, mapped):
        assert result.error is None
        assert result.table.rows == ()
        assert said(result) == [(level, sentence)]


def test_the_message_counts_the_first_ten_thousand_rows_of_each_process() -> None:
    body = b"dest_port\n" + b"443\n" * 9_000
    (alone,) = search(DEFAULT, [body, body]).messages
    assert "found nothing in 18,000 rows. Of the first 10,000 rows, 10,000 were" in alone[1]
    for random in (None, Random(3)):
        (two,) = map_reduce(DEFAULT, [[body], [body]], random=random).messages
        assert "found nothing in 18,000 rows. Of the first 18,000 rows, 18,000" in two[1]
    for random in (None, *map(Random, range(5))):  # a map that flushes begins no second count
        (one,) = map_reduce(DEFAULT, [[body, body, body]], random=random).messages
        assert "found nothing in 27,000 rows. Of the first 10,000 rows, 10,000" in one[1]


def test_a_table_with_rows_says_nothing() -> None:
    body = b"_time,dest_port\n1,7844\n2,443\n"
    assert search(DEFAULT, [body]).messages == []
    assert map_reduce(DEFAULT, [[body], [], [b"_raw\n"]]).messages == []
