"""map plus reduce, against the single process: what splunkd's distributed search costs.

The map gets the session's own bodies; what it answers goes to the reduce as splunkd hands it over:
under the event fields that the search head asked for, all null, and in splunkd's quoting.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import answers
from answers import Refused
from comparison import CASES, CFHUNT, refusal
from contest import Contestant, Runs, in_turn
from figures import Goal, Line, ratio
from session_file import getinfo_request, header, record, rewrite, write_session
from workshop import UNBOUNDED, Workshop, WrongAnswer

PARTIAL_COLUMNS = ("cfhunt_partial", "cfhunt_state")
GOALS = {"cim-rare": 1.2, "cim-all": 1.2, "raw": 1.2, "cim-500k": 2.2}


@dataclass(frozen=True)
class Described:
    """What the search head's process says of itself: the map's arguments, the fields it wants."""

    map_arguments: str
    fields: tuple[str, ...]


def described(shop: Workshop, arguments: str) -> Described:
    """Asks the search head's process of a cfhunt with these arguments."""
    asked, replied = shop.scratch / "asked.session", shop.scratch / "described"
    asked.write_bytes(getinfo_request(arguments))
    shop.cfhunt(asked, asked).whole.run(replied)
    told, _ = next(answers.replies(replied))
    _, _, token = told["streaming_preop"].partition(" ")
    return Described(token, tuple(told["required_fields"]))


def partial_rows(path: Path, columns: tuple[str, ...]) -> Iterator[bytes]:
    """The rows of a map's replies, under these columns. Raises Refused for an error frame."""
    for metadata, body in answers.replies(path):
        if "error" in metadata:
            raise Refused(metadata["error"])
        rows = csv.reader(io.StringIO(body.decode("ascii"), newline=""))
        names = next(rows, [])
        for row in rows:
            cells = dict(zip(names, row))
            yield record(columns, [cells.get(name, "").encode() for name in columns])


def stages(shop: Workshop, name: str, arguments: str) -> tuple[Contestant, Contestant]:
    """The map and the reduce over that case's input, of a cfhunt with these arguments."""
    told = described(shop, arguments)
    columns = tuple(dict.fromkeys((*told.fields, *PARTIAL_COLUMNS)))
    sessions = []
    for kind, source in (("whole", shop.inputs.session(name)), ("one", shop.inputs.one_row(name))):
        to_map = shop.scratch / f"{kind}.map.session"
        to_reduce = shop.scratch / f"{kind}.reduce.session"
        replies = shop.scratch / f"{kind}.replies"
        rewrite(to_map, source, getinfo_request(told.map_arguments))
        shop.cfhunt(to_map, to_map).whole.run(replies)
        rows = partial_rows(replies, columns)
        write_session(to_reduce, getinfo_request(arguments), header(columns), rows)
        replies.unlink()
        sessions.append((to_map, to_reduce))
    (map_whole, reduce_whole), (map_one, reduce_one) = sessions
    return (
        shop.cfhunt(map_whole, map_one, name="map"),
        shop.cfhunt(reduce_whole, reduce_one, name="reduce"),
    )


def map_and_reduce(shop: Workshop) -> Iterator[Line]:
    """Each case in stages. Raises WrongAnswer where the reduce says something else."""
    for name in CASES:
        what, goal = "map + reduce against one process", Goal(GOALS[name])
        bound = UNBOUNDED if refusal(shop, name) else ""
        single = shop.cfhunt(*shop.with_arguments(name, bound))
        mapping, reducing = stages(shop, name, bound)
        if reducing.answer(shop.scratch) != single.answer(shop.scratch):
            raise WrongAnswer(f"{name}: map and reduce say something else than one process")
        runs = in_turn([single, mapping, reducing])
        both = [left + right for left, right in zip(runs["map"].own, runs["reduce"].own)]
        note = shares(runs["map"], both) + (f"; with {bound}" if bound else "")
        yield Line(name, what, "x", ratio(both, runs[CFHUNT].own), goal, note)


def shares(mapping: Runs, both: list[float]) -> str:
    """How much of it is the map's."""
    part = ratio(mapping.own, both).middle
    return f"the map: {part:.0%} of it"
