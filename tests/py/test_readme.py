"""The README's commands print what the README shows: each ``` block that begins with "$ ".

Run as a program, this writes the outputs and the table of the language into the README anew.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def table_rows() -> dict[str, str]:
    """What the README's table of the language must say, from the engine's own tables."""
    options = re.findall(r'\{"([a-z_]+)", OPTION_\w+, (true|false)', source("options.c"))
    functions = re.findall(r"&(\w+)_function\b", source("functions.c"))
    percentages = [name + "N" if name.endswith("perc") else name for name in functions]
    roots = [
        found
        for name in ("model_network.c", "model_endpoint.c", "model_identity.c")
        for found in re.findall(r'^    \{"(\w+)", "(\w+)", NULL,', source(name), re.MULTILINE)
    ]
    return {
        "functions": code(sorted(percentages)),
        "options of tstats": code(name for name, own in options if own == "false"),
        "options of cfhunt": code(name for name, own in options if own == "true"),
        "data models": code(f"{model}.{dataset}" for model, dataset in sorted(roots))
        + " and their child datasets",
    }


def source(name: str) -> str:
    return (ROOT / "c_ext" / name).read_text("utf-8")


def code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


@pytest.mark.parametrize(
    "kind", ["functions", "options of tstats", "options of cfhunt", "data models"]
)
def test_the_table_of_the_language_is_the_engines(kind: str) -> None:
    assert f"| {kind} | {table_rows()[kind]} |" in (ROOT / "README.md").read_text("utf-8")


def test_there_are_commands() -> None:
    assert len(blocks()) >= 5


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("number", range(len(blocks())))
def test_the_readme_shows_what_the_command_prints(number: int) -> None:
    command, shown = blocks()[number]
    assert run(command.replace("python3", os.environ.get("PYTHON", "python3"))) == shown


if __name__ == "__main__":
    text = (ROOT / "README.md").read_text()
    for kind, row in table_rows().items():
        text = re.sub(rf"^\| {kind} \| .* \|$", f"| {kind} | {row} |", text, flags=re.MULTILINE)
    (ROOT / "README.md").write_text(
        BLOCK.sub(lambda found: f"```\n$ {found[1]}\n{run(found[1])}```", text)
    )
