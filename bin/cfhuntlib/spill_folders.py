"""Where groups may go that do not fit in memory: the search's own folder, else the system's
temporary ones. The engine takes the first that it can make a file in, and only when it must.
"""

from __future__ import annotations

import os


def spill_folders(dispatch_dir: object = None) -> list[bytes]:
    """The folders, the best first; dispatch_dir: what the getinfo request says, of any type."""
    variables = [os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")]
    system = [] if os.name == "nt" else ["/tmp", "/var/tmp"]
    return [
        folder.encode("utf-8", "replace" if folder is dispatch_dir else "surrogateescape")
        for folder in (dispatch_dir, *variables, *system)
        if isinstance(folder, str) and os.path.isabs(folder)  # noqa: PTH117 - no pathlib here
    ]
