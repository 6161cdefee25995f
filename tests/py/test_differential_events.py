"""The engine over whole event files against a table of other origin, and against itself.

A table is right when an independent reader (xml.etree and plain dicts) counts the same, or when it
is the one written beside the file; it must be the same bytes whichever windows, chunks and maps the
events came in and whichever order the partial rows took.
"""

from __future__ import annotations

import csv
from datetime import datetime, timezone
from itertools import cycle
from pathlib import Path
from random import Random

import pytest

import drive
from differential_tools import CHUNKS, DEFAULT, EVERY_PORT, WINDOWS, raw_bodies, shuffled, table_of
from drive import Reply, map_reduce, search, windows_of
from events_data import event_files, event_texts
from oracle import escaped, oracle_fields, oracle_table
from reference import csv_dialect
from standin.search import run_search

ATTACK_DATA = Path(__file__).resolve().parents[2] / "attack_data"

pytestmark = pytest.mark.usefixtures("app")

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
