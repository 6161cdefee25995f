"""What a row is to a plan's dataset: its kind, its fields before and after the evals."""

from __future__ import annotations

from enum import Enum

from . import events, models
from .csv_dialect import Row
from .dataset import Dataset
from .number import epoch_text, parse_time
from .plan import METADATA, Plan, bare_name, where_fields

Values = list[bytes]


class Kind(Enum):
    """What a row is, decided per row and plan (design section 2)."""

    MAPPED = "mapped"
    PROFILED = "profiled"
    UNUSABLE = "unusable"


def column(row: Row, name: str) -> Values:
    """The values of the column of that very name."""
    return row.get(name.encode("utf-8", "surrogateescape"), [])


def lookup(row: Row, name: str, known: bool = True) -> Values:
    """A field, before the evals: where it is there both prefixed and bare, the prefixed one. known:
    of a model that is known the bare name stands behind the last dot, of another behind the first,
    since a site's own fields may have dots of their own."""
    bare = bare_name(name) if known else name.partition(".")[2] or name
    return column(row, name) or column(row, bare)


class Scope:
    """A dataset's eval at work on one row: what it reads has the prefix of the field that it makes,
    or none."""

    def __init__(self, row: DatasetRow, prefix: str) -> None:
        """prefix ends in a dot."""
        self.row = row
        self.prefix = prefix

    def before(self, name: str) -> Values:
        """A dataset field before the evals; of a profiled row, what the profile gives."""
        if self.row.kind is Kind.PROFILED:
            return self.row.profile.get(name, [])
        return column(self.row.row, self.prefix + name) or column(self.row.row, name)

    def metadata(self, name: str) -> Values:
        """The event's own _time, index, source, sourcetype, host."""
        return self.row.metadata(name)


class DatasetRow:
    """A row as the dataset sees it."""

    def __init__(self, row: Row, plan: Plan, switches: events.Switches) -> None:
        """Decides what the row is. Raises events.ReadersDisagree."""
        self.row = row
        self.dataset: Dataset | None = models.find(plan.model, plan.dataset)
        node = plan.node or plan.dataset
        self.node = node if self.dataset is None else self.dataset.path(node)
        self.event: events.Event | None = None
        self.profile: dict[str, Values] = {}
        self.kind = self.decide(plan)
        if self.kind is Kind.PROFILED and self.event is not None:
            self.profile = events.network_traffic(self.event, switches)

    def decide(self, plan: Plan) -> Kind:
        """1. a WHERE field has a value: mapped. 2. _raw is an event that the profile knows:
        profiled. 3. any other field of the dataset has a value: mapped. 4. else unusable.

        Every row may be one of a dataset that is not known.
        """
        if self.dataset is None or any(lookup(self.row, name) for name in where_fields(plan.where)):
            return Kind.MAPPED
        raw = column(self.row, "_raw")
        if raw and (self.dataset.model, self.dataset.name) == models.PROFILED:
            self.event = events.read(raw[0])
        if self.event is not None:
            return Kind.PROFILED
        if any(column(self.row, name) for name in self.dataset.columns()):
            return Kind.MAPPED
        return Kind.UNUSABLE

    def metadata(self, name: str) -> Values:
        """The columns of those very names; _time as epoch seconds; nodename is the path of the
        dataset that FROM names, by itself or as the model's first (W12)."""
        if name == "nodename":
            return [self.node.encode()] if self.node else []
        if name != "_time":
            return column(self.row, name)
        values = [epoch_text(value) for value in column(self.row, "_time")]
        if not values and self.kind is Kind.PROFILED and self.event is not None:
            time = parse_time(self.event.system_time)
            return [] if time is None else [b"%d" % time[0]]  # whole seconds (S5, F9)
        return values

    def values(self, name: str) -> Values:
        """The values of a field of the search, after the evals (M5); [] is null.

        A name that is no field of the dataset comes as the row has it, without evals; on profiled
        rows it is null (B3).
        """
        if name in METADATA:
            return self.metadata(name)
        field = None if self.dataset is None else self.dataset.field_of(name)
        if self.dataset is None or field is None:
            if self.kind is Kind.PROFILED:
                return []
            return lookup(self.row, name, self.dataset is not None)
        prefix = name[: len(name) - len(field)]
        return self.dataset.fields[field](Scope(self, prefix))
