"""The text of a tstats search, parsed into a plan (tstats-semantics sections 1 to 4).

    text    := ["|"] ["tstats"] {option} {function [","]} FROM [WHERE where] [BY by] ["|" tail]
    option  := word "=" value
    function:= "count" | name "(" field ")"   [AS alias]
    from    := "datamodel" "=" model ["." dataset]
    by      := field {[","] field}, with span "=" span anywhere where _time is one of them (B6)
    tail    := "drop_dm_object_name" ["(" object ")"], with or without backticks round it
    where   := or_ { ["AND"] or_ }             AND is implied between terms
    or_     := not_ { "OR" not_ }              OR binds tighter than AND (W1)
    not_    := "NOT" not_ | prim
    prim    := "(" where ")" | field op value | field "IN" "(" value {[","] value} ")" | "*"
             | "nodename" "=" dataset        (W12)

Refused by name: time ranges in WHERE (T13), subsearches (W15), bare words, TERM() and CASE() (W11).
"""

from __future__ import annotations

import re

from . import models, span
from .dataset import Dataset
from .functions import is_function
from .plan import (
    INCLUDE_OMITTED,
    And,
    Comparison,
    Condition,
    Everything,
    Function,
    LanguageError,
    Not,
    Or,
    Plan,
    Within,
    boolean,
    leaves,
    within,
)
from .span import ONE_SECOND, Span

__all__ = ["SWITCHES", "Comparison", "LanguageError", "Plan", "condition", "parse"]

# ---- the words of the language ----

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

ARGUMENT_OPTIONAL = {"count"}  # T3
OPERATOR_WORDS = {"IN", "AS", "AND", "OR", "NOT"}  # W9
TIME_RANGES = {"earliest", "latest"}  # T13

COMMENT = re.compile(r"```.*?```", re.DOTALL)
OPTION = re.compile(r"([A-Za-z_]\w*)\s*=\s*")
NAME = re.compile(r"[A-Za-z_][\w.]*")
FIELD = re.compile(r"[^\s,\"|()=<>!\[\]`]+")
ALIAS = re.compile(r"[^\s,\"|]+")
OPERATOR = re.compile(r"!=|<=|>=|=|<|>")
TAIL = re.compile(r"(`?)\s*drop_dm_object_name\s*(?:\(\s*(\"?)([^\"()`]*)\2\s*\))?\s*\1\s*")


PREFIX = re.compile(r"([\w-]+)\.", re.ASCII)


# ---- the parser ----


def unknown_dataset(where: Condition | None, fields: list[str]) -> str:
    """The dataset of a model that is not known where FROM names none: what nodename asks for, else
    the first prefix of a field (W12, W18); empty where there is neither."""
    asked = [node.name for node in within(where)]
    prefixes = [match[1] for match in map(PREFIX.match, fields) if match]
    return next(iter(asked + prefixes), "")


def parse(text: str) -> Plan:
    """The plan of a text. Raises LanguageError, with the column where it stands."""
    return Parser(COMMENT.sub(" ", text)).plan()  # W16


def condition(text: str) -> Condition:
    """The condition of a WHERE text alone: a data model's constraint. Raises LanguageError."""
    parser = Parser(text)
    return parser.where(None)


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
        model, name = self.source()
        where_at = self.position
        where, by, bin_span = self.conditions(None)
        named = [function.field or "" for function in functions]
        named += [*(leaf.field for leaf in leaves(where)), *by]
        dataset, node = self.dataset(model, name, named)
        if dataset is not None:  # once more, now that the names of its children are known
            self.position = where_at
            where, by, bin_span = self.conditions(dataset)
        root = dataset.name if dataset is not None else name or unknown_dataset(where, named)
        strip = self.tail(root)
        return Plan(functions, model, root, where, by, options, strip, node, bin_span)

    def conditions(self, dataset: Dataset | None) -> tuple[Condition | None, list[str], Span]:
        """WHERE and BY, which may both be missing."""
        where = self.where(dataset) if self.accept_keyword("where", any_case=True) else None
        by: list[str] = []
        bin_span = ONE_SECOND
        if self.accept_keyword("by", any_case=True):
            by, bin_span = self.by()
        return where, by, bin_span

    def dataset(self, model: str, name: str, fields: list[str]) -> tuple[Dataset | None, str]:
        """FROM's root dataset, and its child if it names one (I); None when the model is not known.

        Without a name: the first dataset that a field's prefix names, else the model's first (W18).
        """
        roots = models.roots(model)
        if not roots:
            return None, ""
        if not name:
            prefixes = [field.partition(".")[0] for field in fields]
            named = [root for prefix in prefixes for root in roots if root.name == prefix]
            return (named or roots)[0], ""
        for root in roots:
            node = root.node(name)
            if node is not None:
                return root, "" if node == root.name else node
        known = [child for root in roots for child in (root.name, *root.children)]
        nearest = models.nearest(name, known)
        raise self.error(f"{model} has no dataset {name}; the nearest is {nearest}")

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
        name = self.take(NAME, "a function").lower()
        if not is_function(name):
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
        """FROM's model and dataset: datamodel=M.D, or M alone (W18)."""
        if not (self.accept_keyword("datamodel", any_case=False) and self.accept("=")):
            raise self.error("datamodel= expected")
        model, _, dataset = self.value().partition(".")
        return model, dataset

    def by(self) -> tuple[list[str], Span]:
        """The BY list: names separated by blanks or commas, quoted or not (B7); span= may stand
        anywhere in it (B6)."""
        names: list[str] = []
        found: Span | None = None
        self.skip(" \t\r\n,")
        while not self.at_end():
            name = self.name(FIELD, "a field")
            if "*" in name:
                raise self.error(f"no wildcard in BY: {name}")  # T3
            if self.accept("="):
                if name != "span" or found is not None:
                    raise self.error(f"not understood in BY: {name}=")
                found = self.span()
            else:
                names.append(name)
            self.skip(" \t\r\n,")
        if not names:
            raise self.error("a field expected")
        if found is not None and "_time" not in names:
            raise self.error("span without _time in BY")
        return names, found or ONE_SECOND

    def span(self) -> Span:
        """The value of span=."""
        text = self.value()
        found = span.parse(text)
        if found is None:
            raise self.error(f"no span: {text}")
        return found

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

    def where(self, dataset: Dataset | None) -> Condition:
        """Terms joined by AND, written or implied; AND binds looser than OR (W1)."""
        terms = [self.either(dataset)]
        while not (self.at_end() or self.next() == ")" or self.peek_word().lower() == "by"):
            self.accept_keyword("AND", any_case=False)
            terms.append(self.either(dataset))
        return terms[0] if len(terms) == 1 else And(tuple(terms))

    def either(self, dataset: Dataset | None) -> Condition:
        """Terms joined by OR."""
        terms = [self.negation(dataset)]
        while self.accept_keyword("OR", any_case=False):
            terms.append(self.negation(dataset))
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def negation(self, dataset: Dataset | None) -> Condition:
        """NOT binds tightest."""
        if self.accept_keyword("NOT", any_case=False):
            return Not(self.negation(dataset))
        return self.primary(dataset)

    def primary(self, dataset: Dataset | None) -> Condition:
        """A parenthesis, a bare *, or a comparison."""
        if self.accept("("):
            inner = self.where(dataset)
            if not self.accept(")"):
                raise self.error(") expected")
            return inner
        if self.next() == "[":
            raise self.error("a subsearch (W15)")
        if self.peek_word() == "*":
            self.position += 1
            return Everything()
        return self.comparison(dataset)

    def comparison(self, dataset: Dataset | None) -> Condition:
        """field op value, or field IN (values)."""
        name = self.name(FIELD, "a condition")
        if name in TIME_RANGES:
            raise self.error(f"no {name} in WHERE")
        if self.accept_keyword("IN", any_case=False):
            return self.nodes(self.member(name), dataset)
        self.skip()
        match = OPERATOR.match(self.text, self.position)
        if match is None:
            raise self.error(f"{name} alone: only field comparisons and * are allowed")  # W11
        self.position = match.end()
        return self.nodes(Comparison(name, match[0], self.value()), dataset)

    def nodes(self, found: Condition, dataset: Dataset | None) -> Condition:
        """The comparison, of nodename as what it means (W12). Raises for a name that the model does
        not have."""
        if isinstance(found, Or):
            return Or(tuple(self.nodes(term, dataset) for term in found.terms))
        if not isinstance(found, Comparison) or found.field != "nodename":
            return found
        if found.operator != "=":
            raise self.error("nodename is compared by = and IN only")
        node: str | None = found.value
        if dataset is not None:
            node = dataset.node(found.value)
            if node is None:
                nearest = models.nearest(found.value, [dataset.name, *dataset.children])
                raise self.error(f"no dataset {found.value}; the nearest is {nearest}")
        return Within(node or "")

    def member(self, name: str) -> Or:
        """IN: OR of equals; commas or blanks separate (W7)."""
        if not self.accept("("):
            raise self.error("( expected after IN")
        terms: list[Condition] = []
        self.skip(" \t\r\n,")
        while not self.accept(")"):
            terms.append(Comparison(name, "=", self.value()))
            self.skip(" \t\r\n,")
        if not terms:
            raise self.error("IN needs a value")
        return Or(tuple(terms))
