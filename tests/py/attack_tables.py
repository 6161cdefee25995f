"""The hunt over attack_data, as a search over several peers, and the tables that it must give."""

from __future__ import annotations

import csv
from datetime import datetime, timezone
from pathlib import Path

from events_data import event_texts
from standin.csv_body import Row, Values, read_table, write_body

ATTACK_DATA = Path(__file__).resolve().parents[2] / "attack_data"
NAMES = ("cloudflared_tunnels", "linux_sysmon", "cim_network_traffic", "events_quiet")
TIMES = ("firstTime", "lastTime")


def peers_bodies(name: str, peers: int, chunk_rows: int = 100) -> list[list[bytes]]:
    """The events of one file, dealt to so many peers in turn, each in chunks of some rows."""
    events = ATTACK_DATA / f"{name}.xml"
    if events.is_file():
        columns = [b"_time", b"_raw"]
        rows: list[Row] = [((), (text,)) for text in event_texts(events)]
    else:
        with (ATTACK_DATA / f"{name}.csv").open(newline="", encoding="utf-8") as file:
            lines = list(csv.DictReader(file))
        names = [name for name in lines[0] if not name.startswith("__mv_")]
        columns = [name.encode() for name in names]
        rows = [tuple(cell_values(line, name) for name in names) for line in lines]
    dealt = [rows[start::peers] for start in range(peers)]
    return [
        [
            write_body(columns, own[start : start + chunk_rows])
            for start in range(0, len(own), chunk_rows)
        ]
        for own in dealt
    ]


def cell_values(line: dict[str, str], name: str) -> Values:
    """The values of one cell of our own events: several stand in $...$;$...$ in a second column."""
    several = line.get(f"__mv_{name}", "")
    values = several[1:-1].split("$;$") if several else [line[name]]
    return tuple(value.encode() for value in values if value)


def expected_rows(name: str) -> list[dict[str, str]]:
    """The rows of the table that the file must give; times as text, in UTC."""
    with (ATTACK_DATA / f"{name}.expected.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def shown_rows(body: bytes) -> list[dict[str, str]]:
    """The rows of a reply, its times as the expected tables have them."""
    rows = read_table(body).texts()
    for row in rows:
        for column in TIMES:
            moment = datetime.fromtimestamp(int(float(row[column])), timezone.utc)
            row[column] = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return rows
