"""Looks into the engines of packages: what an installed Splunk must be able to load, and no more.

    check_engines.py PACKAGE...    the exit code is 1 unless every engine is as it must be

Reads each engine out of its package with readelf and objdump, and has abi3audit compare what it
takes from Python with the stable ABI of 3.9.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

STABLE_ABI = "3.9"
GLIBC_MAX = (2, 17)
MACHINES = {"linux_x86_64": "Advanced Micro Devices X86-64", "linux_aarch64": "AArch64"}
INIT = "PyInit__cfhunt"
# Windows: Python, the C runtime that Python uses, the system, and the network's inet_pton.
WINDOWS_LIBRARIES = re.compile(r"python3|api-ms-win-crt-[a-z0-9-]+|kernel32|ws2_32")
# A path of the machine that built it. (A "/" alone is a network's slash.)
BUILD_PATH = re.compile(rb"/(?:home|root|tmp|usr|opt|build|var|mnt|srv|work)[a-z0-9_.-]*/[ -~]*")

Check = tuple[str, str, bool]  # what was looked at, what was found, whether that is right


def run(*command: str) -> str:
    """What a tool prints. Raises CalledProcessError."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def first(pattern: str, text: str) -> str:
    """What the pattern's group matches first, or a question mark."""
    found = re.search(pattern, text)
    return found[1] if found else "?"


def glibc(symbols: str) -> Check:
    """The newest version of the C library that is asked for."""
    found = {
        tuple(map(int, version.split("."))) for version in re.findall(r"GLIBC_([\d.]+)", symbols)
    }
    newest = max(found, default=(0,))
    return "glibc at least", ".".join(map(str, newest)), (0,) < newest <= GLIBC_MAX


def check_linux(engine: Path, platform: str) -> list[Check]:
    """An ELF engine."""
    dynamic = run("readelf", "-dW", str(engine))
    headers = run("readelf", "-hlW", str(engine))
    symbols = run("readelf", "-W", "--dyn-syms", str(engine))
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
    machine = first(r"Machine:\s*(.*)", headers)
    exported = [
        line.split()[-1]
        for line in symbols.splitlines()
        if re.match(r"\s*\d+:", line) and " UND " not in line
    ]
    stack = first(r"GNU_STACK(?:\s+0x\w+){5}\s+([RWE]+)", headers)
    relro = "GNU_RELRO" in headers and "BIND_NOW" in dynamic
    search = re.findall(r"\((RPATH|RUNPATH)\)", dynamic)
    return [
        ("machine", machine, machine == MACHINES[platform]),
        ("needs", " ".join(needed), needed == ["libc.so.6"]),
        glibc(symbols),
        ("exports", " ".join(exported), exported == [INIT]),
        ("relocations", "read-only, bound at start" if relro else "writable", relro),
        ("stack", stack, stack == "RW"),
        ("search path", " ".join(search) or "none", not search),
        ("relocated text", "TEXTREL" if "TEXTREL" in dynamic else "none", "TEXTREL" not in dynamic),
    ]


def check_windows(engine: Path, platform: str) -> list[Check]:
    """A PE engine."""
    listing = run("objdump", "-p", str(engine))
    needed = [name.lower() for name in re.findall(r"DLL Name: (.*)\.dll", listing, re.IGNORECASE)]
    exported = re.findall(r"^\s+\[\s*\d+\] ([A-Za-z_]\w*)\s*$", listing, re.MULTILINE)
    flags = set(re.findall(r"^\s+(HIGH_ENTROPY_VA|DYNAMIC_BASE|NX_COMPAT)$", listing, re.MULTILINE))
    pe = "file format pei-x86-64" in listing
    short = sorted({re.sub(r"^api-ms-win-crt-.*", "api-ms-win-crt-*", name) for name in needed})
    return [
        ("machine", "x86-64" if pe else "?", pe and platform == "windows_x86_64"),
        ("needs", " ".join(short), all(WINDOWS_LIBRARIES.fullmatch(name) for name in needed)),
        ("exports", " ".join(exported), exported == [INIT]),
        ("address space", " ".join(sorted(flags)), len(flags) == 3),
    ]


def check_both(engine: Path) -> list[Check]:
    """What holds for every platform."""
    audit = [str(Path(sys.executable).parent / "abi3audit"), "-v", "--strict"]
    audited = subprocess.run(
        [*audit, "--assume-minimum-abi3", STABLE_ABI, str(engine)],
        capture_output=True,
        check=False,
        text=True,
    )
    said = " ".join((audited.stdout + audited.stderr).split())
    clean = re.search(r"1 extensions scanned; 0 ABI version mismatches and 0 ABI violations", said)
    paths = BUILD_PATH.findall(engine.read_bytes())
    return [
        (f"stable ABI {STABLE_ABI}", "no violation" if clean else said, bool(clean)),
        ("build paths", str(paths[0]) if paths else "none", not paths),
    ]


def engines(package: Path, folder: Path) -> dict[str, Path]:
    """The engines of a package by platform, unpacked into the folder."""
    found = {}
    with tarfile.open(package) as archive:
        for member in archive.getmembers():
            place = Path(member.name)
            if place.suffix in (".so", ".pyd"):
                content = archive.extractfile(member)
                assert content is not None
                found[place.parent.name] = folder / f"{place.parent.name}-{place.name}"
                found[place.parent.name].write_bytes(content.read())
    return found


def check_all(packages: list[Path]) -> int:
    """Checks each engine once, and that the packages hold the same bytes. Prints the table."""
    failed = passed = 0
    seen: dict[str, bytes] = {}
    for package in packages:
        with tempfile.TemporaryDirectory() as folder:
            for platform, engine in engines(package, Path(folder)).items():
                content = engine.read_bytes()
                if seen.setdefault(platform, content) != content:
                    print(f"{package.name}: its engine of {platform} differs from the others'")
                    failed += 1
                elif seen[platform] is content:
                    good = report(platform, engine)
                    passed += good.count(True)
                    failed += good.count(False)
    missing = {*MACHINES, "windows_x86_64"} - set(seen)
    if missing:
        print(f"there is no engine of {', '.join(sorted(missing))}")
    print(f"engines: {passed} passed, {failed + len(missing)} failed")
    return 1 if failed or missing else 0


def report(platform: str, engine: Path) -> list[bool]:
    """One engine's lines of the table, and whether each is right."""
    windows = platform.startswith("windows_")
    check: Callable[[Path, str], list[Check]] = check_windows if windows else check_linux
    checks = [*check(engine, platform), *check_both(engine)]
    print(platform)
    for what, found, right in checks:
        print(f"  {what:<16}{found}{'' if right else '   WRONG'}")
    return [right for _, _, right in checks]


if __name__ == "__main__":
    sys.exit(check_all([Path(name) for name in sys.argv[1:]]))
