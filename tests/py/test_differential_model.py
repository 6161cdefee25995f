"""The engine against the model in reference/ for whatever the language can ask, and against itself.

The model's bytes must come out of one process, and of maps and a reduce in any order.

CFHUNT_RANDOM_ROWS (default 10000) and CFHUNT_SEED (default 1) say how many random rows, and which.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import drive
from differential_tools import DEFAULT, EVERY_PORT, plain_body, table_of
from drive import map_reduce, search, windows_of
from reference import csv_dialect, generate, hunt, language, number
from reference.generate import Case
from standin.csv_body import write_body

RANDOM_ROWS = int(os.environ.get("CFHUNT_RANDOM_ROWS", "10000"))
SEED = int(os.environ.get("CFHUNT_SEED", "1"))

if TYPE_CHECKING:
    from cfhuntlib._cfhunt import Engine

pytestmark = pytest.mark.usefixtures("app")

# ---- random rows and plans ----


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


# ---- small cases ----

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
