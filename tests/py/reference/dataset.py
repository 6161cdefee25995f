"""A root dataset of a data model, with the datasets under it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .evals import Eval, as_it_comes, or_unknown, vendor_product
from .plan import METADATA


@dataclass(frozen=True)
class Child:
    """A dataset under another one, parent. constraint is a text in the grammar of WHERE whose
    fields have no prefix; fields are those that it adds."""

    parent: str
    constraint: str
    fields: dict[str, Eval] = field(default_factory=dict)


@dataclass(frozen=True)
class Dataset:
    """A root dataset. fields are its own and its children's. inputs are no fields for a user, but
    evals read them. constraint: as a Child's; tags and indexes are not checked."""

    model: str
    name: str
    fields: dict[str, Eval]
    inputs: tuple[str, ...]
    constraint: str
    children: dict[str, Child]

    def columns(self) -> list[str]:
        """Every name under which a field or input may stand in a row: bare, behind the root's name
        or, of a child's own field, behind its path; bare metadata never counts."""
        names = [*self.fields, *self.inputs]
        bare = [name for name in names if name not in METADATA]
        own = [
            f"{self.path(child)}.{name}"
            for child in self.children
            for name in self.children[child].fields
        ]
        return bare + [f"{self.name}.{name}" for name in names] + own

    def path(self, child: str) -> str:
        """Its dotted path from the root: All_Changes.Account_Management.Accounts_Created."""
        if child == self.name:
            return child
        return f"{self.path(self.children[child].parent)}.{child}"

    def node(self, text: str) -> str | None:
        """The dataset that nodename=text or FROM names: by its name or its dotted path (W12)."""
        for name in (self.name, *self.children):
            if text in (name, self.path(name)):
                return name
        return None

    def field_of(self, written: str) -> str | None:
        """The field that a search writes as Root.field or Root.Child.field, or None."""
        path, _, name = written.rpartition(".")
        paths = [self.name, *(self.path(child) for child in self.children)]
        return name if path in paths and name in self.fields else None


def table(
    as_they_come: str = "", unknown: str = "", evals: Mapping[str, Eval] | None = None
) -> dict[str, Eval]:
    """Fields by kind: without an eval, with the default unknown, with evals of their own."""
    return {
        **{name: as_it_comes(name) for name in as_they_come.split()},
        **{name: or_unknown(name) for name in unknown.split()},
        **(evals or {}),
    }


def dataset(
    path: str,
    fields: dict[str, Eval],
    inputs: str = "",
    constraint: str = "",
    children: Mapping[str, Child] | None = None,
) -> Dataset:
    """The root dataset of path, Model.Dataset. M2's inputs stand in every one with a
    vendor_product."""
    model, _, name = path.partition(".")
    below = dict(children or {})
    every = {**fields}
    for child in below.values():
        every.update(child.fields)
    reads = tuple(inputs.split()) + (("vendor", "product") if "vendor_product" in every else ())
    return Dataset(model, name, every, reads, constraint, below)


VENDOR_PRODUCT: dict[str, Eval] = {"vendor_product": vendor_product}
