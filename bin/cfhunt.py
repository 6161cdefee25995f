"""cfhunt: what splunkd starts for the search command of that name.

Speaks the chunked protocol on stdin and stdout and leaves everything else to the engine. Whatever
goes wrong becomes an error frame with a sentence; the exit code is always 0, because splunkd hides
the sentence behind any other (protocol section 12).
"""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - no pathlib


def main() -> None:
    """Serves one session. Imports inside, so that a failing import has its sentence too."""
    from cfhuntlib.frames import FrameReader, FrameWriter
    from cfhuntlib.session import serve

    serve(FrameReader(0), FrameWriter(1))


main()
