"""What the tests of the reference model share: rows, events and tables in few words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Union

import pytest

from reference import hunt, language
from reference.csv_dialect import Row
from reference.events import Switches

Given = Union[str, Sequence[str], None]
FROM = " from datamodel=Network_Traffic.All_Traffic "
BY_FIELDS = (
    "action app dest dest_ip dest_port direction dvc protocol protocol_version src src_ip"
    " transport user vendor_product"
)
COLUMNS = f"{BY_FIELDS} count firstTime lastTime src_port"


def row(**fields: Given) -> Row:
    """A row: a text is one value, a list several, None is null; t_x stands for All_Traffic.x."""
    result: Row = {}
    for name, given in fields.items():
        column = name.replace("t_", "All_Traffic.", 1) if name.startswith("t_") else name
        texts = [given] if isinstance(given, str) else given or []
        if texts:
            result[column.encode()] = [text.encode() for text in texts]
    return result


def rows_of(plan: str, *stream: Row, switches: Switches | None = None) -> list[list[str]]:
    """The table's rows; several values joined by |, null as None's place taken by <null>."""
    table = hunt.answer(language.parse(plan), stream, switches)
    return [
        [b"|".join(cell).decode() if cell else "<null>" for cell in cells] for cells in table.rows
    ]


def kept(where: str, *stream: Row) -> str:
    """Which rows pass a WHERE: their app values in order, with blanks between."""
    plan = f"values(All_Traffic.app){FROM}where {where} by All_Traffic.app"
    return " ".join(line[0] for line in rows_of(plan, *stream))


def refused(text: str) -> str:
    """The sentence with which a text is refused."""
    with pytest.raises(language.LanguageError) as caught:
        language.parse(text)
    return str(caught.value)


DATA = {
    "Image": "C:\\Tools\\cloudflared.exe",
    "User": "ACME\\alice",
    "Protocol": "TCP",
    "Initiated": "true",
    "SourceIsIpv6": "false",
    "SourceIp": "10.0.0.1",
    "SourceHostname": "host-1.acme.local",
    "SourcePort": "50001",
    "DestinationIsIpv6": "false",
    "DestinationIp": "198.41.192.57",
    "DestinationHostname": "region1.v2.argotunnel.com",
    "DestinationPort": "7844",
}


def xml(
    provider: str = "Microsoft-Windows-Sysmon", event_id: str = "3", **changes: str | None
) -> str:
    """A network connection event; a change to None leaves the element out."""
    data = "".join(
        f"<Data Name='{name}'>{value}</Data>"
        for name, value in {**DATA, **changes}.items()
        if value is not None
    )
    return (
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
        f"<Provider Name='{provider}' Guid='{{5770385f}}'/><EventID>{event_id}</EventID>"
        "<TimeCreated SystemTime='2023-01-29T11:33:00.987Z'/><Computer>host-1</Computer>"
        f"</System><EventData>{data}</EventData></Event>"
    )


def field_of(name: str, raw: str, switches: Switches | None = None) -> str:
    """One dataset field of an event, <null> if it is null."""
    plan = f'fillnull_value="<null>" count{FROM}by All_Traffic.{name}'
    (line,) = rows_of(plan, row(_raw=raw), switches=switches)
    return line[0]
