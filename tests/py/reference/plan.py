"""A parsed search: its functions, where its rows come from, its conditions, its groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Union

from .span import ONE_SECOND, Span

INCLUDE_OMITTED = "include_events_omitted_when_filtering_numeric_values"
METADATA = {"_time", "index", "source", "sourcetype", "host", "nodename", "linecount"}  # W17


class LanguageError(ValueError):
    """A text that is not in the language, or a part of it that this model does not hold."""


@dataclass(frozen=True)
class Comparison:
    """One leaf of WHERE. operator is = != < <= > or >=; value is unescaped, its * are wildcards."""

    field: str
    operator: str
    value: str


@dataclass(frozen=True)
class Everything:
    """A bare * (W11)."""


@dataclass(frozen=True)
class Within:
    """nodename=name: the row belongs to the dataset of that name (W12)."""

    name: str


@dataclass(frozen=True)
class And:
    """All of its terms."""

    terms: tuple[Condition, ...]


@dataclass(frozen=True)
class Or:
    """Any of its terms; also what IN means (W7)."""

    terms: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """NOT term."""

    term: Condition


Condition = Union[Comparison, Everything, Within, And, Or, Not]


@dataclass(frozen=True)
class Function:
    """A function call. name is in lower case; field is None for a bare count; output is the
    column's name (T4, T5)."""

    name: str
    field: str | None
    output: str


@dataclass(frozen=True)
class Plan:
    """A parsed search.

    dataset is the root dataset's name (as written where the model is not known, perhaps empty);
    node is the child dataset that FROM names, or empty. strip is the prefix that the tail takes off
    column names, or None. span is that of _time in BY (B6).
    """

    functions: list[Function]
    model: str
    dataset: str
    where: Condition | None = None
    by: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    strip: str | None = None
    node: str = ""
    span: Span = ONE_SECOND

    @property
    def fillnull(self) -> str | None:
        """fillnull_value, or None when the option was not given (B1)."""
        return self.options.get("fillnull_value")

    @property
    def include_omitted(self) -> bool:
        """W6's option, default false."""
        return boolean(self.options.get(INCLUDE_OMITTED, "false"))


def boolean(text: str) -> bool:
    """A boolean option's value. Raises LanguageError."""
    if text.lower() in ("t", "true", "1"):
        return True
    if text.lower() in ("f", "false", "0"):
        return False
    raise LanguageError(f"not true or false: {text}")


def leaves(condition: Condition | None) -> list[Comparison]:
    """The comparisons of a condition, in the order of the text."""
    if condition is None or isinstance(condition, (Everything, Within)):
        return []
    if isinstance(condition, Comparison):
        return [condition]
    if isinstance(condition, Not):
        return leaves(condition.term)
    return [leaf for term in condition.terms for leaf in leaves(term)]


def within(condition: Condition | None) -> list[Within]:
    """The datasets that a condition asks for by nodename, in the order of the text."""
    if isinstance(condition, Within):
        return [condition]
    if isinstance(condition, Not):
        return within(condition.term)
    if isinstance(condition, (And, Or)):
        return [found for term in condition.terms for found in within(term)]
    return []


def where_fields(condition: Condition | None) -> list[str]:
    """The fields of WHERE that decide whether a row is mapped: metadata never counts."""
    return [leaf.field for leaf in leaves(condition) if leaf.field not in METADATA]


def bare_name(name: str) -> str:
    """A field's name without the datasets before it: what is behind its last dot."""
    return name.rpartition(".")[2]
