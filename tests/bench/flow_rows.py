"""CIM-mapped flows, as splunkd hands them over: cim-rare, cim-all and cim-500k.

Every host, user and address is made up. A group is a machine with a program and a user; the same
seed gives the same bytes on every Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from make_events import Dice
from standin.csv_body import quote

COLUMNS = (
    "_time", "action", "app", "dest", "dest_ip", "dest_port", "direction", "dvc", "protocol",
    "protocol_version", "src", "src_ip", "src_port", "transport", "user", "vendor_product",
    "sourcetype",
)  # fmt: skip
SEED = 20260511
START = 1_778_500_000  # epoch seconds of the first row
ROWS_A_SECOND = 100
ORDINARY_PORTS = ("443", "80", "53", "445", "3389", "8443")
GROUPS = 100
PORTS_PER_GROUP = 7_000
LOWEST_PORT = 50_000
STRIDE = 7_368_787  # a prime beyond any number of groups: steps through all of them, out of order


@lru_cache(maxsize=GROUPS)
def group_cells(group: int) -> tuple[bytes, bytes, bytes]:
    """The group's cells before dest_port, between it and src_port, and behind: each with commas."""
    machine = f"ws-{group:06d}.corp.example"
    program = f"C:\\Program Files\\Vendor {group % 50}\\agent.exe"
    edge = f"edge-{group % 977}.example.net", f"198.18.{group // 250 % 250}.{group % 250}"
    address = f"10.{group >> 16}.{group >> 8 & 255}.{group & 255}"
    before = ("allowed", program, *edge)
    between = ("outbound", machine, "ip", "ipv4", machine, address)
    behind = ("tcp", f"user{group % 300}", "Microsoft Sysmon", "XmlWinEventLog")
    before_cells, between_cells, behind_cells = (
        b",".join(quote(cell.encode()) for cell in cells) for cells in (before, between, behind)
    )
    ending = b"," * len(COLUMNS) + b"\n"
    return before_cells + b",", b"," + between_cells + b",", b"," + behind_cells + ending


def row(number: int, group: int, dest_port: str, src_port: str, thousandths: int = 0) -> bytes:
    """Row ``number`` of a session."""
    before, between, behind = group_cells(group)
    seconds = START + number // ROWS_A_SECOND
    ports = dest_port.encode() + between + src_port.encode()
    return b'"%d.%03d",' % (seconds, thousandths) + before + ports + behind


def rare(count: int) -> Iterator[bytes]:
    """One row in 1,000 matches; three more hold its digits in src_port."""
    dice = Dice(SEED)
    for number in range(count):
        group, chance = dice.between(0, GROUPS - 1), dice.between(1, 1000)
        dest_port = "7844" if chance == 1 else dice.pick(ORDINARY_PORTS)
        src_port = "47844" if 1 < chance <= 4 else str(dice.between(1024, 47843))
        yield row(number, group, dest_port, src_port, dice.between(0, 999))


def every(count: int) -> Iterator[bytes]:
    """All rows match: 100 groups of 7,000 source ports."""
    dice = Dice(SEED + 1)
    for number in range(count):
        src_port = str(LOWEST_PORT + dice.between(0, PORTS_PER_GROUP - 1))
        yield row(number, dice.between(0, GROUPS - 1), "7844", src_port, dice.between(0, 999))


def many_groups(count: int) -> Iterator[bytes]:
    """All rows match, two in each group, far apart."""
    dice = Dice(SEED + 2)
    groups = max(count // 2, 1)
    for number in range(count):
        src_port = str(dice.between(1024, 65535))
        yield row(number, number * STRIDE % groups, "7844", src_port, dice.between(0, 999))
