"""The fast paths change no byte: behind the first 10,000 rows, where they begin.

Until then every row is split and looked into, so that the messages can tell what was wrong. Behind
them rows are passed over that lack the WHERE's literal, equal cells lead where they led before, and
both rest where they do not pay. Here 10,000 rows that match nothing come first, then the rows of
the random suite, again and again, so that all of it is reached; the independent model and the same
search with prefilter=false give the same table.
"""

from __future__ import annotations

from random import Random

import pytest

import drive
from drive import search, windows_of
from reference import generate, generate_plans, hunt, language
from reference.generate_rows import rows_for

FIRST_ROWS = 10_000
PLANS = 24
ROWS = 60
REPEATS = 3

pytestmark = pytest.mark.usefixtures("app")


def other_events(header: bytes, count: int) -> bytes:
    """A body of so many rows with the columns of another one, all of them empty."""
    columns = header.count(b",")
    return header + (b"," * columns + b"\n") * count


def bodies_behind_the_first_rows(random: Random, text: str) -> list[bytes]:
    """The first rows, then the random ones, each body several times."""
    rows = rows_for(language.parse(text), random, ROWS)
    made = [body for body in generate.bodies(random, rows) if body.count(b"\n") > 1]
    header = made[0].split(b"\n", 1)[0] + b"\n"
    return [other_events(header, FIRST_ROWS), *made * REPEATS]


@pytest.mark.parametrize("number", range(PLANS))
def test_t4_every_path_gives_the_same_table(number: int) -> None:
    text = generate_plans.any_plan(Random(7_000 + number))
    random = Random(number)
    bodies = bodies_behind_the_first_rows(random, text)
    expected = hunt.reply_body(hunt.run(text, bodies))
    assert search(text, bodies, windows_of(drive.WHOLE)).body == expected, text
    assert search(text, bodies, drive.random_windows(random)).body == expected, text
    plain = f"prefilter=false {text}"
    assert search(plain, bodies, windows_of(drive.WHOLE)).body == expected, text
