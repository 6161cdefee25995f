"""CSV bodies as splunkd writes them (protocol sections 7 and 8), read strictly and written.

A cell is bare if, and only if, it is empty or all ASCII letters and digits; else it is quoted and
each ``"`` in it doubled. Every record has as many cells as the header and ends with LF.
A field's values are a tuple of texts: none is null, several are a multivalue.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Values = tuple[bytes, ...]
Row = tuple[Values, ...]

MULTIVALUE_PREFIX = b"__mv_"

_BARE = re.compile(rb"[0-9A-Za-z]*")
_COMMON_CELL = re.compile(rb'(?:"([^"]*)"|([0-9A-Za-z]*))([,\n])')


class CsvViolation(Exception):
    """A body broke the dialect; the text says where and how."""


@dataclass(frozen=True)
class Table:
    """A body's plain columns in their order, and each row's values for them."""

    columns: tuple[bytes, ...]
    rows: tuple[Row, ...]

    def texts(self) -> list[dict[str, str]]:
        """The rows as dictionaries; several values are joined by LF. For assertions."""
        names = [name.decode() for name in self.columns]
        return [
            dict(zip(names, (b"\n".join(cell).decode("utf-8", "surrogateescape") for cell in row)))
            for row in self.rows
        ]


def read_table(body: bytes) -> Table:
    """The table that a body holds. Raises CsvViolation. An empty body is a table of no columns."""
    if not body:
        return Table((), ())
    records = read_records(body)
    names = records[0]
    plain, multivalues = _columns(names)
    rows = tuple(
        _row(number, record, names, plain, multivalues)
        for number, record in enumerate(records[1:], start=1)
    )
    return Table(tuple(names[place] for place in plain), rows)


def read_records(body: bytes) -> list[list[bytes]]:
    """All records of a body, the header first. Raises CsvViolation."""
    records: list[list[bytes]] = []
    record: list[bytes] = []
    place = 0
    while place < len(body):
        cell, place, ender = _cell(body, place, len(records))
        record.append(cell)
        if ender == b"\n":
            if records and len(record) != len(records[0]):
                raise CsvViolation(
                    f"record {len(records)} has {len(record)} cells, the header {len(records[0])}"
                )
            records.append(record)
            record = []
    if record:
        raise CsvViolation("the last record does not end with a newline")
    return records


def write_body(
    columns: Sequence[bytes], rows: Iterable[Sequence[Values]], *, multivalues: bool = True
) -> bytes:
    """A body in splunkd's own format: all plain columns, then all ``__mv_`` columns."""
    hidden = [MULTIVALUE_PREFIX + name for name in columns] if multivalues else []
    lines = [_record([*columns, *hidden])]
    for row in rows:
        cells = [b"\n".join(values) for values in row]
        encoded = [encode_multivalue(values) for values in row] if multivalues else []
        lines.append(_record(cells + encoded))
    return b"".join(lines)


def quote(text: bytes) -> bytes:
    """A cell of this text."""
    if _BARE.fullmatch(text):
        return text
    return b'"' + text.replace(b'"', b'""') + b'"'


def encode_multivalue(values: Values) -> bytes:
    """The ``__mv_`` cell: empty for null and for one value (but ``$$`` for a single empty one)."""
    if not values or (len(values) == 1 and values[0]):
        return b""
    return b";".join(b"$" + value.replace(b"$", b"$$") + b"$" for value in values)


def decode_multivalue(cell: bytes) -> Values:
    """The values of a ``__mv_`` cell, read by position (section 8). Raises CsvViolation."""
    values: list[bytes] = []
    place = 0
    while True:
        if cell[place : place + 1] != b"$":
            raise CsvViolation(f"a multivalue cell lacks a $ at byte {place}: {cell[:80]!r}")
        value = bytearray()
        place += 1
        while True:
            dollar = cell.find(b"$", place)
            if dollar < 0:
                raise CsvViolation(f"a multivalue cell does not close its $: {cell[:80]!r}")
            value += cell[place:dollar]
            place = dollar + 1
            if cell[place : place + 1] != b"$":
                break
            value += b"$"
            place += 1
        values.append(bytes(value))
        if place == len(cell):
            return tuple(values)
        if cell[place : place + 1] != b";":
            raise CsvViolation(f"a multivalue cell lacks a ; at byte {place}: {cell[:80]!r}")
        place += 1


def _columns(names: list[bytes]) -> tuple[list[int], dict[bytes, int]]:
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise CsvViolation(f"the column {twice!r} occurs twice")
    plain = [i for i, name in enumerate(names) if not name.startswith(MULTIVALUE_PREFIX)]
    multivalues = {}
    for i, name in enumerate(names):
        if name.startswith(MULTIVALUE_PREFIX):
            owner = name[len(MULTIVALUE_PREFIX) :]
            if owner not in names:
                raise CsvViolation(f"the column {name!r} has no column {owner!r}")
            multivalues[owner] = i
    return plain, multivalues


def _row(
    number: int,
    record: list[bytes],
    names: list[bytes],
    plain: list[int],
    multivalues: dict[bytes, int],
) -> Row:
    return tuple(
        _values(
            number,
            names[place],
            record[place],
            record[multivalues[names[place]]] if names[place] in multivalues else b"",
        )
        for place in plain
    )


def _values(number: int, name: bytes, text: bytes, encoded: bytes) -> Values:
    if not encoded:
        return (text,) if text else ()
    values = decode_multivalue(encoded)
    if b"\n".join(values) != text:
        raise CsvViolation(
            f"in record {number} the column {name!r} holds {text[:80]!r}, "
            f"but its multivalue column {encoded[:80]!r}"
        )
    return values


def _cell(body: bytes, place: int, record: int) -> tuple[bytes, int, bytes]:
    common = _COMMON_CELL.match(body, place)
    if common is not None:
        quoted, bare, ender = common.groups()
        if quoted is None:
            return bare, common.end(), ender
        _check_need(quoted, record)
        return quoted, common.end(), ender
    if body[place : place + 1] != b'"':
        bare = _BARE.match(body, place)
        if bare is not None and bare.end() == len(body):
            raise CsvViolation("the last record does not end with a newline")
        raise CsvViolation(
            f"record {record} has a bare cell that is not all ASCII letters and digits: "
            f"{body[place : place + 80]!r}"
        )
    return _cell_with_quotes(body, place + 1, record)


def _cell_with_quotes(body: bytes, start: int, record: int) -> tuple[bytes, int, bytes]:
    place = start
    while True:
        mark = body.find(b'"', place)
        if mark < 0:
            raise CsvViolation(f"record {record} ends inside quotes")
        if body[mark + 1 : mark + 2] != b'"':
            break
        place = mark + 2
    ender = body[mark + 1 : mark + 2]
    if not ender:
        raise CsvViolation("the last record does not end with a newline")
    if ender not in (b",", b"\n"):
        raise CsvViolation(f"record {record} has {ender!r} after a cell's closing quote")
    text = body[start:mark].replace(b'""', b'"')
    _check_need(text, record)
    return text, mark + 2, ender


def _check_need(text: bytes, record: int) -> None:
    if _BARE.fullmatch(text):
        raise CsvViolation(f"record {record} has quotes round {text[:80]!r} for no need")


def _record(cells: Sequence[bytes]) -> bytes:
    return b",".join(quote(cell) for cell in cells) + b"\n"
