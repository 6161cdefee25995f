"""A second oracle for the hunt: xml.etree and plain dicts, nothing of the model."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from datetime import datetime, timezone
from xml.sax.saxutils import escape

from reference.csv_dialect import Row
from reference_tools import BY_FIELDS


def oracle_fields(text: bytes) -> dict[str, str] | None:
    """The 14 fields, src_port and _time of a Sysmon EventID 3, or None."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return None
    elements = {element.tag.split("}")[-1]: element for element in root.iter()}
    provider = elements["Provider"].get("Name")
    if provider not in ("Microsoft-Windows-Sysmon", "Linux-Sysmon"):
        return None
    if elements["EventID"].text != "3":
        return None
    data = {
        element.get("Name", ""): element.text or ""
        for element in root.iter()
        if element.tag.split("}")[-1] == "Data"
    }
    windows = provider == "Microsoft-Windows-Sysmon"
    moment = datetime.strptime(
        elements["TimeCreated"].get("SystemTime", "")[:19], "%Y-%m-%dT%H:%M:%S"
    )
    user = data.get("User", "")
    return {
        "action": "allowed",
        "app": data.get("Image") or "null",
        "dest": data.get("DestinationHostname") or data.get("DestinationIp") or "unknown",
        "dest_ip": data.get("DestinationIp") or "null",
        "dest_port": data["DestinationPort"],
        "direction": "outbound" if data.get("Initiated") == "true" else "inbound",
        "dvc": elements["Computer"].text or "unknown",
        "protocol": "ip",
        "protocol_version": "ipv6"
        if "true" in (data.get("DestinationIsIpv6"), data.get("SourceIsIpv6"))
        else "ipv4",
        "src": data.get("SourceHostname") or data.get("SourceIp") or "unknown",
        "src_ip": data.get("SourceIp") or "null",
        "transport": data.get("Protocol", "").lower() or "unknown",
        "user": (user.split("\\")[-1] if windows else user) or "unknown",
        "vendor_product": "Microsoft Sysmon" if windows else "Sysmon for Linux",
        "src_port": data.get("SourcePort") or "0",
        "_time": str(int(moment.replace(tzinfo=timezone.utc).timestamp())),
    }


def oracle_table(found: list[dict[str, str]]) -> list[list[str]]:
    """Grouped, counted and sorted; src_port's values joined by |."""
    groups: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for fields in found:
        groups.setdefault(tuple(fields[name] for name in BY_FIELDS.split()), []).append(fields)

    def order(key: tuple[str, ...]) -> list[tuple[int, int, bytes]]:
        return [
            (0, int(text), b"") if re.fullmatch("[0-9]+", text) else (1, 0, text.encode())
            for text in key
        ]

    return [
        [
            *key,
            str(len(groups[key])),
            str(min(int(fields["_time"]) for fields in groups[key])),
            str(max(int(fields["_time"]) for fields in groups[key])),
            "|".join(sorted({fields["src_port"] for fields in groups[key]})),
        ]
        for key in sorted(groups, key=order)
    ]


def escaped(fields: dict[str, str]) -> dict[str, str]:
    """The fields with their entities as Windows writes them into the text (S11)."""
    return {name: escape(value) for name, value in fields.items()}


def stream_of(texts: Iterable[bytes]) -> list[Row]:
    """Rows of nothing but _raw."""
    return [{b"_raw": [text]} for text in texts]
