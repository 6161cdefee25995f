"""Partial rows between maps and reduce: forged ones are events, damaged ones are counted, those of
another version are fatal, and long ones travel in pieces.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import Random

import pytest

import drive
from differential_tools import DEFAULT, sysmon_event
from drive import PARTIAL_COLUMNS, Reply, map_reduce, search, windows_of
from reference import hunt
from standin.csv_body import Values, write_body
from standin.search import run_search
from standin.splunkd import Splunkd

pytestmark = pytest.mark.usefixtures("app")

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
