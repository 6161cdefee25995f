"""The hunt as a command written with the Splunk SDK for Python, which runs it as splunkd would.

The way is in the program's name, for the SDK takes no other arguments from the command line:
sdk_cim.py, sdk_regex.py and sdk_tree.py each call main with theirs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Callable, Optional
from xml.etree import ElementTree

from splunklib.searchcommands import Configuration, ReportingCommand, dispatch

from hunt_columns import (
    BY,
    COLUMNS,
    NETWORK_CONNECTION,
    PORT,
    TO_THE_PORT,
    mapped,
    mapped_by_expression,
)
from python_hunt import Groups, add

Row = Mapping[str, str]
Found = Optional[tuple[tuple[str, ...], str]]  # the BY values and the source port
NAMESPACE = "{http://schemas.microsoft.com/win/2004/08/events/event}"


def flow(row: Row) -> Found:
    """An event under the CIM's names."""
    if row["dest_port"] != PORT:
        return None
    return tuple(row[name] for name in BY), row["src_port"]


def event_by_expression(row: Row) -> Found:
    """A raw event: looked at only if it holds the text."""
    event = row["_raw"]
    if TO_THE_PORT not in event or NETWORK_CONNECTION not in event:
        return None
    return mapped_by_expression(event)


def event_by_tree(row: Row) -> Found:
    """A raw event, read as the XML that it is."""
    tree = ElementTree.fromstring(row["_raw"])
    system = tree.find(NAMESPACE + "System")
    data = tree.find(NAMESPACE + "EventData")
    if system is None or data is None or system.findtext(NAMESPACE + "EventID") != "3":
        return None
    values = {element.get("Name", ""): element.text or "" for element in data}
    if values.get("DestinationPort") != PORT:
        return None
    return mapped(system.findtext(NAMESPACE + "Computer") or "", values), values["SourcePort"]


def main(find: Callable[[Row], Found]) -> None:
    """Serves one session with that way to look at a row."""

    @Configuration()
    class Hunt(ReportingCommand):  # type: ignore[misc]  # of another environment
        """Gathers over all chunks and answers the last."""

        def __init__(self) -> None:
            super().__init__()
            self.groups: Groups = {}

        def reduce(self, records: Iterable[Row]) -> Iterator[dict[str, object]]:
            for row in records:
                found = find(row)
                if found is not None:
                    add(self.groups, found[0], row["_time"], found[1])
            if self._finished:
                for key in sorted(self.groups):
                    group = self.groups[key]
                    figures = (group.count, group.first, group.last, sorted(group.ports))
                    yield dict(zip(COLUMNS, (*key, *figures)))

    dispatch(Hunt, sys.argv, sys.stdin, sys.stdout)
