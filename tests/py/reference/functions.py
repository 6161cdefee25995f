"""The functions of tstats over one group, exact, rounded once at the end (section 3)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from math import floor

from .model import DatasetRow
from .number import (
    NUMBER,
    decimal_text,
    exact,
    is_number,
    order_key,
    order_key_by_value,
    printed,
)
from .plan import Function

TIME_FRACTION_MAX = 6  # digits after the point of min(_time) and the like (F10)
DIGITS_MAX = 1000  # of a number that takes part in sums
EXPONENT_MAX = 400
ROUNDED_DIGITS = 17
EXACT_MAX = 1000  # distinct numbers of a group up to which percN is exact
PERCENTILE = re.compile(r"(exact|upper)?perc([0-9]+(?:\.[0-9]{1,3})?)")

Cell = list[bytes]  # no values: null

# ---- numbers in, numbers out ----


def accepted(text: bytes) -> bool:
    """Does a value take part in sums? Text that is no number is skipped (F6), and so is a number of
    more than DIGITS_MAX digits or out of the powers of ten."""
    if not is_number(text):
        return False
    whole, _, fraction = re.split(b"[eE]", text.lstrip(b"-"))[0].partition(b".")
    exponent = NUMBER.fullmatch(text)[1] or b"0"  # type: ignore[index]
    last = int(exponent) - len(fraction)
    digits = (whole + fraction).lstrip(b"0")
    highest = last + len(digits) - 1
    return not digits or (
        len(digits) <= DIGITS_MAX and highest >= -EXPONENT_MAX and last <= EXPONENT_MAX
    )


def numbers(values: Sequence[bytes]) -> list[Fraction]:
    """The exact values of those that are numbers."""
    return [exact(value) for value in values if accepted(value)]


def rounded(value: Fraction) -> bytes:
    """To 17 significant digits, half to even, without zeros behind; no exponent for sizes of at
    least 1e-15 and below 1e21."""
    context = Context(prec=ROUNDED_DIGITS, rounding=ROUND_HALF_EVEN, Emin=-99999, Emax=99999)
    return written(context.divide(*ratio(value)))


def rounded_root(value: Fraction) -> bytes:
    """The same of its square root: the one number of 17 digits nearest to it, found by squares."""
    if not value:
        return b"0"
    rough = Context(prec=60, Emin=-99999, Emax=99999)
    root = rough.sqrt(rough.divide(*ratio(value)))
    unit = Fraction(10) ** (root.adjusted() - ROUNDED_DIGITS + 1)
    below = floor(Fraction(root) / unit)
    while (below + 1) ** 2 * unit * unit <= value:
        below += 1
    while below**2 * unit * unit > value:
        below -= 1
    doubled = Fraction(2 * below + 1, 2) * unit  # halfway to the next one
    up = doubled**2 < value or (doubled**2 == value and below % 2 == 1)
    return rounded((below + up) * unit)


def written(value: Decimal) -> bytes:
    """A rounded number."""
    sign, digits, _ = value.as_tuple()
    text = "".join(map(str, digits)).rstrip("0")
    if not text:
        return b"0"
    power = value.adjusted()
    minus = b"-" if sign else b""
    if -15 <= power <= 20:
        return decimal_text(Fraction(value))
    point = "." + text[1:] if len(text) > 1 else ""
    return minus + f"{text[0]}{point}e{power}".encode()


# ---- functions of the values ----


def total(values: Sequence[bytes]) -> Cell:
    """Every digit."""
    found = numbers(values)
    return [decimal_text(sum(found, Fraction(0)))] if found else []


def squares(values: Sequence[bytes]) -> Cell:
    """The sum of the squares, every digit."""
    found = numbers(values)
    return [decimal_text(sum((number**2 for number in found), Fraction(0)))] if found else []


def extent(values: Sequence[bytes]) -> Cell:
    """The largest number minus the smallest."""
    found = numbers(values)
    return [decimal_text(max(found) - min(found))] if found else []


def average(values: Sequence[bytes]) -> Cell:
    """The mean of the numbers."""
    found = numbers(values)
    return [rounded(sum(found, Fraction(0)) / len(found))] if found else []


def variance(values: Sequence[bytes], sample: bool) -> Fraction | None:
    """Of the sample or of the population (F6); of one number 0."""
    found = numbers(values)
    if not found:
        return None
    mean = sum(found, Fraction(0)) / len(found)
    deviations = sum(((number - mean) ** 2 for number in found), Fraction(0))
    return deviations / max(1, len(found) - sample)


def spread(sample: bool, finish: Callable[[Fraction], bytes]) -> Callable[[Sequence[bytes]], Cell]:
    """var, varp, stdev, stdevp."""

    def evaluate(values: Sequence[bytes]) -> Cell:
        found = variance(values, sample)
        return [] if found is None else [finish(found)]

    return evaluate


def extreme(values: Sequence[bytes], choose: Callable[..., bytes], time: bool) -> Cell:
    """F2: numbers before text. Among values equal by value the smallest text, for min and max."""
    if not values:
        return []
    best = order_key_by_value(choose(values, key=order_key_by_value))
    text = min(value for value in values if order_key_by_value(value) == best)
    return [printed(text, TIME_FRACTION_MAX if time else None)]


def mode(values: Sequence[bytes]) -> Cell:
    """The most frequent text, the smallest of several."""
    counts = Counter(values)
    return [min(counts, key=lambda text: (-counts[text], text))] if counts else []


def percentile(values: Sequence[bytes], kind: str, percent: Fraction, time: bool) -> Cell:
    """F8: nearest rank, 0-based floor(N/100*n) among the numbers, each occurrence counting; beyond
    EXACT_MAX distinct ones the middle (percN) or the outer end (upperpercN) of the bucket."""
    found = sorted((value for value in values if is_number(value)), key=order_key)
    if not found:
        return []
    rank = min(floor(percent / 100 * len(found)), len(found) - 1)
    if kind == "exact" or len(set(found)) <= EXACT_MAX:
        return [printed(found[rank], TIME_FRACTION_MAX if time else None)]
    return [bucket(exact(found[rank]), upper=kind == "upper")]


def bucket(value: Fraction, upper: bool) -> bytes:
    """The bucket of a number is its sign, power of ten and first three digits."""
    if not value:
        return b"0"
    size = Context(prec=5, rounding=ROUND_DOWN).divide(*ratio(abs(value)))
    unit = Fraction(10) ** (size.adjusted() - 2)
    digits = floor(abs(value) / unit)
    found = (digits + (Fraction(1) if upper else Fraction(1, 2))) * unit
    return decimal_text(found if value > 0 else -found)


def ratio(value: Fraction) -> tuple[Decimal, Decimal]:
    """Numerator and denominator."""
    return Decimal(value.numerator), Decimal(value.denominator)


# ---- functions of values and times ----


def at_ends(name: str, group: Sequence[DatasetRow]) -> tuple[tuple[bytes, bytes], ...] | None:
    """(value, time) of the earliest and of the latest event that has the field (F7).

    _time is compared by value; events whose _time is no number do not take part. Ties at one time:
    the smallest value text, then the smallest time text. None: there is no such event.
    """
    pairs = [
        (value, time)
        for event in group
        for time in event.values("_time")[:1]
        if is_number(time)
        for value in event.values(name)
    ]
    if not pairs:
        return None
    return min(pairs, key=lambda p: (exact(p[1]), *p)), min(pairs, key=lambda p: (-exact(p[1]), *p))


def rate(first: tuple[bytes, bytes], last: tuple[bytes, bytes]) -> Cell:
    """Change of value by change of time; null when a value is no number or the times are equal."""
    if not all(accepted(text) for text in (*first, *last)) or exact(first[1]) == exact(last[1]):
        return []
    seconds = exact(last[1]) - exact(first[1])
    return [rounded((exact(last[0]) - exact(first[0])) / seconds)]


def of_time(name: str, field: str, group: Sequence[DatasetRow]) -> Cell:
    """earliest, latest and their times, first, last, rate."""
    ends = at_ends(field, group)
    if ends is None:
        return []
    first, last = ends
    return {
        "earliest": [first[0]],
        "latest": [last[0]],
        "earliest_time": [printed(first[1], TIME_FRACTION_MAX)],
        "latest_time": [printed(last[1], TIME_FRACTION_MAX)],
        "first": [last[0]],  # Splunk's order of arrival is newest first
        "last": [first[0]],
    }.get(name) or rate(first, last)


# ---- the table ----

OF_VALUES: dict[str, Callable[[Sequence[bytes]], Cell]] = {
    "count": lambda values: [b"%d" % len(values)],
    "dc": lambda values: [b"%d" % len(set(values))],
    "distinct_count": lambda values: [b"%d" % len(set(values))],
    "estdc": lambda values: [b"%d" % len(set(values))],  # the estimate itself is not modelled
    "values": lambda values: sorted(set(values)),
    "mode": mode,
    "range": extent,
    "sum": total,
    "sumsq": squares,
    "avg": average,
    "var": spread(True, rounded),
    "varp": spread(False, rounded),
    "stdev": spread(True, rounded_root),
    "stdevp": spread(False, rounded_root),
}
OF_TIME = ("earliest", "latest", "earliest_time", "latest_time", "first", "last", "rate")
NAMES = {*OF_VALUES, *OF_TIME, "min", "max", "median"}


def is_function(name: str) -> bool:
    """Is there a function of that name, in lower case? N of percN: 0 to 100 (T2)."""
    match = PERCENTILE.fullmatch(name)
    return name in NAMES or (match is not None and Fraction(match[2]) <= 100)


def evaluate(function: Function, group: Sequence[DatasetRow]) -> Cell:
    """The function's cell for a group. Every value of a multivalue counts, also an empty one."""
    name, field = function.name, function.field
    if field is None:
        return [b"%d" % len(group)]  # F1
    if name in OF_TIME:
        return of_time(name, field, group)
    found = [value for event in group for value in event.values(field)]
    if name in ("min", "max"):
        return extreme(found, min if name == "min" else max, field == "_time")
    if name == "median":
        return percentile(found, "", Fraction(50), field == "_time")
    match = PERCENTILE.fullmatch(name)
    if match is not None:
        return percentile(found, match[1] or "", Fraction(match[2]), field == "_time")
    return OF_VALUES[name](found)
