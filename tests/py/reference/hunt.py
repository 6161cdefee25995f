"""The whole answer: a plan's text and bodies of CSV in, the table and its CSV out."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from . import conditions, csv_dialect, language
from .csv_dialect import Row
from .events import Switches
from .functions import TIME_FRACTION_MAX, Cell, evaluate
from .language import SWITCHES
from .model import DatasetRow, Kind
from .number import order_key
from .plan import Function, Plan
from .span import bin_start
from .where import holds

__all__ = ["TIME_FRACTION_MAX"]

COMBINATIONS_MAX = 10_000  # groups that one row may go to (B4)

DEFAULT_HUNT = (
    "summariesonly=false allow_old_summaries=true fillnull_value=null"
    " count min(_time) as firstTime max(_time) as lastTime"
    " values(All_Traffic.src_port) as src_port"
    " from datamodel=Network_Traffic.All_Traffic"
    " where All_Traffic.dest_port=7844"
    " by All_Traffic.action All_Traffic.app All_Traffic.dest All_Traffic.dest_ip"
    " All_Traffic.dest_port All_Traffic.direction All_Traffic.dvc All_Traffic.protocol"
    " All_Traffic.protocol_version All_Traffic.src All_Traffic.src_ip All_Traffic.transport"
    " All_Traffic.user All_Traffic.vendor_product"
    " | `drop_dm_object_name(All_Traffic)`"
)


@dataclass
class Table:
    """The answer. multivalue says of each column whether it is that of a values() function.

    damaged: malformed __mv_ cells over all columns of all bodies. capped: the multivalue BY fields
    of rows with too many combinations, with how many such rows. kinds: rows of each kind.
    """

    columns: list[str]
    rows: list[list[Cell]]
    multivalue: list[bool]
    damaged: int = 0
    capped: dict[tuple[str, ...], int] = field(default_factory=dict)
    kinds: dict[Kind, int] = field(default_factory=dict)


def run(plan_text: str, bodies: Iterable[bytes], switches: Switches | None = None) -> Table:
    """The answer for the rows of all bodies; a switch in the text wins over switches.

    Raises language.LanguageError, events.ReadersDisagree, number.TooLarge.
    """
    read = [csv_dialect.read(body) for body in bodies]
    rows = [row for body in read for row in body.rows]
    table = answer(language.parse(plan_text), rows, switches)
    table.damaged = sum(body.damaged for body in read)
    return table


def answer(plan: Plan, rows: Iterable[Row], switches: Switches | None = None) -> Table:
    """The answer for rows that are read already."""
    given = {name: plan.options[name] for name in SWITCHES if name in plan.options}
    chosen = replace(switches or Switches(), **given)
    table = Table(columns(plan), [], [False] * len(plan.by) + multivalue(plan.functions))
    condition = conditions.whole(plan)
    groups: dict[tuple[bytes, ...], list[DatasetRow]] = {}
    for row in rows:
        event = DatasetRow(row, plan, chosen)
        table.kinds[event.kind] = table.kinds.get(event.kind, 0) + 1
        if event.kind is Kind.UNUSABLE:
            continue
        if not holds(condition, event.values, plan.include_omitted):
            continue
        for key in keys(event, plan, table):
            groups.setdefault(key, []).append(event)
    if not plan.by:
        groups.setdefault((), [])  # without BY one row always, as tstats count gives 0 [K]
    for key in sorted(groups, key=lambda key: [order_key(text) for text in key]):  # T7
        results = [evaluate(function, groups[key]) for function in plan.functions]
        table.rows.append([[text] for text in key] + results)
    return table


# ---- columns ----


def columns(plan: Plan) -> list[str]:
    """BY fields, then functions, in the order written (T6); the tail strips its prefix (C1)."""
    names = [*plan.by, *(function.output for function in plan.functions)]
    if plan.strip is not None:
        names = [name[len(plan.strip) :] if name.startswith(plan.strip) else name for name in names]
    return names


def multivalue(functions: Sequence[Function]) -> list[bool]:
    """Which functions give several values (F4)."""
    return [function.name == "values" for function in functions]


# ---- groups ----


def keys(event: DatasetRow, plan: Plan, table: Table) -> list[tuple[bytes, ...]]:
    """The groups that an event belongs to.

    Empty values count as absent (B8). A null field gets fillnull_value, or without one the event is
    left out (B1). Otherwise one group for each combination of distinct values (B4, B5); over 10,000
    of them, each multivalue field's distinct values are joined by LF, in order of arrival.
    """
    choices: list[list[bytes]] = []
    for name in plan.by:
        distinct = list(dict.fromkeys(value for value in by_values(event, plan, name) if value))
        if not distinct:
            if plan.fillnull is None:
                return []
            distinct = [plan.fillnull.encode("utf-8", "surrogateescape")]
        choices.append(distinct)
    if math.prod(len(choice) for choice in choices) > COMBINATIONS_MAX:
        several = tuple(name for name, choice in zip(plan.by, choices) if len(choice) > 1)
        table.capped[several] = table.capped.get(several, 0) + 1
        choices = [[b"\n".join(choice)] for choice in choices]
    return list(itertools.product(*choices))


def by_values(event: DatasetRow, plan: Plan, name: str) -> list[bytes]:
    """A BY field's values; of _time the bins, where a value that is no number has none (B6)."""
    if name != "_time":
        return event.values(name)
    bins = (bin_start(plan.span, value) for value in event.values(name))
    return [start for start in bins if start is not None]


# ---- the reply ----


def reply_body(table: Table) -> bytes:
    """The CSV of the answer, byte for byte: quoted as splunkd does, LF, plain columns first, then
    __mv_ columns of the values() functions only (F4). Without rows, a header line only."""
    several = [index for index, is_multivalue in enumerate(table.multivalue) if is_multivalue]
    names = [name.encode("utf-8", "surrogateescape") for name in table.columns]
    prefix = csv_dialect.MULTIVALUE_PREFIX
    lines = [csv_dialect.write_line([*names, *(prefix + names[index] for index in several)])]
    for row in table.rows:
        plain = [b"\n".join(cell) for cell in row]
        encoded = [csv_dialect.encode_multivalue(row[index]) for index in several]
        lines.append(csv_dialect.write_line([*plain, *encoded]))
    return b"".join(lines)
