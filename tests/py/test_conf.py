"""The app's configuration, seen as Splunk's layering shows it: from this app and from others.

Read from the project's own folders (default/ and app/metadata), laid out as the build lays them.
"""

from __future__ import annotations

import json
import re
import shutil
import struct
from pathlib import Path
from typing import Any

import pytest

from standin.conf_layers import ConfFault, Site, View, boolean, parse_conf

PROJECT = Path(__file__).resolve().parents[2]
HUNT = "cfhunt - Windows Potential Cloudflared Network Connection - Rule"
CIM_HUNT = "cfhunt - Windows Potential Cloudflared Network Connection CIM - Rule"
COVERAGE = "cfhunt - Coverage of Sysmon network events"
FILTER = "windows_potential_cloudflared_network_connection_filter"
EXPORTED_MACROS = {
    "cfhunt_indexes": "(index=*)",
    "cfhunt_sysmon": '(index=*) ("Microsoft-Windows-Sysmon" OR "Linux-Sysmon")',
    "cfhunt_events": (
        '(index=*) ("Microsoft-Windows-Sysmon" OR "Linux-Sysmon") DestinationPort 7844'
    ),
    "cfhunt_fields": "fields _time _raw index host source sourcetype",
    "cfhunt_cim_events": "tag=network tag=communicate dest_port=7844",
}
SEARCH_MACROS = ("cfhunt_coverage", "cfhunt_stages")
CTIME = 'convert timeformat="%Y-%m-%dT%H:%M:%S" ctime({})'
SCHEDULE = {
    "disabled": "1",
    "enableSched": "1",
    "cron_schedule": "0 * * * *",
    "dispatch.earliest_time": "-70m@m",
    "dispatch.latest_time": "-10m@m",
    "realtime_schedule": "0",
    "schedule_window": "auto",
    "counttype": "number of events",
    "relation": "greater than",
    "quantity": "0",
    "alert.digest_mode": "1",
    "alert.track": "1",
    "is_visible": "true",
}
# What the model Network_Traffic needs of a CIM-mapped event for the hunt, vendor_product's
# inputs included (M2).
CIM_FIELDS = {
    *("_time", "action", "app", "dest", "dest_ip", "dest_port", "direction", "dvc", "protocol"),
    *("protocol_version", "src", "src_ip", "src_port", "transport", "user"),
    *("vendor_product", "vendor", "product", "sourcetype"),
}


def conf(name: str) -> dict[str, dict[str, str]]:
    """One of the app's files, parsed."""
    return parse_conf((PROJECT / "default" / f"{name}.conf").read_text("utf-8"), f"{name}.conf")


def manifest() -> dict[str, Any]:
    """app.manifest."""
    content: dict[str, Any] = json.loads((PROJECT / "app" / "app.manifest").read_text("utf-8"))
    return content


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A Splunk with cfhunt, the app search, and one that exports a filter macro of its own."""
    apps = {name: tmp_path / name for name in ("cfhunt", "search", "DA-ESS-Content")}
    shutil.copytree(PROJECT / "default", apps["cfhunt"] / "default")
    shutil.copytree(PROJECT / "app" / "metadata", apps["cfhunt"] / "metadata")
    (apps["cfhunt"] / "bin").mkdir()
    (apps["cfhunt"] / "bin" / "cfhunt.py").touch()
    (apps["search"] / "default").mkdir(parents=True)
    foreign = apps["DA-ESS-Content"]
    for folder, name, text in (
        ("default", "macros.conf", f"[{FILTER}]\ndefinition = search approved=0\n"),
        ("metadata", "default.meta", "[]\naccess = read : [ * ]\nexport = system\n"),
    ):
        (foreign / folder).mkdir(parents=True)
        (foreign / folder / name).write_text(text, "utf-8")
    return Site(apps)


@pytest.fixture
def alone(site: Site) -> Site:
    """The same without the app that exports a filter macro."""
    return Site({name: path for name, path in site.apps.items() if name != "DA-ESS-Content"})


@pytest.fixture(params=["cfhunt", "search", "DA-ESS-Content"])
def view(request: pytest.FixtureRequest, site: Site) -> View:
    """What a search in each of the apps sees."""
    app: str = request.param
    return site.view(app)


# ---- the command ----


def test_every_app_finds_the_command(view: View) -> None:
    command = view.command("cfhunt")
    assert command.app == "cfhunt"
    assert command.settings == {
        "chunked": "true",
        "filename": "cfhunt.py",
        "python.version": "python3",
        "python.required": "3.9, 3.13",
    }
    assert view.command_file("cfhunt").name == "cfhunt.py"


def test_every_app_finds_the_help(view: View) -> None:
    assert {name for name in view.objects("searchbnf") if name.startswith("cfhunt")} == set(
        conf("searchbnf")
    )


# ---- macros ----


@pytest.mark.parametrize("name", EXPORTED_MACROS)
def test_every_app_expands_the_macros_fully(view: View, name: str) -> None:
    assert view.expand(f"`{name}`") == EXPORTED_MACROS[name]


def test_every_app_expands_the_macro_with_an_argument(view: View) -> None:
    assert view.expand("`cfhunt_ctime(firstTime)`") == CTIME.format("firstTime")


def test_there_are_no_other_macros() -> None:
    assert set(conf("macros")) == {*EXPORTED_MACROS, *SEARCH_MACROS, "cfhunt_ctime(1)", FILTER}


@pytest.mark.parametrize("name", ["cfhunt_coverage", "cfhunt_stages"])
def test_every_app_expands_the_macros_that_are_searches(view: View, name: str) -> None:
    """They read the index only, in the indexes that the app's macro names."""
    expanded = view.expand(f"`{name}`")
    assert expanded.startswith("tstats count AS events ") and "`" not in expanded
    assert expanded.count("tstats ") == expanded.count("where (index=*) ")


def test_the_filter_macro_stays_in_its_app(alone: Site) -> None:
    assert alone.view("cfhunt").expand(f"`{FILTER}`") == "search *"
    with pytest.raises(ConfFault):
        alone.view("search").expand(f"`{FILTER}`")


def test_the_filter_macro_shadows_nobody_elses(site: Site) -> None:
    assert site.view("search").expand(f"`{FILTER}`") == "search approved=0"
    assert site.view("DA-ESS-Content").expand(f"`{FILTER}`") == "search approved=0"
    assert site.view("cfhunt").expand(f"`{FILTER}`") == "search *"


def test_an_admin_overrides_macros_in_local(site: Site) -> None:
    allowed = r'search NOT (dvc="srv-build-02.corp.example" user="svc_tunnel" app="C:\\a.exe")'
    local = site.apps["cfhunt"] / "local"
    local.mkdir()
    (local / "macros.conf").write_text(
        f"[{FILTER}]\ndefinition = {allowed}\n[cfhunt_indexes]\ndefinition = (index=sysmon)\n",
        "utf-8",
    )
    own = site.view("cfhunt")
    assert own.expand(f"`{FILTER}`") == allowed
    assert own.expand(own.saved_search(HUNT).settings["search"]).endswith(allowed)
    assert site.view("search").expand("`cfhunt_events`").startswith("(index=sysmon) (")


@pytest.mark.parametrize("name", EXPORTED_MACROS)
def test_the_event_macros_depend_on_no_add_on(name: str) -> None:
    definition = conf("macros")[name]["definition"]
    for unwanted in ("TERM(", "sourcetype=", "source=", "EventCode="):
        assert unwanted.lower() not in definition.lower()
    assert "|" not in definition


def test_the_filter_stanzas_comment_shows_how_to_allow_list() -> None:
    text = (PROJECT / "default" / "macros.conf").read_text("utf-8")
    before = text.partition(f"\n[{FILTER}]\n")[0].rpartition("description =")[2]
    examples = re.findall(r"^#\s+definition = (search NOT .*)$", before, re.MULTILINE)
    assert any(all(f"{field}=" in one for field in ("dvc", "user", "app")) for one in examples)
    assert "local/macros.conf" in before


# ---- saved searches ----


@pytest.mark.parametrize("name", [HUNT, CIM_HUNT])
def test_the_saved_searches_have_their_settings(site: Site, name: str) -> None:
    settings = dict(site.view("cfhunt").saved_search(name).settings)
    assert settings.pop("description")
    assert settings.pop("search")
    of_enterprise_security = {key for key in settings if key.startswith("action.")}
    assert {key: settings.pop(key) for key in of_enterprise_security}
    assert settings == SCHEDULE


def test_there_are_no_other_saved_searches_and_every_app_sees_them(site: Site) -> None:
    """Enterprise Security lists what is shared with all apps."""
    assert set(site.view("cfhunt").objects("savedsearches")) == {HUNT, CIM_HUNT, COVERAGE}
    assert set(site.view("search").objects("savedsearches")) == {HUNT, CIM_HUNT, COVERAGE}


def test_the_hunt_expands_fully(site: Site) -> None:
    own = site.view("cfhunt")
    expanded = own.expand(own.saved_search(HUNT).settings["search"])
    assert [part.strip() for part in expanded.split("|")] == [
        EXPORTED_MACROS["cfhunt_events"],
        EXPORTED_MACROS["cfhunt_fields"],
        "cfhunt",
        CTIME.format("firstTime"),
        CTIME.format("lastTime"),
        "search *",
    ]


def test_the_cim_hunt_reads_what_the_model_reads(site: Site) -> None:
    own = site.view("cfhunt")
    expanded = own.expand(own.saved_search(CIM_HUNT).settings["search"])
    events, fields, *rest = (part.strip() for part in expanded.split("|"))
    assert events == EXPORTED_MACROS["cfhunt_cim_events"]
    command, *names = fields.split()
    assert command == "fields"
    assert set(names) == CIM_FIELDS
    assert len(names) == len(CIM_FIELDS)
    assert rest == ["cfhunt", CTIME.format("firstTime"), CTIME.format("lastTime"), "search *"]


# ---- the help ----


def test_the_help_has_what_splunk_requires() -> None:
    command = conf("searchbnf")["cfhunt-command"]
    assert command["usage"] == "public"
    for key in ("syntax", "shortdesc", "description", "example1", "comment1", "related"):
        assert command[key]
    examples = {key[7:] for key in command if key.startswith("example")}
    assert examples == {key[7:] for key in command if key.startswith("comment")}
    assert any(command[f"example{number}"].startswith("| makeresults") for number in examples)


def test_the_help_refers_to_stanzas_that_are_there() -> None:
    stanzas = conf("searchbnf")
    named = {
        name
        for settings in stanzas.values()
        for name in re.findall(r"<(cfhunt-[a-z-]+)>", settings["syntax"])
    }
    assert named == set(stanzas) - {"cfhunt-command"}


def test_the_helps_examples_expand_in_every_app(view: View) -> None:
    for key, example in conf("searchbnf")["cfhunt-command"].items():
        if key.startswith("example"):
            commands = [part.split()[0] for part in view.expand(example).split("|") if part.strip()]
            assert commands.count("cfhunt") == 1
            before = commands[: commands.index("cfhunt")]
            assert before[-1] == "fields"


# ---- the app as a whole ----


def test_there_is_one_version(app: Path) -> None:
    """The Makefile's; the sources have its place, the staged app has it."""
    found = re.search(r"^VERSION := (.*)$", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert found is not None
    assert re.fullmatch(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}", found[1])
    for folder, manifest_file, version in (
        (PROJECT, "app/app.manifest", "@VERSION@"),
        (app, "app.manifest", found[1]),
    ):
        stanzas = parse_conf((folder / "default" / "app.conf").read_text("utf-8"))
        content = json.loads((folder / manifest_file).read_text("utf-8"))
        assert stanzas["id"]["version"] == version
        assert stanzas["launcher"]["version"] == version
        assert content["info"]["id"]["version"] == version


def test_there_is_one_name() -> None:
    app = conf("app")
    assert app["id"]["name"] == app["package"]["id"] == manifest()["info"]["id"]["name"] == "cfhunt"
    assert manifest()["info"]["title"] == app["ui"]["label"]
    assert manifest()["info"]["description"] == app["launcher"]["description"]


def test_the_app_says_what_an_inspection_asks_for() -> None:
    app = conf("app")
    assert not boolean(app["install"]["is_configured"])
    assert not boolean(app["package"]["check_for_updates"])
    assert 5 <= len(app["ui"]["label"]) <= 80
    assert len(app["launcher"]["description"]) <= 200
    assert next(iter(manifest())) == "schemaVersion"  # an inspection looks for it on top
    assert manifest()["schemaVersion"] == "2.0.0"


@pytest.mark.parametrize("name", ["appIcon", "appIconAlt"])
def test_the_app_has_its_icon_in_both_sizes(app: Path, name: str) -> None:
    for file, pixels in ((f"{name}.png", 36), (f"{name}_2x.png", 72)):
        content = (app / "static" / file).read_bytes()
        assert content.startswith(b"\x89PNG\r\n\x1a\n")
        assert struct.unpack(">II", content[16:24]) == (pixels, pixels)


def test_the_metadata_lets_all_read_and_administrators_write() -> None:
    text = (PROJECT / "app" / "metadata" / "default.meta").read_text("utf-8")
    stanzas = parse_conf(text, "default.meta")
    assert stanzas.pop("") == {
        "access": "read : [ * ], write : [ admin, sc_admin ]",
        "export": "none",
    }
    assert set(stanzas) == {
        *("commands", "searchbnf", "views", "savedsearches", "analyticstories"),
        *(f"macros/{name}" for name in (*EXPORTED_MACROS, *SEARCH_MACROS)),
        "macros/cfhunt_ctime%281%29",
    }
    assert all(settings == {"export": "system"} for settings in stanzas.values())


@pytest.mark.parametrize(
    "name",
    ["analyticstories", "app", "commands", "macros", "savedsearches", "searchbnf", "server"],
)
def test_every_stanza_is_explained(name: str) -> None:
    """A comment stands before it, or inside it, or it has a description of its own."""
    lines = (PROJECT / "default" / f"{name}.conf").read_text("utf-8").splitlines()
    for place, line in enumerate(lines):
        if line.startswith("["):
            own = parse_conf("\n".join(lines[place:]))[line[1:-1]]
            commented = any(near.startswith("#") for near in lines[place - 1 : place + 2])
            assert commented or "description" in own, f"{line} of {name}.conf"
    assert lines[0].startswith(f"# {name}.conf: ")
