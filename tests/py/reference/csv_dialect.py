"""Splunk's CSV, read one character at a time, and written as splunkd writes it.

The dialect: every '"' toggles quoting, also inside a bare cell, and inside quotes a doubled one is
a quote; a row ends at an LF outside quotes, and a CR just before that LF is dropped; missing cells
are null, extra ones are ignored; each body begins afresh with its header.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

QUOTE, COMMA, LF = b'",\n'
MULTIVALUE_PREFIX = b"__mv_"
BARE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")

# A column's name -> its values. A name that is not there is null; no list is ever empty.
Row = dict[bytes, list[bytes]]


@dataclass
class Body:
    """A body that was read.

    damaged counts the __mv_ cells that are not of the form $..$;$..$. unclosed: the body ends
    inside quotes; its last row is what came.
    """

    header: list[bytes] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    damaged: int = 0
    unclosed: bool = False


def cells(body: bytes) -> tuple[list[list[bytes]], bool]:
    """The rows of a body as lists of cell texts, and whether it ends inside quotes."""
    rows: list[list[bytes]] = []
    row: list[bytes] = []
    cell = bytearray()
    quoted = False
    row_begun = False
    position = 0
    while position < len(body):
        byte = body[position]
        position += 1
        row_begun = True
        if byte == QUOTE:
            if quoted and body[position : position + 1] == b'"':
                cell.append(QUOTE)
                position += 1
            else:
                quoted = not quoted
        elif quoted:
            cell.append(byte)
        elif byte == COMMA:
            row.append(bytes(cell))
            cell = bytearray()
        elif byte == LF:
            if body[position - 2 : position - 1] == b"\r":
                cell.pop()
            row.append(bytes(cell))
            rows.append(row)
            row, cell, row_begun = [], bytearray(), False
        else:
            cell.append(byte)
    if row_begun:
        row.append(bytes(cell))
        rows.append(row)
    return rows, quoted


def decode_multivalue(cell: bytes) -> list[bytes] | None:
    """The values of a non-empty __mv_ cell, or None when it is malformed (protocol section 8).

    Read by position: the opening $; inside, $$ is one dollar and any other $ closes; then ; or the
    end.
    """
    values: list[bytes] = []
    position = 0
    while True:
        if cell[position : position + 1] != b"$":
            return None
        position += 1
        value = bytearray()
        while True:
            if position == len(cell):
                return None
            if cell[position : position + 2] == b"$$":
                value += b"$"
                position += 2
            elif cell[position : position + 1] == b"$":
                position += 1
                break
            else:
                value += cell[position : position + 1]
                position += 1
        values.append(bytes(value))
        if position == len(cell):
            return values
        if cell[position : position + 1] != b";":
            return None
        position += 1


def encode_multivalue(values: Sequence[bytes]) -> bytes:
    """The __mv_ cell: $a$;$b$ for several values and for one empty value, otherwise empty.

    An empty cell whose __mv_ is empty is null, so a single empty value needs its $$.
    """
    if len(values) > 1 or list(values) == [b""]:
        return b";".join(b"$" + value.replace(b"$", b"$$") + b"$" for value in values)
    return b""


def read(body: bytes) -> Body:
    """The header and the rows of a body.

    A header name that occurs twice: the first column counts. A column __mv_x belongs to column x;
    without a column x it is ignored.
    """
    table, unclosed = cells(body)
    result = Body(unclosed=unclosed)
    if not table:
        return result
    result.header = table[0]
    first: dict[bytes, int] = {}
    for index, name in enumerate(result.header):
        first.setdefault(name, index)
    for texts in table[1:]:
        row: Row = {}
        for name, index in first.items():
            if name.startswith(MULTIVALUE_PREFIX):
                continue
            plain = texts[index] if index < len(texts) else b""
            multi_index = first.get(MULTIVALUE_PREFIX + name, len(texts))
            multi = texts[multi_index] if multi_index < len(texts) else b""
            values = [plain] if plain else []
            if multi:
                decoded = decode_multivalue(multi)
                if decoded is None:
                    result.damaged += 1
                else:
                    values = decoded
            if values:
                row[name] = values
        result.rows.append(row)
    return result


def rows(body: bytes) -> list[Row]:
    """The rows of a body; a name that is null in a row is not in it."""
    return read(body).rows


def write_cell(text: bytes) -> bytes:
    """Bare only if it is empty or all ASCII letters and digits (protocol section 7)."""
    if all(byte in BARE for byte in text):
        return text
    return b'"' + text.replace(b'"', b'""') + b'"'


def write_line(texts: Iterable[bytes]) -> bytes:
    """One row of cells, with its LF."""
    return b",".join(write_cell(text) for text in texts) + b"\n"


def write(columns: Sequence[bytes], table: Iterable[Row]) -> bytes:
    """A body as splunkd writes it: all columns, then all __mv_ columns in the same order.

    Column x holds the values joined by LF.
    """
    lines = [write_line([*columns, *(MULTIVALUE_PREFIX + name for name in columns)])]
    for row in table:
        values = [row.get(name, []) for name in columns]
        plain = [b"\n".join(texts) for texts in values]
        lines.append(write_line([*plain, *(encode_multivalue(texts) for texts in values)]))
    return b"".join(lines)
