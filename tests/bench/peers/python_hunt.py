"""The hunt in plain Python, tuned: python_hunt.py cim|raw, a session on stdin, CSV on stdout.

csv.reader and a dictionary of groups; in raw events, a search for the text before anything else.
"""

from __future__ import annotations

import csv
import io
import operator
import sys
from collections.abc import Iterator

from hunt_columns import BY, COLUMNS, NETWORK_CONNECTION, PORT, TO_THE_PORT, mapped_by_expression

csv.field_size_limit(1 << 30)


class Group:
    """What is known of one BY tuple."""

    __slots__ = ("count", "first", "last", "ports")

    def __init__(self, time: float) -> None:
        self.count = 0
        self.first = self.last = time
        self.ports: set[str] = set()

    def add(self, time: float, port: str) -> None:
        """Counts one event."""
        self.count += 1
        if time < self.first:
            self.first = time
        elif time > self.last:
            self.last = time
        self.ports.add(port)


Groups = dict[tuple[str, ...], Group]


def bodies() -> Iterator[str]:
    """The bodies of the session's execute requests."""
    source = sys.stdin.buffer
    while line := source.readline():
        _, metadata, body = line.split(b",")
        source.read(int(metadata))
        text = source.read(int(body))
        if text:
            yield text.decode()


def add(groups: Groups, key: tuple[str, ...], time: str, port: str) -> None:
    """Counts one event into its group."""
    seconds = float(time)
    group = groups.get(key)
    if group is None:
        group = groups[key] = Group(seconds)
    group.add(seconds, port)


def hunt_flows(groups: Groups, body: str) -> None:
    """Events under the CIM's names."""
    rows = csv.reader(io.StringIO(body, newline=""))
    place = {name: number for number, name in enumerate(next(rows))}
    key_of = operator.itemgetter(*(place[name] for name in BY))
    dest_port, time, src_port = place["dest_port"], place["_time"], place["src_port"]
    for row in rows:
        if row[dest_port] == PORT:
            add(groups, key_of(row), row[time], row[src_port])


def hunt_events(groups: Groups, body: str) -> None:
    """Raw Sysmon events."""
    rows = csv.reader(io.StringIO(body, newline=""))
    place = {name: number for number, name in enumerate(next(rows))}
    raw, time = place["_raw"], place["_time"]
    for row in rows:
        event = row[raw]
        if TO_THE_PORT in event and NETWORK_CONNECTION in event:
            key, port = mapped_by_expression(event)
            add(groups, key, row[time], port)


def main() -> None:
    """Hunts in what comes on stdin."""
    hunt = hunt_flows if sys.argv[1] == "cim" else hunt_events
    groups: Groups = {}
    for body in bodies():
        hunt(groups, body)
    writer = csv.writer(sys.stdout)
    writer.writerow(COLUMNS)
    for key in sorted(groups):
        group = groups[key]
        ports = "\n".join(sorted(group.ports))
        writer.writerow((*key, group.count, group.first, group.last, ports))


if __name__ == "__main__":
    main()
