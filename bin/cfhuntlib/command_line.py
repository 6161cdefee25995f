"""The command line: reads event files, runs a hunt, prints the table."""

from __future__ import annotations

import argparse
import csv
import datetime
import io
import json
import os
import re
import sys
from typing import TYPE_CHECKING, TextIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cfhuntlib.errors import CfhuntError
from cfhuntlib.event_files import bodies
from cfhuntlib.hunt_files import add_hunt
from cfhuntlib.spill_folders import spill_folders

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cfhuntlib._cfhunt import Engine

    Cell = list[str]
    Row = list[Cell]

TIME_COLUMNS = ("firstTime", "lastTime")
TIME_FORMAT = "%Y-%m-%dT%H:%M:%S"
MULTIVALUE_PREFIX = "__mv_"
_MULTIVALUE = re.compile(r"\$((?:[^$]|\$\$)*)\$(?:;|\Z)")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cfhunt_cli.py",
        description="Hunts in event files: Sysmon events as XML, or Splunk CSV exports. Without "
        "--search the hunt is Windows Potential Cloudflared Network Connection.",
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="event files; - or none: stdin")
    parser.add_argument("--format", choices=("table", "csv", "json"), default="table")
    parser.add_argument(
        "--search", default="", metavar="TEXT", help="what would follow `| cfhunt` in Splunk"
    )
    parser.add_argument(
        "--zone",
        default="UTC",
        metavar="NAME",
        help="time zone of firstTime and lastTime, for example Europe/Berlin (default: UTC)",
    )
    return parser


def main(arguments: Sequence[str]) -> int:
    """Runs the command line; returns the exit code: 0, or 1 after an error, which is on stderr."""
    options = _parser().parse_args(arguments)
    try:
        zone = _zone(options.zone)
        engine = _hunt(options.search, options.files or ["-"])
        columns, rows = _table(engine)
        _print(options.format, columns, [_with_times(columns, row, zone) for row in rows])
    except (CfhuntError, ValueError, OSError) as failure:
        print(f"cfhunt: {failure}", file=sys.stderr)
        return 1
    if engine.explanation(0) is None:
        for _level, text in engine.table_messages(0, False):
            print(f"cfhunt: {text}", file=sys.stderr)
    return 0


def _zone(name: str) -> datetime.tzinfo:
    if name == "UTC":
        return datetime.timezone.utc
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as failure:
        raise CfhuntError(f"This machine knows no time zone {name}.") from failure


def _hunt(search: str, files: Iterable[str]) -> Engine:
    from cfhuntlib.native import engine as native

    engine = native.Engine(os.urandom(native.SECRET_SIZE))
    add_hunt(engine, search.strip().encode("utf-8", "surrogateescape"))
    engine.refuse_partials()
    engine.spill_to(spill_folders())
    if engine.explanation(0) is not None:
        return engine
    for name in files:
        engine.begin_body()
        for window in bodies(name):
            engine.feed(window, 0, len(window))
        engine.end_body()
    return engine


def _table(engine: Engine) -> tuple[list[str], list[Row]]:
    """The columns and rows of the reply; a cell is its values, none for null."""
    rows = engine.explanation(0)
    if rows is None:
        engine.begin_table(0)
        rows = b"".join(iter(engine.reply_window, b""))
    body = rows.decode("utf-8", "surrogateescape")
    csv.field_size_limit(sys.maxsize)
    lines = csv.reader(io.StringIO(body, newline=""))
    header = next(lines)
    columns = [name for name in header if not name.startswith(MULTIVALUE_PREFIX)]
    return columns, [_cells(header, columns, line) for line in lines]


def _cells(header: list[str], columns: list[str], line: list[str]) -> Row:
    by_name = dict(zip(header, line))
    return [_values(by_name[name], by_name.get(MULTIVALUE_PREFIX + name, "")) for name in columns]


def _values(plain: str, multivalue: str) -> Cell:
    if multivalue:
        return [value.replace("$$", "$") for value in _MULTIVALUE.findall(multivalue)]
    return [plain] if plain else []


def _with_times(columns: list[str], row: Row, zone: datetime.tzinfo) -> Row:
    return [
        [_time(value, zone) for value in cell] if name in TIME_COLUMNS else cell
        for name, cell in zip(columns, row)
    ]


def _time(value: str, zone: datetime.tzinfo) -> str:
    """Epoch seconds as text without zone or fraction, as the app's saved searches print them."""
    try:
        return datetime.datetime.fromtimestamp(float(value) // 1, zone).strftime(TIME_FORMAT)
    except (ValueError, OverflowError, OSError):
        return value


def _print(form: str, columns: list[str], rows: list[Row]) -> None:
    output = io.TextIOWrapper(
        sys.stdout.buffer, "utf-8", "surrogateescape", newline="", write_through=True
    )
    {"table": _print_table, "csv": _print_csv, "json": _print_json}[form](output, columns, rows)
    output.flush()
    output.detach()


def _print_csv(output: TextIO, columns: list[str], rows: list[Row]) -> None:
    writer = csv.writer(output, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["\n".join(cell) for cell in row] for row in rows)


def _print_json(output: TextIO, columns: list[str], rows: list[Row]) -> None:
    """One object a line; a multivalue cell is a list, null is null."""
    for row in rows:
        cells = [cell if len(cell) > 1 else cell[0] if cell else None for cell in row]
        json.dump(dict(zip(columns, cells)), output)
        output.write("\n")


def _print_table(output: TextIO, columns: list[str], rows: list[Row]) -> None:
    """Columns as wide as they need; a multivalue cell takes a line for each value."""
    lines = [[[name] for name in columns], *([_lines(cell) for cell in row] for row in rows)]
    widths = [max(len(text) for line in lines for text in line[i]) for i in range(len(columns))]
    for number, line in enumerate(lines):
        for part in range(max((len(cell) for cell in line), default=0)):
            texts = [cell[part] if part < len(cell) else "" for cell in line]
            padded = "  ".join(text.ljust(width) for text, width in zip(texts, widths))
            output.write(padded.rstrip() + "\n")
        if number == 0:
            output.write("  ".join("-" * width for width in widths) + "\n")


def _lines(cell: Cell) -> list[str]:
    """What a cell shows, with control characters made visible: a table cannot be forged by them."""
    return ["".join(_visible(letter) for letter in value) for value in cell] or [""]


def _visible(letter: str) -> str:
    if letter.isprintable() or 0xDC80 <= ord(letter) <= 0xDCFF:
        return letter
    return letter.encode("unicode_escape").decode("ascii")
