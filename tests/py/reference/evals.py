"""The evals of the data models: what becomes of a field (tstats-semantics section 6).

An eval is a function of the row's inputs that gives the field's values; no values is null. It sees
the values before the evals, and runs value by value unless it says otherwise. Where something takes
the place of an empty value, a null field becomes all the values of it, and an empty value the first
of them; where that is null, null stays and empty values go.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Protocol

from .number import decimal_text, exact, is_number

Values = list[bytes]
UNKNOWN = b"unknown"
TRUTH = {b"1": b"1", b"t": b"1", b"true": b"1", b"0": b"0", b"f": b"0", b"false": b"0"}


class Inputs(Protocol):
    """What an eval may look at."""

    def before(self, name: str) -> Values:
        """A dataset field's values before the evals."""

    def metadata(self, name: str) -> Values:
        """The event's own _time, index, source, sourcetype, host."""


Eval = Callable[[Inputs], Values]

# ---- one field by itself ----


def as_it_comes(name: str) -> Eval:
    """No eval: the values, or null."""
    return lambda inputs: inputs.before(name)


def or_text(name: str, text: bytes) -> Eval:
    """if(isnull(x) OR x="",text,x)."""
    return lambda inputs: [value or text for value in inputs.before(name)] or [text]


def or_unknown(name: str) -> Eval:
    """if(isnull(x) OR x="","unknown",x)."""
    return or_text(name, UNKNOWN)


def or_unknown_dash(name: str) -> Eval:
    """if(isnull(x) OR x="" OR x="-","unknown",x)."""
    return lambda inputs: [
        UNKNOWN if value in (b"", b"-") else value for value in inputs.before(name) or [b""]
    ]


def lower_or_unknown(name: str) -> Eval:
    """if(isnull(x) OR x="","unknown",lower(x)); ASCII letters."""
    return lambda inputs: [value.lower() for value in or_unknown(name)(inputs)]


def lower(name: str) -> Eval:
    """lower(x); null stays null."""
    return lambda inputs: [value.lower() for value in inputs.before(name)]


def lower_or_null(name: str) -> Eval:
    """if(isnotnull(x) AND x!="",lower(x),null())."""
    return lambda inputs: [value.lower() for value in inputs.before(name) if value]


def number_or_zero(name: str) -> Eval:
    """if(isnum(x),x,0); a text that is a number counts as one and stays as it came (M3)."""
    return lambda inputs: (
        [value if is_number(value) else b"0" for value in inputs.before(name)] or [b"0"]
    )


def replaced(own: Values, replacement: Values) -> Values:
    """Null becomes the replacement, an empty value its first."""
    return [value for text in own for value in ([text] if text else replacement[:1])] or (
        [] if own else replacement
    )


def number_or_null(name: str) -> Eval:
    """if(isnum(x),x,null()); a field with several values is no number."""

    def evaluate(inputs: Inputs) -> Values:
        own = single_number(inputs, name)
        return [] if own is None else [own]

    return evaluate


# ---- from other fields ----


def vendor_product(inputs: Inputs) -> Values:
    """M2. An empty vendor_product counts as set; of several vendors or products the first."""
    given = inputs.before("vendor_product")
    if given:
        return given
    vendor = known(inputs.before("vendor"))
    product = known(inputs.before("product"))
    if vendor is not None and product is not None:
        return [vendor + b" " + product]
    if vendor is not None:
        return [vendor + b" unknown"]
    if product is not None:
        return [b"unknown " + product]
    return inputs.metadata("sourcetype") or [UNKNOWN]


def known(values: Values) -> bytes | None:
    """The first value, or None when it is null or the text unknown."""
    return values[0] if values and values[0] != UNKNOWN else None


def single_number(inputs: Inputs, name: str) -> bytes | None:
    """The field's value if it is one number: a field with several values is none."""
    values = inputs.before(name)
    return values[0] if len(values) == 1 and is_number(values[0]) else None


def computed(inputs: Inputs, left: str, sign: int, right: str) -> Values:
    """left + right or left - right, every digit, if both are numbers; else null."""
    first, second = single_number(inputs, left), single_number(inputs, right)
    if first is None or second is None:
        return []
    return [decimal_text(exact(first) + sign * exact(second))]


def counter(name: str, left: str, sign: int, right: str) -> Eval:
    """case(isnum(x),x, isnum(left) AND isnum(right),left+right or left-right, 1=1,null())."""

    def evaluate(inputs: Inputs) -> Values:
        own = single_number(inputs, name)
        return computed(inputs, left, sign, right) if own is None else [own]

    return evaluate


def or_else(name: str, other: str, default: bytes) -> Eval:
    """The field where it is neither null nor empty, else the other one, else default. Where an
    expression passes over the text unknown in the other one, its default is the same text."""
    return lambda inputs: replaced(inputs.before(name), or_text(other, default)(inputs))


def or_source_type(name: str) -> Eval:
    """if(isnull(x) OR x="",sourcetype,x)."""

    return lambda inputs: replaced(inputs.before(name), inputs.metadata("sourcetype"))


def or_first_word(name: str, command_line: str) -> Eval:
    """The field where it is neither null nor empty, else the first word of the command line."""

    def evaluate(inputs: Inputs) -> Values:
        words = [first_word(line) for line in or_unknown(command_line)(inputs)]
        return replaced(inputs.before(name), words)

    return evaluate


def first_word(line: bytes) -> bytes:
    """Leading white space dropped, up to the next white space."""
    return re.sub(rb"^\s*([^\s]+).*", rb"\1", line, flags=re.DOTALL)


def or_count(name: str, other: str) -> Eval:
    """case(isnum(x),x,isnotnull(other),mvcount(other),1=1,1)."""

    def evaluate(inputs: Inputs) -> Values:
        own = single_number(inputs, name)
        return [b"%d" % (len(inputs.before(other)) or 1)] if own is None else [own]

    return evaluate


def length(other: str) -> Eval:
    """len(other): characters of UTF-8, a broken byte counts one; null for null."""
    return lambda inputs: [
        b"%d" % len(value.decode("utf-8", "surrogateescape")) for value in inputs.before(other)
    ]


def extracted(name: str, other: str, pattern: bytes) -> Eval:
    """What pattern catches in the other field; a value that is there already wins. A dot of the
    pattern is no line's end."""
    expression = re.compile(pattern)

    def evaluate(inputs: Inputs) -> Values:
        matches = (expression.match(value) for value in inputs.before(other))
        return inputs.before(name) or [match[1] for match in matches if match]

    return evaluate


def mail_domain(name: str, other: str) -> Eval:
    """What stands behind the last @ that has something behind it."""
    return extracted(name, other, rb"^.*@(.+)$")


def url_domain(name: str, other: str) -> Eval:
    """The host of a URL."""
    return extracted(
        name,
        other,
        rb"^(?:http|https|ftp)://(?:[a-zA-Z0-9.\-]+(?::[a-zA-Z0-9]+)?@)?([^/:]+)(?::[0-9]+)?",
    )


# ---- one model's own ----


def change_command(inputs: Inputs) -> Values:
    """Change: unknown where command is null or empty; of the audit trail the first operation and
    object in the place of what command has, null where one of them is."""
    command = inputs.before("command")
    if inputs.metadata("sourcetype") != [b"audittrail"]:
        return or_unknown("command")(inputs)
    operation, name = inputs.before("Operation")[:1], inputs.before("ObjectName")[:1]
    made = [first + b" " + second for first, second in zip(operation, name)]
    return [value for text in command or [b""] for value in (made if text else [UNKNOWN])]


def session_address(name: str, stream_name: str) -> Eval:
    """Network_Sessions: of a stream source the DHCP field, else the field or unknown."""

    def evaluate(inputs: Inputs) -> Values:
        from_stream = any(value.startswith(b"stream") for value in inputs.metadata("source"))
        found = [value for value in inputs.before(stream_name) if value]
        return found if from_stream and found else or_unknown(name)(inputs)

    return evaluate


def validity_window(inputs: Inputs) -> Values:
    """Certificates: ssl_end_time - ssl_start_time."""
    return computed(inputs, "ssl_end_time", -1, "ssl_start_time")


def is_valid(inputs: Inputs) -> Values:
    """Certificates: 1 or 0 from ssl_is_valid's own text, else whether _time lies within."""
    within: Values = []
    start, end = single_number(inputs, "ssl_start_time"), single_number(inputs, "ssl_end_time")
    if start is not None and end is not None:
        time = inputs.metadata("_time")
        moment: Fraction | None = exact(time[0]) if time and is_number(time[0]) else None
        holds = moment is not None and exact(start) <= moment <= exact(end)
        within = [b"1" if holds else b"0"]
    own = [TRUTH.get(value.lower(), b"") for value in inputs.before("ssl_is_valid")]
    return replaced(own, within)


def transport_port(inputs: Inputs) -> Values:
    """Endpoint.Ports: mvzip(transport,dest_port,"/") of the defaulted fields; a value that is there
    already wins."""
    transports = or_unknown("transport")(inputs)
    ports = or_text("dest_port", b"0")(inputs)
    made = [transport + b"/" + port for transport, port in zip(transports, ports)]
    return inputs.before("transport_dest_port") or made
