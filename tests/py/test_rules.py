"""Rules of tstats that concern the whole command or what stands behind it, by their ids: the others
have their tests beside the part of the language that they are about."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from drive import map_reduce, new_engine, search
from standin.conf_layers import Site
from standin.csv_body import write_body
from standin.splunkd import Splunkd, interpreter

FROM = "from datamodel=Network_Traffic.All_Traffic"
FILTER = "windows_potential_cloudflared_network_connection_filter"
NUMBERS = [b"10", b"9", b"x", b"1e1", b"09"]

pytestmark = pytest.mark.usefixtures("app")


def event(**values: str) -> bytes:
    """A body of one event."""
    return write_body(
        [name.encode() for name in values], [[(value.encode(),) for value in values.values()]]
    )


def command_line(app: Path, arguments: list[str], body: bytes) -> list[dict[str, object]]:
    """What the command line prints as JSON for a CSV on its input."""
    done = subprocess.run(
        [interpreter(), str(app / "bin" / "cfhunt_cli.py"), "--format", "json", *arguments, "-"],
        input=body,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_T8_no_row_of_the_answer_is_cut() -> None:
    """More than 50,000, where stats spills, and than 10,000, where sort cuts."""
    users = 60_001
    body = write_body([b"dest_port", b"user"], [((b"1",), (b"u%d" % n,)) for n in range(users)])
    reply = search(f"count {FROM} where All_Traffic.dest_port=1 by All_Traffic.user", [body])
    assert len(reply.rows()) == users
    assert reply.messages == []


def test_T9_a_table_first_in_a_search_or_behind_events(app: Path) -> None:
    with Splunkd(app) as splunkd:
        assert splunkd.probe(first=True).metadata["type"] == "reporting"
    with Splunkd(app) as splunkd:
        assert splunkd.probe().metadata["type"] == "reporting"


def hunt_with_tail(tail: str) -> dict[str, list[str]]:
    """The parts of the explanation of a file whose search goes on with this tail."""
    from cfhuntlib.native import engine as native

    engine = native.Engine(os.urandom(native.SECRET_SIZE))
    file = f"name: A hunt\nsearch: |-\n  | tstats count {FROM} by All_Traffic.user {tail}\n"
    engine.add_detection(b"hunt=x explain=true", b"hunts/x.yml", file.encode())
    explained = engine.explanation(0)
    assert explained is not None
    parts: dict[str, list[str]] = {}
    for part in csv.DictReader(explained.decode().splitlines()):
        parts.setdefault(part["part"], []).append(part["value"])
    return parts


def test_F11_sorting_in_a_tail_is_splunks_and_cfhunt_keeps_its_own_order() -> None:
    assert hunt_with_tail("| sort 0 - count")["tail"] == ["| sort 0 - count"]
    body = write_body([b"dest_port", b"user"], [((b"1",), (text,)) for text in NUMBERS])
    rows = search(f"count {FROM} by All_Traffic.user", [body]).rows()
    assert [found["All_Traffic.user"] for found in rows] == ["09", "9", "10", "1e1", "x"]  # T7


def test_C2_times_leave_as_numbers_and_become_text_behind_the_command(app: Path) -> None:
    arguments = f"min(_time) as firstTime {FROM}"
    body = event(_time="1675000000.7", dest_port="1")
    assert search(arguments, [body]).rows() == [{"firstTime": "1675000000.7"}]
    (printed,) = command_line(app, ["--search", arguments], body)
    assert printed == {"firstTime": "2023-01-29T13:46:40"}  # no zone, no fraction
    (tail,) = hunt_with_tail("| `security_content_ctime(firstTime)`")["tail"]
    assert tail == '| convert timeformat="%Y-%m-%dT%H:%M:%S" ctime(firstTime)'
    view = Site({"cfhunt": app}).view("cfhunt")
    assert view.expand("| `cfhunt_ctime(firstTime)`") == tail


def test_C3_null_stays_null_and_several_times_are_converted_one_by_one(app: Path) -> None:
    arguments = ["--search", f"values(All_Traffic.dvc) as firstTime max(_time) as lastTime {FROM}"]
    (printed,) = command_line(app, arguments, event(dest_port="1", dvc="0"))
    assert printed == {"firstTime": "1970-01-01T00:00:00", "lastTime": None}
    two = write_body([b"dest_port", b"dvc"], [((b"1",), (b"0", b"60"))])
    (printed,) = command_line(app, arguments, two)
    assert printed["firstTime"] == ["1970-01-01T00:00:00", "1970-01-01T00:01:00"]


def test_C4_the_filter_is_a_macro_behind_the_hunt_that_lets_all_pass(app: Path) -> None:
    macro = Site({"cfhunt": app}).view("cfhunt").objects("macros")[FILTER]
    assert macro.settings["definition"] == "search *"
    assert new_engine("explain=true").explanation(0).decode().count(f"`{FILTER}`") == 1  # type: ignore[union-attr]


def test_C5_what_a_detection_does_behind_tstats_is_kept_command_by_command() -> None:
    tail = [
        '| rename All_Traffic.user as "the user"',
        '| where count > 5 AND like(user, "a|b%")',
        '| rex field=user "(?<name>[^|]+)"',
        "| lookup known user OUTPUT owner",
        "| stats count by owner",
        "| `a_filter`",
    ]
    parts = hunt_with_tail(" ".join(tail))
    assert parts["tail"] == tail
    assert parts["by"] == [""]  # only the head is the plan


@pytest.mark.parametrize("peers", [0, 3])
def test_M6_a_mapped_source_is_hunted_by_its_columns(shared: Path, peers: int) -> None:
    """Zeek's connections under the model's names: what a count with the csv module says."""
    file = shared / "data" / "cim" / "zeek-conn-nashua-cim-derived-7844.csv"
    by = ["action", "dest", "src", "transport", "vendor_product"]
    arguments = f"count {FROM} where All_Traffic.dest_port=7844 by " + " ".join(
        f"All_Traffic.{name}" for name in by
    )
    with file.open(encoding="utf-8", newline="") as lines:
        events = [found for found in csv.DictReader(lines) if found["dest_port"] == "7844"]
    assert events
    counted = Counter(tuple(found[name] or "unknown" for name in by) for found in events)
    body = file.read_bytes()
    reply = map_reduce(arguments, [[body]] * peers) if peers else search(arguments, [body])
    told = {
        tuple(found[f"All_Traffic.{name}"] for name in by): int(found["count"])
        for found in reply.rows()
    }
    assert told == {key: count * max(peers, 1) for key, count in counted.items()}


@pytest.mark.parametrize(
    "sourcetype", ["pan:traffic", "bro:conn:json", "aws:cloudwatchlogs:vpcflow"]
)
def test_M6_the_source_type_of_a_mapped_source_does_not_matter(sourcetype: str) -> None:
    body = event(dest_port="7844", sourcetype=sourcetype, _raw="no event of Sysmon")
    rows = search(f"count {FROM} where All_Traffic.dest_port=7844 by sourcetype", [body]).rows()
    assert rows == [{"sourcetype": sourcetype, "count": "1"}]
