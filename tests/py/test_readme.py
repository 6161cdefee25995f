"""The README's commands print what the README shows: each ``` block that begins with "$ ".

Run as a program, this writes the outputs into the README anew.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```\n\$ (.*)\n((?:.*\n)*?)```$", re.MULTILINE)


def blocks() -> list[tuple[str, str]]:
    """Each command with the output that stands below it."""
    return [(found[1], found[2]) for found in BLOCK.finditer((ROOT / "README.md").read_text())]


def run(command: str) -> str:
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
    )
    return done.stdout + done.stderr


def test_there_are_commands() -> None:
    assert len(blocks()) >= 5


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("number", range(len(blocks())))
def test_the_readme_shows_what_the_command_prints(number: int) -> None:
    command, shown = blocks()[number]
    assert run(command.replace("python3", os.environ.get("PYTHON", "python3"))) == shown


if __name__ == "__main__":
    text = (ROOT / "README.md").read_text()
    (ROOT / "README.md").write_text(
        BLOCK.sub(lambda found: f"```\n$ {found[1]}\n{run(found[1])}```", text)
    )
