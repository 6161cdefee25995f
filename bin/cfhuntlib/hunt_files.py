"""Finds and reads the files of hunts: <app>/local/hunts/NAME.yml, else <app>/hunts/NAME.yml.

Beside them lies macros.yml, the macros of all hunts of that folder; local/hunts/macros.yml wins,
macro by macro. What is in the files is the engine's business. Everything is found from this
file's place, and only where a hunt of a file is asked for: a map gets its plan in a token.
"""

from __future__ import annotations

import os

from cfhuntlib.errors import CfhuntError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cfhuntlib._cfhunt import Engine

FOLDERS = ("local/hunts", "hunts")  # of the app; the one that wins first
SUFFIX = ".yml"
MACROS = "macros"
NEAREST = 3


def add_hunt(engine: Engine, arguments: bytes) -> bool:
    """Adds the hunt that a command's arguments, or a plan's token, ask for. True for a map's token.

    Raises CfhuntError when there is no such hunt, ValueError with the engine's sentence.
    """
    wanted = engine.hunt_name(arguments)
    if wanted is None:
        return engine.add_hunt(arguments)
    name, text = _hunt(wanted.decode("ascii"))
    for folder in FOLDERS:
        macros = _read(_path(folder, MACROS))
        if macros is not None:
            engine.add_macros(_path(folder, MACROS).encode(), macros)
    engine.add_detection(arguments, name.encode(), text)
    return False


def _hunt(name: str) -> tuple[str, bytes]:
    """The hunt's path in the app, and its bytes. Raises CfhuntError."""
    for folder in FOLDERS if name != MACROS else ():
        text = _read(_path(folder, name))
        if text is not None:
            return _path(folder, name), text
    raise CfhuntError(f"There is no hunt {name} in hunts/ or local/hunts/. {_nearest(name)}")


def _app() -> str:
    folder = os.path.abspath(__file__)  # noqa: PTH100 - no pathlib here
    for _ in ("cfhuntlib", "bin", "the app"):
        folder = os.path.dirname(folder)  # noqa: PTH120
    return folder


def _path(folder: str, name: str) -> str:
    return f"{folder}/{name}{SUFFIX}"


def _read(path: str) -> bytes | None:
    """A file of the app, None where there is none; a byte more than may be, so that too many are
    seen. Raises CfhuntError."""
    from cfhuntlib.native import engine as native

    try:
        with open(os.path.join(_app(), path), "rb") as file:  # noqa: PTH118, PTH123
            return file.read(native.FILE_SIZE_MAX + 1)
    except FileNotFoundError:
        return None
    except OSError as failure:
        raise CfhuntError(f"cfhunt cannot read {path}: {failure.strerror}.") from failure


def _names() -> list[str]:
    """The hunts that there are."""
    names = set()
    for folder in FOLDERS:
        try:
            files = os.listdir(os.path.join(_app(), folder))  # noqa: PTH118, PTH208
        except OSError:
            continue
        names |= {file[: -len(SUFFIX)] for file in files if file.endswith(SUFFIX)}
    return sorted(names - {MACROS})


def _nearest(name: str) -> str:
    import difflib

    names = difflib.get_close_matches(name, _names(), NEAREST, 0.0)
    return f"The nearest there are: {', '.join(names)}." if names else "There are none."
