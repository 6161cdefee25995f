"""Tables, brought into one form whoever printed them, so that they can be compared.

A table's digest does not depend on the order of rows, of columns, or of the values in a cell, nor
on how a number is spelt.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from session_file import Recording

csv.field_size_limit(1 << 30)

NUMBERS = ("count", "firstTime", "lastTime")
SEVERAL = "src_port"  # values joined by LF
HIDDEN = "__mv_"
ROW_BITS = 128


class Refused(Exception):
    """A command answered with an error frame; the text is its sentence."""


@dataclass(frozen=True)
class Answer:
    """What a table says: how many rows, the sum of their counts, and the digest of them all."""

    rows: int
    events: int
    digest: str


def of_csv(path: Path) -> Answer:
    """The table in a CSV file."""
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return of_rows(csv.reader(file))


def of_session(path: Path) -> Answer:
    """The table in a command's replies. Raises Refused for an error frame."""
    body = io.BytesIO(table_of(path))
    return of_rows(csv.reader(io.TextIOWrapper(body, "utf-8", "surrogateescape", newline="")))


def rows_of_session(path: Path) -> int:
    """How many rows the table in a command's replies has, where no cell holds a line break.

    Raises Refused for an error frame.
    """
    return table_of(path).count(b"\n") - 1


def table_of(path: Path) -> bytes:
    """The one body in a command's replies. Raises Refused for an error frame."""
    filled = []
    for metadata, body in replies(path):
        if "error" in metadata:
            raise Refused(metadata["error"])
        if body:
            filled.append(body)
    if len(filled) != 1:
        raise ValueError(f"{path.name}: {len(filled)} replies with a body instead of one")
    return filled[0]


def replies(path: Path) -> Iterator[tuple[dict[str, Any], bytes]]:
    """A command's replies: their metadata and bodies."""
    with path.open("rb") as file:
        for metadata, body in Recording(file):
            yield json.loads(metadata), body


def of_rows(rows: Iterable[Sequence[str]]) -> Answer:
    """The table whose first row has the columns' names."""
    iterator = iter(rows)
    names = next(iterator, [])
    order = sorted((name, place) for place, name in enumerate(names) if not name.startswith(HIDDEN))
    number = events = total = 0
    for row in iterator:
        cells = {name: normal(name, row[place]) for name, place in order}
        text = "\x1f".join(f"{name}={cell}" for name, cell in cells.items())
        whole = hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
        total += int.from_bytes(whole[: ROW_BITS // 8], "big")
        number += 1
        events += int(cells.get("count", 0))
    return Answer(number, events, f"{total % 2**ROW_BITS:032x}")


def normal(name: str, cell: str) -> str:
    """A cell in the one spelling of its value."""
    if name in NUMBERS and cell:
        return plain(cell)
    if name == SEVERAL:
        return "\n".join(sorted(cell.split("\n")))
    return cell


def plain(number: str) -> str:
    """A number without exponent and without zeros at its end: 1.50 and 1.5e0 are 1.5."""
    text = f"{Decimal(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
