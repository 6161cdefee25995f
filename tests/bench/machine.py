"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path


def value_of(path: Path, key: str, separator: str) -> str:
    """The first value of that key in a file of lines; 'unknown' where there is none."""
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return "unknown"
    for line in lines:
        name, found, value = line.partition(separator)
        if found and name.strip() == key:
            return value.strip().strip('"')
    return "unknown"


def instruction_set() -> str:
    """The widest instruction set that the engine would use, else the machine's name."""
    flags = value_of(Path("/proc/cpuinfo"), "flags", ":").split()
    if "avx512_vbmi2" in flags:
        return "AVX-512"
    return "AVX2" if "avx2" in flags else platform.machine()


def processor() -> str:
    """The processor's name and instruction set."""
    return f"{value_of(Path('/proc/cpuinfo'), 'model name', ':')} ({instruction_set()})"


def first_line(*command: str) -> str:
    """The first line that a program prints."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout.splitlines() or ["unknown"])[0]


def described(python: Path, compiler: str) -> str:
    """One sentence: processor, cores, system, interpreter, compiler."""
    version = first_line(str(python), "-c", "import platform; print(platform.python_version())")
    system = value_of(Path("/etc/os-release"), "PRETTY_NAME", "=")
    return (
        f"{processor()}, {os.cpu_count()} cores, {system}, Linux {platform.release()}, "
        f"Python {version}, {first_line(*compiler.split(), '--version')}"
    )
