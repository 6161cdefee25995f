"""The engine against oracles that share nothing with it, and against itself.

A table is right when an independent reader counts the same; it must be the same bytes whichever
windows, chunks and maps the events came in and whichever order the partial rows took. The oracle
for events is xml.etree; for whatever the language can ask it is the model in reference/.

CFHUNT_RANDOM_ROWS (default 10000) and CFHUNT_SEED (default 1) say how many random rows, and which.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timezone
from itertools import cycle
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import drive
from drive import PARTIAL_COLUMNS, Reply, map_reduce, search, windows_of
from events_data import event_files, event_texts
from reference import csv_dialect, generate, hunt, language, number
from reference.generate import Case
from standin.csv_body import Values, write_body
from standin.search import SearchResult, run_search
from standin.splunkd import Splunkd
from test_reference import escaped, oracle_fields, oracle_table

RANDOM_ROWS = int(os.environ.get("CFHUNT_RANDOM_ROWS", "10000"))
SEED = int(os.environ.get("CFHUNT_SEED", "1"))
ATTACK_DATA = Path(__file__).resolve().parents[2] / "attack_data"

DEFAULT = ""  # no arguments: the Cloudflared hunt
EVERY_PORT = hunt.DEFAULT_HUNT.replace("dest_port=7844", "dest_port=*")
EVENT_COLUMNS = (b"_time", b"_raw", b"index", b"host", b"source", b"sourcetype")
CHUNKS = (1, 2, 7, 50)
WINDOWS = (17, 4096, 262_144)

if TYPE_CHECKING:
    from cfhuntlib._cfhunt import Engine

pytestmark = pytest.mark.usefixtures("app")


def raw_bodies(texts: Sequence[bytes], count: int) -> list[bytes]:
    """The events in so many chunks, as splunkd sends them behind cfhunt_fields; without _time, so
    that each event's own SystemTime counts."""
    size = -(-len(texts) // count)
    rest: tuple[Values, ...] = ((b"main",), (b"h-1",), (b"a:b",), (b"XmlWinEventLog",))
    return [
        write_body(EVENT_COLUMNS, (((), (text,), *rest) for text in texts[start : start + size]))
        for start in range(0, size * count, size)
    ]


def plain_body(text: str) -> bytes:
    """A body, written out as splunkd does, from lines of cells with commas between."""
    header, *lines = [line.encode().split(b",") for line in text.splitlines()]
    return write_body(header, ([(cell,) if cell else () for cell in line] for line in lines))


def table_of(reply: Reply) -> list[list[str]]:
    """The rows as lists of texts; several values joined by |."""
    return [[text.replace("\n", "|") for text in row.values()] for row in reply.rows()]


def shuffled(items: Iterable[bytes], seed: int) -> list[bytes]:
    result = list(items)
    Random(seed).shuffle(result)
    return result


# ---- the real events around the derived positives ----


@pytest.fixture(scope="module")
def corpus(shared: Path) -> list[bytes]:
    """Every event of the shared data once: negatives, near misses and the 41 derived positives."""
    files = event_files(shared / "data")
    found = list(dict.fromkeys(text for path in files for text in event_texts(path)))
    assert len(found) > 30_000
    return found


@pytest.fixture(scope="module")
def connections(corpus: list[bytes]) -> list[dict[str, str]]:
    """What xml.etree finds in it: the fields of every Sysmon EventID 3, entities as in the text."""
    read = [oracle_fields(text) for text in corpus]
    return [escaped(fields) for fields in read if fields is not None]


@pytest.fixture(scope="module")
def tunnels(connections: list[dict[str, str]]) -> list[list[str]]:
    """The table that the hunt must give."""
    found = [fields for fields in connections if fields["dest_port"] == "7844"]
    assert len(found) == 41
    return oracle_table(found)


@pytest.fixture(scope="module")
def sample(corpus: list[bytes], shared: Path) -> list[bytes]:
    """The positives and near misses among 700 of the others."""
    made = [
        text
        for name in ("derived-positives.xml", "derived-near-misses.xml")
        for text in event_texts(shared / "data" / name)
    ]
    others = [text for text in Random(5).sample(corpus, 700) if text not in made]
    return shuffled(made + others, 6)


@pytest.mark.parametrize("chunks", CHUNKS)
def test_corpus_gives_the_oracles_table_in_any_chunks_and_windows(
    corpus: list[bytes], tunnels: list[list[str]], chunks: int
) -> None:
    bodies = raw_bodies(shuffled(corpus, chunks), chunks)
    sizes = WINDOWS if chunks == 7 else WINDOWS[1:]
    replies = [search(DEFAULT, bodies, windows_of(size)) for size in sizes]
    assert table_of(replies[0]) == tunnels
    assert {reply.body for reply in replies} == {replies[0].body}
    assert replies[0].messages == []


@pytest.mark.parametrize("maps", range(1, 9))
def test_corpus_gives_the_oracles_table_over_any_number_of_maps(
    corpus: list[bytes], tunnels: list[list[str]], maps: int
) -> None:
    """Also over maps without an event, and with maps that flush on the way."""
    chunks = CHUNKS[maps % 4]
    peers = drive.dealt(raw_bodies(shuffled(corpus, maps), chunks), maps)
    reply = map_reduce(DEFAULT, peers, windows_of(WINDOWS[1 + maps % 2]), Random(maps))
    assert table_of(reply) == tunnels
    assert reply.messages == []


def test_corpus_sample_byte_by_byte(sample: list[bytes], tunnels: list[list[str]]) -> None:
    bodies = raw_bodies(sample, 7)
    reply = search(DEFAULT, bodies, windows_of(1))
    assert table_of(reply) == tunnels
    for maps in (1, 3, 8):
        mapped = map_reduce(DEFAULT, drive.dealt(bodies, maps), windows_of(1), Random(maps))
        assert mapped.body == reply.body


def test_corpus_every_network_connection_is_read_as_xml_etree_reads_it(
    corpus: list[bytes], connections: list[dict[str, str]]
) -> None:
    """Not only those to port 7844: thousands of groups, over one process and over four maps."""
    bodies = raw_bodies(shuffled(corpus, 9), 20)
    reply = search(EVERY_PORT, bodies)
    assert len(connections) > 5_000
    assert table_of(reply) == oracle_table(connections)
    mapped = map_reduce(EVERY_PORT, drive.dealt(bodies, 4), random=Random(9))
    assert mapped.body == reply.body


@pytest.mark.parametrize(("maps", "chunks"), [(0, 7), (1, 1), (3, 7), (8, 50)])
def test_corpus_sample_through_processes(
    app: Path, sample: list[bytes], tunnels: list[list[str]], maps: int, chunks: int
) -> None:
    """The command itself, through 4 KB pipes; the same bytes as from the module."""
    bodies = raw_bodies(sample, chunks)
    result = run_search(
        app,
        (),
        drive.dealt(bodies, maps) if maps else [bodies],
        distributed=maps > 0,
        seed=maps,
        rows_per_chunk=(1, 50, 1000),
    )
    assert result.error is None
    assert table_of(Reply(result.body)) == tunnels
    assert result.body == search(DEFAULT, bodies).body


# ---- attack_data: the same without the shared data ----


def attack_bodies(path: Path, chunks: int) -> list[bytes]:
    """A file's events, or its CSV rows, shuffled and in so many chunks."""
    if path.suffix == ".xml":
        pieces = path.read_bytes().split(b"</Event>")[:-1]
        return raw_bodies(shuffled((p.lstrip() + b"</Event>" for p in pieces), chunks), chunks)
    read = csv_dialect.read(path.read_bytes())
    names = [name for name in read.header if not name.startswith(csv_dialect.MULTIVALUE_PREFIX)]
    Random(chunks).shuffle(read.rows)
    return [csv_dialect.write(names, read.rows[start::chunks]) for start in range(chunks)]


def epoch(text: str) -> str:
    """Seconds since 1970 of the time text in an expected table."""
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return str(int(moment.timestamp()))


def expected_rows(path: Path) -> list[dict[str, str]]:
    """The table beside a file, its times in epoch seconds."""
    beside = path.with_name(f"{path.stem}.expected.csv")
    with beside.open(newline="", encoding="utf-8") as file:
        return [
            {**row, "firstTime": epoch(row["firstTime"]), "lastTime": epoch(row["lastTime"])}
            for row in csv.DictReader(file)
        ]


def whole_seconds(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The rows with their times' fractions cut, as the time text has none."""
    names = ("firstTime", "lastTime")
    return [{**row, **{name: row[name].split(".")[0] for name in names}} for row in rows]


@pytest.mark.parametrize("chunks", CHUNKS)
@pytest.mark.parametrize(
    "name",
    ["cloudflared_tunnels.xml", "linux_sysmon.xml", "events_quiet.xml", "cim_network_traffic.csv"],
)
def test_attack_data_gives_the_table_beside_it(name: str, chunks: int) -> None:
    """In any order, windows and maps; the empty table of the quiet file is a header line."""
    bodies = attack_bodies(ATTACK_DATA / name, chunks)
    reply = search(DEFAULT, bodies, windows_of(1))
    assert whole_seconds(reply.rows()) == expected_rows(ATTACK_DATA / name)
    for size in WINDOWS:
        assert search(DEFAULT, bodies, windows_of(size)) == reply
    for maps, size in zip(range(1, 9), cycle((1, *WINDOWS))):
        peers = drive.dealt(bodies, maps)
        assert map_reduce(DEFAULT, peers, windows_of(size), Random(maps)) == reply


@pytest.mark.parametrize("name", ["cloudflared_tunnels.xml", "linux_sysmon.xml"])
def test_attack_data_gives_the_table_that_xml_etree_gives(name: str) -> None:
    texts = event_texts(ATTACK_DATA / name)
    read = [fields for fields in map(oracle_fields, texts) if fields is not None]
    expected = oracle_table([escaped(fields) for fields in read if fields["dest_port"] == "7844"])
    assert len(expected) > 5
    assert table_of(search(DEFAULT, raw_bodies(texts, 2))) == expected


def test_attack_data_of_every_kind_in_one_stream(app: Path) -> None:
    """Maps with raw events and CIM rows, and events that reach the reduce without a map; through
    processes and through the module: the same bytes, and as many hits as the tables sum up to."""
    files = [ATTACK_DATA / name for name in ("cloudflared_tunnels.xml", "linux_sysmon.xml")]
    files.append(ATTACK_DATA / "cim_network_traffic.csv")
    peers = [attack_bodies(path, 7) for path in files]
    here, there = peers[:1], [body for peer in peers[1:] for body in peer]
    whole = search(DEFAULT, [body for peer in peers for body in peer])
    assert map_reduce(DEFAULT, here, random=Random(1), events=there) == whole
    result = run_search(app, (), here, events_for_reduce=there, seed=2, rows_per_chunk=(3, 40))
    assert result.error is None
    assert result.body == whole.body
    counted = [int(row["count"]) for path in files for row in expected_rows(path)]
    assert sum(int(row["count"]) for row in whole.rows()) == sum(counted)


# ---- random rows and plans against the model ----


def with_switches(case: Case) -> str:
    """The plan's text with the case's switches in front."""
    chosen = case.switches
    return f"hyphen={chosen.hyphen} entities={chosen.entities} dest={chosen.dest} {case.plan}"


def check_case(case: Case, random: Random) -> None:
    """The engine's reply is the model's, in one process and by map and reduce."""
    expected = hunt.reply_body(hunt.run(case.plan, case.bodies, case.switches))
    arguments = with_switches(case)
    whole = search(arguments, case.bodies, drive.random_windows(random))
    assert whole.body == expected, arguments
    peers = drive.dealt(case.bodies, random.randint(1, 8))
    events: list[bytes] = []
    if random.random() < 0.3:
        events = peers.pop()
    mapped = map_reduce(arguments, peers, drive.random_windows(random), random, events)
    assert mapped == whole, arguments


def test_random_rows_and_plans_give_what_the_model_gives() -> None:
    rows = 0
    seed = SEED * 1_000_000
    while rows < RANDOM_ROWS:
        random = Random(seed)
        size = random.choice((3, 10, 40, 40, 40, 100))
        try:
            check_case(generate.case(seed, size), random)
        except Exception as failure:
            raise AssertionError(f"generate.case({seed}, {size})") from failure
        rows += size
        seed += 1


def test_a_long_random_stream_gives_what_the_model_gives() -> None:
    random = Random(SEED)
    stream = generate.rows(random, 1500)
    bodies = generate.bodies(random, stream)
    for plan in (hunt.DEFAULT_HUNT, EVERY_PORT):
        check_case(Case(plan, bodies, generate.switches(random)), random)


def test_several_hunts_over_one_pass_give_what_each_gives_alone() -> None:
    """In one engine, and with the partial rows of all of them in one stream."""
    for seed in range(25):
        random = Random(seed)
        bodies = generate.bodies(random, generate.rows(random, 40))
        plans = list(dict.fromkeys(generate.plan(random) for _ in range(4)))
        expected = [hunt.reply_body(hunt.run(plan, bodies)) for plan in plans]
        assert tables_of_all(plans, bodies) == expected
        maps = [engine_of_all([drive.map_token(plan) for plan in plans]) for _ in range(2)]
        replies = []
        for start, engine in enumerate(maps):
            engine.refuse_partials()
            for body in bodies[start::2]:
                drive.feed(engine, body, windows_of(4096))
            replies.append(drive.taken(engine, engine.begin_partials()))
        rows = drive.partial_rows(replies)
        random.shuffle(rows)
        assert tables_of_all(plans, [drive.partial_body(rows)]) == expected


def engine_of_all(arguments: Iterable[str | bytes]) -> Engine:
    """An engine with a hunt for each."""
    first, *others = arguments
    engine = drive.new_engine(first)
    for text in others:
        engine.add_hunt(text.encode() if isinstance(text, str) else text)
    return engine


def tables_of_all(plans: Sequence[str], bodies: Iterable[bytes]) -> list[bytes]:
    engine = engine_of_all(plans)
    for body in bodies:
        drive.feed(engine, body, windows_of(drive.WHOLE))
    return [drive.taken(engine, engine.begin_table(index)) for index in range(len(plans))]


BY_USER = "by All_Traffic.user"
SMALL_PLANS = [
    f"{functions} from datamodel=Network_Traffic.All_Traffic {rest}"
    for functions in (
        "count min(All_Traffic.src_port) max(All_Traffic.src_port) values(All_Traffic.src_port)",
        "min(_time) max(_time) values(_time) count(All_Traffic.user)",
    )
    for rest in (
        "",
        "by All_Traffic.user",
        "where All_Traffic.dest_port=7844 by All_Traffic.vendor_product",
        "where NOT All_Traffic.dest_port=78* by All_Traffic.user All_Traffic.src_port",
        "where All_Traffic.user=* OR All_Traffic.src_port>1 by All_Traffic.dest",
    )
] + [
    hunt.DEFAULT_HUNT,
    # W6: a negated leaf with a numeric value, on fields that may be null
    f"count from datamodel=Network_Traffic where NOT All_Traffic.dest_ip=7 {BY_USER}",
    f"count from datamodel=Network_Traffic where NOT All_Traffic.dest_ip IN (x, 7844) {BY_USER}",
    "include_events_omitted_when_filtering_numeric_values=true count"
    f" from datamodel=Network_Traffic where NOT All_Traffic.dest_ip>=1 {BY_USER}",
]
SMALL_COLUMNS = [
    *(b"_time", b"_raw", b"sourcetype", b"dest_port", b"All_Traffic.dest_port", b"user"),
    *(b"All_Traffic.user", b"src_port", b"All_Traffic.src_port", b"dest", b"vendor", b"product"),
    *(b"All_Traffic.vendor", b"vendor_product", b"All_Traffic.action", b"All_Traffic.dest_ip"),
    b"action",
]
TEXTS = st.one_of(
    st.sampled_from([b"7844", b"07844", b"unknown", b"1", b"1.0", b"", b"$", b"a\nb", b'"', b","]),
    st.sampled_from(generate.NUMBERS + generate.NOT_NUMBERS + generate.TIMES + generate.ODD),
    st.binary(max_size=5),
)
ROWS = st.lists(
    st.dictionaries(st.sampled_from(SMALL_COLUMNS), st.lists(TEXTS, min_size=1, max_size=3)),
    min_size=1,
    max_size=5,
)


@settings(max_examples=250, deadline=None, database=None, derandomize=True)
@given(plan=st.sampled_from(SMALL_PLANS), rows=ROWS, window=st.integers(1, 60))
def test_small_cases_that_shrink(plan: str, rows: list[csv_dialect.Row], window: int) -> None:
    columns = sorted({name for row in rows for name in row})
    bodies = [csv_dialect.write(columns, rows), csv_dialect.write(columns, rows[:1])]
    try:
        expected = hunt.reply_body(hunt.run(plan, bodies))
    except number.TooLarge:
        assume(False)
    whole = search(plan, bodies, windows_of(window))
    assert whole.body == expected
    assert map_reduce(plan, [[body] for body in bodies], windows_of(window), Random(0)) == whole


def test_no_by_gives_one_row() -> None:
    """As tstats count gives 0 where nothing matches; every other function is null then [K]."""
    plan = (
        "count count(All_Traffic.user) min(_time) max(All_Traffic.src_port)"
        " values(All_Traffic.user) from datamodel=Network_Traffic.All_Traffic"
        " where All_Traffic.dest_port=7844"
    )
    streams: dict[bytes, bytes] = {
        b"": b"0,0,,,,",
        b"dest_port,user,_time\n443,x,3\n": b"0,0,,,,",
        b"dest_port,user,_time\n7844,x,3\n7844,,4\n": b'2,2,3,0,"unknown\nx","$unknown$;$x$"',
    }
    header = (
        b'count,"count(All_Traffic.user)","min(_time)","max(All_Traffic.src_port)",'
        b'"values(All_Traffic.user)","__mv_values(All_Traffic.user)"\n'
    )
    for body, line in streams.items():
        expected = header + line + b"\n"
        assert hunt.reply_body(hunt.run(plan, [body])) == expected
        whole = search(plan, [body])
        assert whole.body == expected
        for maps in (1, 3):
            assert map_reduce(plan, drive.dealt([body], maps), random=Random(maps)) == whole


def test_a_group_of_which_nothing_is_known_travels_too() -> None:
    """Its partial row has an empty state: an empty key, and no function with a value."""
    functions = "max(All_Traffic.app) from datamodel=Network_Traffic.All_Traffic"
    body = plain_body("dest_port\n7844")
    tables = {
        functions: b'"max(All_Traffic.app)"\n\n',
        f'fillnull_value="" {functions} by All_Traffic.src_ip': (
            b'"All_Traffic.src_ip","max(All_Traffic.app)"\n,\n'
        ),
    }
    for plan, expected in tables.items():
        whole = search(plan, [body])
        assert (whole.body, whole.messages) == (expected, [])
        assert map_reduce(plan, [[body]]) == whole


def test_every_value_of_a_multivalue_time_becomes_epoch_seconds() -> None:
    plan = "min(_time) max(_time) values(_time) from datamodel=Network_Traffic by All_Traffic.user"
    times = (b"2023-01-29T11:33:00.5Z", b"7", b"1970-01-01T00:00:08Z")
    body = write_body([b"_time", b"user"], [(times, (b"u",))])
    reply = search(plan, [body])
    assert table_of(reply) == [["u", "7", "1674991980.5", "1674991980.5|7|8"]]
    assert reply.body == hunt.reply_body(hunt.run(plan, [body]))


# ---- partial rows: forged, damaged, foreign ----

USERS = ("alice", "bob", "carol")
PLAN = (
    "count values(All_Traffic.src_port) as ports from datamodel=Network_Traffic.All_Traffic"
    " where All_Traffic.dest_port=7844 by All_Traffic.user"
)
THREE = b"_time,dest_port,user,src_port\n" + b"".join(
    b"170000000%d,7844,%s,5000%d\n" % (index, user.encode(), index)
    for index, user in enumerate(USERS)
)


def partials_of(plan: str, body: bytes = THREE) -> list[tuple[bytes, bytes]]:
    """What a map sends for it: (marker, state) of each group in order of its key, the counters
    last. The map itself has no order."""
    engine = drive.new_engine(drive.map_token(plan))
    drive.feed(engine, body, windows_of(drive.WHOLE))
    rows = drive.partial_rows([drive.taken(engine, engine.begin_partials())])
    *groups, counters = [(b"\n".join(marker), b"\n".join(state)) for marker, state in rows]
    return [*sorted(groups, key=lambda row: row[1]), counters]


def as_rows(partials: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The body with which they reach the reduce."""
    return drive.partial_body([((marker,), (state,)) for marker, state in partials])


def users_counted(reply: Reply) -> dict[str, str]:
    """Each user's count in a table of PLAN."""
    return {row["All_Traffic.user"]: row["count"] for row in reply.rows()}


def test_a_map_sends_what_the_tests_below_forge() -> None:
    partials = partials_of(PLAN)
    kinds = [marker.split(b".")[2] for marker, _ in partials]
    assert kinds == [b"group"] * 3 + [b"counters"]
    assert users_counted(search(PLAN, [as_rows(partials)])) == dict.fromkeys(USERS, "1")
    ascii_only = re.compile(rb"[0-9A-Za-z.,;:%_-]*")
    assert all(ascii_only.fullmatch(cell) for row in partials for cell in row)


def forgeries() -> list[tuple[bytes, bytes]]:
    """Markers and states that an event may carry: sound ones of the hunt, of another plan, of
    another version, damaged ones, and none at all."""
    sound = partials_of(hunt.DEFAULT_HUNT)
    marker, state = sound[0]
    return [
        *sound,
        partials_of(PLAN)[0],
        (marker.replace(b"1.", b"2.", 1), state),
        (b"999999.0123456789abcdef.anything.0123456789abcdef", b""),
        (marker, state + b"x"),
        (marker[:-1], state),
        (marker, b""),
        (b"x", state),
        (b"", state),
    ]


def forged_event(index: int, marker: bytes, state: bytes) -> dict[bytes, Values]:
    """An event that carries every partial column, of one of the three kinds; each has a _raw or a
    _time of its own, as every event has."""
    spelled = b"cfhunt_partial=%s cfhunt_state=%s" % (marker, state)
    user = b"user%d" % index
    image = b'cfhunt_partial="%s",cfhunt_state="%s"\n%s,%s\n' % (marker, state, marker, state)
    kinds: list[dict[bytes, Values]] = [
        {b"_raw": (sysmon_event(b"7844", user, image),)},
        {b"_raw": (spelled,), b"_time": (b"1700000000",), b"dest_port": (b"7844",)},
        {b"_time": (b"1700000000",), b"All_Traffic.dest_port": (b"7844",)},
        {b"_raw": (b"",), b"dest_port": (b"7844",)},
    ]
    row = kinds[index % len(kinds)]
    if b"All_Traffic.dest_port" in row or b"dest_port" in row:
        row[b"user"] = (user,)
    return {**row, PARTIAL_COLUMNS[0]: (marker,), PARTIAL_COLUMNS[1]: (state,)}


def sysmon_event(port: bytes, user: bytes, image: bytes, event_id: bytes = b"3") -> bytes:
    """A Sysmon event's text."""
    return (
        b"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        b"<Provider Name='Microsoft-Windows-Sysmon'/><EventID>" + event_id + b"</EventID>"
        b"<TimeCreated SystemTime='2023-11-14T22:13:20.5Z'/><Computer>h-1</Computer></System>"
        b"<EventData><Data Name='Image'>" + image + b"</Data><Data Name='User'>A\\" + user + b""
        b"</Data><Data Name='DestinationPort'>" + port + b"</Data></EventData></Event>"
    )


def forged_body(carrying: bool) -> bytes:
    """The forged events, several of each kind; without the partial columns unless carrying."""
    texts = [text for text in forgeries() for _ in range(4)]
    rows = [forged_event(index, *text) for index, text in enumerate(texts)]
    columns = [b"_raw", b"_time", b"dest_port", b"All_Traffic.dest_port", b"user"]
    columns += PARTIAL_COLUMNS if carrying else ()
    return write_body(columns, ([row.get(name, ()) for name in columns] for row in rows))


def test_events_that_carry_every_partial_column_are_hunted() -> None:
    """In one process, by maps, and straight into the reduce among real partial rows: no such event
    is lost, counted twice, warned of or fatal."""
    plain, carrying = forged_body(False), forged_body(True)
    expected = search(hunt.DEFAULT_HUNT, [plain])
    users = {row["user"] for row in expected.rows()}
    assert users == {f"user{index}" for index in range(4 * len(forgeries()))}
    assert {row["count"] for row in expected.rows()} == {"1"}
    assert search(hunt.DEFAULT_HUNT, [carrying], drive.windows_of(17)) == expected
    assert map_reduce(hunt.DEFAULT_HUNT, [[carrying]], random=Random(1)) == expected
    both = map_reduce(hunt.DEFAULT_HUNT, [[carrying]], random=Random(2), events=[carrying])
    assert both == search(hunt.DEFAULT_HUNT, [plain, plain])


def test_forged_events_through_processes(app: Path) -> None:
    expected = search(DEFAULT, [forged_body(False)])
    carrying = forged_body(True)
    mapped = run_search(app, (), [[carrying], []], seed=3)
    assert (mapped.error, mapped.body) == (None, expected.body)
    for distributed in (True, False):
        bodies = [[]] if distributed else [[carrying]]
        events = [carrying] if distributed else []
        result = run_search(
            app, (), bodies, distributed=distributed, events_for_reduce=events, seed=4
        )
        assert (result.error, result.body) == (None, expected.body)
        assert not [message for message in result.messages if message.level == "WARN"]


def test_a_map_never_accepts_partial_rows() -> None:
    """Sound ones of its own plan are events without a field of the model, to a map."""
    sound = as_rows(partials_of(PLAN))
    token = drive.map_token(PLAN)
    rows = drive.partial_rows(drive.run_map(token, [sound], windows_of(17), lambda: False))
    assert [row[0][0].split(b".")[2] for row in rows] == [b"counters"]
    reply = search(PLAN, [drive.partial_body(rows)])
    assert reply.rows() == []
    assert reply.messages == [
        (
            "WARN",
            "cfhunt found nothing in 4 rows. Of the first 4 rows, 0 were usable (0 with the "
            "model's fields, 0 Sysmon events of the right id). Of the usable rows, 0 have "
            '"All_Traffic.dest_port"="7844".',
        )
    ]


def test_a_map_process_never_accepts_partial_rows(app: Path) -> None:
    """Not even those of another version; the same rows straight to the reduce are merged."""
    sound = partials_of(PLAN)
    foreign = [(marker.replace(b"1.", b"2.", 1), state) for marker, state in sound]
    arguments = PLAN.split()
    result = run_search(app, arguments, [[as_rows(sound)], [as_rows(foreign)]])
    assert result.error is None
    assert result.table.rows == ()
    assert any("found nothing in 8 rows." in message.text for message in result.messages)
    merged = run_search(app, arguments, [[]], events_for_reduce=[as_rows(sound)])
    assert users_counted(Reply(merged.body)) == dict.fromkeys(USERS, "1")


Damage = Callable[[bytes, bytes], "tuple[bytes, bytes]"]


def other_digit(text: bytes, index: int) -> bytes:
    """The text with another hexadecimal digit there."""
    flipped = b"1" if text[index : index + 1] == b"0" else b"0"
    return text[:index] + flipped + text[index:][1:]


DAMAGES: dict[str, Damage] = {
    "a byte of the state": lambda marker, state: (marker, other_digit(state, len(state) - 1)),
    "a state cut short": lambda marker, state: (marker, state[:-1]),
    "more behind the state": lambda marker, state: (marker, state + b";0:1"),
    "no state": lambda marker, state: (marker, b""),
    "a digit of the checksum": lambda marker, state: (other_digit(marker, len(marker) - 1), state),
    "a marker cut short": lambda marker, state: (marker[:-1], state),
    "no checksum": lambda marker, state: (marker.rpartition(b".")[0], state),
    "another kind": lambda marker, state: (marker.replace(b"group", b"counters"), state),
    "an unknown kind": lambda marker, state: (marker.replace(b"group", b"groups"), state),
    "more behind the marker": lambda marker, state: (marker + b".0", state),
    "a blank before the marker": lambda marker, state: (b" " + marker, state),
    "no version": lambda marker, state: (marker[1:], state),
    "a version that is no number": lambda marker, state: (b"x" + marker[1:], state),
    "a marker of only words": lambda marker, state: (b"hello", state),
    "a marker with a NUL": lambda marker, state: (marker + b"\0", state),
}
ONE_DAMAGED = (
    "1 partial row from an indexer was damaged: what it counted is missing from this table."
)
TWO_DAMAGED = (
    "2 partial rows from the indexers were damaged: what they counted is missing from this table."
)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_partial_row_is_warned_of_and_counted(damage: str) -> None:
    """The table is what the other rows give."""
    alice, bob, carol, counters = partials_of(PLAN)
    worse = DAMAGES[damage](*alice)
    assert worse != alice
    one = search(PLAN, [as_rows([bob, worse, counters, carol])])
    assert users_counted(one) == {"bob": "1", "carol": "1"}
    assert one.messages == [("WARN", ONE_DAMAGED)]
    two = search(PLAN, [as_rows([worse, counters]), as_rows([DAMAGES[damage](*bob), carol])])
    assert users_counted(two) == {"carol": "1"}
    assert two.messages == [("WARN", TWO_DAMAGED)]


def test_damaged_counters_spoil_only_the_messages() -> None:
    *groups, (marker, state) = partials_of(PLAN)
    reply = search(PLAN, [as_rows([*groups, (marker, state + b"0")])])
    assert users_counted(reply) == dict.fromkeys(USERS, "1")
    assert reply.messages == [("WARN", ONE_DAMAGED)]


def test_a_damaged_partial_row_through_processes(app: Path) -> None:
    alice, bob, *others = partials_of(PLAN)
    body = as_rows([alice, DAMAGES["a byte of the state"](*bob), *others])
    result = run_search(app, PLAN.split(), [[]], events_for_reduce=[body])
    assert users_counted(Reply(result.body)) == {"alice": "1", "carol": "1"}
    warned = [message.text for message in result.messages if message.level == "WARN"]
    assert warned == [ONE_DAMAGED]


def test_partial_rows_of_another_plan_are_not_merged() -> None:
    """They are events, and no damage: so a digest that was changed makes an event too."""
    other = partials_of(PLAN.replace("7844", "7845"), THREE.replace(b",7844,", b",7845,"))
    assert len(other) == 4
    own = partials_of(PLAN)
    assert search(PLAN, [as_rows([*own, *other])]) == search(PLAN, [as_rows(own)])
    marker, state = own[0]
    changed = (other_digit(marker, 2), state)
    reply = search(PLAN, [as_rows([changed, *own[1:]])])
    assert users_counted(reply) == {"bob": "1", "carol": "1"}
    assert reply.messages == []


FATAL = (
    "An indexer sent results of another version of cfhunt: install the same version on the search "
    "head and on every indexer."
)


@pytest.mark.parametrize("version", [b"2", b"0", b"7", b"12", b"999999"])
def test_partial_rows_of_another_version_are_fatal(version: bytes) -> None:
    """Whatever that version's kinds and states are; once failed, the engine stays so."""
    marker, state = partials_of(PLAN)[0]
    rest = marker[1:]
    for text in (version + rest, version + rest.replace(b"group", b"future")):
        engine = drive.new_engine(PLAN)
        with pytest.raises(ValueError, match=re.escape(FATAL)):
            drive.feed(engine, as_rows([(text, state + b"!")]), windows_of(17))
        with pytest.raises(ValueError, match=re.escape(FATAL)):
            engine.begin_table(0)


def test_partial_rows_of_another_version_through_a_process(app: Path) -> None:
    """An error frame with the sentence; what went before it is not shown as a table."""
    sound = partials_of(PLAN)
    foreign = [(marker.replace(b"1.", b"2.", 1), state) for marker, state in sound]
    with Splunkd(app) as process:
        process.getinfo(PLAN.split())
        replies = process.execute([as_rows(sound), as_rows(foreign), as_rows(sound)])
    assert process.failure == FATAL
    assert replies[-1].messages == [("ERROR", FATAL)]
    assert [reply.body for reply in replies] == [b"", b""]


LONG = (
    "values(All_Traffic.src_port) count from datamodel=Network_Traffic.All_Traffic"
    " where All_Traffic.dest_port=7844 by All_Traffic.user All_Traffic.app"
)


def ports(random: Random) -> Values:
    return tuple(b"%d" % random.randrange(10**6) for _ in range(300))


def long_body(random: Random) -> bytes:
    """Groups whose keys are up to 200 KB long and whose values are many."""
    apps = [random.choice((b"a", b"%", b"\xff")) * size for size in (1, 70_000, 200_000)]
    rows: list[list[Values]] = [
        [(b"7844",), (b"u",), (random.choice(apps),), ports(random)] for _ in range(60)
    ]
    return write_body([b"dest_port", b"user", b"app", b"src_port"], rows)


def test_long_groups_travel_in_cells_of_64_kb_in_any_order() -> None:
    random = Random(8)
    bodies = [long_body(random), long_body(random)]
    whole = search(LONG, bodies)
    replies = [
        reply
        for body in bodies
        for reply in drive.run_map(drive.map_token(LONG), [body], windows_of(4096), lambda: True)
    ]
    rows = drive.partial_rows(replies)
    assert max(len(cell[0]) for row in rows for cell in row) <= 65_536
    kinds = [row[0][0].split(b".")[2] for row in rows]
    assert {b"group", b"piece", b"counters"} == set(kinds)
    for _ in range(3):
        random.shuffle(rows)
        assert search(LONG, [drive.partial_body(rows)]) == whole
    lacking = [row for index, row in enumerate(rows) if index != kinds_index(rows, b"piece")]
    assert ONE_DAMAGED in search(LONG, [drive.partial_body(lacking)]).warnings()


def kinds_index(rows: Sequence[Sequence[Values]], kind: bytes) -> int:
    """The first row of a kind."""
    return next(i for i, row in enumerate(rows) if row[0][0].split(b".")[2] == kind)


# ---- an empty result and its message ----

COVERAGE = (
    "cfhunt found nothing because no event reached it. Check the time range and the search before "
    "the command: the macro `cfhunt_sysmon` alone shows whether any Sysmon events are there."
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


# ---- too many combinations ----

FOURTEEN = [name.partition(".")[2] for name in language.parse(hunt.DEFAULT_HUNT).by]


def test_fourteen_multivalue_by_fields_of_ten_values_each() -> None:
    """10 to the 14th combinations: the row is counted once, each field's values joined by
    newlines, and a warning counts it and names the BY fields."""
    assert len(FOURTEEN) == 14
    ten = {name: tuple(b"%s%d" % (name.encode(), i) for i in range(10)) for name in FOURTEEN}
    ten["dest_port"] = tuple(b"%d" % (7840 + i) for i in range(10))
    one = {name: values[:1] for name, values in ten.items()} | {"dest_port": (b"7844",)}
    rows = [tuple(ten.values()), tuple(one[name] for name in ten), tuple(ten.values())]
    columns = [name.encode() for name in ten]
    body = write_body(columns, rows)
    whole = search(DEFAULT, [body], windows_of(17))
    joined = {name: b"\n".join(values).decode() for name, values in ten.items()}
    single = {name: one[name][0].decode() for name in ten}
    rest = {"firstTime": "", "lastTime": "", "src_port": "0"}
    assert whole.rows() == [
        {**{name: single[name] for name in FOURTEEN}, "count": "1", **rest},
        {**{name: joined[name] for name in FOURTEEN}, "count": "2", **rest},
    ]
    assert whole.body == hunt.reply_body(hunt.run(hunt.DEFAULT_HUNT, [body]))
    (level, sentence), *others = whole.messages
    assert (level, others) == ("WARN", [])
    assert sentence.startswith("2 rows would have been counted into more than 10,000 groups")
    assert all(f"All_Traffic.{name}" in sentence for name in FOURTEEN)
    for maps in (1, 2, 3):
        cut = [write_body(columns, rows[start::maps]) for start in range(maps)]
        assert map_reduce(DEFAULT, [[piece] for piece in cut], random=Random(maps)) == whole


def test_ten_thousand_combinations_are_still_counted_one_by_one() -> None:
    ten = [tuple(b"%d" % i for i in range(10))] * 4
    plan = "count from datamodel=Network_Traffic by All_Traffic.app All_Traffic.src_ip "
    plan += "All_Traffic.dest_ip All_Traffic.rule"
    columns = [b"app", b"src_ip", b"dest_ip", b"rule"]
    at_the_limit = search(plan, [write_body(columns, [ten])])
    assert len(at_the_limit.rows()) == 10_000
    assert at_the_limit.messages == []
    over = search(plan, [write_body(columns, [[*ten[1:], (*ten[0], b"10")]])])
    assert len(over.rows()) == 1
    assert over.warnings()[0].startswith("1 row would have been counted")
