"""The columns of the hunt's table, and how a raw event gives them: what every peer has to know."""

from __future__ import annotations

import re

BY = (
    "action", "app", "dest", "dest_ip", "dest_port", "direction", "dvc", "protocol",
    "protocol_version", "src", "src_ip", "transport", "user", "vendor_product",
)  # fmt: skip
COLUMNS = (*BY, "count", "firstTime", "lastTime", "src_port")
PORT = "7844"

# What a peer looks for in an event's text. Sysmon escapes < in values, so no value can hold these.
NETWORK_CONNECTION = "<EventID>3</EventID>"
TO_THE_PORT = f"<Data Name='DestinationPort'>{PORT}</Data>"
COMPUTER = "<Computer>([^<]*)<"


def data(name: str) -> str:
    """The regular expression whose group is the value of that Data element."""
    return f"<Data Name='{name}'>([^<]*)<"


_COMPUTER = re.compile(COMPUTER)
_DATA = re.compile("<Data Name='([^']*)'>([^<]*)<")


def mapped(computer: str, values: dict[str, str]) -> tuple[str, ...]:
    """The BY values of a network connection, from its Computer and its Data elements."""
    six = "true" in (values["SourceIsIpv6"], values["DestinationIsIpv6"])
    return (
        "allowed",
        values["Image"],
        values["DestinationHostname"] or values["DestinationIp"],
        values["DestinationIp"],
        values["DestinationPort"],
        "outbound" if values["Initiated"] == "true" else "inbound",
        computer,
        "ip",
        "ipv6" if six else "ipv4",
        values["SourceHostname"] or values["SourceIp"],
        values["SourceIp"],
        values["Protocol"],
        values["User"].rpartition("\\")[2] or "unknown",
        "Microsoft Sysmon",
    )


def mapped_by_expression(event: str) -> tuple[tuple[str, ...], str]:
    """The BY values and the source port of an event that is known to be one to the port."""
    computer = _COMPUTER.search(event)
    values = dict(_DATA.findall(event))
    return mapped(computer[1] if computer else "", values), values["SourcePort"]
