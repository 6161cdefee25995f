"""The packages of dist/: what is in them, and the app from them where splunkd would put it.

A search head holds the installed app. An indexer holds what splunkd sends it, bin/ and default/, in
its folder of search peers; nobody may write there, and somebody else runs it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from attack_tables import NAMES, expected_rows, peers_bodies, shown_rows
from standin.conf_layers import Site, parse_conf
from standin.csv_body import Table, write_body
from standin.search import SearchResult, run_search
from standin.splunkd import Splunkd, interpreter, tokenise

PROJECT = Path(__file__).resolve().parents[2]
LINUX = ("linux_aarch64", "linux_x86_64")
ENGINES = {
    "linux_aarch64": "bin/lib/linux_aarch64/_cfhunt.abi3.so",
    "linux_x86_64": "bin/lib/linux_x86_64/_cfhunt.abi3.so",
    "windows_x86_64": "bin/lib/windows_x86_64/_cfhunt.pyd",
}
PACKAGES = {
    "cfhunt": LINUX,
    "cfhunt-aarch64": ("linux_aarch64",),
    "cfhunt-windows": (*LINUX, "windows_x86_64"),
}
# How each engine's file begins, and the number of its processor with the place where it stands.
KINDS = {
    "linux_aarch64": (b"\x7fELF\x02\x01", 18, b"\xb7\x00"),
    "linux_x86_64": (b"\x7fELF\x02\x01", 18, b"\x3e\x00"),
    "windows_x86_64": (b"MZ", 0x80, None),
}
HUNT = "cfhunt - Windows Potential Cloudflared Network Connection - Rule"
SID = "scheduler__nobody_Y2ZodW50__RMD5_at_1700000000_42"
# A hunt that a site has added.
OUR_HUNT = """name: Ours
search: |-
  | tstats count from datamodel=Network_Traffic where All_Traffic.dest_port=7844 by All_Traffic.user
"""
NOBODY = 65534
INDEXERS = 3
# What a process of each place finds in its environment: nothing, and what a foreign one may hold.
ENVIRONMENTS: list[dict[str, str]] = [
    {},
    {"LC_ALL": "tr_TR.ISO-8859-9", "TZ": "Asia/Kathmandu"},
    {"LANG": "ja_JP.eucJP", "TZ": "America/St_Johns", "PYTHONIOENCODING": "latin-1"},
]


def version() -> str:
    """The version, from the one place where it stands."""
    found = re.search(r"^VERSION := (.*)$", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert found is not None
    return found[1]


def package_file(name: str) -> Path:
    """A package of dist/; the test skips where it is not built."""
    file = PROJECT / "dist" / f"{name}-{version()}.spl"
    if not file.is_file():
        pytest.skip(f"dist/{file.name} is not built: make package")
    sources = ("Makefile", "README.md", "app", "bin", "c_ext", "default", "tests/release/pack.py")
    newer = [path for path in newest_files(sources) if path.stat().st_mtime > file.stat().st_mtime]
    if newer:
        pytest.skip(f"dist/{file.name} is older than {newer[0]}: make package")
    return file


def newest_files(names: tuple[str, ...]) -> list[Path]:
    """The project's files of these names and in these folders, the newest first."""
    roots = [PROJECT / name for name in names]
    files = [path for root in roots for path in [root, *root.rglob("*")] if path.is_file()]
    return sorted(files, key=lambda path: path.stat().st_mtime, reverse=True)[:1]


def unpack(file: Path, folder: Path) -> Path:
    """Unpacks a package as splunkd does, over what is there. Returns the app's folder."""
    with tarfile.open(file) as archive:
        if sys.version_info >= (3, 12):
            archive.extractall(folder, filter="data")
        else:
            archive.extractall(folder)
    return folder / "cfhunt"


def contents(file: Path) -> dict[str, bytes]:
    """The files of a package by their path in the app."""
    with tarfile.open(file) as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        found = {}
        for member in members:
            stream = archive.extractfile(member)
            assert stream is not None
            found[member.name.partition("/")[2]] = stream.read()
    return found


@pytest.fixture(params=PACKAGES)
def package(request: pytest.FixtureRequest) -> tuple[str, Path]:
    """Each package: its name without the version, and its file."""
    return request.param, package_file(request.param)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The app from the package for Linux, unpacked into an empty folder."""
    return unpack(package_file("cfhunt"), tmp_path)


# ---- what is in them ----


def test_a_package_is_one_folder_of_plain_files(package: tuple[str, Path]) -> None:
    with tarfile.open(package[1]) as archive:
        members = archive.getmembers()
    assert {member.name.split("/")[0] for member in members} == {"cfhunt"}
    assert all(member.isfile() or member.isdir() for member in members)
    assert {member.mode for member in members if member.isfile()} == {0o644}
    assert {member.mode for member in members if member.isdir()} == {0o755}
    assert {(member.uid, member.gid, member.uname, member.gname) for member in members} == {
        (0, 0, "", "")
    }
    assert len({member.mtime for member in members}) == 1
    names = [member.name.split("/") for member in members]
    assert names == sorted(names)
    unwanted = re.compile(r"/\.|__pycache__|\.pyc$|/local(/|$)|local\.meta$|/lib/python")
    assert [member.name for member in members if unwanted.search(member.name)] == []


def test_the_archive_tells_nothing_of_when_and_where_it_was_squeezed(
    package: tuple[str, Path],
) -> None:
    assert package[1].read_bytes()[3:8] == bytes(5)  # gzip: no name, no time


def test_a_package_holds_its_engines_and_no_others(package: tuple[str, Path]) -> None:
    name, file = package
    files = contents(file)
    held = {path for path in files if path.startswith("bin/lib/")}
    assert held == {ENGINES[platform] for platform in PACKAGES[name]}
    for platform in PACKAGES[name]:
        engine = files[ENGINES[platform]]
        magic, place, number = KINDS[platform]
        assert engine.startswith(magic)
        assert number is None or engine[place : place + len(number)] == number


def test_the_staged_app_is_in_it(package: tuple[str, Path], app: Path) -> None:
    files = contents(package[1])
    staged = {
        str(path.relative_to(app)): path.read_bytes()
        for path in app.rglob("*")
        if path.is_file() and not {"lib", "__pycache__"} & set(path.relative_to(app).parts)
    }
    staged.pop("README.md")
    for name in list(staged):  # the tests may run against a package that was unpacked here
        if name.startswith(("src/", "LICENSES/")):
            del staged[name]
    assert {name: files[name] for name in staged} == staged


def test_the_sources_and_licences_are_in_it(package: tuple[str, Path]) -> None:
    files = contents(package[1])
    sources = {path.name: path.read_bytes() for path in (PROJECT / "c_ext").glob("*.[ch]")}
    packed = {
        name[len("src/c_ext/") :]: content
        for name, content in files.items()
        if name.startswith("src/c_ext/")
    }
    assert packed == sources
    assert {f"src/libyaml/src/{part}.c" for part in ("api", "parser", "reader", "scanner")} < set(
        files
    )
    assert b"Kirill Simonov" in files["LICENSES/libyaml.txt"]
    assert b"Yann Collet" in files["LICENSES/xxhash.txt"]
    assert b"Apache License" in files["LICENSE"]


def test_the_readme_declares_every_binary(package: tuple[str, Path]) -> None:
    name, file = package
    files = contents(file)
    readme = files["README.md"].decode()
    declared = readme.partition("# Binary File Declaration\n")[2]
    rows = dict(
        re.findall(r"^\| `(bin/[^`]*)` \| \d+ \| `([0-9a-f]{64})` \|$", declared, re.MULTILINE)
    )
    assert rows == {
        ENGINES[platform]: hashlib.sha256(files[ENGINES[platform]]).hexdigest()
        for platform in PACKAGES[name]
    }
    assert str(PROJECT) not in declared
    assert "ziglang 0." in declared


def test_there_is_one_version(package: tuple[str, Path]) -> None:
    files = contents(package[1])
    app = parse_conf(files["default/app.conf"].decode())
    manifest: dict[str, Any] = json.loads(files["app.manifest"])
    assert {
        app["id"]["version"],
        app["launcher"]["version"],
        manifest["info"]["id"]["version"],
    } == {version()}
    text = b"".join(content for name, content in files.items() if not name.startswith("src/"))
    assert b"@VERSION@" not in text


def test_the_version_stands_in_one_place_only() -> None:
    for name in ("default/app.conf", "app/app.manifest"):
        text = (PROJECT / name).read_text("utf-8")
        assert "@VERSION@" in text
        assert version() not in text


def test_the_readmes_tables_are_of_this_version() -> None:
    text = (PROJECT / "README.md").read_text("utf-8")
    assert set(re.findall(r"cfhunt(?:-[a-z]\w*)?-(\d[\d.]*\d)\.spl", text)) == {version()}


# ---- installed ----


def test_an_unpacked_package_hunts(installed: Path) -> None:
    for name in NAMES:
        result = run_search(installed, [], peers_bodies(name, 1), probes=1)
        assert result.error is None
        assert shown_rows(result.body) == expected_rows(name)


def test_an_upgrade_keeps_what_the_admin_wrote(tmp_path: Path) -> None:
    app = unpack(package_file("cfhunt"), tmp_path)
    written = {
        "local/macros.conf": "[cfhunt_indexes]\ndefinition = (index=sysmon)\n",
        "local/savedsearches.conf": f"[{HUNT}]\ndisabled = 0\n",
        "metadata/local.meta": "[savedsearches]\nowner = admin\n",
        "local/hunts/ours.yml": OUR_HUNT,
        "local/data/ui/nav/default.xml": "<nav/>\n",
    }
    for name, text in written.items():
        (app / name).parent.mkdir(parents=True, exist_ok=True)
        (app / name).write_text(text)
    unpack(package_file("cfhunt"), tmp_path)
    assert {name: (app / name).read_text() for name in written} == written
    view = Site({"cfhunt": app, "search": tmp_path / "search"}).view("cfhunt")
    assert view.expand("`cfhunt_events`").startswith("(index=sysmon) (")
    assert view.saved_search(HUNT).settings["disabled"] == "0"
    result = run_search(app, ["hunt=ours"], peers_bodies(NAMES[0], 1), probes=1)
    assert result.error is None and result.table.columns == (b"All_Traffic.user", b"count")


def test_other_apps_see_only_what_bears_its_name(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "search").mkdir()
    seen = Site({"cfhunt": installed, "search": tmp_path / "search"}).view("search")
    for file in (installed / "default").glob("*.conf"):
        if file.stem != "app":  # the app's own facts are no objects
            names = [name.partition("://")[2] or name for name in seen.objects(file.stem)]
            assert [name for name in names if not name.startswith("cfhunt")] == []
    assert {path.name for path in (installed / "bin").iterdir()} <= {
        *("cfhunt.py", "cfhunt_cli.py", "cfhuntlib", "lib")
    }
    exclusive = {"props.conf", "transforms.conf", "tags.conf", "eventtypes.conf", "datamodels.conf"}
    assert exclusive & {path.name for path in (installed / "default").iterdir()} == set()


def test_a_platform_without_an_engine_is_named(installed: Path) -> None:
    for platform in LINUX:
        shutil.move(str(installed / "bin" / "lib" / platform), installed.parent / platform)
    shutil.copytree(installed.parent / LINUX[0], installed / "bin" / "lib" / "plan9_mips")
    with Splunkd(installed) as splunkd:
        reply = splunkd.probe([])
    sentence = str(reply.metadata.get("error"))
    assert f"no engine that runs on {sys.platform}_{os.uname().machine} " in sentence
    assert sentence.endswith("Shipped with this app: plan9_mips.")


def test_every_platform_finds_its_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    from cfhuntlib import native

    windows = "3.13.2 (tags/v3.13.2:4f8bb39, Feb  4 2025, 15:23:48) [MSC v.1942 64 bit ({})]"
    for processor, folder in (("AMD64", "windows_x86_64"), ("ARM64", "windows_aarch64")):
        with monkeypatch.context() as patch:
            patch.setattr(sys, "platform", "win32")
            patch.setattr(sys, "version", windows.format(processor))
            assert native.platform_name() == folder
    monkeypatch.setattr(sys, "platform", "linux")
    for machine, folder in (("amd64", "linux_x86_64"), ("arm64", "linux_aarch64")):
        monkeypatch.setattr(
            os, "uname", lambda name=machine: os.uname_result(("", "", "", "", name))
        )
        assert native.platform_name() == folder


# ---- a search head and three indexers ----


def runnable(python: str, user: int | None) -> bool:
    """Whether that user can run this Python."""
    try:
        done = subprocess.run([python, "-c", ""], user=user, check=False, cwd="/", env={})
    except OSError:
        return False
    return done.returncode == 0


@pytest.fixture(scope="module")
def other_user() -> tuple[int | None, str]:
    """Another user where we may choose one, and a Python that this user can run."""
    user = NOBODY if os.geteuid() == 0 else None
    for python in (interpreter(), "/usr/bin/python3"):
        if runnable(python, user):
            return user, python
    pytest.skip("no Python here that another user can run")


def lock(folder: Path) -> None:
    """Everybody may read, nobody may write."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)


def send_bundle(app: Path, indexer: Path) -> Path:
    """What splunkd sends an indexer of the app: bin/ and default/, no lib/ at the top."""
    bundle = indexer / "var/run/searchpeers/head-1700000000/apps/cfhunt"
    for part in ("bin", "default"):
        shutil.copytree(app / part, bundle / part)
    return bundle


@pytest.fixture(scope="module")
def deployment() -> Iterator[list[Path]]:
    """The app's folder on the search head and on each indexer, all locked."""
    file = package_file("cfhunt")
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder)
        site.chmod(0o755)
        head = unpack(file, site / "head/etc/apps")
        apps = [head, *(send_bundle(head, site / f"indexer{i}") for i in range(INDEXERS))]
        for app in apps:
            lock(app)
        yield apps
        for path in site.rglob("*"):
            if path.is_dir():
                path.chmod(0o755)


def scheduled_hunt(head: Path) -> list[str]:
    """The arguments of the command in the saved search, its macros expanded."""
    view = Site({"cfhunt": head}).view("cfhunt")
    search = view.expand(view.saved_search(HUNT).settings["search"])
    (command,) = (part for part in search.split("|") if part.split()[:1] == ["cfhunt"])
    return tokenise(command)[0][1:]


def search_the_site(
    apps: list[Path], bodies: list[list[bytes]], other: tuple[int | None, str]
) -> SearchResult:
    """The scheduled hunt, each process where and as whom splunkd would start it."""
    user, python = other
    head, *indexers = apps
    return run_search(
        head,
        scheduled_hunt(head),
        bodies,
        sid=SID,
        cwd=head,
        user=user,
        python=python,
        environment={"TZ": "Pacific/Kiritimati"},
        peers=[
            {"app_dir": app, "cwd": app, "environment": environment}
            for app, environment in zip(indexers, ENVIRONMENTS)
        ],
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_site_gives_the_rows_that_one_machine_gives(
    deployment: list[Path], other_user: tuple[int | None, str], name: str
) -> None:
    bodies = peers_bodies(name, INDEXERS)
    result = search_the_site(deployment, bodies, other_user)
    assert result.error is None
    user, python = other_user
    alone = run_search(
        deployment[0], [], bodies, distributed=False, probes=1, user=user, python=python
    )
    assert result.body == alone.body
    assert shown_rows(result.body) == expected_rows(name)
    assert not any("__pycache__" in path.parts for app in deployment for path in app.rglob("*"))


@pytest.fixture
def older(deployment: list[Path], tmp_path: Path) -> Iterator[Path]:
    """An indexer's app whose engine has another plan version."""
    engine = PROJECT / "build/release/older/_cfhunt.abi3.so"
    if not engine.is_file():
        pytest.skip(f"{engine} is not built: make package")
    if os.uname().machine != "x86_64":
        pytest.skip("the older engine is built for x86-64 only")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        bundle = send_bundle(deployment[0], Path(folder))
        for path in bundle.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        shutil.copyfile(engine, bundle / ENGINES["linux_x86_64"])
        yield bundle


def test_an_indexer_with_an_older_cfhunt_is_refused(
    deployment: list[Path], other_user: tuple[int | None, str], older: Path
) -> None:
    apps = [*deployment[:-1], older]
    result = search_the_site(apps, peers_bodies(NAMES[0], INDEXERS), other_user)
    assert result.body == b""
    assert result.error is not None
    assert "The search head's cfhunt and this machine's are of different versions" in result.error


def rows_as_body(tables: list[Table]) -> bytes:
    """The rows of maps, as the reduce gets them."""
    return write_body(tables[0].columns, (row for table in tables for row in table.rows))


def test_rows_of_an_older_cfhunt_are_not_merged(deployment: list[Path], older: Path) -> None:
    bodies = peers_bodies(NAMES[0], 1)
    shutil.copytree(deployment[0] / "hunts", older / "hunts")  # a search head has its hunts
    before = run_search(older, [], bodies, probes=1)
    assert before.error is None
    assert shown_rows(before.body) == expected_rows(NAMES[0])
    body = rows_as_body(before.partial_rows)
    result = run_search(deployment[0], [], [[body]], distributed=False, probes=1)
    assert result.error is not None
    assert "An indexer sent results of another version of cfhunt" in result.error
