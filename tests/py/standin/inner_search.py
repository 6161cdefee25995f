"""Runs the search that cfhunt gives to the REST service, as a Splunk with this app would.

Only what such a search holds: an event search in macros, `fields`, cfhunt, `search *`. The events
are handed in; whether an event search finds them is not looked at, but its words are returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .conf_layers import View
from .csv_body import Values
from .rest_service import Answer, Request, lines, messages, row_lines
from .search import run_search
from .splunkd import tokenise


def split_commands(search: str) -> list[str]:
    """A search without subsearches, cut at its pipes."""
    parts, quoted = [""], False
    for letter in search:
        quoted ^= letter == '"'
        if letter == "|" and not quoted:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


class InnerSplunk:
    """A script for RestService: every export is played over the events of these peers."""

    def __init__(self, app: Path, view: View, bodies: Sequence[Sequence[bytes]]) -> None:
        self.app = app
        self.view = view
        self.bodies = bodies
        self.commands: list[str] = []  # of the last search, macros expanded

    def __call__(self, request: Request) -> Answer:
        self.commands = split_commands(self.view.expand(request.fields["search"]))
        events, fields, command, *tail = self.commands
        assert events.startswith("search ") and fields.startswith("fields "), self.commands
        assert all(part == "search *" for part in tail), tail
        arguments, raw = tokenise(command)
        assert arguments[0] == "cfhunt"
        result = run_search(self.app, arguments[1:], self.bodies, raw_arguments=raw[1:])
        if result.error is not None:
            return Answer(pieces=lines(messages(("FATAL", result.error))))
        names = [name.decode() for name in result.table.columns]
        rows = [dict(zip(names, map(_cell, row))) for row in result.table.rows]
        said = [(message.level, message.text) for message in result.messages]
        return Answer(pieces=[*lines(messages(*said)), *row_lines(map(_without_nulls, rows))])


def _cell(values: Values) -> Any:
    texts = [value.decode() for value in values]
    return texts if len(texts) > 1 else texts[0] if texts else None


def _without_nulls(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}
