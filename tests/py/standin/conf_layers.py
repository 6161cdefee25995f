"""Splunk's configuration files, and what a search in one app sees of the others.

Layers, the first wins, setting by setting: the own app's local, its default, then what other apps
export (of each, local before default; apps in reverse alphabetical order), then the system's.
Whether an app exports something is said in its metadata (local.meta before default.meta; the item's
own stanza, else its type's, else the app's).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

Settings = dict[str, str]
Stanzas = dict[str, Settings]

DEPTH_MAX = 100
_ARGUMENT = re.compile(r"\$([A-Za-z0-9_-]+)\$")
_COMMENT = re.compile(r"```.*?```", re.DOTALL)


class ConfFault(Exception):
    """A configuration that Splunk would not take, or a name it would not find; a sentence."""


def parse_conf(text: str, name: str = "the file") -> Stanzas:
    """The stanzas of one file and their settings; names keep their case.

    A line whose first character that is no blank is ``#`` is a comment; ``#`` elsewhere is text.
    A backslash at the very end of a line continues the value, with a newline, on the next. Settings
    before the first stanza belong to ``default``. A stanza that occurs twice is one stanza; of a
    setting that occurs twice the last counts. Raises ConfFault for any other line.
    """
    stanzas: Stanzas = {}
    current = "default"
    for number, line in _logical_lines(text):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        if stripped.startswith("["):
            if not stripped.endswith("]"):
                raise ConfFault(f"{name}, line {number}: a stanza's name lacks its ]: {stripped}")
            current = stripped[1:-1]
            stanzas.setdefault(current, {})
            continue
        key, equals, value = line.partition("=")
        if not equals or not key.strip():
            raise ConfFault(f"{name}, line {number}: neither stanza, setting nor comment: {line}")
        stanzas.setdefault(current, {})[key.strip()] = value.strip()
    return stanzas


def boolean(value: str) -> bool:
    """A setting's truth, in any of Splunk's spellings and any case. Raises ConfFault."""
    folded = value.strip().lower()
    if folded in ("1", "true", "t", "yes", "y"):
        return True
    if folded in ("0", "false", "f", "no", "n"):
        return False
    raise ConfFault(f"{value!r} is neither true nor false")


@dataclass(frozen=True)
class Found:
    """An object that a search sees: its settings, merged, and the app of its topmost layer."""

    name: str
    settings: Settings
    app: str


class Site:
    """The apps of one Splunk: their folders by name, and optionally the system's folder."""

    def __init__(self, apps: Mapping[str, Path], system: Path | None = None) -> None:
        self.apps = dict(apps)
        self.system = system

    def view(self, app: str, roles: Sequence[str] = ("user",)) -> View:
        """What a search in this app's context sees, run by somebody with these roles."""
        return View(self, app, roles)


class View:
    """What one app's context sees."""

    def __init__(self, site: Site, app: str, roles: Sequence[str]) -> None:
        if app not in site.apps:
            raise ConfFault(f"there is no app {app}")
        self.site = site
        self.app = app
        self.roles = tuple(roles)

    def objects(self, conf: str) -> dict[str, Found]:
        """Everything of one kind (``macros``, ``commands``, ``savedsearches``...) by name."""
        found: dict[str, Found] = {}
        for app, settings_by_name in reversed(list(self._layers(conf))):
            for name, settings in settings_by_name.items():
                below = found[name].settings if name in found else {}
                found[name] = Found(name, {**below, **settings}, app)
        return found

    def find(self, conf: str, name: str) -> Found:
        """One object. Raises ConfFault when this context does not see it."""
        try:
            return self.objects(conf)[name]
        except KeyError:
            raise ConfFault(f"{self.app} sees no {name} in {conf}.conf") from None

    def command(self, name: str) -> Found:
        """A search command (commands.conf)."""
        return self.find("commands", name)

    def command_file(self, name: str) -> Path:
        """The program of a search command, in the app that brings it. Raises ConfFault."""
        command = self.command(name)
        file = self.site.apps[command.app] / "bin" / command.settings.get("filename", f"{name}.py")
        if not file.is_file():
            raise ConfFault(f"the command {name} has no file {file.name} in {command.app}/bin")
        return file

    def saved_search(self, name: str) -> Found:
        """A saved search (savedsearches.conf)."""
        return self.find("savedsearches", name)

    def macro(self, name: str, arguments: Sequence[str] = ()) -> str:
        """A macro's text with its arguments put in, not expanded further. Raises ConfFault."""
        stanza = f"{name}({len(arguments)})" if arguments else name
        try:
            settings = self.objects("macros")[stanza].settings
        except KeyError:
            raise ConfFault(f"{self.app} sees no macro `{stanza}`") from None
        if boolean(settings.get("iseval", "0")):
            raise ConfFault(f"the macro `{stanza}` is an eval expression; not known here")
        if "definition" not in settings:
            raise ConfFault(f"the macro `{stanza}` has no definition")
        names = [part.strip() for part in settings.get("args", "").split(",") if part.strip()]
        if len(names) != len(arguments):
            raise ConfFault(f"the macro `{stanza}` declares {len(names)} arguments")
        values = dict(zip(names, arguments))

        def put_in(match: re.Match[str]) -> str:
            return values.get(match.group(1), match.group(0))

        return _ARGUMENT.sub(put_in, settings["definition"])

    def expand(self, search: str) -> str:
        """The search with its comments removed and every macro expanded, also those in macros.

        A backquote inside double quotes is text. Raises ConfFault for a macro that this context
        does not see, for one that leads back to itself, and for a backquote without its partner.
        """
        return self._expand(search, 0)

    def _expand(self, search: str, depth: int) -> str:
        if depth > DEPTH_MAX:
            raise ConfFault(f"macros nest deeper than {DEPTH_MAX}")
        parts: list[str] = []
        for text, is_call in _calls(_COMMENT.sub("", search)):
            if is_call:
                name, arguments = _call(text)
                parts.append(self._expand(self.macro(name, arguments), depth + 1))
            else:
                parts.append(text)
        return "".join(parts)

    def _layers(self, conf: str) -> Iterator[tuple[str, Stanzas]]:
        """(app, stanzas visible here), the topmost layer first."""
        others = sorted((name for name in self.site.apps if name != self.app), reverse=True)
        for app in [self.app, *others]:
            folder = self.site.apps[app]
            metadata = _Metadata(folder)
            for layer in ("local", "default"):
                stanzas = _read(folder / layer / f"{conf}.conf")
                yield (
                    app,
                    {
                        name: settings
                        for name, settings in stanzas.items()
                        if name != "default"
                        and metadata.readable(conf, name, self.roles)
                        and (app == self.app or metadata.exported(conf, name))
                    },
                )
        if self.site.system is not None:
            for layer in ("local", "default"):
                yield "system", _read(self.site.system / layer / f"{conf}.conf")


class _Metadata:
    """An app's metadata: who may read what, and what leaves the app."""

    def __init__(self, app: Path) -> None:
        self._layers = [_read(app / "metadata" / f"{name}.meta") for name in ("local", "default")]

    def exported(self, conf: str, name: str) -> bool:
        value = self._setting(conf, name, "export", "none").strip().lower()
        if value not in ("system", "none"):
            raise ConfFault(f"export = {value} is neither system nor none")
        return value == "system"

    def readable(self, conf: str, name: str, roles: Sequence[str]) -> bool:
        access = self._setting(conf, name, "access", "read : [ * ]")
        match = re.search(r"read\s*:\s*\[([^]]*)\]", access)
        if match is None:
            return True
        readers = {role.strip() for role in match.group(1).split(",")}
        return "*" in readers or not readers.isdisjoint(roles)

    def _setting(self, conf: str, name: str, key: str, default: str) -> str:
        for wanted in ((conf, name), (conf,), ()):
            for layer in self._layers:
                for stanza, settings in layer.items():
                    if key in settings and _meta_path(stanza) == wanted:
                        return settings[key]
        return default


def _meta_path(stanza: str) -> tuple[str, ...]:
    parts = [part for part in stanza.split("/", 1) if part]
    return tuple(unquote(part) for part in parts)


def _read(path: Path) -> Stanzas:
    if not path.is_file():
        return {}
    return parse_conf(path.read_text("utf-8-sig"), path.name)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """(number of its first line, line with its continuations)."""
    lines = text.splitlines()
    place = 0
    while place < len(lines):
        number, line = place + 1, lines[place]
        comment = line.lstrip().startswith("#")
        while not comment and line.endswith("\\") and place + 1 < len(lines):
            place += 1
            line = line[:-1] + "\n" + lines[place]
        place += 1
        yield number, line


def _calls(search: str) -> Iterator[tuple[str, bool]]:
    """The search cut into plain texts (False) and what stands in backquotes (True)."""
    start, place, quoted = 0, 0, False
    while place < len(search):
        character = search[place]
        if character == "\\" and quoted:
            place += 1
        elif character == '"':
            quoted = not quoted
        elif character == "`" and not quoted:
            end = search.find("`", place + 1)
            if end < 0:
                raise ConfFault(f"a backquote without its partner: {search[place:]}")
            yield search[start:place], False
            yield search[place + 1 : end], True
            start, place = end + 1, end
        place += 1
    yield search[start:], False


def _call(text: str) -> tuple[str, list[str]]:
    """A macro call's name and arguments; commas inside quotes or parentheses do not separate."""
    name, bracket, rest = text.strip().partition("(")
    name = name.strip()
    if not bracket:
        return name, []
    if not rest.endswith(")"):
        raise ConfFault(f"the macro call `{text}` lacks its )")
    arguments = [""]
    depth, quoted = 0, False
    for character in rest[:-1]:
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "()":
            depth += 1 if character == "(" else -1
        if character == "," and depth == 0 and not quoted:
            arguments.append("")
        else:
            arguments[-1] += character
    stripped = [argument.strip() for argument in arguments]
    return name, [_unquoted(argument) for argument in stripped]


def _unquoted(argument: str) -> str:
    if len(argument) >= 2 and argument[0] == argument[-1] == '"':
        return argument[1:-1]
    return argument
