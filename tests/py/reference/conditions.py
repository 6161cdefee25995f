"""The conditions that a dataset itself puts on a row (W12, section 6)."""

from __future__ import annotations

from . import language, models
from .dataset import Dataset
from .plan import And, Comparison, Condition, Everything, Not, Or, Plan, Within


def whole(plan: Plan) -> Condition:
    """WHERE with the root dataset's constraint and that of FROM's child before it, and each
    nodename= replaced by the constraints that it stands for."""
    dataset = models.find(plan.model, plan.dataset)
    where = plan.where or Everything()
    if dataset is None:
        return expanded(where, None)
    own = constraint(dataset, dataset.constraint)
    return And((own, within(dataset, plan.node or dataset.name), expanded(where, dataset)))


def constraint(dataset: Dataset, text: str) -> Condition:
    """A constraint's text, its fields prefixed with the root dataset's name."""
    if not text:
        return Everything()
    return prefixed(language.condition(text), dataset.name)


def prefixed(condition: Condition, root: str) -> Condition:
    """The condition with root. before each field."""
    if isinstance(condition, Comparison):
        return Comparison(f"{root}.{condition.field}", condition.operator, condition.value)
    if isinstance(condition, Not):
        return Not(prefixed(condition.term, root))
    if isinstance(condition, (And, Or)):
        return type(condition)(tuple(prefixed(term, root) for term in condition.terms))
    return condition


def within(dataset: Dataset, node: str) -> Condition:
    """A child's constraint and those of all its parents; the root holds always."""
    if node == dataset.name:
        return Everything()
    child = dataset.children[node]
    return And((within(dataset, child.parent), constraint(dataset, child.constraint)))


def expanded(condition: Condition, dataset: Dataset | None) -> Condition:
    """The condition without nodename; of a dataset that is not known it always holds."""
    if isinstance(condition, Within):
        return Everything() if dataset is None else within(dataset, condition.name)
    if isinstance(condition, Not):
        return Not(expanded(condition.term, dataset))
    if isinstance(condition, (And, Or)):
        return type(condition)(tuple(expanded(term, dataset) for term in condition.terms))
    return condition
