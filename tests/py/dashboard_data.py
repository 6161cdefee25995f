"""What the dashboard's searches give for the project's own events: the rows that cfhunt prints,
and a small reading of the SPL behind it (only the commands that the dashboard uses).
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from drive import Reply, search
from standin.conf_layers import Site, View
from standin.csv_body import read_table, write_body
from standin.inner_search import split_commands
from standin.splunkd import tokenise

PROJECT = Path(__file__).resolve().parents[2]
SOURCE = PROJECT / "default" / "data" / "ui" / "views" / "cfhunt_tunnels.json"
EVENT_FILES = ("cloudflared_tunnels.xml", "linux_sysmon.xml")

_EVENT = re.compile(rb"<Event[ >].*?</Event>", re.DOTALL)

Row = dict[str, list[str]]  # a field's values; none for null
Rows = list[Row]


def definition() -> dict[str, Any]:
    """The dashboard as it is kept."""
    content: dict[str, Any] = json.loads(SOURCE.read_text("utf-8"))
    return content


def queries() -> dict[str, str]:
    """Each data source's own query."""
    return {
        name: source["options"]["query"] for name, source in definition()["dataSources"].items()
    }


def view() -> View:
    """What the dashboard's searches see."""
    return Site({"cfhunt": PROJECT / "build" / "cfhunt"}).view("cfhunt")


def events() -> bytes:
    """The project's Sysmon events as a body."""
    files = [(PROJECT / "attack_data" / name).read_bytes() for name in EVENT_FILES]
    found = [event for data in files for event in _EVENT.findall(data)]
    return write_body([b"_raw"], [[(event,)] for event in found])


def rows_of(reply: Reply) -> Rows:
    """A table's rows with their values."""
    table = read_table(reply.body)
    names = [name.decode() for name in table.columns]
    return [
        {name: [value.decode() for value in cell] for name, cell in zip(names, row)}
        for row in table.rows
    ]


def hunted(arguments: str) -> Rows:
    """What cfhunt gives for the project's events."""
    return rows_of(search(arguments, [events()]))


def run(name: str, tokens: dict[str, str] | None = None) -> Rows:
    """What a data source gives: its search over the project's events, or its chain over another's.

    tokens: values of the dashboard's tokens. Raises ValueError for SPL that is not known here.
    """
    source = definition()["dataSources"][name]
    text = source["options"]["query"]
    for token, value in {"host": "*", **(tokens or {})}.items():
        text = text.replace(f"${token}$", value)
    commands = split_commands(view().expand(text))
    rows: Rows = []
    if source["type"] == "ds.chain":
        rows = run(source["options"]["extend"], tokens)
    for command in commands:
        rows = _apply(command, rows)
    return rows


def _apply(command: str, rows: Rows) -> Rows:
    words, raw = tokenise(command)
    if words[0].startswith("("):  # the event search: the project's events are what it finds
        return rows
    if words[0] == "cfhunt":
        return hunted(" ".join(raw[1:]))
    return _COMMANDS[words[0]](words[1:], rows)


def _same(_words: Sequence[str], rows: Rows) -> Rows:
    return rows


def _search(words: Sequence[str], rows: Rows) -> Rows:
    """`search field=value` with one * for any text; every other search lets all rows pass."""
    if words[:1] == ["*"] or len(words) != 1 or "=" not in words[0]:
        return rows
    field, _, value = words[0].partition("=")
    start, star, end = value.lower().partition("*")
    return [
        row
        for row in rows
        if any(
            one.lower() == value.lower()
            or (star and one.lower().startswith(start) and one.lower().endswith(end))
            for one in row.get(field, [])
        )
    ]


def _rename(words: Sequence[str], rows: Rows) -> Rows:
    old, _as, new = words
    assert old.endswith("*") and new == "*"
    prefix = old[:-1]
    return [{name.removeprefix(prefix): cell for name, cell in row.items()} for row in rows]


def _stats(words: Sequence[str], rows: Rows) -> Rows:
    upper = [word.upper() for word in words]
    by = list(words[upper.index("BY") + 1 :]) if "BY" in upper else []
    calls = list(words[: upper.index("BY")] if "BY" in upper else words)
    groups: dict[tuple[str, ...], Rows] = {} if by else {(): []}
    for row in rows:
        if all(row.get(field) for field in by):
            groups.setdefault(tuple(row[field][0] for field in by), []).append(row)
    made = []
    for key, members in sorted(groups.items()):
        row = {field: [value] for field, value in zip(by, key)}
        for call, _as, name in zip(calls[::3], calls[1::3], calls[2::3]):
            row[name] = _aggregate(call, members)
        made.append(row)
    return made


def _aggregate(call: str, rows: Rows) -> list[str]:
    function, _, field = call.rstrip(")").partition("(")
    values = [value for row in rows for value in row.get(field, [])]
    if function == "sum":
        return [str(sum(int(value) for value in values))] if values else []
    if function in ("min", "max"):
        chosen = {"min": min, "max": max}[function]
        return [chosen(values, key=float)] if values else []
    if function == "dc":
        return [str(len(set(values)))]
    assert function == "values", call
    return sorted(set(values), key=str.encode)


def _timechart(words: Sequence[str], rows: Rows) -> Rows:
    """span=1h sum(FIELD) AS NAME BY FIELD: a row an hour, a column a value."""
    span, call, _as, _name, _by, field = words
    assert span == "span=1h"
    series = sorted({value for row in rows for value in row[field]})
    hours = sorted({int(row["_time"][0]) for row in rows})
    made = []
    for hour in range(hours[0], hours[-1] + 1, 3600) if hours else ():
        moment = datetime.datetime.fromtimestamp(hour, datetime.timezone.utc)
        row: Row = {"_time": [moment.isoformat()]}
        for one in series:
            members = [
                each for each in rows if int(each["_time"][0]) == hour and each[field] == [one]
            ]
            row[one] = _aggregate(call, members) or ["0"]
        made.append(row)
    return made


def _sort(words: Sequence[str], rows: Rows) -> Rows:
    limit, minus, field, *more = words
    assert minus == "-" and more
    ordered = sorted(rows, key=lambda row: (-int(row[field][0]), row[more[0]][0]))
    return ordered[: int(limit)] if limit != "0" else ordered


def _convert(words: Sequence[str], rows: Rows) -> Rows:
    form, call = words
    field = call.partition("(")[2].rstrip(")")
    for row in rows:
        moment = datetime.datetime.fromtimestamp(int(float(row[field][0])), datetime.timezone.utc)
        row[field] = [moment.strftime(form.partition("=")[2])]
    return rows


def _fillnull(words: Sequence[str], rows: Rows) -> Rows:
    value, *fields = words
    for row in rows:
        for field in fields:
            row[field] = row.get(field) or [value.partition("=")[2]]
    return rows


_COMMANDS = {
    "search": _search,
    "fields": _same,
    "rename": _rename,
    "stats": _stats,
    "timechart": _timechart,
    "sort": _sort,
    "convert": _convert,
    "fillnull": _fillnull,
}

# What no Sysmon event of ours can tell: Splunk's index. The shape is that of the macros.
COVERAGE_ROWS: Rows = [
    {
        "index": ["sysmon"],
        "host": [host],
        "sourcetype": ["XmlWinEventLog"],
        "events": [events],
        "firstTime": ["2026-05-04T00:00:12"],
        "lastTime": ["2026-05-04T15:50:15"],
        "hoursSilent": ["0.2"],
    }
    for host, events in (("srv-build-02", "5120"), ("ws-014", "870"))
]
STAGE_ROWS: Rows = [
    {"step": [step], "events": [events], "if it is 0": ["-"]}
    for step, events in (
        ("1. Sysmon events", "98310"),
        ("2. network events (EventID 3)", "5990"),
        ("3. with the word 7844", "61"),
    )
]
# What the panels show when nobody talked to the edge: the third stage is 0, and says why.
QUIET_TOTALS: Rows = [
    {name: ["0"] for name in ("connections", "hosts", "users", "images", "addresses")}
]
QUIET_STAGE_ROWS: Rows = [
    *STAGE_ROWS[:2],
    {
        "step": ["3. with the word 7844"],
        "events": ["0"],
        "if it is 0": ["Nobody talked to the edge's port: this hunt is empty for a good reason."],
    },
]


def quiet() -> dict[str, Rows]:
    """The rows of every data source when there is no tunnel."""
    rows: dict[str, Rows] = {name: [] for name in queries() if name != "ds_coverage"}
    return {**rows, "ds_totals": QUIET_TOTALS, "ds_zero": QUIET_STAGE_ROWS}


def drawn(tabbed: bool = False, rows_by_source: dict[str, Rows] | None = None) -> dict[str, Any]:
    """The definition with each data source replaced by the rows it gives, and without its inputs,
    which need Splunk's own pages."""
    made = definition()
    given = {"ds_coverage": COVERAGE_ROWS, "ds_zero": STAGE_ROWS, **(rows_by_source or {})}
    for name in made["dataSources"]:
        made["dataSources"][name] = _test_source(given[name] if name in given else run(name))
    made["inputs"] = {}
    made["layout"]["globalInputs"] = []
    made.pop("defaults")
    return in_a_tab(made) if tabbed else made


def _test_source(rows: Rows) -> dict[str, Any]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {
        "type": "ds.test",
        "options": {
            "data": {
                "fields": [{"name": name} for name in names],
                "columns": [[_shown(row.get(name, [])) for row in rows] for name in names],
            },
            "meta": {"percentComplete": 100, "status": "done"},
        },
    }


def _shown(cell: list[str]) -> Any:
    return cell if len(cell) > 1 else cell[0] if cell else None


def in_a_tab(content: dict[str, Any]) -> dict[str, Any]:
    """A flat layout as one tab: what the newest validator wants, and older Splunks do not read."""
    layout = dict(content["layout"])
    inputs = layout.pop("globalInputs")
    tab = {"layoutId": "layout_1", "label": "Tunnels"}
    return {
        **content,
        "layout": {
            "globalInputs": inputs,
            "tabs": {"items": [tab]},
            "layoutDefinitions": {"layout_1": layout},
        },
    }


def texts(rows: Iterable[Row]) -> list[str]:
    """Every value of the rows."""
    return [value for row in rows for cell in row.values() for value in cell]
