"""The stand-in's getinfo requests: each version's keys, and arguments cut as splunkd cuts them."""

from __future__ import annotations

import pytest

from standin.frames import encode_frame, parse_metadata
from standin.splunkd import VERSIONS, getinfo_metadata, tokenise


@pytest.mark.parametrize("version", VERSIONS)
def test_getinfo_metadata(version: str) -> None:
    metadata = getinfo_metadata(
        version, ["hunt=a b"], raw_arguments=['hunt="a b"'], first=True, changes={"sid": None}
    )
    assert metadata["action"] == "getinfo"
    info = metadata["searchinfo"]
    assert info["args"] == ["hunt=a b"] and info["raw_args"] == ['hunt="a b"']
    assert info["search"] == "%7C%20cfhunt%20hunt%3D%22a%20b%22"
    assert info["earliest_time"] == "0"
    assert "sid" not in info
    assert parse_metadata(encode_frame(metadata).split(b"\n", 1)[1]) == metadata


def test_the_versions_differ_in_keys_and_order() -> None:
    orders = {version: list(getinfo_metadata(version)["searchinfo"]) for version in VERSIONS}
    assert "command" not in orders["6.3"] and "command" in orders["8.2.1"]
    assert sorted(orders["8.0.3"]) == sorted(orders["8.2.1"])
    assert orders["8.0.3"] != orders["8.2.1"]


@pytest.mark.parametrize(
    "text, arguments, raw",
    [
        ("", [], []),
        ("a  b\tc", ["a", "b", "c"], ["a", "b", "c"]),
        ('x="a b" c', ["x=a b", "c"], ['x="a b"', "c"]),
        (r'"a \" b" \w', ['a " b', r"\w"], [r'"a \" b"', r"\w"]),
        ('""', [""], ['""']),
    ],
)
def test_tokenise(text: str, arguments: list[str], raw: list[str]) -> None:
    assert tokenise(text) == (arguments, raw)


def test_tokenise_refuses_an_open_quote() -> None:
    with pytest.raises(ValueError, match="unbalanced"):
        tokenise('a "b')
