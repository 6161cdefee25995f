"""attack_data: what lies there is what its program makes, it is nobody else's, and it is XML."""

from __future__ import annotations

import csv
import gzip
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest

ATTACK_DATA = Path(__file__).resolve().parents[2] / "attack_data"
XML_FILES = sorted(ATTACK_DATA.glob("*.xml"))
EXPECTED_FILES = sorted(ATTACK_DATA.glob("*.expected.csv"))
SIZE_MAX = 400_000  # bytes, of the whole folder

COLUMNS = [
    *("action", "app", "dest", "dest_ip", "dest_port", "direction", "dvc", "protocol"),
    *("protocol_version", "src", "src_ip", "transport", "user", "vendor_product"),
    *("count", "firstTime", "lastTime", "src_port"),
]
_EVENT = re.compile(rb"<Event[ >].*?</Event>", re.DOTALL)


def check_attack_data(folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs ``make_events.py --check`` of that folder."""
    return subprocess.run(
        [sys.executable, str(folder / "make_events.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def local_name(tag: str) -> str:
    """An element's name without its namespace."""
    return tag.rpartition("}")[2]


def read_events(path: Path) -> list[ElementTree.Element]:
    """The file's events, read by xml.etree; syslog headers are text between them."""
    root = ElementTree.fromstring(f"<events>{path.read_text('utf-8')}</events>")
    return list(root)


def described(event: ElementTree.Element) -> dict[str, str]:
    """An event's provider (``@Provider``), its System texts and its Data by name."""
    found: dict[str, str] = {}
    for element in event.iter():
        name = local_name(element.tag)
        if name == "Provider":
            found["@Provider"] = element.attrib["Name"]
        elif name == "Data":
            found[element.attrib["Name"]] = element.text or ""
        elif element.text:
            found[name] = element.text
    return found


def read_expected(path: Path) -> list[dict[str, str]]:
    """The rows of an expected table."""
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        assert reader.fieldnames == COLUMNS
        return list(reader)


def shared_files(shared: Path) -> Iterator[bytes]:
    """The bytes of every file under the shared data, unpacked."""
    for path in sorted((shared / "data").rglob("*")):
        if path.is_file():
            packed = path.read_bytes()
            yield gzip.decompress(packed) if path.suffix == ".gz" else packed


def test_the_files_are_what_the_program_makes() -> None:
    done = check_attack_data(ATTACK_DATA)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", ["linux_sysmon.xml", "events_quiet.expected.csv"])
def test_a_changed_file_is_noticed(name: str, tmp_path: Path) -> None:
    copy = tmp_path / "attack_data"
    shutil.copytree(ATTACK_DATA, copy, ignore=shutil.ignore_patterns("__pycache__"))
    changed = bytearray((copy / name).read_bytes())
    changed[-2] ^= 1
    (copy / name).write_bytes(changed)
    done = check_attack_data(copy)
    assert done.returncode == 1
    assert done.stderr == f"{name} is not what make_events.py makes\n"


def test_every_file_has_its_table() -> None:
    sources = {*XML_FILES, *ATTACK_DATA.glob("*.csv")} - set(EXPECTED_FILES)
    assert {path.stem for path in sources} == {
        path.name.removesuffix(".expected.csv") for path in EXPECTED_FILES
    }
    assert len(sources) == 4


@pytest.mark.parametrize("path", EXPECTED_FILES, ids=lambda path: path.name)
def test_the_readme_counts_the_tables_rows(path: Path) -> None:
    readme = (ATTACK_DATA / "README.md").read_text("utf-8")
    source = path.name.partition(".")[0]
    row = re.search(rf"^\| `{source}\.(?:xml|csv)` \|.*\| ([^|]+) \|$", readme, re.MULTILINE)
    assert row is not None
    count = len(read_expected(path))
    assert row.group(1).startswith(str(count) if count else "none")


def test_the_folder_stays_small() -> None:
    assert sum(path.stat().st_size for path in ATTACK_DATA.glob("*.*")) < SIZE_MAX


@pytest.mark.parametrize("path", XML_FILES, ids=lambda path: path.name)
def test_every_event_is_well_formed_and_labelled(path: Path) -> None:
    events = read_events(path)
    assert len(events) == len(_EVENT.findall(path.read_bytes())) > 10
    for event in events:
        assert local_name(event.tag) == "Event"
        facts = described(event)
        assert facts.get("RuleName", "") == "made for cfhunt" or facts["EventID"] == "255"
        assert facts["Computer"].endswith(".corp.example")


@pytest.mark.parametrize("path", XML_FILES, ids=lambda path: path.name)
def test_the_table_counts_what_another_reader_counts(path: Path) -> None:
    """Only the sums are compared here: the whole table is the other tests' business."""
    tunnels = [
        facts
        for facts in map(described, read_events(path))
        if facts["@Provider"] in ("Microsoft-Windows-Sysmon", "Linux-Sysmon")
        and facts["EventID"] == "3"
        and facts["DestinationPort"] == "7844"
    ]
    rows = read_expected(path.with_suffix(".expected.csv"))
    assert sum(int(row["count"]) for row in rows) == len(tunnels)
    assert {row["dest_ip"] for row in rows} == {facts["DestinationIp"] for facts in tunnels}
    ports = {port for row in rows for port in row["src_port"].split("\n")}
    assert ports == {facts["SourcePort"] for facts in tunnels}


def test_the_windows_file_holds_what_the_hunt_must_tell_apart() -> None:
    events = [described(event) for event in read_events(ATTACK_DATA / "cloudflared_tunnels.xml")]
    connections = [facts for facts in events if facts["EventID"] == "3"]
    tunnels = [facts for facts in connections if facts["DestinationPort"] == "7844"]
    assert {facts["Protocol"] for facts in tunnels} == {"tcp", "udp"}
    assert {facts["DestinationIsIpv6"] for facts in tunnels} == {"false", "true"}
    assert {facts["Initiated"] for facts in tunnels} == {"false", "true"}
    assert len({facts["Computer"] for facts in tunnels}) >= 5
    for name in ("SourceHostname", "DestinationHostname"):
        assert {"", "-"} < {facts[name] for facts in tunnels}
    assert {"78440", "17844"} <= {facts["DestinationPort"] for facts in connections}
    assert any(facts["SourcePort"] == "7844" for facts in connections)
    assert any(facts["ProcessId"] == "7844" for facts in connections)
    assert any(facts["@Provider"] != "Microsoft-Windows-Sysmon" for facts in tunnels)
    mentioned = {facts["EventID"] for facts in events if "7844" in " ".join(facts.values())}
    assert {"1", "3", "11", "22"} <= mentioned
    assert sum(facts["DestinationPort"] in ("443", "80", "53", "445") for facts in connections) > 99
    rows = read_expected(ATTACK_DATA / "cloudflared_tunnels.expected.csv")
    assert max(int(row["count"]) for row in rows) > 3
    assert any(len(row["src_port"].split("\n")) < int(row["count"]) for row in rows)


def test_linux_events_stand_with_and_without_a_syslog_header() -> None:
    lines = (ATTACK_DATA / "linux_sysmon.xml").read_text("utf-8").splitlines()
    assert {line.startswith("<Event>") for line in lines} == {True, False}
    assert all("<Event><System><Provider Name=" in line for line in lines)


def test_the_quiet_file_gives_a_header_only() -> None:
    quiet = (ATTACK_DATA / "events_quiet.expected.csv").read_text("utf-8")
    assert quiet == ",".join(COLUMNS) + "\n"


def test_no_event_comes_from_elsewhere(shared: Path) -> None:
    ours = {event for path in XML_FILES for event in _EVENT.findall(path.read_bytes())}
    rows = (ATTACK_DATA / "cim_network_traffic.csv").read_bytes().splitlines()
    theirs: set[bytes] = set()
    lines: set[bytes] = set()
    for content in shared_files(shared):
        theirs.update(_EVENT.findall(content))
        lines.update(content.splitlines())
    assert len(ours) > 200
    assert len(theirs) > 10_000
    assert ours.isdisjoint(theirs)
    assert lines.isdisjoint(rows)
