"""Makes one package of the app: an archive whose bytes depend on nothing but what is in it.

The staged files come as they are, except the README, which gets the declaration of the binaries.
Beside them stand the engines, the sources that they were compiled from, and the licences of what is
compiled in.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import re
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOP = "cfhunt"
LIBYAML_FILES = (
    "License",
    "include/yaml.h",
    "src/yaml_private.h",
    "src/api.c",
    "src/parser.c",
    "src/reader.c",
    "src/scanner.c",
)
XXHASH_FILES = ("LICENSE", "xxhash.h")
LICENSES = {"libyaml.txt": "libyaml/License", "xxhash.txt": "xxhash/LICENSE"}

# What the project's README says to those who have the project, not the package: its examples need
# files that are not in the package, and the inspection takes their addresses for a site's own.
DEVELOPERS_SECTIONS = ("See it", "In files, without Splunk", "The package", "The house")

DECLARATION = """
# Binary File Declaration

This package holds compiled engines, each a Python extension module (stable ABI, Python 3.9 and
later) that `bin/cfhuntlib/native.py` loads. Each was compiled by {compiler} (`zig cc`) from the
sources in `src/` and from nothing else: `src/c_ext/` is cfhunt (compiled with `-std=c11`),
`src/libyaml/` is libyaml (`-std=gnu11`), `src/xxhash/` is xxHash. The same sources and compiler
give the same bytes.

| file | bytes | sha256 |
|---|---|---|
{engines}

| file | flags of every file in src/ |
|---|---|
{flags}

| compiled in | upstream archive | sha256 of the archive | licence |
|---|---|---|---|
{sources}
"""


@dataclass(frozen=True)
class Engine:
    """A compiled engine: its platform, its file, and the flags it was made with."""

    platform: str
    file: Path
    flags: str

    @property
    def place(self) -> str:
        """Where it stands in the app."""
        return f"bin/lib/{self.platform}/{self.file.name}"


def parse_engine(text: str) -> Engine:
    """PLATFORM|FILE|FLAGS."""
    platform, file, flags = text.split("|", 2)
    return Engine(platform, Path(file), flags)


def declaration(engines: list[Engine], compiler: str, pins: list[str]) -> bytes:
    """The README's section about the binaries."""
    lines, flags, sources = [], [], []
    for engine in engines:
        content = engine.file.read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        lines.append(f"| `{engine.place}` | {len(content)} | `{digest}` |")
        flags.append(f"| `{engine.place}` | `-target {engine.flags}` |")
    for package, archive, digest in (pin.split(":") for pin in pins):
        if f"{package}.txt" in LICENSES:
            sources.append(
                f"| {package} | `{archive}` (Debian) | `{digest}` | `LICENSES/{package}.txt` |"
            )
    return DECLARATION.format(
        compiler=compiler,
        engines="\n".join(lines),
        flags="\n".join(flags),
        sources="\n".join(sources),
    ).encode()


def for_admins(readme: str) -> str:
    """The README without the sections that only the project's own folder bears out."""
    sections = re.split(r"^(?=## )", readme, flags=re.MULTILINE)
    kept = [text for text in sections if title(text) not in DEVELOPERS_SECTIONS]
    text = re.sub(r"\[([^]]+)\]\(app/[^)]*\)", r"\1", "".join(kept))  # pages of the app
    return text.replace("build/cfhunt/bin/", "bin/")


def title(section: str) -> str:
    """A section's heading."""
    return section.partition("\n")[0].removeprefix("## ")


def contents(arguments: argparse.Namespace) -> dict[str, bytes]:
    """Every file of the package by its path in the app's folder."""
    app: Path = arguments.app
    sources: Path = arguments.sources
    files = {str(file.relative_to(app)): file.read_bytes() for file in arguments.files}
    compiler = arguments.compiler.split()[0].replace("==", " ")
    readme = for_admins(files["README.md"].decode())
    files["README.md"] = readme.encode() + declaration(arguments.engine, compiler, arguments.pin)
    for engine in arguments.engine:
        files[engine.place] = engine.file.read_bytes()
    for file in sorted((ROOT / "c_ext").glob("*.[ch]")):
        files[f"src/c_ext/{file.name}"] = file.read_bytes()
    for name in LIBYAML_FILES:
        files[f"src/libyaml/{name}"] = (sources / "libyaml" / name).read_bytes()
    for name in XXHASH_FILES:
        files[f"src/xxhash/{name}"] = (sources / "xxhash" / name).read_bytes()
    for name, source in LICENSES.items():
        files[f"LICENSES/{name}"] = (sources / source).read_bytes()
    return files


def archive(files: dict[str, bytes], date: int) -> bytes:
    """The tar archive: sorted, owned by nobody in particular, folders 0755, files 0644."""
    folders = {TOP}
    for name in files:
        folders |= {str(parent) for parent in Path(TOP, name).parents} - {"."}
    entries = dict.fromkeys(folders) | {f"{TOP}/{name}": files[name] for name in files}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in sorted(entries.items(), key=lambda entry: entry[0].split("/")):
            info = tarfile.TarInfo(name)
            info.mtime = date
            info.mode, info.type = 0o755, tarfile.DIRTYPE
            if content is not None:
                info.mode, info.type, info.size = 0o644, tarfile.REGTYPE, len(content)
            tar.addfile(info, io.BytesIO(content or b""))
    return packed.getvalue()


def main() -> None:
    """Writes the archive. gzip's bytes differ less from machine to machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--archive", type=Path, required=True)
    parser.add_argument("--app", type=Path, required=True, help="the staged app")
    parser.add_argument("--sources", type=Path, required=True, help="the unpacked archives")
    parser.add_argument("--date", type=int, required=True, help="of every file, in epoch seconds")
    parser.add_argument("--compiler", required=True, help="its line in the requirements")
    parser.add_argument("--pin", action="append", default=[], help="PACKAGE:ARCHIVE:SHA256")
    parser.add_argument("--engine", action="append", type=parse_engine, default=[])
    parser.add_argument("files", type=Path, nargs="+", help="the staged files")
    arguments = parser.parse_args()
    packed = archive(contents(arguments), arguments.date)
    squeezed = subprocess.run(["gzip", "-n9"], input=packed, capture_output=True, check=True).stdout
    arguments.archive.parent.mkdir(parents=True, exist_ok=True)
    arguments.archive.write_bytes(squeezed)
    print(f"{arguments.archive}: {len(squeezed)} bytes")


if __name__ == "__main__":
    main()
