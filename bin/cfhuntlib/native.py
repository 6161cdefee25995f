"""Finds the compiled engine for this platform: bin/lib/<os>_<cpu>/_cfhunt.abi3.so, .pyd on Windows.

`from cfhuntlib.native import engine` gives the module, or raises CfhuntError with the platform and
those that are shipped. Everything is found from this file's place: an indexer runs the app from a
replicated bundle.
"""

from __future__ import annotations

import os
import sys

from cfhuntlib.errors import CfhuntError

__all__ = ["engine", "load", "platform_name"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from cfhuntlib import _cfhunt as engine

_CPU_NAMES = {"amd64": "x86_64", "arm64": "aarch64"}


def platform_name() -> str:
    """This platform as the folders name it, for example linux_x86_64."""
    if sys.platform == "win32":
        # The interpreter's own processor, "... 64 bit (AMD64)]": Windows runs those of others, too.
        machine = sys.version.rpartition("(")[2].rstrip(")]").lower()
        return "windows_" + _CPU_NAMES.get(machine, machine)
    machine = os.uname().machine
    return sys.platform + "_" + _CPU_NAMES.get(machine, machine)


def _library_folder() -> str:
    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - no pathlib here
    return os.path.join(os.path.dirname(here), "lib")  # noqa: PTH118, PTH120


def _shipped(folder: str) -> str:
    try:
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))  # noqa: PTH208
    except OSError:
        names = []
    return ", ".join(names) or "none"


def load() -> ModuleType:
    """The compiled module. Raises CfhuntError when there is none for this platform."""
    folder = _library_folder()
    platform = platform_name()
    sys.path.insert(0, os.path.join(folder, platform))  # noqa: PTH118
    try:
        import _cfhunt
    except ImportError as failure:
        raise CfhuntError(
            f"cfhunt has no engine that runs on {platform} ({failure}). "
            f"Shipped with this app: {_shipped(folder)}."
        ) from failure
    finally:
        del sys.path[0]
    module: ModuleType = _cfhunt
    return module


if not TYPE_CHECKING:
    engine = load()
