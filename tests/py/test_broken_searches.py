"""Searches with one fault each: every word cut, left out, doubled or misspelt. Each is refused with
a sentence that says where, or is still a search; none ends the process."""

from __future__ import annotations

import re

import pytest

from drive import new_engine

pytestmark = pytest.mark.usefixtures("app")

SEARCHES = (
    "summariesonly=false fillnull_value=null count min(_time) as firstTime from "
    "datamodel=Network_Traffic.All_Traffic where All_Traffic.dest_port=7844 by All_Traffic.user",
    'hyphen=ip dc(Processes.user) as "users seen" perc95(Processes.process_id) from '
    "datamodel=Endpoint.Processes where (Processes.process_name IN (cmd.exe, *shell.exe) OR NOT "
    "Processes.user=*$) AND Processes.dest!=10.0.0.0/8 by _time span=1h Processes.dest",
    "values(Authentication.src) latest(Authentication.app) from datamodel=Authentication where "
    "nodename=Failed_Authentication Authentication.action>=a NOT Authentication.user IN (root)",
)
PLACE = re.compile(r"at column \d+|the end of the search")
WORD = re.compile(r'"[^"]*"|[\w.*$/]+|[=!<>]+|[(),]')


def faults(search: str) -> list[str]:
    """The search with one fault, in every place and of every kind."""
    words = list(WORD.finditer(search))
    broken = []
    for word in words:
        before, text, after = search[: word.start()], word[0], search[word.end() :]
        broken += [
            before,  # cut in front of the word
            before + text[: len(text) // 2],  # cut in its middle
            before + after,  # left out
            f"{before}{text} {text}{after}",  # doubled
            f"{before}{text[::-1]}x{after}",  # misspelt
            f"{before}){text}{after}",  # a parenthesis too many
            f'{before}"{text}{after}',  # a quote that does not close
        ]
    return sorted(set(broken) - {""})


def refusal(search: str) -> str | None:
    """The sentence with which a search is refused, None if it is one."""
    try:
        new_engine(search)
    except ValueError as failure:
        return str(failure)
    return None


@pytest.mark.parametrize("search", SEARCHES)
def test_the_search_itself_is_sound(search: str) -> None:
    assert refusal(search) is None


def test_every_fault_is_a_sentence_with_a_place() -> None:
    sentences = [refusal(broken) for search in SEARCHES for broken in faults(search)]
    refused = [sentence for sentence in sentences if sentence is not None]
    assert len(refused) >= 200
    for sentence in refused:
        assert PLACE.search(sentence), sentence
        assert sentence.isprintable() and sentence.endswith((".", "?"))
