"""cfhunt without Splunk: the same engine over event files.

cfhunt_cli.py [--format table|csv|json] [--zone NAME] [--search TEXT] [FILE...]
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cfhuntlib.command_line import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
