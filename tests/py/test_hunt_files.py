"""Hunts from files: which file is read, what is in it, what is wrong with it, and who needs it.

The app's copies that a test makes are laid out as Splunk has them; what a site adds lies in local/.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import drive
from broken_hunts import BROKEN
from reference import hunt as reference_hunt
from standin.conf_layers import Site, parse_conf
from standin.csv_body import write_body
from standin.search import SearchResult, run_search
from standin.splunkd import interpreter, tokenise

PROJECT = Path(__file__).resolve().parents[2]
DEFAULT = "windows_potential_cloudflared_network_connection"
HEAD = "| tstats count from datamodel=Network_Traffic.All_Traffic"
BY_USER = f"{HEAD} by All_Traffic.user"
EVENTS = write_body(
    [b"_time", b"dest_port", b"user"],
    [((b"1",), (b"7844",), (b"a",)), ((b"2",), (b"443",), (b"b",)), ((b"3",), (b"443",), (b"b",))],
)


@pytest.fixture
def site(app: Path, tmp_path: Path) -> Path:
    """A copy of the app, for a site to add files to."""
    folder = tmp_path / "apps" / "cfhunt"
    shutil.copytree(app, folder)
    return folder


def put(site: Path, path: str, text: str | bytes) -> None:
    """A file of the site's app."""
    file = site / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode() if isinstance(text, str) else text)


def detection(search: str, more: str = "") -> str:
    """A file with this search, in single quotes."""
    return "name: A hunt\nsearch: '{}'\n{}".format(search.replace("'", "''"), more)


def run(site: Path, arguments: str, **options: Any) -> SearchResult:
    """The command with these arguments over EVENTS, with one map."""
    plain, raw = tokenise(arguments)
    return run_search(site, plain, [[EVENTS]], raw_arguments=raw, probes=1, **options)


def rows(result: SearchResult) -> list[dict[str, str]]:
    assert result.error is None
    return result.table.texts()


def refused(site: Path, arguments: str) -> str:
    """The sentence of the error frame."""
    sentence = run(site, arguments).error
    assert sentence is not None
    return sentence


def plan_of(file: str | bytes, arguments: str = "hunt=x", macros: str = "") -> str:
    """The canonical text of a file's plan. Raises ValueError with the engine's sentence."""
    from cfhuntlib.native import engine as native

    engine = native.Engine(os.urandom(native.SECRET_SIZE))
    if macros:
        engine.add_macros(b"hunts/macros.yml", macros.encode())
    text = file.encode() if isinstance(file, str) else file
    engine.add_detection(arguments.encode(), b"hunts/x.yml", text)
    return engine.plan_text(0).decode("utf-8", "surrogateescape")


def plan_of_search(search: str) -> str:
    """The canonical text of a search given as arguments."""
    return drive.new_engine(search).plan_text(0).decode("utf-8", "surrogateescape")


# ---- which file ----


def test_the_default_hunt_is_the_file_of_the_app() -> None:
    assert plan_of_search("") == plan_of_search(reference_hunt.DEFAULT_HUNT)
    file = PROJECT / "app" / "hunts" / f"{DEFAULT}.yml"
    assert plan_of(file.read_bytes(), "") == plan_of_search("")


def test_the_default_hunt_says_nothing_of_its_tail_but_in_explain(site: Path) -> None:
    assert run(site, "").messages == []
    (message,) = run(site, f"hunt={DEFAULT}").messages
    assert message.process == "reduce"
    assert message.level == "INFO"
    assert message.text.endswith(
        "Append it to the search: "
        '| convert timeformat="%Y-%m-%dT%H:%M:%S" ctime(firstTime) '
        '| convert timeformat="%Y-%m-%dT%H:%M:%S" ctime(lastTime) '
        f"| `{DEFAULT}_filter`"
    )


def test_the_default_hunts_tail_is_what_the_app_appends(app: Path) -> None:
    view = Site({"cfhunt": app}).view("cfhunt")
    searches = [found.settings["search"] for found in view.objects("savedsearches").values()]
    (appended,) = [
        search.partition("| cfhunt ")[2]
        for search in searches
        if search.startswith("`cfhunt_events`")
    ]
    rows_ = csv.DictReader(io.StringIO(explanation("").decode()))
    tail = " ".join(row["value"] for row in rows_ if row["part"] == "tail")
    assert view.expand(tail) == view.expand(appended)


def explanation(arguments: str) -> bytes:
    rows_ = drive.new_engine(f"explain=true {arguments}").explanation(0)
    assert rows_ is not None
    return rows_


def test_a_hunt_of_the_app_and_one_of_the_site(site: Path) -> None:
    put(site, "hunts/users.yml", detection(BY_USER))
    assert rows(run(site, "hunt=users")) == [
        {"All_Traffic.user": "a", "count": "1"},
        {"All_Traffic.user": "b", "count": "2"},
    ]
    put(site, "local/hunts/users.yml", detection(f"{BY_USER} | `drop_dm_object_name(All_Traffic)`"))
    assert rows(run(site, 'hunt="users"'))[0] == {"user": "a", "count": "1"}


def test_a_site_replaces_the_default_hunt(site: Path) -> None:
    put(site, f"local/hunts/{DEFAULT}.yml", detection(BY_USER))
    assert len(rows(run(site, ""))) == 2


@pytest.mark.parametrize("name", ["../users", "a/b", "users.yml", "/etc/passwd", "a b", "", "ä"])
def test_a_name_is_never_a_path(site: Path, name: str) -> None:
    put(site, "users.yml", detection(BY_USER))
    assert refused(site, f'hunt="{name}"').startswith("This is no name of a hunt: ")


def test_an_unknown_hunt_is_told_the_nearest(site: Path) -> None:
    put(site, "local/hunts/users.yml", detection(BY_USER))
    put(site, "local/hunts/macros.yml", "macros: {}\n")
    assert refused(site, "hunt=user") == (
        f"There is no hunt user in hunts/ or local/hunts/. The nearest there are: users, {DEFAULT}."
    )
    assert refused(site, "hunt=macros").startswith("There is no hunt macros ")
    shutil.rmtree(site / "hunts")
    shutil.rmtree(site / "local")
    assert refused(site, "hunt=user").endswith("There are none.")
    assert refused(site, "").startswith(f"There is no hunt {DEFAULT} ")


def test_a_file_that_cannot_be_read(site: Path) -> None:
    (site / "local" / "hunts" / "users.yml").mkdir(parents=True)
    assert refused(site, "hunt=users") == (
        "cfhunt cannot read local/hunts/users.yml: Is a directory."
    )


def test_a_file_is_read_no_further_than_its_limit(site: Path) -> None:
    put(site, "hunts/big.yml", detection(BY_USER) + "#" * (2 << 20))
    assert "1 MB and no more" in refused(site, "hunt=big")


def test_no_file_is_read_where_none_is_asked_for(site: Path) -> None:
    put(site, "hunts/macros.yml", "broken: [\n")
    assert "hunts/macros.yml, line 2, column 1" in refused(site, "")
    search = "count from datamodel=Network_Traffic.All_Traffic"
    assert rows(run(site, search)) == [{"count": "3"}]


def test_nothing_follows_a_hunt_and_options_win(site: Path) -> None:
    put(site, "hunts/users.yml", detection(BY_USER.replace("count", "fillnull_value=x count")))
    assert refused(site, "hunt=users count") == (
        'hunt=NAME brings a search of its own, so none can follow, as here "count" at column 12.'
    )
    found = run(site, "hyphen=ip hunt=users fillnull_value=none explain=true", distributed=False)
    options = {(row["part"], row["item"]): row["value"] for row in rows(found)}
    assert options["option", "hyphen"] == "ip"
    assert options["option", "fillnull_value"] == "none"


# ---- macros ----


def test_the_nearest_macro_wins(site: Path) -> None:
    macros = "macros: {{own: dest_port={}, local: dest_port={}, app: user={}}}\n"
    put(site, "hunts/macros.yml", macros.format(9, 9, "b"))
    put(site, "local/hunts/macros.yml", macros.format(9, 443, "b").replace(", app: user=b", ""))
    search = f"{HEAD} where `own` `local` `app`"
    put(site, "hunts/x.yml", detection(search, "macros: {own: dest_port=4*}\n"))
    assert rows(run(site, "hunt=x")) == [{"count": "2"}]


def test_a_wrong_file_of_macros_is_named(site: Path) -> None:
    put(site, "local/hunts/macros.yml", "macros:\n  a: [b]\n")
    assert refused(site, f"hunt={DEFAULT}") == (
        "local/hunts/macros.yml, line 2, column 6: a is a list here, and must be one text."
    )


def test_macros_of_the_file_are_put_into_the_tail() -> None:
    file = detection(
        f"{HEAD} | `own(1)` | `theirs(1)`",
        "macros:\n  own(1):\n    arguments: [n]\n    definition: where count>$n$\n",
    )
    engine = engine_of(file)
    (line,) = engine.table_messages(0, False)[-1:]
    assert line[1].endswith("Append it to the search: | where count>1 | `theirs(1)`")


def engine_of(file: str) -> Any:
    from cfhuntlib.native import engine as native

    engine = native.Engine(os.urandom(native.SECRET_SIZE))
    engine.add_detection(b"hunt=x", b"hunts/x.yml", file.encode())
    drive.feed(engine, EVENTS, drive.windows_of(drive.WHOLE))
    drive.finish(engine)
    return engine


# ---- every search of ESCU that is at hand ----


def escu(shared: Path) -> list[dict[str, str]]:
    searches: list[dict[str, str]] = json.loads(
        (shared / "data" / "escu" / "tstats-searches.json").read_text("utf-8")
    )
    return searches


MACRO = re.compile(r"`([^`]*)`")
DROP = re.compile(r'\|\s*`drop_dm_object_name\("?([^")`]*)"?\)`\s*(\||\Z)')
REFUSED = {
    "Suspicious Linux Discovery Commands",
    "Detection of DNS Tunnels",
}  # a subsearch; a macro


def bodies(written: str, expanded: str) -> dict[str, str]:
    """The macros' bodies: what stands in the expanded text where the written one has the macro."""
    names: list[str] = []
    pattern = ""
    for number, part in enumerate(MACRO.split(written)):
        if number % 2 == 0:
            pattern += re.escape(part)
        elif part in names:
            pattern += f"(?P=m{names.index(part)})"
        else:
            pattern += f"(?P<m{len(names)}>.*?)"
            names.append(part)
    found = re.fullmatch(pattern, expanded, re.DOTALL)
    assert found is not None
    return {name: found[f"m{number}"] for number, name in enumerate(names)}


def single_quoted(text: str, indent: str) -> str:
    """As ESCU writes it: folded where a single blank stands between words."""
    words = re.split(r"(?<=[^ \n]) (?=[^ \n])", text.replace("'", "''"))
    folded = f"\n{indent}".join(
        " ".join(words[start : start + 8]) for start in range(0, len(words), 8)
    )
    return f"'{folded}'"


def double_quoted(text: str, indent: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + escaped.replace(" where ", f" \\\n{indent}where ") + '"'


def literal(text: str, indent: str) -> str:
    return f"|-\n{indent}" + text.replace("\n", f"\n{indent}")


def folded(text: str, indent: str) -> str:
    return f">-\n{indent}" + single_quoted(text, indent)[1:-1].replace("''", "'")


STYLES = [single_quoted, double_quoted, literal, folded]


def layouts(entry: dict[str, str], number: int) -> Iterator[str]:
    """The detection in both of ESCU's layouts, the search in another style each time."""
    search = " ".join(f"{entry['tstats_text'].strip()} {entry['tail_text'].strip()}".splitlines())
    lines = [
        f"  {json.dumps(name)}: {json.dumps(body)}"
        for name, body in bodies(entry["tstats_text"], entry["tstats_expanded"]).items()
        if name != "security_content_summariesonly" and "(" not in name
    ]
    macros = "\n".join(["macros:", *lines, ""])
    first = STYLES[number % 4](search, "  ")
    second = STYLES[(number + 1) % 4](search, "    ")
    yield (
        f"name: {entry['name']}\nid: 1-2-3\nversion: 4\ndate: '2024-10-24'\nauthor: A, B\n"
        f"status: production\ntype: {entry['type']}\ndescription: What it is: see below.\n"
        f"data_source:\n- Sysmon EventID 1\nsearch: {first}\n{macros}"
        "how_to_implement: ''\nreferences: []\ntags:\n  analytic_story:\n  - One\n"
        "  mitre_attack_id:\n  - T1003\n  risk_score: 25\n  observable:\n  - name: dest\n"
        "    type: Hostname\n    role:\n    - Victim\n  security_domain: endpoint\n"
        "tests:\n- name: True Positive Test\n  attack_data:\n  - data: https://x.example/y.log\n"
    ).replace("What it is: see below.", "'What it is: see below.'")
    yield (
        f"{macros}search: {second}\nname: {entry['name']}\nid: 1-2-3\nversion: 4\n"
        f"creation_date: '2024-10-24'\nmodification_date: '2025-01-01'\nauthor: A\n"
        f"type: {entry['type']}\nmitre_attack_id:\n- T1003\nanalytic_story: [One, Two]\n"
        "asset_type: Endpoint\nproduct: [x]\nsecurity_domain: endpoint\ncategory: endpoint\n"
        "drilldown_searches:\n- name: x\n  search: '%original_detection_search%'\n"
    )


def arguments_of(entry: dict[str, str]) -> str:
    """The expanded text as the arguments of a command, with the drop that cfhunt does."""
    expanded = re.sub(r"^\s*\|\s*tstats\s", "", entry["tstats_expanded"])
    drop = DROP.match(entry["tail_text"].strip())
    return expanded + (f" | `drop_dm_object_name({drop[1]})`" if drop else "")


def test_every_escu_search_from_a_file_is_the_same_plan(shared: Path) -> None:
    entries = escu(shared)
    assert len(entries) > 600
    for number, entry in enumerate(entries):
        if entry["name"] in REFUSED:
            continue
        expected = plan_of_search(arguments_of(entry))
        for file in layouts(entry, number):
            assert plan_of(file) == expected, entry["name"]


def test_what_is_refused_of_escu_is_refused_by_name(shared: Path) -> None:
    sentences = []
    for entry in escu(shared):
        if entry["name"] in REFUSED:
            for file in layouts(entry, 0):
                with pytest.raises(
                    ValueError, match=r"^hunts/x\.yml, line \d+, column \d+: "
                ) as one:
                    plan_of(file)
                sentences.append(str(one.value))
    assert len(sentences) == 4
    assert sum("A subsearch cannot stand here" in text for text in sentences) == 2
    assert sum("no macro `cim_corporate_web_domain_search`" in text for text in sentences) == 2


def test_the_tail_of_every_escu_search_is_kept(shared: Path) -> None:
    for number, entry in enumerate(escu(shared)):
        if entry["name"] in REFUSED:
            continue
        file = next(layouts(entry, number))
        rows_ = csv.DictReader(io.StringIO(explained(file)))
        tail = "".join(row["value"] for row in rows_ if row["part"] == "tail")
        expected = entry["tail_text"].strip()
        if DROP.match(expected):
            expected = expected[expected.index("`", expected.index("`") + 1) + 1 :]
        assert words(plain(tail)) == words(plain(expected)), entry["name"]


def explained(file: str) -> str:
    from cfhuntlib.native import engine as native

    csv.field_size_limit(sys.maxsize)
    engine = native.Engine(os.urandom(native.SECRET_SIZE))
    engine.add_detection(b"explain=true hunt=x", b"hunts/x.yml", file.encode())
    rows_ = engine.explanation(0)
    assert rows_ is not None
    return rows_.decode()


STANDARD = [
    (r'`security_content_ctime\("?([^")]*)"?\)`',
     r'convert timeformat="%Y-%m-%dT%H:%M:%S" ctime(\1)'),
    (r'`drop_dm_object_name\("?([^")]*)"?\)`', r'rename "\1.*" as *'),
    (r"`security_content_summariesonly`",
     "summariesonly=false allow_old_summaries=true fillnull_value=null"),
]  # fmt: skip


def plain(text: str) -> str:
    for pattern, body in STANDARD:
        text = re.sub(pattern, body, text)
    return text


def words(text: str) -> str:
    """Without blanks: those between commands may differ."""
    return "".join(text.split())


# ---- broken files ----


def place_of(file: str | bytes) -> tuple[bytes, int, int]:
    """The file without its mark, and the line and column where the mark was."""
    text = file.encode() if isinstance(file, str) else file
    before, mark, after = text.partition(b"^")
    if not mark:
        return text, 1, 1
    shown = before.decode("utf-8-sig", "replace")
    line = shown.count("\n") + 1
    return before + after, line, len(shown) - (shown.rfind("\n") + 1) + 1


def test_there_are_a_hundred_broken_files() -> None:
    assert len(BROKEN) >= 100


@pytest.mark.parametrize("number", range(len(BROKEN)))
def test_a_broken_file_is_told_its_place(number: int) -> None:
    file, part = BROKEN[number]
    text, line, column = place_of(file)
    with pytest.raises(ValueError, match=r"\A.*[.?]\Z") as refusal:
        plan_of(text)
    sentence = str(refusal.value)
    assert sentence.startswith(f"hunts/x.yml, line {line}, column {column}")
    assert part in sentence


@pytest.mark.parametrize("cut", range(0, 1200, 7))
def test_a_file_that_was_cut_off_crashes_nothing(cut: int) -> None:
    text = (PROJECT / "app" / "hunts" / f"{DEFAULT}.yml").read_bytes()[:cut]
    try:
        plan_of(text)
    except ValueError as refusal:
        assert str(refusal).startswith("hunts/x.yml, line ")


def test_a_broken_file_ends_the_search_with_its_sentence(site: Path) -> None:
    put(site, "local/hunts/x.yml", "name: A hunt\nsearch: |\n  | tstats\n    coumt\n")
    assert refused(site, "hunt=x").startswith(
        'local/hunts/x.yml, line 4, column 5: There is no function "coumt": did you mean count?'
    )


# ---- who needs the file ----


def test_indexers_run_a_hunt_whose_file_they_do_not_have(site: Path, tmp_path: Path) -> None:
    peer = tmp_path / "searchpeers" / "head-1700000000" / "apps" / "cfhunt"
    shutil.copytree(site, peer)
    shutil.rmtree(peer / "hunts")
    put(site, "local/hunts/users.yml", detection(BY_USER))
    for arguments in ("hunt=users", ""):
        whole = run(site, arguments, distributed=False)
        spread = run_search(
            site,
            arguments.split(),
            [[EVENTS], [EVENTS[:0]], []],
            probes=1,
            peers=[{"app_dir": peer}] * 3,
        )
        assert spread.error is None
        assert spread.body == whole.body
        assert len(spread.partial_rows[0].rows) > 1


def test_the_command_still_starts_with_little() -> None:
    """No file is read, and nothing slow is imported, before a hunt asks for it."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import cfhuntlib.session; "
        "print(*sorted({'re', 'pathlib', 'typing', 'difflib', 'dataclasses'} & set(sys.modules)))"
    )
    folder = PROJECT / "build" / "cfhunt" / "bin"
    done = subprocess.run(
        [interpreter(), "-I", "-S", "-c", code, str(folder)], capture_output=True, check=True
    )
    before = subprocess.run(
        [interpreter(), "-I", "-S", "-c", "import sys, json; print('re' in sys.modules)"],
        capture_output=True,
        check=True,
    )
    allowed = b"re\n" if before.stdout == b"True\n" else b"\n"
    assert done.stdout in (allowed, b"\n")


# ---- where files cannot be added: a hunt as a macro ----

STANZA = re.compile(r"^    (\[hunt_[a-z_]+\]\n(?:    .*\n)+)", re.MULTILINE)


def test_the_readmes_macro_is_a_hunt(app: Path, tmp_path: Path) -> None:
    readme = (PROJECT / "README.md").read_text("utf-8")
    (stanza,) = STANZA.findall(readme)
    text = re.sub(r"^    ", "", stanza, flags=re.MULTILINE)
    (name,) = parse_conf(text)
    cloud = tmp_path / "cloud"
    put(cloud, "local/macros.conf", text)
    view = Site({"cfhunt": app, "cloud": cloud}).view("cloud")
    (search,) = re.findall(rf"^    (.*\| cfhunt `{name}`.*)$", readme, re.MULTILINE)
    command = view.expand(search).split("| cfhunt ", 1)[1].split(" | ", 1)[0]
    plain_words, raw = tokenise(command)
    events = (PROJECT / "attack_data" / "cim_network_traffic.csv").read_bytes()
    found = run_search(app, plain_words, [[events]], raw_arguments=raw, probes=1)
    assert found.error is None
    assert len(found.table.rows) > 0
    assert found.body == drive.search(command, [events]).body


def test_the_readmes_file_is_a_hunt() -> None:
    """The block that begins with `name:` is a file; its search runs."""
    readme = (PROJECT / "README.md").read_text("utf-8")
    (file,) = re.findall(r"^```yaml\n(name: .*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert "from datamodel=" in plan_of(file)
