"""The stand-in's configuration layers: who sees which object, and what a macro expands to."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from standin.conf_layers import ConfFault, Site, boolean, parse_conf


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Site:
    ours = {
        "default/macros.conf": """\
            # a comment
            [index]
            definition = (index=*)
            [events]
            definition = `index` \\
            port=7844
            [ctime(1)]
            args = field
            definition = convert timeformat="%Y # no comment" ctime($field$)
            [both(2)]
            args = a, b
            definition = `ctime($a$)` | `ctime($b$)` | eval c="$c$"
            [filter]
            definition = search *
            [private]
            definition = search private
            [Case]
            definition = search upper
            """,
        "local/macros.conf": "[filter]\ndefinition = search NOT host=h1\n",
        "default/commands.conf": "[hunt]\nfilename = hunt.py\nchunked = true\n",
        "bin/hunt.py": "",
        "default/savedsearches.conf": "[default]\nx = 1\n[Hunt - Rule]\nsearch = `events` | hunt\n",
        "metadata/default.meta": """\
            []
            access = read : [ * ], write : [ admin ]
            export = none
            [commands]
            export = system
            [macros/index]
            export = system
            [macros/events]
            export = system
            [macros/ctime%281%29]
            export = system
            [macros/both(2)]
            export = system
            access = read : [ power ], write : [ admin ]
            [macros/Case]
            export = system
            """,
        "metadata/local.meta": "[macros/Case]\nexport = none\n",
    }
    theirs = {
        "default/macros.conf": "[index]\ndefinition = (index=theirs)\n[a]\ndefinition = `a`\n",
        "metadata/default.meta": "[]\nexport = system\n",
    }
    return Site(
        {
            "ours": write_files(tmp_path / "ours", ours),
            "theirs": write_files(tmp_path / "theirs", theirs),
            "search": write_files(tmp_path / "search", {"default/app.conf": ""}),
        },
        write_files(
            tmp_path / "system",
            {"default/macros.conf": "[sys]\ndefinition = s\n[index]\ndefinition = system\n"},
        ),
    )


def test_the_own_app_sees_everything_and_local_wins(site: Site) -> None:
    view = site.view("ours")
    assert view.macro("filter") == "search NOT host=h1"
    assert view.macro("private") == "search private"
    assert view.macro("index") == "(index=*)"
    assert view.macro("sys") == "s"
    assert view.saved_search("Hunt - Rule").settings["search"] == "`events` | hunt"
    with pytest.raises(ConfFault, match="default"):
        view.saved_search("default")


def test_another_app_sees_what_is_exported(site: Site) -> None:
    view = site.view("search")
    assert view.command("hunt").settings == {"filename": "hunt.py", "chunked": "true"}
    assert view.command_file("hunt") == site.apps["ours"] / "bin" / "hunt.py"
    assert view.macro("events").split() == ["`index`", "port=7844"]
    for hidden in ("filter", "private", "Case", "case"):
        with pytest.raises(ConfFault, match="sees no macro"):
            view.macro(hidden)
    with pytest.raises(ConfFault, match="search sees no Hunt - Rule in savedsearches"):
        view.saved_search("Hunt - Rule")
    with pytest.raises(ConfFault, match="sees no macro"):
        view.macro("both", ["x", "y"])
    assert "ctime(x)" in site.view("search", ["user", "power"]).expand("`both(x, y)`")


def test_layers_of_other_apps_and_the_system(site: Site) -> None:
    assert site.view("theirs").macro("index") == "(index=theirs)"
    assert site.view("search").macro("index") == "(index=theirs)"  # Z before A
    assert site.view("search").objects("macros")["index"].app == "theirs"


def test_macros_expand_recursively(site: Site) -> None:
    view = site.view("ours", ["power"])
    expanded = view.expand('search `events` ```not `this` ``` | `both("a b", f(x,y))` | x="`no`"')
    assert "`index`" not in expanded and "(index=*) \nport=7844" in expanded
    assert 'ctime(a b) | convert timeformat="%Y # no comment" ctime(f(x,y))' in expanded
    assert 'eval c="$c$"' in expanded and expanded.endswith('x="`no`"')


@pytest.mark.parametrize(
    "search, sentence",
    [
        ("`missing`", "sees no macro `missing`"),
        ("`ctime`", "sees no macro `ctime`"),
        ("`ctime(a, b)`", r"sees no macro `ctime\(2\)`"),
        ("`ctime(a`", r"lacks its \)"),
        ("search `index", "without its partner"),
        ("`a`", "nest deeper"),
    ],
)
def test_what_does_not_expand_is_an_error(site: Site, search: str, sentence: str) -> None:
    with pytest.raises(ConfFault, match=sentence):
        site.view("theirs").expand(search)


def test_an_unknown_app_is_an_error(site: Site) -> None:
    with pytest.raises(ConfFault, match="no app missing"):
        site.view("missing")


def test_conf_files() -> None:
    stanzas = parse_conf(
        "early = 1\n"
        "[One Two]\n"
        "  key=value = more # kept\n"
        "  # comment \\\n"
        "long = a \\\n  # not a comment\\\nc\n"
        "blank = x\\ \n"
        "Key = other\n"
        "empty =\n"
        "[b]\n"
        "[One Two]\n"
        "empty = now\n"
    )
    assert stanzas == {
        "default": {"early": "1"},
        "One Two": {
            "key": "value = more # kept",
            "long": "a \n  # not a comment\nc",
            "blank": "x\\",
            "Key": "other",
            "empty": "now",
        },
        "b": {},
    }


@pytest.mark.parametrize("text", ["[open\n", "no setting\n", "= value\n"])
def test_a_bad_conf_file_is_an_error(text: str) -> None:
    with pytest.raises(ConfFault, match="line 1"):
        parse_conf(text)


def test_booleans() -> None:
    assert boolean("TRUE") and boolean("1") and not boolean("No")
    with pytest.raises(ConfFault):
        boolean("maybe")
