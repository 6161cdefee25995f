"""What one run of a program costs: cpu, wall and peak memory, as the kernel counts them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Union

LAUNCHER = Path(__file__).with_name("launcher.py")
COLLECTED = re.compile(rb"Collected : (\d+)")  # callgrind's last word on stderr

Input = Union[Path, int]  # a file from its start, or a descriptor as it stands


class RunFailed(Exception):
    """A program ended badly or complained; the text says which and how."""


@dataclass(frozen=True)
class Cost:
    """One run. cpu is user and system seconds together; peak is the resident set in bytes."""

    cpu: float
    wall: float
    peak: int


def environment(**more: str) -> Mapping[str, str]:
    """What every measured program is started with: little, and where compiled Python files lie."""
    kept = {
        name: os.environ[name] for name in ("PATH", "PYTHONPYCACHEPREFIX") if name in os.environ
    }
    return {**kept, "LANG": "C.UTF-8", **more}


def run(
    command: Sequence[str],
    given: Input,
    taken: Path | None = None,
    variables: Mapping[str, str] | None = None,
) -> Cost:
    """Runs a program, given by its absolute path, on that input.

    taken: the file that gets its output; None throws it away. Raises RunFailed for an exit code
    that is not 0 and for a word on stderr.
    """
    reading, writing = os.pipe()
    with (
        _opened(given) as source,
        (taken or Path(os.devnull)).open("wb") as sink,
        tempfile.TemporaryFile() as complaints,
    ):
        try:
            launcher = [sys.executable, "-I", "-S", str(LAUNCHER), str(writing)]
            launched = subprocess.run(
                [*launcher, *command],
                stdin=source,
                stdout=sink,
                stderr=complaints,
                env=environment() if variables is None else variables,
                pass_fds=(writing,),
                check=False,
            )
            if launched.returncode != 0:
                raise RunFailed(f"{' '.join(command)}: its launcher ended: {launched.returncode}")
            line = os.read(reading, 200)
        finally:
            os.close(reading)
            os.close(writing)
        complaints.seek(0)
        text = complaints.read(2000)
    status, user, system, peak, wall = line.split()
    if status != b"0" or text:
        raise RunFailed(f"{' '.join(command)}: status {int(status)}, stderr {text.decode()!r}")
    return Cost(float(user) + float(system), float(wall), int(peak) * 1024)


def instructions(command: Sequence[str], given: Path) -> int:
    """How many instructions a program runs on that input, by valgrind's callgrind."""
    counted = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={os.devnull}", *command]
    with given.open("rb") as source:
        done = subprocess.run(
            counted,
            stdin=source,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(PYTHONHASHSEED="0"),
            check=False,
        )
    found = COLLECTED.search(done.stderr)
    if done.returncode != 0 or found is None:
        raise RunFailed(f"{' '.join(counted)}: {done.stderr[-2000:].decode()}")
    return int(found[1])


def _opened(given: Input) -> IO[bytes]:
    if isinstance(given, int):
        return os.fdopen(given, "rb", buffering=0, closefd=False)
    return given.open("rb", buffering=0)
