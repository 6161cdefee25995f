"""Every key in the app's conf files is one that Splunk knows, and every macro call resolves.

The keys are restated from the public spec texts of Splunk 9.2 and 10.0 (those that both know, but
for the exceptions named), each file's or stanza's in full where they are few, else those that an
app of this kind can want.
"""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path

import pytest

from drive import new_engine
from standin.conf_layers import Settings, Site, parse_conf
from standin.inner_search import split_commands
from standin.splunkd import tokenise

PROJECT = Path(__file__).resolve().parents[2]
DEFAULT = PROJECT / "default"
ESCU_ID = "29798d45-c9c7-4240-a5ef-d7648c016024"
RULES = [
    "cfhunt - Windows Potential Cloudflared Network Connection - Rule",
    "cfhunt - Windows Potential Cloudflared Network Connection CIM - Rule",
]
STORY = "analytic_story://cfhunt Reverse Network Proxy"

# python.required is read from 10.2 on; older versions ignore it (commands.conf's own comment).
COMMAND_KEYS = r"chunked|filename|maxwait|maxchunksize|is_risky|run_in_preview|command\.arg\.\d+"
KEYS: dict[str, dict[str, str]] = {
    "app": {
        "id": "group|name|version",
        "launcher": "remote_tab|version|description|author",
        "package": "id|check_for_updates|show_upgrade_notification",
        "install": "state|state_change_requires_restart|is_configured|build|allows_disable",
        "triggers": r"reload\.[a-z_]+",
        "ui": "is_visible|show_in_nav|label|docs_section_override|attribution_link|setup_view"
        "|supported_themes",
    },
    "commands": {".*": rf"{COMMAND_KEYS}|python\.version|python\.required"},
    "macros": {".*": "args|definition|validation|errormsg|iseval|description"},
    "searchbnf": {
        ".*-command": r"syntax|simplesyntax|alias|description|shortdesc|example\d+|comment\d+"
        "|usage|tags|related",
        ".*": "syntax|description",
    },
    "savedsearches": {
        ".*": "disabled|search|description|is_visible|enableSched|cron_schedule|schedule_window"
        "|allow_skew|realtime_schedule|schedule_priority|counttype|relation|quantity"
        r"|alert\.(digest_mode|track|severity|suppress|expires)"
        r"|dispatch\.(earliest_time|latest_time|ttl|max_count)|action\.[a-z_]+(\.[A-Za-z_.]+)?"
    },
    "server": {"shclustering": r"conf_replication_include\.[a-z_]+"},
    # Enterprise Security's file: the keys that contentctl writes.
    "analyticstories": {
        "analytic_story://.*": "category|last_updated|version|references|maintainers"
        "|spec_version|searches|description|narrative",
        "savedsearch://.*": "type|asset_type|confidence|explanation|how_to_implement"
        "|annotations|known_false_positives|providing_technologies",
    },
}


def conf(name: str) -> dict[str, Settings]:
    return parse_conf((DEFAULT / f"{name}.conf").read_text("utf-8"), f"{name}.conf")


def unknown_keys(name: str, stanzas: dict[str, Settings]) -> list[str]:
    wrong = []
    for stanza, settings in stanzas.items():
        patterns = [keys for pattern, keys in KEYS[name].items() if re.fullmatch(pattern, stanza)]
        allowed = patterns[0] if patterns else ""
        wrong += [f"[{stanza}] {key}" for key in settings if not re.fullmatch(allowed, key)]
    return wrong


def test_every_conf_file_has_its_keys_here() -> None:
    assert {path.stem for path in DEFAULT.glob("*.conf")} == set(KEYS)


@pytest.mark.parametrize("name", KEYS)
def test_every_key_is_known(name: str) -> None:
    assert unknown_keys(name, conf(name)) == []


def test_the_check_finds_a_wrong_key() -> None:
    assert unknown_keys("macros", {"x": {"defintion": "y"}}) == ["[x] defintion"]
    assert unknown_keys("app", {"trigger": {"reload.x": "simple"}}) == ["[trigger] reload.x"]


def test_every_file_of_another_app_is_declared() -> None:
    """A conf file that is not Splunk's needs a trigger, its keys' spec, and its replication."""
    assert conf("app")["triggers"] == {"reload.analyticstories": "simple"}
    assert conf("server")["shclustering"] == {"conf_replication_include.analyticstories": "true"}
    spec = (PROJECT / "app" / "README" / "analyticstories.conf.spec").read_text("utf-8")
    for settings in conf("analyticstories").values():
        assert all(f"\n{key} = <" in spec for key in settings)


# ---- searches -----------------------------------------------------------------------------------


def searches() -> dict[str, str]:
    """Every search that the app ships in a conf file, by where it stands."""
    found = {
        f"savedsearches {name}": keys["search"] for name, keys in conf("savedsearches").items()
    }
    found |= {
        f"macros {name}": keys["definition"]
        for name, keys in conf("macros").items()
        if "cfhunt" in keys["definition"].split()
    }
    return found


@pytest.mark.parametrize("where", searches())
def test_every_search_expands_and_cfhunt_takes_its_arguments(app: Path, where: str) -> None:
    expanded = Site({"cfhunt": app}).view("cfhunt").expand(searches()[where])
    assert "`" not in expanded
    for command in split_commands(expanded):
        words, raw = tokenise(command)
        if words[0] == "cfhunt":
            new_engine(" ".join(raw[1:]))


def test_the_coverage_report_reads_the_index_only() -> None:
    report = searches()["savedsearches cfhunt - Coverage of Sysmon network events"]
    assert report == "| `cfhunt_coverage`"
    search = "| " + conf("macros")["cfhunt_coverage"]["definition"]
    assert search.startswith("| tstats count AS events")
    assert "by index host sourcetype" in search and "TERM(DestinationPort)" in search
    assert "`cfhunt_indexes`" in search


def test_messages_name_the_coverage_report_as_it_is_called() -> None:
    name = "cfhunt - Coverage of Sysmon network events"
    assert name in conf("savedsearches")
    engine = new_engine("")
    engine.begin_table(0)
    ((level, text),) = engine.table_messages(0, False)
    assert level == "WARN" and f'"{name}"' in text
    assert name in (PROJECT / "bin" / "cfhuntlib" / "generating.py").read_text("utf-8")


# ---- Enterprise Security ------------------------------------------------------------------------


@pytest.mark.parametrize("name", RULES)
def test_what_enterprise_security_reads_of_a_hunt(name: str) -> None:
    settings = conf("savedsearches")[name]
    assert settings["action.correlationsearch.enabled"] == "1"
    assert settings["action.correlationsearch.label"] == name
    annotations = json.loads(settings["action.correlationsearch.annotations"])
    assert annotations["mitre_attack"] == ["T1572"]
    assert annotations["analytic_story"] == ["cfhunt Reverse Network Proxy"]
    assert annotations["type"] == "Hunting" and annotations["type_list"] == ["Hunting"]
    assert len(annotations["data_source"]) == 1
    # A hunt: no notable event, no risk.
    assert not any(key.startswith(("action.notable", "action.risk")) for key in settings)


def test_each_hunt_has_an_id_of_its_own() -> None:
    stanzas = conf("savedsearches")
    metadata = [json.loads(stanzas[name]["action.correlationsearch.metadata"]) for name in RULES]
    ids = [uuid.UUID(one["detection_id"]) for one in metadata]
    assert len(set(ids)) == 2 and uuid.UUID(ESCU_ID) not in ids
    assert all(ESCU_ID in stanzas[name]["description"] for name in RULES)
    for one in metadata:
        assert one["deprecated"] == "0" and int(one["detection_version"]) >= 1
        assert one["publish_time"] > 0


def test_there_is_a_commented_example_of_a_notable_event_and_of_risk() -> None:
    text = (DEFAULT / "savedsearches.conf").read_text("utf-8")
    example = "\n".join(line[4:] for line in text.splitlines() if line.startswith("#   "))
    ((name, settings),) = parse_conf(example).items()
    assert name == RULES[0]
    assert settings["action.notable"] == settings["action.risk"] == "1"
    objects = json.loads(settings["action.risk.param._risk"])
    assert {one.get("risk_object_type", one.get("threat_object_type")) for one in objects} == {
        *("system", "user", "process"),
    }
    # Tokens are columns of the hunt's table.
    columns = set(re.findall(r"All_Traffic\.([a-z_]+)", default_hunt()))
    assert set(re.findall(r"\$([a-z_]+)\$", example)) <= columns
    assert unknown_keys("savedsearches", {name: settings}) == []


def default_hunt() -> str:
    return new_engine("").plan_text(0).decode()


def test_the_story_holds_the_hunts() -> None:
    stanzas = conf("analyticstories")
    assert set(stanzas) == {STORY, *(f"savedsearch://{name}" for name in RULES)}
    assert json.loads(stanzas[STORY]["searches"]) == RULES
    for settings in stanzas.values():
        for key in ("references", "maintainers", "annotations", "providing_technologies"):
            if key in settings:
                json.loads(settings[key])
    for name in RULES:
        known = json.loads(stanzas[f"savedsearch://{name}"]["annotations"])
        said = json.loads(conf("savedsearches")[name]["action.correlationsearch.annotations"])
        assert known.items() <= said.items()
