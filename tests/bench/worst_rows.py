"""Inputs that are built to hurt: each what an attacker, or bad luck, could put into a search."""

from __future__ import annotations

from collections.abc import Iterator

from flow_rows import COLUMNS, GROUPS, ORDINARY_PORTS, START, STRIDE, every, row
from make_events import Dice
from session_file import record

SEED = 20260513
PORTS = 65_536
BIG_CELL = 1_000_000  # bytes
COLLIDING_KEYS = 200_000

# Bytes 16 to 24 of XXH3's own secret. A key of 32 bytes whose bytes 16 to 24 are these has, under
# XXH3 without a secret of one's own, a hash in which bytes 24 to 32 play no part: they are
# multiplied by zero. So all such keys collide.
ANNULLING = bytes.fromhex("ded46de9839097db")
LENGTH_BYTES = 4  # in front of the value in a group's key (c_ext/group.h)
FREE_DIGITS = 8


def one_group(count: int) -> Iterator[bytes]:
    """One group that meets all 65,536 ports, out of order."""
    for number in range(count):
        yield row(number, 0, "7844", str(number * 40_503 % PORTS))


def many_texts(count: int) -> Iterator[bytes]:
    """One group with another user in every row."""
    plain = row(0, 0, "7844", "50000")
    before, behind = plain.split(b",user0,")
    for number in range(count):
        yield before + b",user%08d," % (number * STRIDE % 100_000_000) + behind


def big_cells(count: int) -> Iterator[bytes]:
    """Rows whose program is a megabyte long; four programs in all."""
    dice = Dice(SEED)
    for number in range(count):
        cells = dict.fromkeys(COLUMNS, b"x") | {"_time": b"%d" % (START + number)}
        filler = b'C:\\%d "quoted",' % dice.between(1, 4)
        cells["app"] = (filler * (BIG_CELL // len(filler) + 1))[:BIG_CELL]
        cells["dest_port"], cells["src_port"] = b"7844", b"%d" % (50_000 + number % 100)
        yield record(COLUMNS, [cells[name] for name in COLUMNS])


def colliding_key(number: int) -> bytes:
    """A value whose group key collides with all others under a hash that is not keyed."""
    return b"k" * (16 - LENGTH_BYTES) + ANNULLING + b"%0*d" % (FREE_DIGITS, number)


def colliding(count: int) -> Iterator[bytes]:
    """Programs whose names collide."""
    before, behind = row(0, 0, "7844", "50000").split(b'"C:\\Program Files\\Vendor 0\\agent.exe"')
    for number in range(count):
        value = colliding_key(number * STRIDE % min(COLLIDING_KEYS, max(count // 5, 1)))
        yield before + b'"' + value + b'"' + behind


def decoys(count: int) -> Iterator[bytes]:
    """7844 in every row, never as the destination's port."""
    dice = Dice(SEED)
    for number in range(count):
        yield row(number, dice.between(0, GROUPS - 1), dice.pick(ORDINARY_PORTS), "7844")


def all_quoted(count: int) -> Iterator[bytes]:
    """As cim-all, with quotes round every cell, also round the empty ones."""
    for line in every(count):
        cells = [cell.strip(b'"') for cell in line.rstrip(b"\n").split(b",")]
        yield b'"' + b'","'.join(cells) + b'"\n'


def many_keys(count: int) -> Iterator[bytes]:
    """Short rows, a group each: what no memory holds."""
    for number in range(count):
        key = number * STRIDE % 100_000_000
        yield b"%d,7844,host%08d,,,\n" % (START + number // 1000, key)


MANY_KEYS_COLUMNS = ("_time", "dest_port", "src")
