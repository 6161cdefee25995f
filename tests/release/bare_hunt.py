"""The hunt over attack_data with an installed app, over the protocol, with nothing but Python.

    bare_hunt.py APP [PYTHON]    PYTHON runs the command; default: the one that runs this

A search head and three indexers; the exit code is 1 unless every table is the one that is expected.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "py"))

PEERS = 3


def hunt(app: Path, python: str) -> int:
    """Hunts in each file and prints a line for it. Returns the number of wrong tables."""
    from attack_tables import NAMES, expected_rows, peers_bodies, shown_rows
    from standin.search import run_search

    wrong = 0
    for name in NAMES:
        result = run_search(app, [], peers_bodies(name, PEERS), python=python, probes=1)
        right = result.error is None and shown_rows(result.body) == expected_rows(name)
        wrong += not right
        print(f"  {name}: {'the expected table' if right else result.error or 'ANOTHER TABLE'}")
    print(f"hunt: {len(NAMES) - wrong} passed, {wrong} failed")
    return wrong


if __name__ == "__main__":
    sys.exit(hunt(Path(sys.argv[1]), (sys.argv[2:] or [sys.executable])[0]) > 0)
