"""The checklist for a real Splunk: cfhunt takes its searches, and gives what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from drive import new_engine, search
from standin.csv_body import Values, write_body
from standin.inner_search import split_commands
from standin.splunkd import tokenise

PROJECT = Path(__file__).resolve().parents[2]
TEXT = (PROJECT / "app" / "checklist.md").read_text("utf-8")
SEARCHES: list[str] = [code for code in re.findall(r"`([^`]+)`", TEXT) if "cfhunt " in f"{code} "]


def arguments(text: str) -> str:
    """Those of the cfhunt in a search, with the user's quotes."""
    (command,) = (part for part in split_commands(text) if part.split()[0] == "cfhunt")
    _words, raw = tokenise(command)
    return " ".join(raw[1:])


def the_one(words: str) -> str:
    """The checklist's search that holds these words."""
    (found,) = (text for text in SEARCHES if words in text)
    return found


def run(text: str, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """What the search's cfhunt makes of rows, which have the columns that the search keeps."""
    (kept,) = (part.split()[1:] for part in split_commands(text) if part.startswith("fields "))
    assert kept == list(rows[0])
    cells: list[list[Values]] = [[(value.encode(),) for value in row.values()] for row in rows]
    body = write_body([name.encode() for name in kept], cells)
    return search(arguments(text), [body]).rows()


@pytest.mark.parametrize(
    "text",
    [text for text in SEARCHES if text.startswith(("|", "index=")) and "hyphn" not in text],
)
def test_cfhunt_takes_every_search(text: str) -> None:
    new_engine(arguments(text))


def test_three_events_are_one_row() -> None:
    made = [
        {"_time": "1700000000", "dest_port": "7844", "src_port": str(50000 + n)} for n in (1, 2, 3)
    ]
    (row,) = run(the_one("count=3"), made)
    assert row["count"] == "3" and row["src_port"].split() == ["50001", "50002", "50003"]


def test_quotes_commas_parentheses_and_backslashes() -> None:
    made = {"_time": "1700000000", "dest_port": "443", "app": r"C:\Program Files (x86)\cf.exe"}
    assert run(the_one("hyphen=ip"), [made]) == [
        {"All_Traffic.dest_port": "443", "a, (b)": "1"},
    ]


def test_a_wrong_option_is_named() -> None:
    with pytest.raises(ValueError, match="hyphen"):
        new_engine(arguments(the_one("hyphn")))


def test_more_rows_than_a_chunk_holds() -> None:
    text = the_one("count=60000")
    made = [{"_time": "1700000000", "dest_port": "443", "user": str(n)} for n in range(60000)]
    assert len(run(text, made)) == 60000


def test_the_map_is_called_as_the_checklist_says() -> None:
    assert "`cfhunt map1_`" in TEXT
    assert new_engine("").map_token(0).startswith(b"map1_")


def test_it_takes_ten_minutes() -> None:
    minutes = re.findall(r"^## .*: (\d+) minutes?$", TEXT, re.MULTILINE)
    assert len(minutes) == TEXT.count("\n## ") and sum(map(int, minutes)) == 10
