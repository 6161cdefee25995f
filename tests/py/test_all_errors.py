"""Everything that is wrong with a command is said at once, each with its column."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from drive import new_engine
from standin.splunkd import Splunkd

FROM = "from datamodel=Network_Traffic"


def refusal(arguments: str) -> str:
    with pytest.raises(ValueError, match=r"\.|\?") as failure:
        new_engine(arguments)
    return str(failure.value)


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        ("hyphn=ip", ["hyphn=ip"]),
        ("hyphn=ip dest=x maxmem=none", ["hyphn=ip", "x", "none"]),
        (f"hyphn=ip count {FROM}", ["hyphn=ip"]),
        (f"cuont mni(_time) as x, avg(y) {FROM}", ["cuont", "mni(_time)"]),
        (f'cuont as "a b" sum(x {FROM}', ["cuont"]),
        (f"prestats=t count {FROM} where foo by a*", ["t", "foo", "a*"]),
        (f"count {FROM} where (a=1 by a b by c", ["by", "by"]),
        ("count datamodel=M where x by a*", ["datamodel=M", "x", "a*"]),
        ("cuont form datamodel=M where x", ["cuont", "form", "x"]),
        (f"explain=maybe hyphen=x count(*) {FROM} by span=1h", ["maybe", "x", "count(*)"]),
    ],
)
def test_every_error_is_said(arguments: str, wrong: list[str]) -> None:
    text = refusal(arguments)
    columns = [int(column) for column in re.findall(r" at column ([0-9]+)", text)]
    found = re.findall(r'"([^"]*)" at column', text)
    assert [one.startswith(part) for one, part in zip(found, wrong)] == [True] * len(wrong), text
    assert columns == sorted(columns), "in the order of the text"
    for column, one in zip(columns, found):
        assert arguments[column - 1 :].startswith(one)


def test_the_functions_are_listed_once() -> None:
    text = refusal(f"a(x) b(y) d(z) {FROM}")
    assert text.count("There is no function") == 3
    assert text.count("The functions are") == 1


def test_as_many_as_there_is_room_for() -> None:
    text = refusal(" ".join(f"option{number}=1" for number in range(200)))
    assert 5 < text.count("There is no option") < 200 and len(text) < 1024
    assert text.endswith(("?", "."))


def test_what_follows_from_an_error_is_not_said() -> None:
    """A wrong option alone does not make the default hunt an incomplete search."""
    assert refusal("hyphn=ip entities=raw").count(" at column ") == 1


def test_the_search_bar_gets_them_all(app: Path) -> None:
    with Splunkd(app) as process:
        reply = process.probe(["hyphn=ip", "dest=x"])
    assert "did you mean hyphen?" in str(reply.error)
    assert "dest is host or computer." in str(reply.error)
