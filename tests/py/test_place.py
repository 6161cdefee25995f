"""First in a search, behind events, or not to be told: only what is certain is said."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from cfhuntlib.place import BEHIND, FIRST, UNKNOWN, percent_decoded, place_of

FILTER = "`windows_potential_cloudflared_network_connection_filter`"


@pytest.mark.parametrize(
    ("search", "arguments", "place"),
    [
        ("| cfhunt", "", FIRST),
        ("  |  cfhunt  ", "", FIRST),
        ("|cfhunt hyphen=ip", "hyphen=ip", FIRST),
        ("cfhunt  count=1", "count=1", FIRST),  # as the remote side writes it
        (f"| cfhunt | {FILTER}", "", FIRST),
        ("| cfhunt | head 100 | export preview=0", "", FIRST),
        ('| cfhunt fillnull_value="a | cfhunt" count | table x', "", FIRST),
        ('| cfhunt | search app="| cfhunt"', "", FIRST),
        ("| cfhunt | append [| cfhunt hyphen=ip]", "", FIRST),
        ("| cfhunt `my_arguments`", "count from datamodel=M", FIRST),
        ("``` a | cfhunt ``` | cfhunt", "", FIRST),
        ('| cfhunt  count  from datamodel="M"', "count from datamodel=M", FIRST),
        ("search index=* | cfhunt", "", BEHIND),
        ("index=* | cfhunt | search x=1", "", BEHIND),
        ("| makeresults | cfhunt events=search", "events=search", BEHIND),
        (f"`cfhunt_events` | `cfhunt_fields` | cfhunt | {FILTER}", "", BEHIND),
        ('search "[" | cfhunt', "", BEHIND),
        ("search x=[search y] | cfhunt", "", BEHIND),
        # In a subsearch the text does not say whose process this is.
        ("| makeresults | append [| cfhunt]", "", UNKNOWN),
        ("| multisearch [search a | cfhunt] [search b]", "", UNKNOWN),
        ("| append [search a | cfhunt hyphen=ip] | cfhunt", "", UNKNOWN),
        # Twice, with the same arguments or with other ones.
        ("| cfhunt | append [| cfhunt]", "", UNKNOWN),
        ("| cfhunt | append [| cfhunt hyphen=ip]", "hyphen=ip", UNKNOWN),
        ("cfhunt | cfhunt", "", UNKNOWN),
        ("search index=* | cfhunt | cfhunt hyphen=ip", "", UNKNOWN),
        # Behind a macro or a saved search the command is not to be seen.
        ("`everything`", "", UNKNOWN),
        ('| savedsearch "cfhunt - hunt"', "", UNKNOWN),
        ("", "", UNKNOWN),
        ("| cfhuntx", "", UNKNOWN),
        ("| xcfhunt | cfhunt_y", "", UNKNOWN),
        ("search cfhunt", "", UNKNOWN),
        ('search "unclosed | cfhunt', "", UNKNOWN),
        ("search `unclosed | cfhunt", "", UNKNOWN),
    ],
)
def test_places(search: str, arguments: str, place: str) -> None:
    assert place_of(search, "cfhunt", arguments) == place


@pytest.mark.parametrize(
    "text", ["", "| cfhunt", "a%b", "100%", "%zz", "jürgen \n |", "%2", "%%41"]
)
def test_percent_codes(text: str) -> None:
    assert percent_decoded(quote(text, safe="")) == text


def test_what_is_no_code_is_left() -> None:
    assert percent_decoded("%zz%4%41%") == "%zz%4A%"
    assert percent_decoded("%ff") == "\ufffd"
