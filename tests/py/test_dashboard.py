"""The dashboard and the app's pages: their structure, their searches, and that the dashboard's
table is the hunt. Splunk's own validator and the drawing are `make dashboard-check`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from dashboard_data import PROJECT, definition, hunted, queries, run, view
from drive import new_engine
from standin.conf_layers import parse_conf
from standin.inner_search import split_commands
from standin.splunkd import tokenise

VIEWS = PROJECT / "default" / "data" / "ui" / "views"
NAVIGATION = PROJECT / "default" / "data" / "ui" / "nav" / "default.xml"
WRAPPER = PROJECT / "tests" / "tools" / "wrap_dashboard"
PAGES = {"cfhunt_guide": "app/guide.md", "cfhunt_checklist": "app/checklist.md"}
HUNT = "cfhunt - Windows Potential Cloudflared Network Connection - Rule"
ROOT_KEYS = {
    *("title", "description", "dataSources", "visualizations", "inputs", "defaults", "layout"),
}
# Of the options that each kind of panel knows, those that this dashboard uses; make dashboard-check
# compares with the packages' own list.
OPTIONS = {
    "splunk.singlevalue": {"majorValue", "majorFontSize", "sparklineDisplay", "trendDisplay"},
    "splunk.column": {
        *("stackMode", "xAxisTitleVisibility", "yAxisTitleText", "legendDisplay"),
        "seriesColorsByField",
    },
    "splunk.bar": {"legendDisplay", "xAxisTitleVisibility", "yAxisTitleVisibility"},
    "splunk.pie": {"labelDisplay", "seriesColorsByField"},
    "splunk.table": {"count", "columnFormat", "table"},
}


def faults(content: dict[str, Any]) -> list[str]:
    """What Splunk's validator does not see (tokens, references, names)."""
    found = [f"root key {key}" for key in content if key not in ROOT_KEYS]
    sources, panels = content["dataSources"], content["visualizations"]
    for name, source in sources.items():
        options = source["options"]
        if source["type"] not in ("ds.search", "ds.chain") or not source.get("name"):
            found.append(f"data source {name}")
        if not options.get("query"):
            found.append(f"{name} has no query")
        if source["type"] == "ds.chain" and options.get("extend") not in sources:
            found.append(f"{name} extends nothing")
    for name, panel in panels.items():
        if panel["dataSources"].get("primary") not in sources:
            found.append(f"{name} shows nothing")
        known = OPTIONS.get(panel["type"], set())
        found += [f"{name} option {key}" for key in panel.get("options", {}) if key not in known]
    placed = [item["item"] for item in content["layout"]["structure"]]
    found += [f"{name} is not placed once" for name in panels if placed.count(name) != 1]
    found += [f"{name} is not there" for name in placed if name not in panels]
    found += [
        f"input {name}"
        for name in content["layout"]["globalInputs"]
        if name not in content["inputs"]
    ]
    set_tokens = {one["options"]["token"] for one in content["inputs"].values()}
    used = re.findall(r"\$([a-z_]+)(?:\.[a-z]+)?\$", json.dumps(content))
    found += [f"token {token}" for token in used if token not in set_tokens]
    return found


def test_the_dashboard_is_sound() -> None:
    assert faults(definition()) == []


def broken(**_: None) -> list[dict[str, Any]]:
    """Copies, each with one fault."""
    made = []
    for path, value in (
        (("vizualizations",), {}),
        (("visualizations", "viz_table", "dataSources", "primary"), "ds_nosuch"),
        (("visualizations", "viz_table", "options", "cuont"), 5),
        (("dataSources", "ds_table", "options", "extend"), "ds_nosuch"),
        (("dataSources", "ds_hunt", "options", "query"), ""),
        (("dataSources", "ds_tunnels", "options", "query"), "| search dvc=$hots$"),
        (("dataSources", "ds_hunt", "name"), ""),
    ):
        content = deepcopy(definition())
        inner: Any = content
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        made.append(content)
    content = deepcopy(definition())
    content["layout"]["structure"].pop()
    return [*made, content]


@pytest.mark.parametrize("number", range(8))
def test_the_check_finds_a_fault(number: int) -> None:
    assert len(faults(broken()[number])) == 1


def test_panels_do_not_overlap_and_fill_the_width() -> None:
    boxes = [item["position"] for item in definition()["layout"]["structure"]]
    for top in {box["y"] for box in boxes}:
        assert sum(box["w"] for box in boxes if box["y"] == top) == 1200
    for one in boxes:
        for other in boxes:
            apart = (
                one["x"] + one["w"] <= other["x"]
                or other["x"] + other["w"] <= one["x"]
                or one["y"] + one["h"] <= other["y"]
                or other["y"] + other["h"] <= one["y"]
            )
            assert one is other or apart


@pytest.mark.parametrize("name", queries())
def test_every_query_expands_and_cfhunt_takes_its_arguments(app: Path, name: str) -> None:
    expanded = view().expand(queries()[name])
    assert "`" not in expanded
    for command in split_commands(expanded):
        words, raw = tokenise(command)
        if words[0] == "cfhunt":
            new_engine(" ".join(raw[1:]))


def test_the_hunt_runs_once() -> None:
    having = [name for name, query in queries().items() if "cfhunt " in query]
    assert having == ["ds_hunt"]
    assert "by _time span=1h" in queries()["ds_hunt"]


# ---- the table is the hunt ----------------------------------------------------------------------


def comparable(rows: list[dict[str, list[str]]]) -> list[tuple[tuple[str, tuple[str, ...]], ...]]:
    return sorted(
        tuple((name, tuple(cell)) for name, cell in row.items() if not name.endswith("Time"))
        for row in rows
    )


def test_the_table_is_the_hunt(app: Path) -> None:
    """stats over cfhunt by hour gives the hunt's own rows: columns, groups, counts and ports."""
    table, hunt = run("ds_table"), hunted("")
    assert len(table) > 20
    assert list(table[0]) == list(hunt[0])
    assert comparable(table) == comparable(hunt)
    by_hour = run("ds_hunt")
    assert len(by_hour) > len(hunt), "some tunnel lasts over an hour: the sum is a real one"
    for name, chosen in (("firstTime", min), ("lastTime", max)):
        times = [float(row[name][0]) for row in by_hour]
        assert chosen(times) == chosen(float(row[name][0]) for row in hunt)


def test_every_tunnel_keeps_its_times(app: Path) -> None:
    """The same, before the times become text."""
    columns = [name for name in hunted("")[0] if name not in ("count", "src_port")]
    keys = [name for name in columns if not name.endswith("Time")]
    first: dict[tuple[str, ...], float] = {}
    last: dict[tuple[str, ...], float] = {}
    for row in run("ds_hunt"):
        key = tuple(row[name][0] for name in keys)
        first[key] = min(first.get(key, 1e12), float(row["firstTime"][0]))
        last[key] = max(last.get(key, 0.0), float(row["lastTime"][0]))
    for row in hunted(""):
        key = tuple(row[name][0] for name in keys)
        assert (first[key], last[key]) == (float(row["firstTime"][0]), float(row["lastTime"][0]))


def test_the_table_shows_every_column_of_the_hunt() -> None:
    """In an order of its own: who and when first."""
    options = definition()["visualizations"]["viz_table"]["options"]
    shown = re.findall(r"'([a-zA-Z_]+)'", options["table"])
    assert sorted(shown) == sorted(hunted("")[0]) == sorted(options["columnFormat"])


def test_the_totals_and_the_host_input(app: Path) -> None:
    (totals,) = run("ds_totals")
    assert totals["connections"] == [str(sum(int(row["count"][0]) for row in hunted("")))]
    one = hunted("")[0]["dvc"][0]
    chosen = run("ds_table", {"host": one.upper()[:3] + "*"})
    assert 0 < len(chosen) < len(run("ds_table"))
    assert {row["dvc"][0][:3] for row in chosen} == {one[:3]}


# ---- views --------------------------------------------------------------------------------------


def wrapped(path: Path) -> ElementTree.Element:
    done = subprocess.run(
        [sys.executable, str(WRAPPER), str(path)], check=True, capture_output=True
    )
    return ElementTree.fromstring(done.stdout)


def test_the_build_wraps_the_dashboard() -> None:
    root = wrapped(VIEWS / "cfhunt_tunnels.json")
    assert root.tag == "dashboard" and root.attrib == {"version": "2", "theme": "light"}
    assert root.findtext("label") == definition()["title"]
    assert json.loads(root.findtext("definition") or "") == definition()


@pytest.mark.parametrize("name", PAGES)
def test_the_build_wraps_the_pages(app: Path, name: str) -> None:
    text = (PROJECT / PAGES[name]).read_text("utf-8")
    root = wrapped(PROJECT / PAGES[name])
    content = json.loads(root.findtext("definition") or "")
    assert root.findtext("label") == content["title"] == text.splitlines()[0][2:]
    (panel,) = content["visualizations"].values()
    assert panel["options"]["markdown"] == text.partition("\n")[2].strip()
    staged = app / "default" / "data" / "ui" / "views" / f"{name}.xml"
    assert ElementTree.parse(staged).getroot().findtext("label") == content["title"]


def test_what_ends_cdata_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# A\n\nb ]]> c\n", "utf-8")
    done = subprocess.run([sys.executable, str(WRAPPER), str(page)], capture_output=True)
    assert done.returncode != 0


def test_the_navigation_names_views_that_are_there(app: Path) -> None:
    root = ElementTree.parse(NAVIGATION).getroot()
    named = [one.attrib["name"] for one in root.iter("view")]
    staged = {path.stem for path in (app / "default" / "data" / "ui" / "views").glob("*")}
    assert set(named) - {"search", "reports"} == staged
    assert [one.attrib["name"] for one in root.iter("view") if one.get("default") == "true"] == [
        "cfhunt_tunnels"
    ]
    assert not list((app / "default").rglob("*.json")), "the source is not in the app"


def test_the_panel_for_other_apps(app: Path) -> None:
    root = ElementTree.parse(VIEWS / "cfhunt_tunnels_panel.xml").getroot()
    assert root.attrib["version"] == "1.1"
    query = root.findtext(".//query") or ""
    commands = split_commands(view().expand(query))
    assert [command.split()[0] for command in commands] == [
        *("(index=*)", "fields", "cfhunt", "convert", "convert", "search", "search"),
    ]
    # The scheduled hunt, and then the host input.
    hunt = parse_conf((PROJECT / "default" / "savedsearches.conf").read_text("utf-8"))[HUNT]
    assert query == hunt["search"] + ' | search dvc="$host$"'
    assert not [one for one in root.iter() if one.tag in ("html", "script")]


def test_the_guide_names_what_is_there() -> None:
    text = (PROJECT / "app" / "guide.md").read_text("utf-8")
    default = PROJECT / "default"
    macros = parse_conf((default / "macros.conf").read_text("utf-8"))
    listed = re.findall(r"`(cfhunt_[a-z_]+|windows_[a-z_]+)`", text.partition("## The macros")[2])
    assert {name.partition("(")[0] for name in macros} - {"cfhunt_ctime"} <= set(listed)
    for search in re.findall(r"\*(cfhunt - [^*]+)\*", text):
        assert search in parse_conf((default / "savedsearches.conf").read_text("utf-8"))
    for fact in ("run_custom_command", "is not verified", "maxmem=MB", "cfhunt_tunnels_panel"):
        assert fact in text
