"""Does a row satisfy WHERE (tstats-semantics section 4)."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable
from typing import Union

from .number import exact, is_number
from .plan import And, Comparison, Condition, Everything, Not, Or, Within

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


Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]


def address(text: bytes) -> Address | None:
    """The address that text is to inet_pton, or None."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            packed = socket.inet_pton(family, text.decode("ascii"))
        except (OSError, ValueError):
            continue
        return ipaddress.ip_address(packed)
    return None


def network(text: bytes) -> Network | None:
    """The network of ADDRESS/BITS, or None; bits of the address behind the prefix do not count."""
    before, slash, bits = text.partition(b"/")
    found = address(before)
    if found is None or not slash or not re.fullmatch(rb"[0-9]{1,3}", bits):
        return None
    if int(bits) > found.max_prefixlen:
        return None
    return ipaddress.ip_network((found.packed, int(bits)), strict=False)


def equal(value: bytes, text: bytes) -> bool:
    """What = asks of one value: an address lies in a network (W10), anything else is text."""
    inside, found = network(text), address(value)
    if inside is not None and found is not None:
        return found.version == inside.version and found in inside
    return matches(value, text)


def compare(values: list[bytes], operator: str, text: bytes) -> bool:
    """A leaf that is not negated: true if any value fulfils it, so false on null.

    f=* is "f has a value" and f!=* never holds: both follow from "any value" (W5, W6).
    """
    if operator == "=":
        return any(equal(value, text) for value in values)
    if operator == "!=":
        return any(not equal(value, text) for value in values)
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
    if isinstance(condition, Within):
        raise TypeError("nodename is replaced by its conditions before a row is looked at")
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
