"""Arguments that the command refuses: always an error frame with one sentence for a user."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from protocol_tools import check_error, map_arguments
from standin.frames import encode_frame
from standin.splunkd import Splunkd, getinfo_metadata


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["count"],
        ["hyphen=maybe"],
        ["hunt"],
        ['""'],
        ["count", "from", "datamodel=Network_Traffic.All_Traffic", "where", "("],
        ["count", "from", "datamodel=Network_Traffic.All_Traffic", "by"],
        ["count", "by", "x"],
        ['count"', "from", 'datamodel="', "by", "x"],
        ["\ud800 lone"],
        ["\x00\x1b[31m\n", "é" * 10],
        ["x" * 100_000],
        ["("] * 20_000,
        ["NOT"] * 20_000,
    ],
    ids=lambda arguments: ascii(" ".join(arguments))[:40],
)
def test_a_wrong_argument_is_one_sentence(app: Path, arguments: list[str]) -> None:
    request = json.dumps(getinfo_metadata(arguments=arguments, search="| x | cfhunt")).encode()
    with Splunkd(app) as splunkd:
        check_error(splunkd.exchange_getinfo(encode_frame(request)))


@pytest.mark.parametrize("damage", ["cut", "longer", "changed", "version", "map2"])
def test_a_damaged_token_is_refused(app: Path, damage: str) -> None:
    (token,) = map_arguments(app)
    middle = len(token) // 2
    damaged = {
        "cut": token[:-5],
        "longer": token + "AAAA",
        "changed": token[:middle] + ("a" if token[middle] != "a" else "b") + token[middle + 1 :],
        "version": token.replace("1_", "9_", 1),
        "map2": f"{token} {token}",
    }[damage]
    assert damaged != token
    with Splunkd(app) as splunkd:
        check_error(splunkd.getinfo(damaged.split()))
