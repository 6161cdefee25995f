"""The engine against the reference model over the whole language, and against itself.

Rows are made for each search so that they hit and miss its terms; one process, and maps with a
reduce, must give the model's bytes. The searches are those of the shared corpus, where it is
present, and random ones over every data model and function.

CFHUNT_LANGUAGE_SEEDS (default 2) says how often each search is tried, CFHUNT_SEED (default 1) with
which rows, CFHUNT_RANDOM_PLANS (default 300) how many random searches there are.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import drive
from drive import map_reduce, search
from reference import csv_dialect, generate, generate_plans, hunt, language, number
from reference.csv_dialect import Row
from reference.generate_rows import rows_for
from reference.respell import respelled
from reference_tools import row

SEEDS = int(os.environ.get("CFHUNT_LANGUAGE_SEEDS", "2"))
SEED = int(os.environ.get("CFHUNT_SEED", "1"))
RANDOM_PLANS = int(os.environ.get("CFHUNT_RANDOM_PLANS", "300"))
ROWS = 60
CORPUS = Path(__file__).resolve().parents[3] / "shared" / "data" / "escu" / "tstats-searches.json"
# The one with a subsearch, and the one whose macro the corpus could not expand.
REFUSED = {
    "Suspicious Linux Discovery Commands": "subsearch",
    "Detection of DNS Tunnels": "cim_corporate_web_domain_search",
}

pytestmark = pytest.mark.usefixtures("app")


def corpus() -> dict[str, str]:
    """The arguments of each shared search by its name; nothing where the data is absent."""
    if not CORPUS.is_file():
        return {}
    head = re.compile(r"\s*\|?\s*tstats\b\s*")
    entries = json.loads(CORPUS.read_text(encoding="utf-8"))
    return {entry["name"]: head.sub("", entry["tstats_expanded"], 1) for entry in entries}


SEARCHES = corpus()
ACCEPTED = {name: text for name, text in SEARCHES.items() if name not in REFUSED}
RANDOM_TEXTS = [generate_plans.any_plan(Random(SEED * 100_000 + n)) for n in range(RANDOM_PLANS)]


def plan_text(arguments: str | bytes) -> bytes:
    """The canonical text of the plan that the engine makes of the arguments."""
    return drive.new_engine(arguments).plan_text(0)


def expected_body(text: str, bodies: list[bytes]) -> bytes:
    """The model's reply."""
    return hunt.reply_body(hunt.run(text, bodies))


def check(text: str, rows: list[Row], random: Random) -> None:
    """One process, and three maps with a reduce, give the model's bytes."""
    bodies = generate.bodies(random, rows)
    expected = expected_body(text, bodies)
    whole = search(text, bodies, drive.random_windows(random))
    assert whole.body.decode(errors="backslashreplace") == expected.decode(
        errors="backslashreplace"
    ), text
    mapped = map_reduce(text, drive.dealt(bodies, 3), drive.random_windows(random), random)
    assert mapped == whole, text


# ---- the corpus ----


@pytest.mark.skipif(not SEARCHES, reason=f"the shared searches are not here ({CORPUS})")
@pytest.mark.parametrize("name", ACCEPTED)
def test_corpus_search_gives_what_the_model_gives(name: str) -> None:
    text = ACCEPTED[name]
    plan = language.parse(text)
    for seed in range(SEED, SEED + SEEDS):
        random = Random(f"{seed} {name}")
        check(text, rows_for(plan, random, ROWS), random)


@pytest.mark.skipif(not SEARCHES, reason=f"the shared searches are not here ({CORPUS})")
def test_corpus_two_searches_are_refused_by_name() -> None:
    assert len(SEARCHES) == 605
    for name, named in REFUSED.items():
        with pytest.raises(ValueError, match=named):
            drive.new_engine(SEARCHES[name])


@pytest.mark.skipif(not SEARCHES, reason=f"the shared searches are not here ({CORPUS})")
def test_corpus_canonical_texts_round_trip_and_spellings_do_not_matter() -> None:
    for index, text in enumerate(ACCEPTED.values()):
        canonical = plan_text(text)
        assert plan_text(canonical) == canonical, text
        other = respelled(Random(index), text)
        assert plan_text(other) == canonical, other


# ---- random searches ----


@pytest.mark.parametrize("number_", range(RANDOM_PLANS))
def test_random_search_gives_what_the_model_gives(number_: int) -> None:
    text = RANDOM_TEXTS[number_]
    random = Random(number_)
    check(text, rows_for(language.parse(text), random, ROWS), random)


def test_random_searches_round_trip_and_spellings_do_not_matter() -> None:
    for index, text in enumerate(RANDOM_TEXTS):
        canonical = plan_text(text)
        assert plan_text(canonical) == canonical, text
        other = respelled(Random(index), text)
        assert plan_text(other) == canonical, other


def test_a_canonical_text_means_to_the_model_what_the_search_means() -> None:
    for index, text in enumerate(RANDOM_TEXTS[:100]):
        random = Random(index)
        bodies = [*generate.bodies(random, rows_for(language.parse(text), random, 20))]
        canonical = plan_text(text).decode("utf-8", "surrogateescape")
        assert expected_body(canonical, bodies) == expected_body(text, bodies), text


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(
    plan=st.integers(0, 1 << 32),
    made=st.integers(0, 1 << 32),
    count=st.integers(1, 8),
    maps=st.integers(1, 8),
)
def test_any_split_into_maps_is_the_single_process_is_the_model(
    plan: int, made: int, count: int, maps: int
) -> None:
    text, random = generate_plans.any_plan(Random(plan)), Random(made)
    rows = rows_for(language.parse(text), random, count)
    columns = sorted({name for item in rows for name in item}) or [b"x"]
    cut = [rows[start::maps] for start in range(maps)]
    expected = expected_body(text, [csv_dialect.write(columns, rows)])
    assert search(text, [csv_dialect.write(columns, rows)]).body == expected, text
    peers = [[csv_dialect.write(columns, piece)] for piece in cut]
    assert map_reduce(text, peers, random=random).body == expected, text


# ---- functions over numbers ----

NUMERIC = (
    "sum range sumsq avg var varp stdev stdevp min max median perc95 upperperc10 exactperc33.3 mode"
    " count dc values earliest latest earliest_time latest_time first last rate"
)
NUMERIC_PLAN = (
    " ".join(f"{name}(All_Traffic.app)" for name in NUMERIC.split())
    + " from datamodel=Network_Traffic where All_Traffic.dest=d"
)
DECIMALS = st.one_of(
    st.from_regex(r"-?[0-9]{1,25}(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,2})?", fullmatch=True),
    st.sampled_from(["1e400", "1e401", "-1e-400", "1e-401", "12e400", "9" * 1000, "1" * 1001]),
    st.sampled_from(["0", "-0", "0.0", "1e-15", "9.99999999999999999e20", "1e21", "0.1", "x", ""]),
    st.integers(-(10**18), 10**18).map(str),
)
TIMES = st.one_of(st.integers(0, 5).map(str), st.sampled_from(["1.0", "1.5", "soon", "2e0"]))


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(
    events=st.lists(
        st.tuples(st.lists(DECIMALS.map(str.encode), max_size=3), TIMES), min_size=1, max_size=6
    ),
    maps=st.integers(1, 4),
)
def test_functions_over_numbers(events: list[tuple[list[bytes], str]], maps: int) -> None:
    rows: list[Row] = [
        {**row(dest="d", _time=time), **({b"app": values} if values else {})}
        for values, time in events
    ]
    columns = [b"app", b"_time", b"dest"]
    body = csv_dialect.write(columns, rows)
    try:
        expected = expected_body(NUMERIC_PLAN, [body])
    except number.TooLarge:
        assume(False)
    assert search(NUMERIC_PLAN, [body]).body.decode() == expected.decode()
    peers = [[csv_dialect.write(columns, rows[start::maps])] for start in range(maps)]
    assert map_reduce(NUMERIC_PLAN, peers, random=Random(0)).body == expected


@pytest.mark.parametrize("count", [999, 1000, 1001, 5000])
def test_percentiles_round_a_thousand_distinct_numbers(count: int) -> None:
    """Exact up to a thousand spellings in the group, then buckets, in one process or several."""
    plan = (
        "median(All_Traffic.app) perc1(All_Traffic.app) perc99.9(All_Traffic.app)"
        " upperperc95(All_Traffic.app) upperperc5(All_Traffic.app) exactperc95(All_Traffic.app)"
        " perc100(All_Traffic.app) from datamodel=Network_Traffic by All_Traffic.user"
    )
    random = Random(count)
    numbers = [b"%d.%02d" % (random.randint(-900, 99_999), n % 100) for n in range(count)]
    distinct = list(dict.fromkeys(numbers))
    while len(distinct) < count:
        distinct.append(b"%d" % (200_000 + len(distinct)))
    rows: list[Row] = [{b"app": [text], b"user": [b"u"]} for text in distinct]
    rows += rows[::3]
    rows.append({b"app": distinct[:700], b"user": [b"v"]})
    random.shuffle(rows)
    bodies = [csv_dialect.write([b"app", b"user"], rows[start::5]) for start in range(5)]
    expected = expected_body(plan, bodies)
    assert search(plan, bodies).body.decode() == expected.decode()
    assert map_reduce(plan, drive.dealt(bodies, 3), random=random).body == expected


@pytest.mark.parametrize("count", [0, 1, 7, 300, 20_000])
def test_estdc_is_an_estimate_that_any_split_gives(count: int) -> None:
    plan = "estdc(All_Traffic.app) as n from datamodel=Network_Traffic"
    texts = [b"value %d" % (index % max(count, 1)) for index in range(count + count // 2)]
    bodies = [
        csv_dialect.write([b"app", b"tag"], [{b"app": [t], b"tag": [b"t"]} for t in texts[s::4]])
        for s in range(4)
    ]
    whole = search(plan, bodies)
    estimate = int(whole.rows()[0]["n"])
    assert abs(estimate - count) <= count * 0.1
    for maps in (1, 2, 4):
        assert map_reduce(plan, drive.dealt(bodies, maps), random=Random(maps)) == whole


# ---- WHERE, where small cases shrink ----

SMALL = st.text("aAb1. *", max_size=5)


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(
    operator=st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
    negated=st.booleans(),
    pattern=st.one_of(SMALL, st.integers(-2, 12).map(str)),
    values=st.lists(st.lists(SMALL.map(str.encode), max_size=2), min_size=1, max_size=4),
)
def test_one_comparison(
    operator: str, negated: bool, pattern: str, values: list[list[bytes]]
) -> None:
    term = f'All_Traffic.app{operator}"{pattern}"'
    plan = (
        "values(All_Traffic.app) count from datamodel=Network_Traffic"
        f" where {'NOT ' if negated else ''}{term}"
    )
    rows: list[Row] = [{b"tag": [b"t"], **({b"app": some} if some else {})} for some in values]
    body = csv_dialect.write([b"app", b"tag"], rows)
    assert search(plan, [body]).body == expected_body(plan, [body]), plan


ADDRESSES = st.one_of(
    st.ip_addresses(v=4).map(str),
    st.ip_addresses(v=6).map(str),
    st.ip_addresses(v=6).map(lambda address: address.exploded),
    st.sampled_from(
        ["::ffff:1.2.3.4", "::1.2.3.4", "1.2.3", "01.2.3.4", "1.2.3.4 ", "::", "fe80::1%1"]
    ),
)


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(
    base=ADDRESSES,
    bits=st.integers(0, 130),
    others=st.lists(ADDRESSES, max_size=4),
    operator=st.sampled_from(["=", "!="]),
)
def test_networks(base: str, bits: int, others: list[str], operator: str) -> None:
    plan = (
        "count from datamodel=Network_Traffic"
        f' where All_Traffic.src_ip{operator}"{base}/{bits}" by All_Traffic.src_ip'
    )
    texts = [base, f"{base}/{bits}".upper(), *others]
    body = csv_dialect.write([b"src_ip"], [{b"src_ip": [text.encode()]} for text in texts])
    assert search(plan, [body]).body == expected_body(plan, [body]), plan


# ---- BY _time ----


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(
    span=st.sampled_from(generate_plans.SPANS),
    times=st.lists(
        st.one_of(
            st.integers(-(10**11), 10**11).map(str),
            st.from_regex(r"-?[0-9]{1,11}\.[0-9]{1,3}", fullmatch=True),
            st.sampled_from(["-0", "1e9", "1.6e9", "-0.5", "x", "1709208000"]),
        ),
        min_size=1,
        max_size=5,
    ),
)
def test_bins(span: str, times: list[str]) -> None:
    plan = f"fillnull_value=none count from datamodel=Network_Traffic by _time span={span}"
    rows: list[Row] = [{b"_time": [time.encode()], b"tag": [b"t"]} for time in times]
    body = csv_dialect.write([b"_time", b"tag"], rows)
    assert search(plan, [body]).body.decode() == expected_body(plan, [body]).decode(), plan
