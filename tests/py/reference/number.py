"""Numbers, their order, and times.

A number is -?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)? and nothing else (T7): no blanks, no plus, no
inf, nan or hex. It is compared by its exact decimal value.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

NUMBER = re.compile(rb"-?[0-9]+(?:\.[0-9]+)?(?:[eE]([+-]?[0-9]+))?")
TIME = re.compile(
    rb"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    rb"(?:Z|([+-])([0-9]{2}):?([0-9]{2}))"
)
EPOCH = datetime(1970, 1, 1)
EXPONENT_MAX = 5000
DIGITS_MAX = 4000
WRITTEN_OUT_MAX = 40

OrderKey = tuple[int, Fraction, bytes]


class TooLarge(ValueError):
    """A number so absurd that this model does not build it; generators stay below."""


def is_number(text: bytes) -> bool:
    """T7's grammar, for every rule that asks whether a text is a number (M3, W3, W6, F2)."""
    return NUMBER.fullmatch(text) is not None


def exact(text: bytes) -> Fraction:
    """The exact value of a number. Raises TooLarge."""
    parts = NUMBER.fullmatch(text)
    if parts is None:
        raise ValueError(f"not a number: {text!r}")
    if len(text) > DIGITS_MAX or abs(int(parts[1] or b"0")) > EXPONENT_MAX:
        raise TooLarge(f"{text[:40]!r}")
    return Fraction(text.decode("ascii"))


def order_key(text: bytes) -> OrderKey:
    """T7's total order: numbers first, by value and then by bytes; the rest by bytes."""
    if is_number(text):
        return (0, exact(text), text)
    return (1, Fraction(0), text)


def order_key_by_value(text: bytes) -> tuple[int, Fraction, bytes]:
    """The same without the tie-break: 1, 01 and 1.0 are equal (F2)."""
    if is_number(text):
        return (0, exact(text), b"")
    return (1, Fraction(0), text)


def printed(text: bytes, fraction_limit: int | None = None) -> bytes:
    """How the result of min or max is printed (F10).

    The text as it came, except: digits after the point beyond fraction_limit are cut; a whole
    number loses its point and zeros; an exponent is written out where what is then left needs at
    most 40 bytes. The sign stays, also before a zero.
    """
    parts = NUMBER.fullmatch(text)
    if parts is None:
        return text
    written = text
    if parts[1] is not None:
        zero = b"-0" if text.startswith(b"-") else b"0"
        written = format(Decimal(text.decode("ascii")), "f").encode() if exact(text) else zero
    whole, _, fraction = written.partition(b".")
    if fraction_limit is not None:
        fraction = fraction[:fraction_limit]
    result = whole + b"." + fraction if fraction.strip(b"0") else whole
    return text if parts[1] is not None and len(result) > WRITTEN_OUT_MAX else result


def decimal_text(value: Fraction) -> bytes:
    """A decimal fraction with every digit, no exponent, no zeros behind, no -0."""
    sign = b"-" if value < 0 else b""
    value, places = abs(value), 0
    while value.denominator != 1:
        value, places = value * 10, places + 1
    digits = str(value.numerator).rjust(places + 1, "0").encode()
    cut = len(digits) - places
    return sign + digits[:cut] + (b"." + digits[cut:] if places else b"")


def parse_time(text: bytes) -> tuple[int, bytes] | None:
    """Whole seconds since 1970 and the digits of the fraction; None when text is no such time.

    ISO 8601 with a zone, for dates that exist: 2023-01-29T11:33:00[.fraction](Z|+00:00|+0000), or
    a blank for the T.
    """
    parts = TIME.fullmatch(text)
    if parts is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(parts[part]) for part in range(1, 7))
        moment = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    since = moment - EPOCH
    seconds = since.days * 86400 + since.seconds
    if parts[8]:
        hours, minutes = int(parts[9]), int(parts[10])
        if hours > 23 or minutes > 59:
            return None
        offset = hours * 3600 + minutes * 60
        seconds -= offset if parts[8] == b"+" else -offset
    return seconds, parts[7] or b""


def epoch_text(text: bytes) -> bytes:
    """A row's _time: ISO 8601 text becomes epoch seconds with the digits of its fraction, any other
    text stays as it came (S5, F9)."""
    time = parse_time(text)
    if time is None:
        return text
    seconds, fraction = time
    if not fraction:
        return b"%d" % seconds
    scale = 10 ** len(fraction)
    units = seconds * scale + int(fraction)
    sign = b"-" if units < 0 else b""
    whole, rest = divmod(abs(units), scale)
    return b"%s%d.%s" % (sign, whole, str(rest).rjust(len(fraction), "0").encode())
