"""The bins of BY _time span= (B6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import floor

from .number import exact, is_number

UNITS = {
    "s": "s sec secs second seconds",
    "m": "m min mins minute minutes",
    "h": "h hr hrs hour hours",
    "d": "d day days",
    "mon": "mon month months",
}
UNIT_OF = {word: unit for unit, words in UNITS.items() for word in words.split()}
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
SPAN = re.compile(r"([0-9]+)([A-Za-z]+)")
COUNT_MAX = 1_000_000


@dataclass(frozen=True)
class Span:
    """count units; unit is s, m, h, d or mon."""

    count: int
    unit: str


ONE_SECOND = Span(1, "s")  # where BY has _time and no span (B6)


def parse(text: str) -> Span | None:
    """The span that a text names, or None: no sub-seconds, no zero."""
    match = SPAN.fullmatch(text)
    if match is None or match[2] not in UNIT_OF or not 0 < int(match[1]) <= COUNT_MAX:
        return None
    return Span(int(match[1]), UNIT_OF[match[2]])


def bin_start(span: Span, time: bytes) -> bytes | None:
    """The first second of the bin that a time lies in, or None for a text that is no number.

    Bins of s, m, h and d begin at multiples of the span from 1970; months are calendar months in
    UTC, counted from January 1970.
    """
    if not is_number(time):
        return None
    seconds = floor(exact(time))
    if span.unit == "mon":
        month = month_of(seconds // 86400)
        return b"%d" % (first_day(month // span.count * span.count) * 86400)
    size = span.count * SECONDS[span.unit]
    return b"%d" % (seconds // size * size)


def first_day(month: int) -> int:
    """The day number of a month's first day; both are counted from January 1, 1970."""
    year, month_of_year = divmod(month, 12)
    days = year * 365 + leap_days_before(1970 + year) - leap_days_before(1970)
    lengths = [31, 29 if is_leap(1970 + year) else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return days + sum(lengths[:month_of_year])


def month_of(day: int) -> int:
    """The month that a day lies in: guessed, then corrected."""
    month = day * 12 // 365
    while first_day(month) > day:
        month -= 1
    while first_day(month + 1) <= day:
        month += 1
    return month


def is_leap(year: int) -> bool:
    """The Gregorian rule."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def leap_days_before(year: int) -> int:
    """The leap days in the years 1 to year - 1."""
    return (year - 1) // 4 - (year - 1) // 100 + (year - 1) // 400
