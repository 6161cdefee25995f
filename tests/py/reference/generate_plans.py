"""Random searches over every data model and function."""

from __future__ import annotations

from random import Random

from . import functions, generate, models
from .dataset import Dataset
from .generate_rows import ADDRESSES, POOLS, SIZES, WORDS

# Left out: estdc, whose estimate is not modelled.
NAMES = sorted({*functions.NAMES} - {"estdc"})
PERCENTILES = [
    *("perc0", "perc50", "perc95", "perc99.9", "perc100", "exactperc33.333", "exactperc5"),
    *("upperperc90", "Perc25", "upperperc0.5"),
]
SPANS = [
    *("1s", "30s", "5m", "90sec", "2minutes", "1h", "3hours", "1hr", "1d", "7days", "1mon"),
    *("5months", "1000000s"),
]
NETWORKS = [
    *("10.0.0.0/8", "192.168.0.0/16", "172.16.5.4/12", "8.8.8.8/32", "0.0.0.0/0", "fe80::/10"),
    *("2606:4700::/32", "::/0", "::ffff:10.0.0.0/104"),
]
FILLS = ["", "", "", " fillnull_value=null", ' fillnull_value="not there"', " fillnull_value=0"]
METADATA = ["host", "source", "sourcetype", "index"]


def any_plan(random: Random) -> str:
    """The text of a search over any data model, now and then one that is not known."""
    known = [dataset for dataset in models.DATASETS if dataset.name != "Update_Errors"]
    return Writer(random, random.choice(known) if random.random() < 0.95 else None).text()


class Writer:
    """Writes one search over a dataset."""

    def __init__(self, random: Random, dataset: Dataset | None) -> None:
        """None: a data model that is not known."""
        self.random = random
        self.dataset = dataset
        some = ["a", "b", "c.d"]
        fields = some if dataset is None else list(dataset.fields)
        # A few fields only, so that WHERE, BY and the functions meet.
        chosen = random.sample(fields, min(len(fields), 6))
        if dataset is not None:
            chosen += random.sample([name for name in fields if self.has_eval(name)], 1)
        self.fields = [self.written(name) for name in dict.fromkeys(chosen)]
        self.fields.append(self.random.choice(["Other.thing", "no_such_field", *self.fields[:2]]))

    def has_eval(self, name: str) -> bool:
        """Has a field a default or more?"""
        assert self.dataset is not None
        return "as_it_comes" not in self.dataset.fields[name].__qualname__ or name == "dest"

    def written(self, name: str) -> str:
        """Root.field, or Root.Child.field."""
        if self.dataset is None:
            return f"Own_Events.{name}"
        children = [child for child, under in self.dataset.children.items() if name in under.fields]
        if children and self.random.random() < 0.7:
            return f"{self.dataset.path(children[0])}.{name}"
        return f"{self.dataset.name}.{name}"

    # -- the parts --

    def text(self) -> str:
        """The whole search."""
        random = self.random
        text = "summariesonly=false" + random.choice(FILLS)
        if random.random() < 0.15:
            text += f" include_events_omitted_when_filtering_numeric_values={random.choice('tf')}"
        text += f" {self.functions()} from datamodel={self.source()}"
        if random.random() < 0.9:
            text += f" where {self.condition(random.randint(0, 2))}"
        if random.random() < 0.92:
            text += f" by {self.by()}"
        if self.dataset is not None and random.random() < 0.2:
            text += f" | `drop_dm_object_name({self.dataset.name})`"
        return text

    def source(self) -> str:
        """FROM: the model alone, a root dataset, now and then a child."""
        if self.dataset is None:
            return self.random.choice(["Own", "Own.Own_Events"])
        model, name = self.dataset.model, self.dataset.name
        chance = self.random.random()
        if chance < 0.2 and len(models.roots(model)) == 1:
            return model
        if chance < 0.35 and self.dataset.children:
            child = self.random.choice(list(self.dataset.children))
            return f"{model}.{self.random.choice([child, self.dataset.path(child)])}"
        return f"{model}.{name}"

    def functions(self) -> str:
        """One to five functions; no two of them have the same output name."""
        random = self.random
        calls: dict[str, str] = {}
        for index in range(random.randint(1, 5)):
            name = random.choice([*NAMES, *NAMES, *PERCENTILES])
            field = random.choice([*self.fields, *self.fields, "_time", "host", "nodename"])
            argument = "" if name == "count" and random.random() < 0.5 else f"({field})"
            alias = random.choice(["", "", f" as f{index}", f' as "f {index}"'])
            calls.setdefault(alias or (name + argument).lower(), name + argument + alias)
        return random.choice([" ", ", "]).join(calls.values())

    def by(self) -> str:
        """One to four different names; _time with a span or without."""
        random = self.random
        names = random.sample(
            sorted({*self.fields, *METADATA[:2], "nodename"}),
            random.choice([1, 1, 2, 3]),
        )
        if random.random() < 0.3:
            names.insert(random.randint(0, len(names)), "_time")
            if random.random() < 0.8:
                names.insert(random.randint(0, len(names)), f"span={random.choice(SPANS)}")
        return random.choice([" ", ",", ", "]).join(names)

    def condition(self, depth: int) -> str:
        """A WHERE text with at most depth levels of parentheses."""
        terms = [self.term(depth) for _ in range(self.random.randint(1, 3))]
        text = terms[0]
        for following in terms[1:]:
            text += self.random.choice([" OR ", " OR ", " AND ", " "]) + following
        return text

    def term(self, depth: int) -> str:
        """NOT, a parenthesis, or a leaf."""
        chance = self.random.random()
        if chance < 0.15:
            return "NOT " + self.term(depth)
        if depth and chance < 0.4:
            return f"({self.condition(depth - 1)})"
        return self.leaf()

    def leaf(self) -> str:
        """A comparison, an IN list, nodename, or a bare *."""
        random = self.random
        chance = random.random()
        if chance < 0.02:
            return "*"
        if chance < 0.07:
            return f"nodename={self.node()}"
        name = random.choice(self.fields) if chance < 0.92 else random.choice(METADATA)
        if random.random() < 0.2:
            items = [self.literal(name) for _ in range(random.randint(1, 4))]
            return f"{name} IN ({random.choice([', ', ',', ' ']).join(items)})"
        operator = random.choice(["=", "=", "=", "=", "!=", "!=", "<", "<=", ">", ">="])
        return f"{name}{operator}{self.literal(name)}"

    def node(self) -> str:
        """The name or path of the dataset or of one of its children."""
        if self.dataset is None:
            return "Own_Events"
        name = self.random.choice([self.dataset.name, *self.dataset.children])
        return self.random.choice([name, self.dataset.path(name)])

    def literal(self, name: str) -> str:
        """A filter value for a field."""
        random, bare = self.random, name.rpartition(".")[2]
        chance = random.random()
        if chance < 0.05:
            return random.choice(["*", '"*"', '""', "**"])
        if chance < 0.12:
            return random.choice(NETWORKS)
        pool = POOLS.get(bare) or [*WORDS, *generate.COMMON.get(bare, []), *ADDRESSES[:2]]
        if chance < 0.22:
            pool = [*SIZES, *generate.NUMBERS]
        text = random.choice(pool).decode()
        if random.random() < 0.25:
            cut = random.randint(0, len(text))
            text = random.choice([f"*{text[cut:]}", f"{text[:cut]}*", f"{text[:cut]}*{text[cut:]}"])
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
