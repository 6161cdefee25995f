"""Random rows made for a plan: values that hit and miss the terms of its WHERE.

Left out, because the rules leave them open: several values of source, sourcetype and _time.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from random import Random

from . import conditions, generate, models
from .csv_dialect import Row
from .dataset import Dataset
from .evals import Eval, Values
from .number import is_number
from .plan import (
    METADATA,
    And,
    Comparison,
    Condition,
    Everything,
    Not,
    Or,
    Plan,
    bare_name,
    leaves,
)
from .where import equal, network

FILLS = ["", "", "x", "C:\\Windows\\", " -a ", "*", "\n", "\u00e9"]
WORDS = [b"alice", b"bob", b"Host-1", b"unknown", b"7", b"cmd.exe", b"-", b"allowed", b"success"]
URLS = [
    b"http://a.example/x", b"https://user:pw@b.example:8443/y", b"ftp://c", b"http://a@b@c/",
    b"HTTP://d/", b"https://", b"http:///x", b"http://user:pw@", b"mailto:x@y", b"-",
    b"http://long.example/" + b"y" * 1100,
]  # fmt: skip
MAILS = [
    b"a@b.example",
    b"x@y@z.example",
    b"nobody",
    b"a@",
    b"@h",
    b"a@b@",
    b"a@@",
    b"a@b\n",
    b"a\n@b",
    "\u00e9@\u00e9.example".encode(),
]
COMMAND_LINES = [
    b"cmd.exe /c whoami", b"  powershell.exe -enc AAAA", b"\tcalc", b"one\ttwo", b"rundll32.exe",
    b" \t",
    b'"C:\\Program Files\\x.exe" -a', b"line\nnext line",
]  # fmt: skip
SIZES = [b"1", b"20", b"300.5", b"0", b"-4", b"1e3", b"12345678901234567890", b"0.25", b"-", b"x"]
MOMENTS = [b"1600000000", b"1675000000", b"1675000000.5", b"1800000000", b"never"]
ADDRESSES = [b"10.1.2.3", b"192.168.0.9", b"172.16.0.1", b"8.8.8.8", b"fe80::1", b"010.0.0.1"]
TRUTH = [b"1", b"0", b"t", b"TRUE", b"False", b"maybe"]
POOLS: dict[str, list[bytes]] = {
    **dict.fromkeys(("url", "http_referrer"), URLS),
    **dict.fromkeys(("recipient", "src_user", "ssl_issuer_email", "ssl_subject_email"), MAILS),
    **dict.fromkeys(("process", "parent_process"), COMMAND_LINES),
    **dict.fromkeys(("ssl_start_time", "ssl_end_time"), MOMENTS),
    "ssl_is_valid": TRUTH,
    "http_user_agent": [b"curl/8.0", b"Mozilla/5.0 " + b"x" * 200, "\u00e9\u00e9".encode(), b"-"],
    "sourcetype": [b"audittrail", b"pan:traffic", b"XmlWinEventLog"],
    "source": [b"stream:dhcp", b"Stream:ip", b"udp:514"],
    "action": [b"success", b"failure", b"allowed", b"blocked", b"modified", b"created"],
    "object_category": [b"file", b"Registry", b"user", b"directory"],
}
SINGLE = {"sourcetype", "source", "_time"}


class Reads:
    """Stands for a row and notes which fields an eval reads."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self.names: list[str] = []

    def before(self, name: str) -> Values:
        """Every field is null."""
        self.names.append(name)
        return []

    def metadata(self, name: str) -> Values:
        """So is all metadata."""
        return []


def reads(evaluate: Eval) -> list[str]:
    """The fields that an eval reads."""
    noted = Reads()
    evaluate(noted)
    return list(dict.fromkeys(noted.names))


class Maker:
    """Makes rows for one plan."""

    def __init__(self, plan: Plan, random: Random) -> None:
        """Looks at the plan's fields and terms."""
        self.plan = plan
        self.random = random
        self.dataset: Dataset | None = models.find(plan.model, plan.dataset)
        self.where = conditions.whole(plan)
        named = [leaf.field for leaf in leaves(self.where)] + plan.by
        named += [function.field for function in plan.functions if function.field]
        self.numeric = {function.field for function in plan.functions if function.field}
        self.fields = [name for name in dict.fromkeys(named) if name not in METADATA]
        for name in list(self.fields):
            self.fields += self.inputs_of(name)
        self.terms: dict[str, list[Comparison]] = {}
        for leaf in leaves(self.where):
            self.terms.setdefault(leaf.field, []).append(leaf)

    def inputs_of(self, name: str) -> list[str]:
        """The fields that its eval reads beside its own, with its prefix."""
        field = None if self.dataset is None else self.dataset.field_of(name)
        if self.dataset is None or field is None:
            return []
        others = [other for other in reads(self.dataset.fields[field]) if other != field]
        if field in ("command", "vendor_product", "dest_ip", "dest_mac"):
            others += [other for other in self.dataset.inputs if other not in others]
        prefix = name[: len(name) - len(field)]
        return [prefix + other for other in others if prefix + other not in self.fields]

    # -- rows --

    def row(self) -> Row:
        """One row of any kind."""
        chance = self.random.random()
        if chance < 0.03:
            return {b"punct": [b"__ __"], **generate.metadata(self.random)}
        if chance < 0.15 and (self.plan.model, self.plan.dataset) == models.PROFILED:
            return generate.raw_row(self.random)
        found = self.random_values()
        if chance < 0.65:
            wanted: dict[str, list[str]] = {}
            self.satisfy(self.where, True, found, wanted)
            for name, patterns in wanted.items():
                found[name] = [self.like_all(patterns)]
            self.spoil(found)
        elif chance < 0.8:
            for leaf in leaves(self.where):
                found[leaf.field] = []
        return self.named(found)

    def random_values(self) -> dict[str, Values]:
        """Every field with values that know nothing of each other, and the metadata."""
        found = {name: self.values(name) for name in self.fields}
        for name in ("_time", "host", "source", "sourcetype", "index"):
            found[name] = self.values(name)
        return found

    def spoil(self, found: dict[str, Values]) -> None:
        """Now and then another value for a field."""
        for name in found:
            if self.random.random() < 0.06:
                found[name] = self.values(name)

    def named(self, found: dict[str, Values]) -> Row:
        """The row under its columns: all as written, all bare, or each as it falls; now and then
        both ways, and then the one as written counts."""
        row: Row = {}
        written = self.random.choice([0.0, 1.0, 0.5])
        for name, values in found.items():
            column = name if self.random.random() < written else bare_name(name)
            row[column.encode()] = values
            if self.random.random() < 0.04:
                row[bare_name(name).encode()] = self.values(name)
        return {name: values for name, values in row.items() if values}

    # -- values --

    def values(self, name: str) -> Values:
        """The values of a field: null, one, empty, several."""
        bare, chance = bare_name(name), self.random.random()
        if chance < 0.12:
            return []
        if chance < 0.14:
            return [b""]
        if chance > 0.88 and bare not in SINGLE:
            several = [self.value(name) for _ in range(self.random.randint(2, 4))]
            if self.random.random() < 0.2:
                several.insert(self.random.randint(0, len(several)), b"")
            return several
        return [self.value(name)]

    def value(self, name: str) -> bytes:
        """One value, never an empty one."""
        random, bare = self.random, bare_name(name)
        if name in self.terms and random.random() < 0.6:
            leaf = random.choice(self.terms[name])
            made = self.hit(leaf) if random.random() < 0.6 else self.miss(leaf)
            return b"".join(made) or b"x"
        if name == "_time":
            return random.choice([*generate.TIMES, *(b"%d" % self.time() for _ in range(9))])
        if bare in POOLS and random.random() < 0.8:
            return random.choice(POOLS[bare])
        if bare.startswith(("bytes", "packets", "file_size")) or bare.endswith("count"):
            return random.choice(SIZES)
        if name in self.numeric and random.random() < 0.6:
            return random.choice(generate.NUMBERS)
        if random.random() < 0.04:
            return random.choice([*generate.ODD, *generate.NOT_NUMBERS])
        return random.choice([*WORDS, *generate.COMMON.get(bare, []), *ADDRESSES[:2]])

    def time(self) -> int:
        """Seconds since 1970, also before it, mostly within three days."""
        return self.random.choice(
            [
                self.random.randint(1_675_000_000, 1_675_260_000),
                self.random.randint(1_675_000_000, 1_675_000_900),
                self.random.randint(-10_000_000, 2_000_000_000),
            ]
        )

    # -- terms --

    def satisfy(
        self,
        condition: Condition,
        holds: bool,
        found: dict[str, Values],
        wanted: dict[str, list[str]],
    ) -> None:
        """Sets fields so that the condition is likely to hold, or not to. wanted gets the patterns
        that a field has to match, where several may have to."""
        if isinstance(condition, Not):
            self.satisfy(condition.term, not holds, found, wanted)
        elif isinstance(condition, (And, Or)):
            terms: Sequence[Condition] = condition.terms
            if isinstance(condition, And) != holds:
                terms = [self.random.choice(terms)]
            for term in terms:
                self.satisfy(term, holds, found, wanted)
        elif isinstance(condition, Comparison):
            if holds and condition.operator == "=":
                wanted.setdefault(condition.field, []).append(condition.value)
            else:
                found[condition.field] = self.hit(condition) if holds else self.miss(condition)
        elif not isinstance(condition, Everything):
            raise TypeError(condition)

    def like_all(self, patterns: list[str]) -> bytes:
        """A text that all patterns are likely to match, if they are open at their ends."""
        order = sorted(set(patterns), key=lambda text: (text.startswith("*"), text.endswith("*")))
        first = [text for text in order if not text.startswith("*")]
        last = [text for text in order if text.startswith("*") and not text.endswith("*")]
        between = [text for text in order if text not in first and text not in last]
        return b" ".join(self.like(text) for text in [*first, *between, *last])

    def hit(self, leaf: Comparison) -> Values:
        """Values that are likely to fulfil a term."""
        if leaf.operator == "=":
            return [self.like(leaf.value)]
        if leaf.operator == "!=":
            return [self.unlike(leaf.value)]
        return [self.near(leaf.value)]

    def miss(self, leaf: Comparison) -> Values:
        """Values that are likely not to."""
        if self.random.random() < 0.15:
            return []
        if leaf.operator == "=":
            return [self.unlike(leaf.value)]
        if leaf.operator == "!=":
            return [self.like(leaf.value)]
        return [self.near(leaf.value)]

    def like(self, pattern: str) -> bytes:
        """A text that the pattern matches, or an address in its network."""
        random = self.random
        inside = network(pattern.encode("utf-8", "surrogateescape"))
        if inside is not None and random.random() < 0.8:
            return self.address_of(inside).encode()
        text = "".join(
            random.choice(FILLS) if character == "*" else character for character in pattern
        )
        if random.random() < 0.3:
            text = "".join(
                random.choice((c.lower(), c.upper())) if c.isascii() else c for c in text
            )
        return text.encode("utf-8", "surrogateescape") or b"any"

    def address_of(self, inside: ipaddress.IPv4Network | ipaddress.IPv6Network) -> str:
        """An address in a network, the last one too."""
        offset = self.random.choice([0, inside.num_addresses - 1, inside.num_addresses // 3])
        found = inside[offset]
        return found.exploded if self.random.random() < 0.3 else str(found)

    def unlike(self, pattern: str) -> bytes:
        """A text that nearly matches: a character more, less or changed."""
        random, encoded = self.random, pattern.encode("utf-8", "surrogateescape")
        if network(encoded) is not None:
            return random.choice([*ADDRESSES, encoded, b"host-1"])
        for _ in range(10):
            text = self.like(pattern)
            cut = random.randint(0, len(text))
            text = random.choice(
                [text[:cut] + b"#" + text[cut:], text[:cut] + text[cut + 1 :], text + b"z", b"z"]
            )
            if text and not equal(text, encoded):
                return text
        return b"other"

    def near(self, bound: str) -> bytes:
        """A number around a number, a text around a text."""
        encoded = bound.encode("utf-8", "surrogateescape")
        if not is_number(encoded):
            return self.random.choice([encoded, encoded + b"a", encoded[:-1] or b"a", b"5"])
        number = float(bound)
        around = [b"%.1f" % (number + step) for step in (-1.0, -0.1, 0.0, 0.1, 1.0)]
        return self.random.choice([*around, encoded, b"0" + encoded.lstrip(b"-"), b"text"])


def rows_for(plan: Plan, random: Random, count: int) -> list[Row]:
    """count rows of every kind: mapped, with all WHERE fields null, raw events, unusable ones."""
    maker = Maker(plan, random)
    return [maker.row() for _ in range(count)]
