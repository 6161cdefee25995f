"""The text of a tstats search, parsed into a plan (tstats-semantics sections 1 to 4).

    text    := ["|"] ["tstats"] {option} {function [","]} FROM [WHERE where] [BY by] ["|" tail]
    option  := word "=" value
    function:= "count" | name "(" field ")"   [AS alias]
    from    := "datamodel" "=" model ["." dataset]
    by      := field {[","] field}
    tail    := "drop_dm_object_name" ["(" object ")"], with or without backticks round it
    where   := or_ { ["AND"] or_ }             AND is implied between terms
    or_     := not_ { "OR" not_ }              OR binds tighter than AND (W1)
    not_    := "NOT" not_ | prim
    prim    := "(" where ")" | field op value | field "IN" "(" value {[","] value} ")" | "*"

What belongs to the whole language but not yet to this model is refused by name, never guessed:
span, CIDR, nodename, time ranges in WHERE, subsearches, other functions and models.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Union

# ---- the plan ----


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


Condition = Union[Comparison, Everything, And, Or, Not]


@dataclass(frozen=True)
class Function:
    """A function call. field is None for a bare count; output is the column's name (T4, T5)."""

    name: str
    field: str | None
    output: str


@dataclass(frozen=True)
class Plan:
    """A parsed search. strip is the prefix that the tail takes off column names, or None."""

    functions: list[Function]
    model: str
    dataset: str
    where: Condition | None = None
    by: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    strip: str | None = None

    @property
    def fillnull(self) -> str | None:
        """fillnull_value, or None when the option was not given (B1)."""
        return self.options.get("fillnull_value")

    @property
    def include_omitted(self) -> bool:
        """W6's option, default false."""
        return boolean(self.options.get(INCLUDE_OMITTED, "false"))


class LanguageError(ValueError):
    """A text that is not in the language, or a part of it that this model does not hold."""


# ---- the words of the language ----

INCLUDE_OMITTED = "include_events_omitted_when_filtering_numeric_values"
SWITCHES = {  # the product's switches for open mapping points (S3, S4, S10)
    "hyphen": ("keep", "null", "ip"),
    "entities": ("raw", "decode"),
    "dest": ("host", "computer"),
}
STEERING = {  # where tstats takes its data from: accepted and without effect (T10, T11)
    "summariesonly",
    "allow_old_summaries",
    "include_reduced_buckets",
    "local",
    "chunk_size",
}
REFUSED_IF_TRUE = {"prestats", "append"}  # T12
OWN = {"maxmem", "prefilter", "events", "explain"}  # the product's own; they change no row
OPTIONS = {*STEERING, *REFUSED_IF_TRUE, *SWITCHES, *OWN, "fillnull_value", INCLUDE_OMITTED}

FUNCTIONS = {"count", "min", "max", "values"}
ARGUMENT_OPTIONAL = {"count"}  # T3
DATASETS = {"Network_Traffic": "All_Traffic"}  # model -> its root dataset (W18)
METADATA = {"_time", "index", "source", "sourcetype", "host", "nodename", "linecount"}  # W17
OPERATOR_WORDS = {"IN", "AS", "AND", "OR", "NOT"}  # W9
NOT_HELD_IN_WHERE = {"nodename", "earliest", "latest"}  # W12, T13

COMMENT = re.compile(r"```.*?```", re.DOTALL)
OPTION = re.compile(r"([A-Za-z_]\w*)\s*=\s*")
NAME = re.compile(r"[A-Za-z_]\w*")
FIELD = re.compile(r"[^\s,\"|()=<>!\[\]`]+")
ALIAS = re.compile(r"[^\s,\"|]+")
OPERATOR = re.compile(r"!=|<=|>=|=|<|>")
CIDR = re.compile(r"[0-9.]+/[0-9]+|[0-9A-Fa-f:]+/[0-9]+")
TAIL = re.compile(r"(`?)\s*drop_dm_object_name\s*(?:\(\s*(\"?)([^\"()`]*)\2\s*\))?\s*\1\s*")


def boolean(text: str) -> bool:
    """A boolean option's value. Raises LanguageError."""
    if text.lower() in ("t", "true", "1"):
        return True
    if text.lower() in ("f", "false", "0"):
        return False
    raise LanguageError(f"not true or false: {text}")


def where_fields(condition: Condition | None) -> list[str]:
    """The fields of WHERE that decide whether a row is mapped: metadata never counts."""
    if condition is None or isinstance(condition, Everything):
        return []
    if isinstance(condition, Comparison):
        return [] if condition.field in METADATA else [condition.field]
    if isinstance(condition, Not):
        return where_fields(condition.term)
    return [name for term in condition.terms for name in where_fields(term)]


# ---- the parser ----


def parse(text: str) -> Plan:
    """The plan of a text. Raises LanguageError, with the column where it stands."""
    return Parser(COMMENT.sub(" ", text)).plan()  # W16


class Parser:
    """Reads the text from left to right; every method leaves position behind what it took."""

    def __init__(self, text: str) -> None:
        """text without its comments."""
        self.text = text
        self.position = 0

    # -- small steps --

    def error(self, message: str) -> LanguageError:
        """The error to raise here."""
        return LanguageError(f"column {self.position + 1}: {message}")

    def skip(self, characters: str = " \t\r\n") -> None:
        """Steps over blanks (and commas, where they separate)."""
        while self.position < len(self.text) and self.text[self.position] in characters:
            self.position += 1

    def next(self) -> str:
        """The next character, or an empty text at the end."""
        self.skip()
        return self.text[self.position : self.position + 1]

    def at_end(self) -> bool:
        """At the end of the search proper: of the text, or at the tail's pipe."""
        return self.next() in ("", "|")

    def accept(self, literal: str) -> bool:
        """Takes literal if it stands here."""
        self.skip()
        if self.text.startswith(literal, self.position):
            self.position += len(literal)
            return True
        return False

    def take(self, pattern: re.Pattern[str], what: str) -> str:
        """Takes what pattern matches here. Raises LanguageError when it does not."""
        self.skip()
        match = pattern.match(self.text, self.position)
        if match is None:
            raise self.error(f"{what} expected")
        self.position = match.end()
        return match[0]

    def peek_word(self) -> str:
        """The word that begins here, not taken; empty when there is none."""
        self.skip()
        match = FIELD.match(self.text, self.position)
        return match[0] if match else ""

    def accept_keyword(self, keyword: str, any_case: bool) -> bool:
        """Takes a keyword: as by from where in any case, AND OR NOT IN only in upper case (T4)."""
        word = self.peek_word()
        if word == keyword or (any_case and word.lower() == keyword.lower()):
            self.position += len(word)
            return True
        return False

    def string(self) -> str:
        """Takes a string in double quotes; W8's escapes hold inside."""
        start = self.position
        self.position += 1
        result = ""
        while self.position < len(self.text):
            if self.text[self.position] == '"':
                self.position += 1
                return result
            result += self.character()
        self.position = start
        raise self.error("a string without its closing quote")

    def character(self) -> str:
        """Takes one character of a value: \\\\ \\" \\| are one, any other is itself (W8)."""
        pair = self.text[self.position : self.position + 2]
        if pair in ("\\\\", '\\"', "\\|"):
            self.position += 2
            return pair[1]
        self.position += 1
        return pair[0]

    def name(self, pattern: re.Pattern[str], what: str) -> str:
        """Takes a name, in double quotes or not."""
        if self.next() == '"':
            return self.string()
        return self.take(pattern, what)

    def value(self) -> str:
        """Takes a value: a string, or a word that may hold a balanced ()."""
        if self.next() == '"':
            return self.string()
        start, depth, result = self.position, 0, ""
        while self.position < len(self.text):
            character = self.text[self.position]
            if character in " \t\r\n,|" or (character == ")" and depth == 0):
                break
            if character in '"=<>[]':
                raise self.error(f"a value with {character} in it must be quoted")
            depth += {"(": 1, ")": -1}.get(character, 0)
            result += self.character()
        if not result:
            raise self.error("a value expected")
        if depth:
            raise self.error("a value with an open ( in it must be quoted")
        if self.text[start : self.position] in OPERATOR_WORDS:
            raise self.error(f"the value {result} must be quoted")  # W9
        return result

    # -- the search --

    def plan(self) -> Plan:
        """The whole text."""
        self.accept("|")
        self.accept_keyword("tstats", any_case=False)
        options = self.options()
        functions = self.functions()
        model, dataset = self.source()
        where = self.where() if self.accept_keyword("where", any_case=True) else None
        by = self.by() if self.accept_keyword("by", any_case=True) else []
        strip = self.tail(dataset)
        return Plan(functions, model, dataset, where, by, options, strip)

    def options(self) -> dict[str, str]:
        """The options, all before the first function (T1)."""
        options: dict[str, str] = {}
        while True:
            self.skip()
            match = OPTION.match(self.text, self.position)
            if match is None:
                return options
            name = match[1]
            if name not in OPTIONS:
                raise self.error(f"an unknown option: {name}")
            self.position = match.end()
            value = self.value()
            if name in REFUSED_IF_TRUE and boolean(value):
                raise self.error(f"{name}=true is not for this command")
            if name in SWITCHES and value not in SWITCHES[name]:
                raise self.error(f"{name} is one of {', '.join(SWITCHES[name])}")
            options[name] = value

    def functions(self) -> list[Function]:
        """The functions up to FROM; a comma between them is allowed."""
        functions: list[Function] = []
        while not self.accept_keyword("from", any_case=True):
            if self.at_end():
                raise self.error("FROM expected")
            functions.append(self.function())
            self.skip(" \t\r\n,")
        if not functions:
            raise self.error("a function expected")
        return functions

    def function(self) -> Function:
        """One function and its name in the output: the alias, else the call (T4, T5)."""
        name = self.take(NAME, "a function")
        if name not in FUNCTIONS:
            raise self.error(f"an unknown function: {name}")
        argument: str | None = None
        if self.accept("("):
            argument = self.name(FIELD, "a field")
            if "*" in argument:
                raise self.error(f"no wildcard in {name}({argument})")  # T3
            if not self.accept(")"):
                raise self.error(f"{name}({argument} without its )")
        elif name not in ARGUMENT_OPTIONAL:
            raise self.error(f"{name} needs a field")  # T3
        output = name if argument is None else f"{name}({argument})"
        if self.accept_keyword("as", any_case=True):
            output = self.name(ALIAS, "an alias")
        return Function(name, argument, output)

    def source(self) -> tuple[str, str]:
        """FROM's model and dataset: datamodel=M.D, or M alone for its root dataset (W18)."""
        if not (self.accept_keyword("datamodel", any_case=False) and self.accept("=")):
            raise self.error("datamodel= expected")
        model, _, dataset = self.value().partition(".")
        if model not in DATASETS or dataset not in ("", DATASETS[model]):
            raise self.error(f"this model does not hold {model}.{dataset}")
        return model, DATASETS[model]

    def by(self) -> list[str]:
        """The BY list: names separated by blanks or commas, quoted or not (B7)."""
        names: list[str] = []
        self.skip(" \t\r\n,")
        while not self.at_end():
            name = self.name(FIELD, "a field")
            if "*" in name:
                raise self.error(f"no wildcard in BY: {name}")  # T3
            if name == "_time" or self.next() == "=":
                raise self.error("this model does not hold _time and span in BY (B6)")
            names.append(name)
            self.skip(" \t\r\n,")
        if not names:
            raise self.error("a field expected")
        return names

    def tail(self, dataset: str) -> str | None:
        """The optional tail, and the prefix that it strips (C1)."""
        if not self.accept("|"):
            if self.next():
                raise self.error("not understood")
            return None
        self.skip()
        match = TAIL.fullmatch(self.text, self.position)
        if match is None:
            raise self.error("only drop_dm_object_name may follow")
        return (match[3] or dataset).strip() + "."

    # -- WHERE --

    def where(self) -> Condition:
        """Terms joined by AND, written or implied; AND binds looser than OR (W1)."""
        terms = [self.either()]
        while not (self.at_end() or self.next() == ")" or self.peek_word().lower() == "by"):
            self.accept_keyword("AND", any_case=False)
            terms.append(self.either())
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def either(self) -> Condition:
        """Terms joined by OR."""
        terms = [self.negation()]
        while self.accept_keyword("OR", any_case=False):
            terms.append(self.negation())
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def negation(self) -> Condition:
        """NOT binds tightest."""
        if self.accept_keyword("NOT", any_case=False):
            return Not(self.negation())
        return self.primary()

    def primary(self) -> Condition:
        """A parenthesis, a bare *, or a comparison."""
        if self.accept("("):
            inner = self.where()
            if not self.accept(")"):
                raise self.error(") expected")
            return inner
        if self.next() == "[":
            raise self.error("this model does not hold subsearches (W15)")
        if self.peek_word() == "*":
            self.position += 1
            return Everything()
        return self.comparison()

    def comparison(self) -> Condition:
        """field op value, or field IN (values)."""
        name = self.name(FIELD, "a condition")
        if name in NOT_HELD_IN_WHERE:
            raise self.error(f"this model does not hold {name} in WHERE")
        if self.accept_keyword("IN", any_case=False):
            return self.member(name)
        self.skip()
        match = OPERATOR.match(self.text, self.position)
        if match is None:
            raise self.error(f"{name} alone: only field comparisons and * are allowed")  # W11
        self.position = match.end()
        return self.leaf(name, match[0])

    def member(self, name: str) -> Condition:
        """IN: OR of equals; commas or blanks separate (W7)."""
        if not self.accept("("):
            raise self.error("( expected after IN")
        terms: list[Condition] = []
        self.skip(" \t\r\n,")
        while not self.accept(")"):
            terms.append(self.leaf(name, "="))
            self.skip(" \t\r\n,")
        if not terms:
            raise self.error("IN needs a value")
        return Or(tuple(terms))

    def leaf(self, name: str, operator: str) -> Comparison:
        """One comparison with the value that stands here."""
        value = self.value()
        if operator in ("=", "!=") and CIDR.fullmatch(value):
            raise self.error("this model does not hold CIDR (W10)")
        return Comparison(name, operator, value)
