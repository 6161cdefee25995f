"""The house keeps its shape: the folders, the rooms of the engine and who may include whom.

The rooms and their order are read from the head comment of c_ext/cfhunt.h, so that there is one
list. These tests read text and ask binutils; they build nothing.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
C_EXT = ROOT / "c_ext"

TOP_LEVEL = {
    "LICENSE",
    "Makefile",
    "README.md",
    "app",
    "attack_data",
    "bin",
    "c_ext",
    "default",
    "pyproject.toml",
    "tests",
}

# What a room may take from the system: no files, no clock, no locale, no process.
SYSTEM_HEADERS = {
    "float.h",
    "inttypes.h",
    "limits.h",
    "math.h",
    "stdalign.h",
    "stdbool.h",
    "stddef.h",
    "stdint.h",
    "stdlib.h",
    "string.h",
}
# The exceptions, by room. stdio.h is for snprintf in messages, never in the row loop; the network's
# headers are for inet_pton, which reads an address from text.
MORE_HEADERS = {
    "hash": {"xxhash.h"},
    "conditions": {"stdio.h"},
    "csv_masks": {"cpuid.h", "immintrin.h", "arm_neon.h"},
    "hunt_yaml": {"stdio.h", "yaml.h"},
    "hunt_file": {"stdio.h"},
    "macros": {"stdio.h"},
    "address": {"arpa/inet.h", "winsock2.h", "ws2tcpip.h"},
    "engine": {"stdio.h"},
    "messages": {"stdio.h"},
    "store_file": {"errno.h", "fcntl.h", "stdio.h", "unistd.h", "windows.h"},
    "options": {"stdio.h"},
    "scanner": {"stdio.h"},
    "tstats": {"stdio.h"},
}
# Calls that read, write, print, look at the locale or end the process; not methods (x->read()).
FORBIDDEN_CALL = re.compile(
    r"(?<![\w>.])(printf|fprintf|vprintf|vfprintf|sprintf|vsprintf|puts|fputs|putchar|putc|fputc|"
    r"perror|fopen|freopen|fdopen|fread|fwrite|fclose|open|close|read|write|getenv|system|time|"
    r"clock|setlocale|strtod|abort|exit|_Exit|assert)\s*\("
)
LINES_MAX = 800

# Written so that this file does not hold what it looks for.
FOREIGN_NAMES = re.compile(
    r"(?<![A-Za-z0-9_.])/(?:wor[k]|far[m])/[a-z.]|pythonhoste[d]|pyp[i]\.org|registry\.npm[j]s"
    r"|deb\.debia[n]|crates\.i[o]|proxy\.golan[g]|repo1?\.mave[n]"
)


def rooms_in_order() -> list[str]:
    """The rooms as c_ext/cfhunt.h lists them: the only paragraph of its first comment with bars."""
    comment = (C_EXT / "cfhunt.h").read_text().split("*/", 1)[0]
    lines = [line.lstrip(" /*").rstrip() for line in comment.splitlines()]
    paragraphs = [paragraph for paragraph in "\n".join(lines).split("\n\n") if "|" in paragraph]
    assert len(paragraphs) == 1, "c_ext/cfhunt.h must list the rooms once, with bars between groups"
    return paragraphs[0].replace("|", " ").split()


def c_files(*suffixes: str) -> list[Path]:
    """The files of c_ext with these suffixes, sorted."""
    return sorted(path for path in C_EXT.iterdir() if path.suffix in suffixes)


def without_comments(text: str) -> str:
    """C text with comments, string literals and character constants emptied."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(
        pattern, lambda match: " " if match[0][0] == "/" else match[0][0] * 2, text, flags=re.DOTALL
    )


def includes(path: Path) -> tuple[list[str], list[str]]:
    """What a C file includes: the quoted names and the bracketed ones."""
    text = path.read_text()
    return (
        re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, re.MULTILINE),
        re.findall(r"^\s*#\s*include\s+<([^>]+)>", text, re.MULTILINE),
    )


def git_files() -> list[str]:
    """Every file that is or may be committed, relative to the root; skips without git."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: the list of the project's files is unknown")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = listed.stdout.decode().split("\0")
    return sorted({name for name in names if name and (ROOT / name).is_file()})


def built_module() -> Path:
    """The compiled extension in the staged app; skips if it was not built."""
    modules = sorted((ROOT / "build" / "cfhunt" / "bin" / "lib").glob("*/_cfhunt.abi3.so"))
    if not modules:
        pytest.skip("build/cfhunt holds no compiled engine: run make")
    return modules[0]


def binutils(*command: str) -> str:
    """What nm or readelf prints; skips where binutils is missing."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not on this machine")
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def test_the_top_level_is_the_allowed_set() -> None:
    visible = {name.split("/", 1)[0] for name in git_files() if not name.startswith(".")}
    assert visible == TOP_LEVEL


def test_the_list_of_rooms_is_the_folder() -> None:
    rooms = rooms_in_order()
    assert len(rooms) == len(set(rooms)), "a room is listed twice"
    assert rooms[-1] == "module"
    found = {path.stem for path in c_files(".c", ".h")} - {"cfhunt"}
    assert found == set(rooms)
    assert {path.suffix for path in C_EXT.iterdir()} == {".c", ".h"}


def test_a_room_includes_only_rooms_above_it() -> None:
    order = {name: place for place, name in enumerate(["cfhunt", *rooms_in_order()])}
    wrong = []
    for path in c_files(".c", ".h"):
        for name in includes(path)[0]:
            included = Path(name)
            own_header = path.suffix == ".c" and name == f"{path.stem}.h"
            above = order.get(included.stem, len(order)) < order.get(path.stem, 0)
            if included.suffix != ".h" or not (own_header or above):
                wrong.append(f"{path.name} includes {name}")
    assert wrong == []


def test_only_the_module_knows_python() -> None:
    knowing = [path.name for path in c_files(".c", ".h") if "Python.h" in includes(path)[1]]
    assert knowing == ["module.c"]


def test_only_one_room_knows_libyaml() -> None:
    knowing = [path.name for path in c_files(".c", ".h") if "yaml.h" in includes(path)[1]]
    assert knowing == ["hunt_yaml.c"]


def test_only_one_room_touches_the_disk() -> None:
    knowing = {path.name for path in c_files(".c", ".h") if "fcntl.h" in includes(path)[1]}
    assert knowing == {"store_file.c"}


def test_no_other_room_does_input_or_output() -> None:
    wrong = []
    for path in c_files(".c", ".h"):
        if path.stem == "module":
            continue
        allowed = SYSTEM_HEADERS | MORE_HEADERS.get(path.stem, set())
        wrong += [f"{path.name}: <{name}>" for name in includes(path)[1] if name not in allowed]
        calls = set(FORBIDDEN_CALL.findall(without_comments(path.read_text())))
        if path.name == "store_file.c":
            calls -= {"open", "close"}
        wrong += [f"{path.name}: {name}()" for name in sorted(calls)]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "forbidden"),
    [
        ("x = fopen(name, mode);", True),
        ("/* fopen(name) */ x = 1; // exit(1)", False),
        ('say("printf(%d)");', False),
        ("storage->read(context); row.close (x); csv_read(y);", False),
        ("if (bad)\n    abort ();", True),
    ],
)
def test_the_search_for_calls_finds_calls(text: str, forbidden: bool) -> None:
    assert bool(FORBIDDEN_CALL.search(without_comments(text))) == forbidden


def test_every_room_has_a_suite() -> None:
    tables = {"model_network", "model_endpoint", "model_identity"}  # check_model looks at them
    rooms = {path.stem for path in c_files(".c")} - {"module"} - tables
    suites = {path.stem for path in (ROOT / "tests" / "c").glob("check_*.c")}
    assert {f"check_{room}" for room in rooms} - suites == set()


def test_no_file_is_two_rooms() -> None:
    long = []
    for folder in ("c_ext", "bin", "tests"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".c", ".h", ".py", ".pyi"}:
                lines = path.read_bytes().count(b"\n")
                if lines > LINES_MAX:
                    long.append(f"{path.relative_to(ROOT)}: {lines} lines")
    assert long == []


def test_no_name_of_a_workplace_or_of_a_registry() -> None:
    wrong = []
    for name in git_files():
        text = (ROOT / name).read_bytes().decode("utf-8", "replace")
        wrong += [f"{name}: {match[0]}" for match in FOREIGN_NAMES.finditer(text)]
    assert wrong == []


def test_the_module_exports_its_init_function_and_nothing_else() -> None:
    listing = binutils("nm", "-D", "--defined-only", str(built_module()))
    assert [line.split()[-1] for line in listing.splitlines()] == ["PyInit__cfhunt"]


def test_the_module_needs_only_the_c_library_and_libyaml() -> None:
    listing = binutils("readelf", "-d", str(built_module()))
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", listing))
    assert "libc.so.6" in needed
    assert needed <= {"libc.so.6", "libyaml-0.so.2"}  # a local build takes the system's libyaml
    assert "BIND_NOW" in listing


def test_the_module_calls_nothing_that_prints_or_exits() -> None:
    """Nor a file by name but for store_file's, which have none (their calls: open, mkostemp)."""
    listing = binutils("nm", "-D", "--undefined-only", str(built_module()))
    taken = {line.split()[-1].split("@")[0] for line in listing.splitlines()}
    banned = {
        "fopen",
        "openat",
        "creat",
        "rename",
        "mkdir",
        "printf",
        "puts",
        "exit",
        "abort",
        "__assert_fail",
        "system",
    }
    assert taken & banned == set()


def test_every_target_of_the_makefile_has_a_line_in_help() -> None:
    text = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([a-z][a-z_-]*)\s*:(?![:=])(.*)$", text, re.MULTILINE)
    assert {"help", "build", "hunt", "test", "asan", "valgrind", "lint", "fuzz", "clean"} <= {
        name for name, _ in targets
    }
    assert [name for name, rest in targets if not re.search(r"## \S", rest)] == []
