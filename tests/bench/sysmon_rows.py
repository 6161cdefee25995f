"""Raw Sysmon events, as splunkd hands them over: the case raw.

Written by the makers of attack_data/, so nothing was recorded here either. Three events in ten are
network connections, one in a hundred of all is a tunnel; 7844 also stands where it means nothing:
process ids, GUIDs, source ports, command lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from make_events import (
    BROWSER,
    CLOUDFLARED,
    DOWNLOAD,
    REGION_1,
    REGION_2,
    START,
    SVCHOST,
    SYSTEM,
    Connection,
    Dice,
    OtherEvent,
    SysmonEvent,
    event_text,
    ordinary,
)
from session_file import record

COLUMNS = ("_raw", "_time", "host", "index", "source", "sourcetype")
SEED = 20260512
EVENTS_A_SECOND = 50
MACHINES = 200
EDGES = ("198.41.192.7", "198.41.192.27", "198.41.200.13", "198.41.200.53")
COMMAND_LINES = (
    '"{image}" --type=renderer --lang=en-US --device-scale-factor=1 --num-raster-threads=4 '
    "--renderer-client-id={number} --time-ticks-at-unix-epoch=-1762{number} /prefetch:1",
    '"{image}" -k LocalServiceNetworkRestricted -p -s Service{number} <wait> & <retry>',
    'powershell.exe -NoProfile -ExecutionPolicy RemoteSigned -File "C:\\Tasks\\{number}.ps1"',
)
DECOY_LINE = '"{image}" tunnel --edge 198.41.192.7:7844 --logfile "C:\\Logs\\{number}.log" run'


def machine(dice: Dice) -> tuple[str, str]:
    """A workplace's name and its address."""
    number = dice.between(0, MACHINES - 1)
    return f"ws-{number:03d}.corp.example", f"10.20.{number // 100}.{number % 100 + 1}"


def tunnel(dice: Dice) -> Connection:
    """A connection to port 7844."""
    name, address = machine(dice)
    return Connection(
        name,
        dice.pick((CLOUDFLARED, DOWNLOAD)),
        f"CORP\\user{dice.between(1, 3)}",
        address,
        dice.pick(EDGES),
        source_port=dice.between(8000, 65000),
        source_name=name,
        destination_name=dice.pick(("-", REGION_1, REGION_2)),
        protocol=dice.pick(("tcp", "udp")),
    )


def process_start(dice: Dice) -> OtherEvent:
    """A process creation (EventID 1); one in fifty has the port in its command line."""
    name, _ = machine(dice)
    image, parent = dice.pick((BROWSER, SVCHOST)), r"C:\Windows\explorer.exe"
    line = DECOY_LINE if dice.between(1, 50) == 1 else dice.pick(COMMAND_LINES)
    number = dice.between(10_000, 99_999)
    md5 = f"{dice.between(2**51, 2**52) << 76:032X}"
    return OtherEvent(
        name,
        1,
        (
            ("Image", image),
            ("FileVersion", "10.0.22621.1 (made)"),
            ("OriginalFileName", image.rpartition("\\")[2]),
            ("CommandLine", line.format(image=image, number=number)),
            ("CurrentDirectory", "C:\\Windows\\System32\\"),
            ("User", SYSTEM),
            ("LogonId", hex(number)),
            ("IntegrityLevel", "Medium"),
            ("Hashes", f"MD5={md5}"),
            ("ParentProcessId", str(dice.between(300, 2200) * 4)),
            ("ParentImage", parent),
            ("ParentCommandLine", parent),
        ),
    )


def name_lookup(dice: Dice) -> OtherEvent:
    """A DNS query (EventID 22)."""
    name, _ = machine(dice)
    elements = (
        ("QueryName", dice.pick((REGION_1, "www.example.com", "_7844._tcp.corp.example"))),
        ("QueryStatus", "0"),
        ("QueryResults", "::ffff:198.41.192.7;::ffff:198.41.192.27;" * 4),
        ("Image", BROWSER),
        ("User", SYSTEM),
    )
    return OtherEvent(name, 22, elements)


def event(number: int, dice: Dice) -> SysmonEvent:
    """Event ``number`` of a session."""
    chance = dice.between(1, 100)
    made: SysmonEvent
    if chance == 1:
        made = tunnel(dice)
    elif chance <= 30:
        made = ordinary(1, dice)[0]
    elif chance <= 98:
        made = process_start(dice)
    else:
        made = name_lookup(dice)
    since = timedelta(seconds=number // EVENTS_A_SECOND, milliseconds=dice.between(0, 999))
    return replace(
        made,
        record_id=20_000 + number,
        time=START + since,
        process_id=dice.between(300, 2200) * 4,
        thread_id=dice.between(250, 2200) * 4,
    )


def events(count: int) -> Iterator[bytes]:
    """The rows of a session."""
    dice = Dice(SEED)
    source, sourcetype = b"XmlWinEventLog:Microsoft-Windows-Sysmon/Operational", b"XmlWinEventLog"
    for number in range(count):
        made = event(number, dice)
        milliseconds = made.time.microsecond // 1000
        time = b"%d.%03d" % (int(made.time.timestamp()), milliseconds)
        cells = (
            event_text(made).encode(),
            time,
            made.computer.encode(),
            b"main",
            source,
            sourcetype,
        )
        yield record(COLUMNS, cells)
