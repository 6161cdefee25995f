"""The bench's input files: made once for a scale, kept under build/bench/ while their makers are
the same.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import flow_rows
import sysmon_rows
import worst_rows
from session_file import (
    CHUNK_ROWS,
    getinfo_request,
    header,
    write_rows,
    write_session,
)

HERE = Path(__file__).parent
ATTACK_DATA = HERE.parents[1] / "attack_data"
MAKERS = (
    *(
        HERE / name
        for name in ("flow_rows.py", "sysmon_rows.py", "worst_rows.py", "session_file.py")
    ),
    Path(__file__),
    ATTACK_DATA / "make_events.py",
)

Rows = Callable[[int], Iterator[bytes]]


@dataclass(frozen=True)
class Source:
    """Where a session's rows come from: how many at full scale, under which columns, in chunks of
    how many; and the arguments of the cfhunt they go into."""

    name: str
    rows: int
    columns: tuple[str, ...]
    maker: Rows
    arguments: str = ""
    chunk_rows: int = CHUNK_ROWS


FLOWS, EVENTS = flow_rows.COLUMNS, sysmon_rows.COLUMNS
VALUES = "count values(All_Traffic.user) as user from datamodel=Network_Traffic.All_Traffic where All_Traffic.dest_port=7844"  # noqa: E501
BY_APP = "count from datamodel=Network_Traffic.All_Traffic where All_Traffic.dest_port=7844 by All_Traffic.app"  # noqa: E501
BY_SRC = "count min(_time) as firstTime from datamodel=Network_Traffic.All_Traffic where All_Traffic.dest_port=7844 by All_Traffic.src"  # noqa: E501

SOURCES = {
    source.name: source
    for source in (
        Source("cim-rare", 1_000_000, FLOWS, flow_rows.rare),
        Source("cim-all", 1_000_000, FLOWS, flow_rows.every),
        Source("cim-500k", 1_000_000, FLOWS, flow_rows.many_groups),
        Source("raw", 300_000, EVENTS, sysmon_rows.events),
        Source("ports", 1_000_000, FLOWS, worst_rows.one_group),
        Source("texts", 1_000_000, FLOWS, worst_rows.many_texts, VALUES),
        Source("cells", 200, FLOWS, worst_rows.big_cells),
        Source("chunks", 100_000, FLOWS, flow_rows.rare, chunk_rows=1),
        Source("collide", 1_000_000, FLOWS, worst_rows.colliding, BY_APP),
        Source("decoys", 1_000_000, FLOWS, worst_rows.decoys),
        Source("quoted", 1_000_000, FLOWS, worst_rows.all_quoted),
        Source("bytes", 4_000, FLOWS, flow_rows.rare),
        Source(
            "keys", 10_000_000, worst_rows.MANY_KEYS_COLUMNS, worst_rows.many_keys,
            f"maxmem=200 {BY_SRC}",
        ),
    )
}  # fmt: skip


class Inputs:
    """The files of one scale, in a folder that nothing else writes to."""

    def __init__(self, folder: Path, scale: float) -> None:
        self.folder = folder
        self.scale = scale
        makers = b"".join(maker.read_bytes() for maker in MAKERS)
        stamp = hashlib.sha256(makers + repr(scale).encode()).hexdigest()
        kept = folder / "made-by"
        if not kept.is_file() or kept.read_text() != stamp:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            kept.write_text(stamp)

    def count(self, name: str) -> int:
        """How many rows that input has at this scale."""
        return max(int(SOURCES[name].rows * self.scale), 10)

    def session(self, name: str) -> Path:
        """The recorded session of that input."""
        return self._made(f"{name}.session", lambda path: self._write(path, name, self.count(name)))

    def one_row(self, name: str) -> Path:
        """The same session with one row."""
        return self._made(f"{name}.one.session", lambda path: self._write(path, name, 1))

    def rows_of(self, session: Path) -> Path:
        """A session's rows as one plain CSV file."""
        name = session.name.replace(".session", ".csv")
        return self._made(name, lambda path: write_rows(path, session))

    def _write(self, path: Path, name: str, rows: int) -> None:
        source = SOURCES[name]
        first_line, opening = header(source.columns), getinfo_request(source.arguments)
        write_session(path, opening, first_line, source.maker(rows), source.chunk_rows)

    def _made(self, name: str, write: Callable[[Path], None]) -> Path:
        path = self.folder / name
        if not path.is_file():
            unfinished = path.with_name(name + ".unfinished")
            write(unfinished)
            unfinished.rename(path)
        return path
