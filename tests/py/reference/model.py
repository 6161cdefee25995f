"""The dataset Network_Traffic.All_Traffic: its fields, their evals, and what a row is (section 6).

An eval is a function of the row's inputs that gives the field's values; no values is null.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, localcontext
from enum import Enum
from typing import Protocol

from . import events
from .csv_dialect import Row
from .language import METADATA, Plan, where_fields
from .number import epoch_text, is_number, parse_time, printed

Values = list[bytes]
PREFIX = "All_Traffic."
UNKNOWN = b"unknown"


class Inputs(Protocol):
    """What an eval may look at."""

    def before(self, name: str) -> Values:
        """A dataset field's values before the evals."""

    def metadata(self, name: str) -> Values:
        """The event's own _time, index, source, sourcetype, host."""


Eval = Callable[[Inputs], Values]

# ---- the kinds of eval; all run value by value ----


def as_it_comes(name: str) -> Eval:
    """No eval: the values, or null."""
    return lambda inputs: inputs.before(name)


def or_unknown(name: str) -> Eval:
    """if(isnull(x) OR x="","unknown",x)."""
    return lambda inputs: [value or UNKNOWN for value in inputs.before(name)] or [UNKNOWN]


def lower_or_unknown(name: str) -> Eval:
    """if(isnull(x) OR x="","unknown",lower(x))."""
    return lambda inputs: [value.lower() for value in or_unknown(name)(inputs)]


def number_or_zero(name: str) -> Eval:
    """if(isnum(x),x,0); a text that is a number counts as one and stays as it came (M3)."""
    return lambda inputs: (
        [value if is_number(value) else b"0" for value in inputs.before(name)] or [b"0"]
    )


def vendor_product(inputs: Inputs) -> Values:
    """M2. An empty vendor_product counts as set; of several vendors or products the first."""
    given = inputs.before("vendor_product")
    if given:
        return given
    vendor = known(inputs.before("vendor"))
    product = known(inputs.before("product"))
    if vendor is not None and product is not None:
        return [vendor + b" " + product]
    if vendor is not None:
        return [vendor + b" unknown"]
    if product is not None:
        return [b"unknown " + product]
    return inputs.metadata("sourcetype") or [UNKNOWN]


def known(values: Values) -> bytes | None:
    """The first value, or None when it is null or the text unknown."""
    return values[0] if values and values[0] != UNKNOWN else None


def counter(name: str, left: str, sign: int, right: str) -> Eval:
    """case(isnum(x),x, isnum(left) AND isnum(right),left+right or left-right, 1=1,null()).

    A field with several values is no number here. How the computed number is printed is not
    documented: exact, without an exponent [K]; generators leave these six fields alone.
    """

    def evaluate(inputs: Inputs) -> Values:
        own, first, second = (single_number(inputs, field) for field in (name, left, right))
        if own is not None:
            return [own]
        if first is None or second is None:
            return []
        with localcontext() as context:
            context.prec = 10000
            result = Decimal(first.decode()) + sign * Decimal(second.decode())
            return [printed(format(result, "f").encode())]

    return evaluate


def single_number(inputs: Inputs, name: str) -> bytes | None:
    """The field's value if it is one number."""
    values = inputs.before(name)
    return values[0] if len(values) == 1 and is_number(values[0]) else None


# ---- the fields of the dataset ----

NO_EVAL = """
    app channel dest_bunit dest_category dest_interface dest_ip dest_mac dest_priority
    dest_translated_ip dest_translated_port dest_zone direction duration dvc_ip dvc_bunit
    dvc_category dvc_mac dvc_priority dvc_zone flow_id icmp_code icmp_type process_id protocol
    protocol_version response_time session_id src_bunit src_category src_interface src_ip src_mac
    src_priority src_translated_ip src_translated_port src_zone ssid tag tcp_flag tos ttl
    user_bunit user_category user_priority vlan wifi vendor_account
"""

FIELDS: dict[str, Eval] = {
    **{name: as_it_comes(name) for name in NO_EVAL.split()},
    **{name: or_unknown(name) for name in ("action", "dest", "dvc", "rule", "src", "user")},
    **{name: number_or_zero(name) for name in ("dest_port", "src_port")},
    "transport": lower_or_unknown("transport"),
    "vendor_product": vendor_product,
    "bytes": counter("bytes", "bytes_in", +1, "bytes_out"),
    "bytes_in": counter("bytes_in", "bytes", -1, "bytes_out"),
    "bytes_out": counter("bytes_out", "bytes", -1, "bytes_in"),
    "packets": counter("packets", "packets_in", +1, "packets_out"),
    "packets_in": counter("packets_in", "packets", -1, "packets_out"),
    "packets_out": counter("packets_out", "packets", -1, "packets_in"),
}
M2_INPUTS = ("vendor", "product")  # no fields of the dataset, but what vendor_product is made of
COLUMNS = frozenset(
    (prefix + name).encode() for name in (*FIELDS, *M2_INPUTS) for prefix in ("", PREFIX)
)


# ---- rows ----


class Kind(Enum):
    """What a row is, decided per row and plan (design section 2)."""

    MAPPED = "mapped"
    PROFILED = "profiled"
    UNUSABLE = "unusable"


def column(row: Row, name: str) -> Values:
    """The values of the column of that very name."""
    return row.get(name.encode("utf-8", "surrogateescape"), [])


def lookup(row: Row, name: str) -> Values:
    """A field, before the evals: where it is there both prefixed and bare, the prefixed one."""
    if name.startswith(PREFIX):
        return column(row, name) or column(row, name[len(PREFIX) :])
    return column(row, name)


class DatasetRow:
    """A row as the dataset sees it."""

    def __init__(self, row: Row, plan: Plan, switches: events.Switches) -> None:
        """Decides what the row is. Raises events.ReadersDisagree."""
        self.row = row
        self.event: events.Event | None = None
        self.profile: dict[str, Values] = {}
        self.kind = self.decide(plan)
        if self.kind is Kind.PROFILED and self.event is not None:
            self.profile = events.network_traffic(self.event, switches)

    def decide(self, plan: Plan) -> Kind:
        """1. a WHERE field has a value: mapped. 2. _raw is an event that the profile knows:
        profiled. 3. any other field of the dataset has a value: mapped. 4. else unusable."""
        if any(lookup(self.row, name) for name in where_fields(plan.where)):
            return Kind.MAPPED
        raw = column(self.row, "_raw")
        self.event = events.read(raw[0]) if raw else None
        if self.event is not None:
            return Kind.PROFILED
        if not COLUMNS.isdisjoint(self.row):
            return Kind.MAPPED
        return Kind.UNUSABLE

    def before(self, name: str) -> Values:
        """A dataset field before the evals; of a profiled row, what the profile gives."""
        if self.kind is Kind.PROFILED:
            return self.profile.get(name, [])
        return lookup(self.row, PREFIX + name)

    def metadata(self, name: str) -> Values:
        """The columns of those very names; _time as epoch seconds."""
        if name != "_time":
            return column(self.row, name)
        values = [epoch_text(value) for value in column(self.row, "_time")]
        if not values and self.kind is Kind.PROFILED and self.event is not None:
            time = parse_time(self.event.system_time)
            return [] if time is None else [b"%d" % time[0]]  # whole seconds (S5, F9)
        return values

    def values(self, name: str) -> Values:
        """The values of a field of the search, after the evals (M5); [] is null.

        A name that is no field of the dataset comes as the row has it, or is null (B3).
        """
        if name in METADATA:
            return self.metadata(name)
        if name.startswith(PREFIX):
            bare = name[len(PREFIX) :]
            return FIELDS.get(bare, as_it_comes(bare))(self)
        return [] if self.kind is Kind.PROFILED else column(self.row, name)
