"""The help of the search bar, held against what the engine takes and what the examples give."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from drive import new_engine, search
from standin.conf_layers import parse_conf
from standin.csv_body import Values, write_body
from standin.inner_search import split_commands
from standin.splunkd import tokenise

PROJECT = Path(__file__).resolve().parents[2]
HELP = parse_conf((PROJECT / "default" / "searchbnf.conf").read_text("utf-8"), "searchbnf.conf")
COMMAND = HELP["cfhunt-command"]
EXAMPLES = {key: text for key, text in COMMAND.items() if key.startswith("example")}


def options_of_the_engine() -> list[str]:
    """The names in the engine's own table."""
    text = (PROJECT / "c_ext" / "options.c").read_text("utf-8")
    table = text.partition("struct option options[] = {")[2].partition("};")[0]
    names = re.findall(r'\{"([a-z_]+)", OPTION_', table)
    assert len(names) > 10
    return names


def functions_of_the_engine() -> list[str]:
    """The names that the engine lists when one is wrong; perc<N> as perc."""
    with pytest.raises(ValueError, match="The functions are") as refusal:
        new_engine("nosuch(x) from datamodel=A")
    listed = str(refusal.value).partition("The functions are ")[2].rstrip(".")
    return [name.replace("<N>", "") for name in re.split(", | and ", listed)]


@pytest.mark.parametrize("name", options_of_the_engine())
def test_every_option_has_its_syntax_and_its_default(name: str) -> None:
    having = [part for part in HELP.values() if f"({name}=" in part["syntax"]]
    assert len(having) == 1, f"{name} stands in {len(having)} syntaxes"
    description = having[0]["description"]
    assert name.upper() in description or "default" in description
    assert "default" in description


def test_every_function_is_named() -> None:
    named = set(re.findall(r"[a-z_]+", HELP["cfhunt-function-name"]["syntax"])) - {"int"}
    assert named | {"count"} == set(functions_of_the_engine())


def test_there_are_three_examples_and_they_run_anywhere() -> None:
    assert sorted(EXAMPLES) == ["example1", "example2", "example3"]
    for text in EXAMPLES.values():
        assert text.startswith("| makeresults") and "`" not in text
        commands = [part.split()[0] for part in split_commands(text)]
        assert commands[-2:] == ["fields", "cfhunt"] and commands.count("cfhunt") == 1


def run(name: str, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """What the example's cfhunt makes of the rows that its first commands would make."""
    parts = split_commands(EXAMPLES[name])
    wanted = parts[-2].split()[1:]
    assert wanted == list(rows[0]), "the example's fields command and the rows made here differ"
    cells: list[list[Values]] = [[(value.encode(),) for value in row.values()] for row in rows]
    body = write_body([column.encode() for column in wanted], cells)
    _words, raw = tokenise(parts[-1])
    return search(" ".join(raw[1:]), [body]).rows()


def assigned(name: str, field: str) -> str:
    """The text that the example's eval gives a field."""
    match = re.search(rf'\b{field}="((?:[^"])*)"', EXAMPLES[name])
    assert match is not None
    return match[1]


def test_the_first_example() -> None:
    made = [
        {
            "_time": "1700000000",
            **{field: assigned("example1", field) for field in ("action", "app", "dest")},
            "dest_port": "7844",
            "src": assigned("example1", "src"),
            "src_port": str(50000 + n),
            "transport": "udp",
        }
        for n in (1, 2, 3)
    ]
    (row,) = run("example1", made)
    assert row["count"] == "3" and row["src_port"] == "50001\n50002\n50003"
    assert "one row that counts 3" in COMMAND["comment1"]


def test_the_second_example() -> None:
    made = {"_time": "1700000000", "_raw": assigned("example2", "_raw")}
    (row,) = run("example2", [made])
    assert (row["dvc"], row["app"], row["dest"], row["src"], row["src_port"]) == (
        "ws-014.corp.example",
        "/usr/local/bin/cloudflared",
        "region1.v2.argotunnel.com",
        "unknown",
        "50001",
    )


def test_the_third_example() -> None:
    made = [
        {
            "_time": str(1700006400 - n * 1800),
            "dest_port": "443",
            "bytes": str(n * 1000),
            "user": "alice" if n % 2 == 0 else "bob",
        }
        for n in range(1, 49)
    ]
    rows = run("example3", made)
    assert sum(int(row["count"]) for row in rows) == 48
    assert sum(int(row["bytes"]) for row in rows) == sum(range(49)) * 1000
    assert {row["users"] for row in rows} == {"2"}
    assert all(int(row["_time"]) % 21600 == 0 for row in rows)
