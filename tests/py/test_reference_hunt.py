"""The model as a whole: the hunt end to end, and a second oracle over the shared data."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from events_data import event_files, event_texts
from oracle import escaped, oracle_fields, oracle_table, stream_of
from reference import csv_dialect, generate, hunt, model
from reference.events import Switches
from reference_tools import (
    COLUMNS,
    row,
    rows_of,
    xml,
)

# ---- all together ----


def test_the_default_hunt_end_to_end() -> None:
    """Raw, bare and prefixed events in one stream, cut into two bodies: the exact reply."""
    first = csv_dialect.write(
        [b"_time", b"_raw", b"host"],
        [
            row(_time="1674991990.5", _raw=xml()),
            row(_raw=xml(SourcePort="9")),
            row(_raw=xml(DestinationPort="78440")),
            row(_raw=xml(SourcePort="7844", DestinationPort="443")),
            row(_raw=xml("Microsoft-Windows-Security-Auditing")),
        ],
    )
    second = csv_dialect.write(
        [b"All_Traffic.dest_port", b"dest_port", b"dest", b"_time", b"src_port"],
        [
            row(t_dest_port="7844", dest="d", _time="5", src_port="-"),
            row(dest_port="7844", dest="d", _time="4.0"),
            row(dest_port="7843", dest="d"),
        ],
    )
    header = ",".join(f'"{name}"' if "_" in name else name for name in COLUMNS.split())
    assert hunt.reply_body(hunt.run(hunt.DEFAULT_HUNT, [first, second])).decode() == (
        f'{header},"__mv_src_port"\n'
        'allowed,"C:\\Tools\\cloudflared.exe","region1.v2.argotunnel.com","198.41.192.57",7844,'
        'outbound,"host-1",ip,ipv4,"host-1.acme.local","10.0.0.1",tcp,alice,"Microsoft Sysmon",2,'
        '1674991980,"1674991990.5","50001\n9","$50001$;$9$"\n'
        "unknown,null,d,null,7844,null,unknown,null,null,unknown,null,unknown,unknown,unknown,2,"
        "4,5,0,\n"
    )


def test_the_answer_does_not_depend_on_the_split_into_bodies() -> None:
    """Nor on the order of rows."""
    random = Random(11)
    stream = generate.rows(random, 120)
    columns = sorted({name for item in stream for name in item})
    plan = generate.plan(random)
    whole = hunt.reply_body(hunt.run(plan, [csv_dialect.write(columns, stream)]))
    for size in (1, 7, 50):
        random.shuffle(stream)
        pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
        cut = [csv_dialect.write(columns, piece) for piece in pieces]
        assert hunt.reply_body(hunt.run(plan, cut)) == whole


def test_the_generators_are_deterministic_and_reach_everything() -> None:
    """Every kind of row, damaged cells, several groups; every plan parses."""
    kinds: dict[model.Kind, int] = {}
    damaged = groups = 0
    for seed in range(40):
        made = generate.case(seed, 30)
        assert made == generate.case(seed, 30)
        table = hunt.run(made.plan, made.bodies, made.switches)
        damaged += table.damaged
        groups += len(table.rows)
        for kind, count in table.kinds.items():
            kinds[kind] = kinds.get(kind, 0) + count
    assert min(kinds[kind] for kind in model.Kind) > 50
    assert damaged > 10
    assert groups > 200


@pytest.fixture(scope="module")
def corpus(shared: Path) -> list[bytes]:
    """Every event of the shared data once: negatives, near misses and derived positives."""
    files = event_files(shared / "data")
    return list(dict.fromkeys(text for path in files for text in event_texts(path)))


@pytest.fixture(scope="module")
def connections(corpus: list[bytes]) -> dict[bytes, dict[str, str]]:
    """What the oracle finds in it: the fields of every Sysmon EventID 3."""
    found = {text: oracle_fields(text) for text in corpus}
    return {text: fields for text, fields in found.items() if fields is not None}


@pytest.fixture(scope="module")
def tunnels(connections: dict[bytes, dict[str, str]]) -> list[list[str]]:
    """The oracle's table of the hunt, entities as in the text."""
    found = [fields for fields in connections.values() if fields["dest_port"] == "7844"]
    assert len(found) == 41
    return oracle_table([escaped(fields) for fields in found])


def test_corpus_the_hunt_finds_the_derived_positives_and_nothing_else(
    corpus: list[bytes], tunnels: list[list[str]], shared: Path
) -> None:
    """41 events, over all negatives and near misses."""
    assert len(event_texts(shared / "data" / "derived-positives.xml")) == 41
    found = rows_of(hunt.DEFAULT_HUNT, *stream_of(corpus))
    assert found == tunnels
    assert sum(int(line[14]) for line in found) == 41


def test_corpus_every_network_connection_is_read_alike(
    connections: dict[bytes, dict[str, str]],
) -> None:
    """Not only those to port 7844; decoded, because xml.etree decodes."""
    plan = hunt.DEFAULT_HUNT.replace("dest_port=7844", "dest_port=*")
    found = rows_of(plan, *stream_of(connections), switches=Switches(entities="decode"))
    assert len(connections) > 5_000
    assert found == oracle_table(list(connections.values()))


def test_corpus_entities_stay_as_they_are_in_the_text(
    connections: dict[bytes, dict[str, str]],
) -> None:
    """The connections that have any, and some that have none."""
    plan = hunt.DEFAULT_HUNT.replace("dest_port=7844", "dest_port=*")
    chosen = [text for index, text in enumerate(connections) if b"&" in text or index % 10 == 0]
    assert any(b"&amp;" in text for text in chosen)
    expected = oracle_table([escaped(connections[text]) for text in chosen])
    assert rows_of(plan, *stream_of(chosen)) == expected


def test_corpus_through_csv_in_random_order(
    corpus: list[bytes], tunnels: list[list[str]], shared: Path
) -> None:
    """The positives and near misses among some negatives, in three bodies."""
    random = Random(3)
    made = [
        text
        for name in ("derived-positives.xml", "derived-near-misses.xml")
        for text in event_texts(shared / "data" / name)
    ]
    others = [text for text in random.sample(corpus, 400) if text not in made]
    stream = stream_of(made + others)
    random.shuffle(stream)
    bodies = [csv_dialect.write([b"_raw"], stream[start::3]) for start in range(3)]
    table = hunt.run(hunt.DEFAULT_HUNT, bodies)
    assert [[b"|".join(cell).decode() for cell in cells] for cells in table.rows] == tunnels
