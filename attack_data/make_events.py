#!/usr/bin/env python3
"""Makes the events in this folder, and beside each file the table that the hunt must give for it.

    python3 attack_data/make_events.py            writes the files
    python3 attack_data/make_events.py --check    compares instead; exit code 1 if a file differs

Every host, user, inner address, identifier and time here is made up. The same seed gives the same
bytes on every Python from 3.9 on.

The tables do not come from reading the files: they are computed from the list of connections that
the files are written from. What a field must be is said in `sysmon_row` and `flow_row`; how rows
are grouped, in `hunt`. Nothing of cfhunt itself is used.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import random
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import NamedTuple, Union
from xml.sax.saxutils import escape

HERE = Path(__file__).resolve().parent
SEED = 20260504
START = datetime(2026, 5, 4, 6, 0, 0, tzinfo=timezone.utc)
LABEL = "made for cfhunt"  # in every event and row, so that nobody takes one for real

WINDOWS = "Microsoft-Windows-Sysmon"
LINUX = "Linux-Sysmon"
REGION_1 = "region1.v2.argotunnel.com"
REGION_2 = "region2.v2.argotunnel.com"

BY_COLUMNS = (
    "action", "app", "dest", "dest_ip", "dest_port", "direction", "dvc", "protocol",
    "protocol_version", "src", "src_ip", "transport", "user", "vendor_product",
)  # fmt: skip
COLUMNS = (*BY_COLUMNS, "count", "firstTime", "lastTime", "src_port")


class Dice:
    """Random choices that are the same on every Python: only random() is promised to stay so."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self._random.random() * (high - low + 1))

    def pick(self, choices: Sequence[str]) -> str:
        """One of the choices."""
        return choices[self.between(0, len(choices) - 1)]


# ---- what happened: the list that both the files and the tables are made from ----


@dataclass(frozen=True)
class Connection:
    """A network connection as Sysmon saw it. A name or user of None is an empty element."""

    computer: str
    image: str
    user: str | None
    source_ip: str
    destination_ip: str
    destination_port: int = 7844
    source_port: int = 0
    source_name: str | None = None
    destination_name: str | None = None
    protocol: str = "tcp"
    initiated: bool = True
    ipv6: bool = False
    process_id: int = 0
    thread_id: int = 0
    provider: str = WINDOWS
    record_id: int = 0
    time: datetime = START


@dataclass(frozen=True)
class OtherEvent:
    """A Sysmon event that is no network connection: its event id and its own elements."""

    computer: str
    event_id: int
    elements: tuple[tuple[str, str], ...]
    process_id: int = 0
    thread_id: int = 0
    provider: str = WINDOWS
    record_id: int = 0
    time: datetime = START


SysmonEvent = Union[Connection, OtherEvent]


@dataclass(frozen=True)
class Flow:
    """A connection that a firewall or flow log saw, under the CIM's names. Empty: no value."""

    seconds: Decimal
    sourcetype: str
    dest_port: str = "7844"
    action: str = ""
    app: str = ""
    dest: str = ""
    dest_ip: str = ""
    direction: str = ""
    dvc: str = ""
    protocol: str = ""
    protocol_version: str = ""
    src: str = ""
    src_ip: str = ""
    src_port: str = ""
    transport: str = ""
    users: tuple[str, ...] = ()
    vendor: str = ""
    product: str = ""
    vendor_product: str = ""
    time_format: str = "iso"


# ---- the oracle: what the hunt must say about it ----


class Row(NamedTuple):
    """A connection to port 7844 as the hunt counts it: each BY column's values, and the rest."""

    by: tuple[tuple[str, ...], ...]
    source_ports: tuple[str, ...]
    seconds: Decimal


def sysmon_row(event: SysmonEvent) -> Row | None:
    """The row of a Sysmon event, or None if the hunt must not count it.

    Values are the event's text as it stands, entities and all (S4, default raw). A host name that
    is a hyphen stays one; an empty one gives the address (S3, default keep).
    """
    if not isinstance(event, Connection) or event.provider not in (WINDOWS, LINUX):
        return None
    if event.destination_port != 7844:
        return None
    windows = event.provider == WINDOWS
    user = escape(event.user or "")
    by = (
        "allowed",
        escape(event.image),
        escape(event.destination_name or event.destination_ip),
        event.destination_ip,
        "7844",
        "outbound" if event.initiated else "inbound",
        event.computer,
        "ip",
        "ipv6" if event.ipv6 else "ipv4",
        escape(event.source_name or event.source_ip),
        event.source_ip,
        event.protocol,
        (user.rpartition("\\")[2] if windows else user) or "unknown",
        "Microsoft Sysmon" if windows else "Sysmon for Linux",
    )
    whole_seconds = Decimal(int(event.time.timestamp()))
    return Row(tuple((value,) for value in by), (str(event.source_port),), whole_seconds)


def flow_row(flow: Flow) -> Row | None:
    """The row of a CIM-mapped event, or None: dest_port is compared as text, 7844.0 is not 7844.

    A missing value is the model's default, or fillnull_value where the model has none (section 6).
    """
    if flow.dest_port != "7844":
        return None
    if flow.vendor_product:
        vendor_product = flow.vendor_product
    elif flow.vendor or flow.product:
        vendor_product = f"{flow.vendor or 'unknown'} {flow.product or 'unknown'}"
    else:
        vendor_product = flow.sourcetype
    by = (
        (flow.action or "unknown",),
        (flow.app or "null",),
        (flow.dest or "unknown",),
        (flow.dest_ip or "null",),
        (flow.dest_port,),
        (flow.direction or "null",),
        (flow.dvc or "unknown",),
        (flow.protocol or "null",),
        (flow.protocol_version or "null",),
        (flow.src or "unknown",),
        (flow.src_ip or "null",),
        (flow.transport.lower() or "unknown",),
        flow.users or ("unknown",),
        (vendor_product,),
    )
    source_port = flow.src_port if flow.src_port.isdigit() else "0"
    return Row(by, (source_port,), flow.seconds)


def order(text: str) -> tuple[bool, Decimal, bytes]:
    """Where a value stands among others: numbers first, by value, then by bytes (T7)."""
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", text, re.ASCII):
        return False, Decimal(text), text.encode()
    return True, Decimal(0), text.encode()


def clock(seconds: Decimal) -> str:
    """Seconds since 1970 as the command line prints them, UTC."""
    return datetime.fromtimestamp(int(seconds), timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")


def hunt(rows: Iterable[Row | None]) -> str:
    """The table, as CSV. An event with several values in a BY column counts once for each (B4)."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        if row is not None:
            for key in product(*row.by):
                groups.setdefault(key, []).append(row)
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    for key in sorted(groups, key=lambda key: [order(value) for value in key]):
        members = groups[key]
        ports = {port for row in members for port in row.source_ports}
        times = [row.seconds for row in members]
        ports_text = "\n".join(sorted(ports, key=str.encode))
        writer.writerow((*key, len(members), clock(min(times)), clock(max(times)), ports_text))
    return table.getvalue()


# ---- how it is written down ----


def digest(*parts: object, upper: bool) -> str:
    """32 hexadecimal digits in the shape of a GUID, the same for the same parts."""
    digits = hashlib.sha256(repr(parts).encode()).hexdigest()
    text = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"
    return "{" + (text.upper() if upper else text) + "}"


def is_modern(event: SysmonEvent) -> bool:
    """Two styles of Windows event text exist: upper-case GUIDs with 9 digits, lower-case with 7."""
    return event.provider.startswith("Microsoft") and not event.computer.startswith("ws-")


def connection_elements(event: Connection) -> list[tuple[str, str]]:
    """EventID 3's own elements in Sysmon's order, without the ones that every event has."""
    flag = "true" if event.ipv6 else "false"
    return [
        ("Image", event.image),
        ("User", event.user or ""),
        ("Protocol", event.protocol),
        ("Initiated", "true" if event.initiated else "false"),
        ("SourceIsIpv6", flag),
        ("SourceIp", event.source_ip),
        ("SourceHostname", event.source_name or ""),
        ("SourcePort", str(event.source_port)),
        ("SourcePortName", "-"),
        ("DestinationIsIpv6", flag),
        ("DestinationIp", event.destination_ip),
        ("DestinationHostname", event.destination_name or ""),
        ("DestinationPort", str(event.destination_port)),
        ("DestinationPortName", {443: "https", 80: "http"}.get(event.destination_port, "-")),
    ]


NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
VERSIONS = {5: 3, 11: 2, 13: 2, 255: 3}  # of an event id's layout; the others have 5


def event_text(event: SysmonEvent) -> str:
    """The event as Sysmon writes it: Windows with single quotes, Linux with double ones."""
    linux = event.provider.startswith(LINUX)
    upper = is_modern(event)
    event_id = 3 if isinstance(event, Connection) else event.event_id
    own = connection_elements(event) if isinstance(event, Connection) else list(event.elements)
    image = dict(own).get("Image", "")
    utc = event.time - timedelta(milliseconds=40 + event.record_id % 2000)
    fraction = f"{event.time.microsecond:06d}" + ("000" if linux else f"{event.record_id % 10}00")
    digits = 9 if upper or linux else 7
    created = f"{event.time:%Y-%m-%dT%H:%M:%S}.{fraction[:digits]}Z"
    elements = [
        ("RuleName", LABEL),
        ("UtcTime", f"{utc:%Y-%m-%d %H:%M:%S}.{utc.microsecond // 1000:03d}"),
        ("ProcessGuid", digest(event.computer, image, event.process_id, upper=upper)),
        ("ProcessId", str(event.process_id)),
        *own,
    ]
    if event_id == 255:
        elements = [elements[1], *own]
    quote = '"' if linux else "'"

    def attribute(name: str, value: object) -> str:
        return f"{name}={quote}{value}{quote}"

    head = "" if linux else " " + attribute("xmlns", NAMESPACE)
    level = 2 if event_id == 255 else 4
    security = attribute("UserId", 0) if linux else attribute("UserID", "S-1-5-18")
    guid = attribute("Guid", digest(event.provider, upper=upper))
    service = attribute("ProcessID", 1000 + len(event.computer) * 12)
    system = (
        f"<Provider {attribute('Name', event.provider)} {guid}/><EventID>{event_id}</EventID>"
        f"<Version>{VERSIONS.get(event_id, 5)}</Version><Level>{level}</Level>"
        f"<Task>{event_id}</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords>"
        f"<TimeCreated {attribute('SystemTime', created)}/>"
        f"<EventRecordID>{event.record_id}</EventRecordID><Correlation/>"
        f"<Execution {service} {attribute('ThreadID', event.thread_id)}/>"
        f"<Channel>{event.provider}/Operational</Channel><Computer>{event.computer}</Computer>"
        f"<Security {security}/>"
    )
    entities = {'"': "&quot;"} if linux else {}
    data = "".join(
        f"<Data {attribute('Name', name)}>{escape(value, entities)}</Data>"
        for name, value in elements
    )
    return f"<Event{head}><System>{system}</System><EventData>{data}</EventData></Event>"


def syslog_header(event: SysmonEvent) -> str:
    """What a syslog daemon puts in front of a Linux event."""
    host = event.computer.partition(".")[0]
    return f"{event.time:%b} {event.time.day:2d} {event.time:%H:%M:%S} {host} sysmon: "


def events_file(events: Sequence[SysmonEvent], *, headers: bool = False) -> str:
    """One event after another; with headers, two of three Linux events have a syslog header."""
    lines = []
    for index, event in enumerate(events):
        header = syslog_header(event) if headers and index % 3 else ""
        lines.append(header + event_text(event) + "\n")
    return "".join(lines)


FLOW_COLUMNS = (
    "_time", "sourcetype", "rule", "action", "app", "dest", "dest_ip", "dest_port", "direction",
    "dvc", "protocol", "protocol_version", "src", "src_ip", "src_port", "transport", "user",
    "vendor", "product", "vendor_product", "__mv_user",
)  # fmt: skip


def flow_time(flow: Flow) -> str:
    """The time as Splunk's page exports it (iso), or as outputcsv writes it (epoch)."""
    if flow.time_format == "epoch":
        return str(flow.seconds)
    hours = 2 if flow.time_format == "iso+2" else 0
    zone = timezone(timedelta(hours=hours))
    moment = datetime.fromtimestamp(int(flow.seconds), zone)
    milliseconds = int(flow.seconds % 1 * 1000)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}{moment:%z}"


def flows_file(flows: Iterable[Flow]) -> str:
    """The rows as Splunk exports them: CSV with a header, several values in a column of __mv_."""
    text = io.StringIO()
    writer = csv.DictWriter(text, FLOW_COLUMNS, lineterminator="\n")
    writer.writeheader()
    for flow in flows:
        several = len(flow.users) > 1
        cells = {name: getattr(flow, name, "") for name in FLOW_COLUMNS}
        cells["_time"] = flow_time(flow)
        cells["rule"] = LABEL
        cells["user"] = "\n".join(flow.users)
        cells["__mv_user"] = ";".join(f"${user}$" for user in flow.users) if several else ""
        writer.writerow(cells)
    return text.getvalue()


# ---- the stories ----

SYSTEM = "NT AUTHORITY\\SYSTEM"
BROWSER = r"C:\Program Files\Mozilla Firefox\firefox.exe"
SVCHOST = r"C:\Windows\System32\svchost.exe"
CLOUDFLARED = r"C:\Program Files (x86)\cloudflared\cloudflared.exe"
DOWNLOAD = r"C:\Users\alice.moss\Downloads\cloudflared-windows-amd64.exe"
ALICE = Connection("ws-014.corp.example", DOWNLOAD, "CORP\\alice.moss", "10.20.14.21",
                   "198.41.192.7", source_name="ws-014.corp.example",
                   destination_name="-")  # fmt: skip
BUILD = Connection("srv-build-02.corp.example", CLOUDFLARED, SYSTEM, "10.20.2.12", "198.41.192.27",
                   source_name="srv-build-02.corp.example", destination_name=REGION_1)  # fmt: skip
SIX = Connection("ws-022.corp.example", r"C:\Tools\cloudflared.exe", "CORP\\bo.lind",
                 "2001:db8:20:0:0:0:0:22", "2606:4700:a0:0:0:0:0:7", protocol="udp", ipv6=True,
                 source_name="ws-022.corp.example")  # fmt: skip
RENAMED = Connection("ws-031.corp.example", r"C:\ProgramData\Oracle\Java\javaupd.exe",
                     "WS-031\\local.admin", "10.20.14.31", "198.41.200.53",
                     destination_name=REGION_2)  # fmt: skip
SERVICE = Connection("srv-file-01.corp.example", r"C:\Services\Inventory\agent.exe", SYSTEM,
                     "10.20.9.40", "10.20.2.5", source_name="hq-scan-03.corp.example",
                     destination_name="srv-file-01.corp.example", initiated=False)  # fmt: skip
EDGE = Connection("edge-01.corp.example", "/usr/local/bin/cloudflared", "cloudflared",
                  "10.30.1.5", "198.41.192.47", source_name="-", destination_name="-",
                  protocol="udp", provider=LINUX)  # fmt: skip

# A tunnel and how many connections it makes. Each is a group of its own in the table, except where
# a note says otherwise.
WINDOWS_TUNNELS: tuple[tuple[Connection, int], ...] = (
    (replace(ALICE, protocol="udp"), 4),
    (replace(ALICE, protocol="udp", destination_ip="198.41.200.13"), 4),
    (ALICE, 3),  # the fallback from QUIC to HTTP/2
    (BUILD, 5),
    (replace(BUILD, destination_ip="198.41.200.33", destination_name=REGION_2), 4),
    (replace(BUILD, user="CORP\\svc_tunnel"), 2),
    (replace(BUILD, user="LAB\\svc_tunnel"), 1),  # the same group: a user's domain is not shown
    (SIX, 3),
    (replace(SIX, destination_ip="2606:4700:a8:0:0:0:0:3", destination_name="-"), 2),
    (replace(SIX, protocol="tcp", destination_name=REGION_1), 2),
    (RENAMED, 3),
    (replace(RENAMED, image=r"C:\Windows\Temp\svchost.exe", user=SYSTEM, protocol="udp"), 2),
    (replace(RENAMED, image=r"C:\R&D <lab>\cloudflared.exe", user="CORP\\jürgen.weiß"), 2),
    # The same pair of hosts with a name, a hyphen and nothing: three groups each.
    (replace(ALICE, computer="kiosk-07.corp.example", source_ip="10.20.30.7", source_name="-"), 2),
    (replace(ALICE, computer="kiosk-07.corp.example", source_ip="10.20.30.7", source_name=None), 1),
    (replace(ALICE, computer="kiosk-07.corp.example", source_ip="10.20.30.7",
             source_name="kiosk-07"), 1),
    (replace(RENAMED, destination_name="-"), 1),
    (replace(RENAMED, destination_name=None), 2),
    # An empty user, and one with no domain.
    (replace(BUILD, computer="dc-01.corp.example", source_name="dc-01.corp.example",
             source_ip="10.20.2.1", user=None), 2),
    (replace(BUILD, computer="dc-01.corp.example", source_name="dc-01.corp.example",
             source_ip="10.20.2.1", user="backup"), 1),
    # Inbound: a local service that happens to listen on the port.
    (SERVICE, 3),
    (replace(SERVICE, source_ip="10.20.9.41", source_name=None), 2),
    # The client pointed at a relay of somebody's own.
    (replace(ALICE, destination_ip="203.0.113.44", destination_name="relay.example.net"), 2),
)  # fmt: skip

LINUX_TUNNELS: tuple[tuple[Connection, int], ...] = (
    (EDGE, 4),
    (replace(EDGE, protocol="tcp", destination_ip="198.41.200.63"), 2),
    (replace(EDGE, computer="edge-02.corp.example", source_ip="10.30.1.6", user="root",
             source_name=None, destination_name=None), 3),
    (replace(EDGE, user="CORP\\dana.fox", image="/home/dana.fox/cf"), 1),  # stays whole on Linux
    (replace(EDGE, ipv6=True, source_ip="2001:db8:30:0:0:0:0:5",
             destination_ip="2606:4700:a0:0:0:0:0:9"), 2),
    (replace(EDGE, image="/tmp/.x/kworker & co", user="www-data"), 2),
    (replace(EDGE, initiated=False, source_ip="10.30.9.9", destination_ip="10.30.1.5",
             image="/usr/sbin/inventoryd", user="root", protocol="tcp"), 2),
)  # fmt: skip


def spread(template: Connection, count: int, dice: Dice) -> list[Connection]:
    """So many connections of one process, with ports and times of their own.

    The last of three or more repeats the first one's port, as the system does after a while.
    """
    process_id = dice.between(300, 2200) * 4
    time = START + timedelta(seconds=dice.between(0, 6 * 3600))
    made: list[Connection] = []
    for index in range(count):
        again = index >= 2 and index == count - 1
        time += timedelta(seconds=dice.between(2, 1500), microseconds=dice.between(0, 999_999))
        made.append(
            replace(
                template,
                process_id=process_id,
                thread_id=dice.between(250, 1900) * 4,
                source_port=made[0].source_port if again else dice.between(8000, 65000),
                time=time,
            )
        )
    return made


WORKPLACES = (("ws-014", "10.20.14.21"), ("ws-022", "10.20.14.22"), ("ws-031", "10.20.14.31"),
              ("kiosk-07", "10.20.30.7"))  # fmt: skip
LINUX_SERVERS = (("edge-01", "10.30.1.5"), ("edge-02", "10.30.1.6"))


def ordinary(count: int, dice: Dice, *, linux: bool = False) -> list[Connection]:
    """So many connections as every network has them: web, names, files. No tunnel among them."""
    hosts = LINUX_SERVERS if linux else WORKPLACES
    made = []
    for _ in range(count):
        name, address = hosts[dice.between(0, len(hosts) - 1)]
        port = (443, 443, 443, 53, 53, 80, 445)[dice.between(0, 6)]
        user, image = "CORP\\" + dice.pick(("alice.moss", "bo.lind", "dana.fox")), BROWSER
        if linux:
            user, image = "root", "/usr/bin/curl"
        elif port in (53, 445):
            user, image = SYSTEM, SVCHOST if port == 53 else "System"
        inside = port in (53, 445)
        template = Connection(
            f"{name}.corp.example",
            image,
            user,
            address,
            "10.20.2.1" if inside else f"192.0.2.{dice.between(1, 250)}",
            port,
            source_name=dice.pick(("-", f"{name}.corp.example")),
            destination_name="dc-01.corp.example" if inside else "-",
            protocol="udp" if port == 53 else "tcp",
            provider=LINUX if linux else WINDOWS,
        )
        if port == 445 and dice.between(1, 2) == 1:  # the other way round
            template = replace(
                template,
                initiated=False,
                source_ip=template.destination_ip,
                source_name=template.destination_name,
                destination_ip=template.source_ip,
                destination_name=template.source_name,
            )
        made += spread(template, 1, dice)
    return made


def near_misses(dice: Dice) -> list[SysmonEvent]:
    """Events that hold 7844, or nearly, and are no tunnel."""
    base = replace(ALICE, destination_name="www.example.com", destination_ip="192.0.2.80")
    templates = (
        replace(base, destination_port=78440),
        replace(base, destination_port=17844),
        replace(base, destination_port=784),
        replace(base, destination_port=7843),
        replace(base, destination_port=7845),
        replace(base, destination_port=443, image=r"C:\Temp\7844\cloudflared.exe"),
        replace(base, destination_port=443, destination_name="port-7844.example.com"),
        replace(base, destination_port=443, destination_name=REGION_1),
        replace(BUILD, provider="Example-Network-Monitor"),
        replace(BUILD, provider="Microsoft-Windows-Sysmon-Trial", protocol="udp"),
    )
    made: list[SysmonEvent] = [spread(template, 1, dice)[0] for template in templates]
    for number in range(3):
        connection = spread(replace(base, destination_port=443), 1, dice)[0]
        made.append(
            replace(
                connection,
                source_port=7844 if number == 0 else connection.source_port,
                process_id=7844 if number == 1 else connection.process_id,
                thread_id=7844 if number == 2 else connection.thread_id,
            )
        )
    return made


def process_start(computer: str, image: str, command_line: str, user: str) -> OtherEvent:
    """A process creation (EventID 1)."""
    elements = (
        ("Image", image),
        ("FileVersion", "-"),
        ("Description", "-"),
        ("Product", "-"),
        ("Company", "-"),
        ("OriginalFileName", "-"),
        ("CommandLine", command_line),
        ("CurrentDirectory", image.rpartition("\\")[0] + "\\" if "\\" in image else "/"),
        ("User", user),
        ("LogonId", "0x3e7"),
        ("TerminalSessionId", "0"),
        ("IntegrityLevel", "System"),
        ("Hashes", "-"),
        ("ParentProcessId", "7844"),
        ("ParentImage", "-"),
        ("ParentCommandLine", "-"),
        ("ParentUser", "-"),
    )
    return OtherEvent(computer, 1, elements, provider=WINDOWS if "\\" in image else LINUX)


def other_events() -> list[OtherEvent]:
    """Windows events with other ids, most of which hold 7844 or the name of the edge."""
    computer, image, user = ALICE.computer, ALICE.image, ALICE.user or ""

    def own(event_id: int, *elements: tuple[str, str]) -> OtherEvent:
        return OtherEvent(computer, event_id, (("Image", image), *elements, ("User", user)))

    answer = "::ffff:198.41.192.7;::ffff:198.41.192.27;"
    rule = r"HKLM\System\CurrentControlSet\Services\SharedAccess\FirewallRules\Port7844"
    return [
        process_start(computer, image, f'"{image}" tunnel --edge 198.41.192.7:7844 run', user),
        process_start(computer, r"C:\Windows\System32\findstr.exe",
                      "findstr /c:\"<Data Name='DestinationPort'>7844</Data>\" log.xml", user),
        process_start(BUILD.computer, CLOUDFLARED, "cloudflared.exe service\n  run --port 7844",
                      SYSTEM),
        own(22, ("QueryName", REGION_1), ("QueryStatus", "0"), ("QueryResults", answer)),
        own(22, ("QueryName", REGION_2), ("QueryStatus", "0"), ("QueryResults", answer)),
        own(22, ("QueryName", "_7844._tcp.corp.example"), ("QueryStatus", "9003"),
            ("QueryResults", "-")),
        own(11, ("TargetFilename", r"C:\Users\alice.moss\.cloudflared\tunnel-7844.log"),
            ("CreationUtcTime", "2026-05-04 05:58:12.130")),
        own(11, ("TargetFilename", r"C:\Users\alice.moss\.cloudflared\config.yml"),
            ("CreationUtcTime", "2026-05-04 05:57:40.004")),
        own(13, ("EventType", "SetValue"), ("TargetObject", rule), ("Details", "DWORD 7844")),
        own(5),
        OtherEvent(computer, 255, (("ID", "DestinationPort"), ("Description", "7844"))),
    ]  # fmt: skip


def in_file_order(events: Iterable[SysmonEvent], dice: Dice) -> list[SysmonEvent]:
    """Numbers the events of each computer in order of time, and lets every sixth arrive late."""
    numbered: list[SysmonEvent] = []
    last: dict[str, int] = {}
    for event in sorted(events, key=lambda event: event.time):
        record = last.get(event.computer, dice.between(20_000, 90_000)) + dice.between(1, 9)
        last[event.computer] = record
        numbered.append(replace(event, record_id=record))
    late = [timedelta(minutes=dice.between(1, 90) if dice.between(1, 6) == 1 else 0)
            for _ in numbered]  # fmt: skip
    arrived = sorted(range(len(numbered)), key=lambda index: numbered[index].time + late[index])
    return [numbered[index] for index in arrived]


def at_some_time(events: Iterable[OtherEvent], dice: Dice) -> list[SysmonEvent]:
    """The events with a time and a process of their own."""
    return [
        replace(
            event,
            time=START + timedelta(milliseconds=dice.between(0, 30_000_000)),
            process_id=dice.between(300, 2200) * 4,
            thread_id=dice.between(250, 1900) * 4,
        )
        for event in events
    ]


def windows_events(dice: Dice) -> list[SysmonEvent]:
    """cloudflared_tunnels.xml."""
    events: list[SysmonEvent] = []
    for template, count in WINDOWS_TUNNELS:
        events += spread(template, count, dice)
    events += ordinary(100, dice) + near_misses(dice) + at_some_time(other_events(), dice)
    return in_file_order(events, dice)


def linux_events(dice: Dice) -> list[SysmonEvent]:
    """linux_sysmon.xml."""
    events: list[SysmonEvent] = []
    for template, count in LINUX_TUNNELS:
        events += spread(template, count, dice)
    for template in (
        replace(EDGE, destination_port=78440),
        replace(EDGE, destination_port=443, image="/opt/7844/cloudflared"),
        replace(EDGE, provider="Linux-Sysmon-Trial"),
    ):
        events += spread(template, 1, dice)
    command_line = 'cloudflared tunnel --edge "198.41.192.47:7844" run'
    start = process_start(EDGE.computer, EDGE.image, command_line, "root")
    events += ordinary(8, dice, linux=True) + at_some_time([start], dice)
    return in_file_order(events, dice)


def quiet_events(dice: Dice) -> list[SysmonEvent]:
    """events_quiet.xml: no tunnel, but things that look like one at a glance."""
    looks = near_misses(dice)
    events = [*ordinary(6, dice), looks[0], looks[8], *at_some_time(other_events()[:4], dice)]
    return in_file_order(events, dice)


def flows(dice: Dice) -> list[Flow]:
    """cim_network_traffic.csv: a firewall, a flow log and a network sensor, CIM-mapped."""
    firewall = Flow(
        Decimal(0), "pan:traffic", action="allowed", app="cloudflared", dest="198.41.192.7",
        dest_ip="198.41.192.7", direction="outbound", dvc="fw-01.corp.example", protocol="ip",
        protocol_version="ipv4", src="ws-014.corp.example", src_ip="10.20.14.21",
        transport="udp", users=("alice.moss",), vendor_product="Palo Alto Networks Firewall",
    )  # fmt: skip
    cloud = Flow(
        Decimal(0), "aws:cloudwatchlogs:vpcflow", action="allowed", dest="198.41.200.23",
        dest_ip="198.41.200.23", dvc="eni-0made0for0cfhunt", src="10.40.0.8", src_ip="10.40.0.8",
        transport="tcp", vendor="Amazon", product="VPC Flow Logs", time_format="epoch",
    )  # fmt: skip
    sensor = Flow(
        Decimal(0), "bro:conn:json", action="allowed", dest=REGION_1, dest_ip="2606:4700:a0::7",
        protocol_version="ipv6", src="2001:db8:20::22", src_ip="2001:db8:20::22", transport="UDP",
        time_format="iso+2",
    )  # fmt: skip
    templates: tuple[tuple[Flow, int], ...] = (
        (firewall, 5),
        (replace(firewall, transport="tcp", app='ssl, "unknown"', action="blocked"), 3),
        (replace(firewall, users=("207",)), 2),
        (replace(firewall, users=("1042",)), 2),
        (replace(firewall, users=("01042",)), 1),  # not the same user, but the same number
        (replace(firewall, users=("alice.moss", "bo.lind")), 2),  # counts in both users' groups
        (
            replace(
                firewall, users=("jürgen.weiß",), src="ws-031.corp.example", src_ip="10.20.14.31"
            ),
            2,
        ),
        (replace(firewall, direction="inbound", app="", dest="srv-file-01.corp.example"), 2),
        (cloud, 4),
        (replace(cloud, action="", product=""), 2),
        (replace(cloud, vendor="", src_port="-"), 2),
        (replace(cloud, dest="", dest_ip="", src="", src_ip=""), 1),
        (sensor, 3),
        (replace(sensor, transport="", dest="", dvc="sensor-03"), 2),
        (replace(firewall, dest_port="78440"), 1),
        (replace(firewall, dest_port="17844"), 1),
        (replace(firewall, dest_port="7844.0"), 1),
        (replace(firewall, dest_port="07844"), 1),
        (replace(cloud, dest_port="-"), 1),
        (replace(cloud, dest_port=""), 1),
        (replace(sensor, dest_port="443", src_port="7844"), 1),
        (replace(firewall, dest_port="443", app="web-browsing"), 12),
        (replace(cloud, dest_port="53", transport="udp"), 8),
        (replace(sensor, dest_port="80"), 6),
        (replace(firewall, dest_port="445", action="blocked"), 6),
    )
    made = []
    for template, count in templates:
        for _ in range(count):
            milliseconds = dice.between(0, 8 * 3600 * 1000)
            made.append(
                replace(
                    template,
                    seconds=Decimal(int(START.timestamp())) + Decimal(milliseconds) / 1000,
                    src_port=template.src_port or str(dice.between(8000, 65000)),
                )
            )
    # Newest first, as Splunk exports them.
    return sorted(made, key=lambda flow: flow.seconds, reverse=True)


# ---- the files ----


def files() -> dict[str, bytes]:
    """Every file that this program makes: its name and its bytes."""
    texts: dict[str, str] = {}
    windows = windows_events(Dice(SEED))
    texts["cloudflared_tunnels.xml"] = events_file(windows)
    texts["cloudflared_tunnels.expected.csv"] = hunt(map(sysmon_row, windows))
    linux = linux_events(Dice(SEED + 1))
    texts["linux_sysmon.xml"] = events_file(linux, headers=True)
    texts["linux_sysmon.expected.csv"] = hunt(map(sysmon_row, linux))
    quiet = quiet_events(Dice(SEED + 2))
    texts["events_quiet.xml"] = events_file(quiet)
    texts["events_quiet.expected.csv"] = hunt(map(sysmon_row, quiet))
    exported = flows(Dice(SEED + 3))
    texts["cim_network_traffic.csv"] = flows_file(exported)
    texts["cim_network_traffic.expected.csv"] = hunt(map(flow_row, exported))
    return {name: text.encode() for name, text in texts.items()}


def main(arguments: Sequence[str]) -> int:
    """Writes the files or compares them. The exit code: 1 if a compared file differs."""
    parser = argparse.ArgumentParser(description="Makes attack_data's events and tables.")
    parser.add_argument("--check", action="store_true", help="compare the files, write nothing")
    check = parser.parse_args(arguments).check
    differing = []
    for name, made in files().items():
        path = HERE / name
        if not check:
            path.write_bytes(made)
        elif not path.is_file() or path.read_bytes() != made:
            differing.append(name)
    for name in differing:
        print(f"{name} is not what make_events.py makes", file=sys.stderr)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
