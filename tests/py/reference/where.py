"""Does a row satisfy WHERE (tstats-semantics section 4)."""

from __future__ import annotations

import re
from collections.abc import Callable

from .language import And, Comparison, Condition, Everything, Not, Or
from .number import exact, is_number

ValuesOf = Callable[[str], "list[bytes]"]


def fold(text: bytes) -> bytes:
    """A-Z made a-z and nothing else (W4)."""
    return text.lower()


def matches(value: bytes, pattern: bytes) -> bool:
    """Text comparison: case ignored, each * any run of characters (W2, W4, W5)."""
    segments = fold(pattern).split(b"*")
    expression = b".*".join(re.escape(segment) for segment in segments)
    return re.fullmatch(expression, fold(value), re.DOTALL) is not None


def ordered(value: bytes, operator: str, bound: bytes) -> bool:
    """< <= > >=: numeric if both are numbers, else by the bytes of the folded texts (W3)."""
    if is_number(value) and is_number(bound):
        left, right = exact(value), exact(bound)
        sign = (left > right) - (left < right)
    else:
        sign = (fold(value) > fold(bound)) - (fold(value) < fold(bound))
    return {"<": sign < 0, "<=": sign <= 0, ">": sign > 0, ">=": sign >= 0}[operator]


def compare(values: list[bytes], operator: str, text: bytes) -> bool:
    """A leaf that is not negated: true if any value fulfils it, so false on null.

    f=* is "f has a value" and f!=* never holds: both follow from "any value" (W5, W6).
    """
    if operator == "=":
        return any(matches(value, text) for value in values)
    if operator == "!=":
        return any(not matches(value, text) for value in values)
    return any(ordered(value, operator, text) for value in values)


def holds(
    condition: Condition, values_of: ValuesOf, include_omitted: bool, negated: bool = False
) -> bool:
    """Whether the condition, or with negated its opposite, holds.

    NOT is carried down to the leaves (De Morgan). A negated leaf is the plain opposite, so NOT f=v
    keeps rows without f; but with a numeric v it is false on null, unless include_omitted (W6).
    """
    if isinstance(condition, Everything):
        return not negated
    if isinstance(condition, Not):
        return holds(condition.term, values_of, include_omitted, not negated)
    if isinstance(condition, (And, Or)):
        results = [holds(term, values_of, include_omitted, negated) for term in condition.terms]
        return all(results) if isinstance(condition, And) != negated else any(results)
    return leaf_holds(condition, values_of(condition.field), include_omitted, negated)


def leaf_holds(leaf: Comparison, values: list[bytes], include_omitted: bool, negated: bool) -> bool:
    """One comparison, see holds."""
    text = leaf.value.encode("utf-8", "surrogateescape")
    if negated and not values and is_number(text) and not include_omitted:
        return False
    return compare(values, leaf.operator, text) != negated
