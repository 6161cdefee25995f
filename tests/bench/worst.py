"""The worst cases: whatever is in the events, a byte of them costs no more than this.

A bound is some twice what the case was measured to cost, at a tenth of the scale, on a busy machine
of two cores (AMD EPYC, 2.4 GHz), so that it fails for a cost that has grown with the input, not for
a neighbour. The last is tighter: 31,000 were measured, of which some 20,000 are for the memory that
each read asks for, whatever it gets; with reads of 64 KB that part is 2,000.
"""

from __future__ import annotations

from dataclasses import dataclass

from answers import Answer, Refused
from comparison import CFHUNT
from contest import Feed, in_turn
from figures import Goal, Line, figure
from workshop import Workshop, WrongAnswer
from worst_rows import COLLIDING_KEYS

ROUNDS = 5


@dataclass(frozen=True)
class Worst:
    """What hurts, and the bound in nanoseconds of cpu for a byte of the session.

    groups: the rows that the table must have if every input row counts; None: it is the default
    hunt, and plain Python says what the table must be.
    """

    what: str
    bound: float
    groups: int | None = None
    feed: Feed = Feed.FILE


WORST = {
    "ports": Worst("one group with 65,536 ports", 20),
    "texts": Worst("values() of a million texts", 15, groups=1),
    "cells": Worst("cells of 1 MB, as a BY field", 8),
    "chunks": Worst("100,000 chunks of one row", 100),
    "collide": Worst("200,000 keys that collide under an unkeyed hash", 10, COLLIDING_KEYS),
    "decoys": Worst("7844 in every row, no match", 4),
    "quoted": Worst("every cell quoted, also the empty ones", 10),
    "bytes": Worst("one byte in each window", 10_000, feed=Feed.BYTES),
}


def worst(shop: Workshop, name: str) -> Line:
    """One worst case. Raises WrongAnswer."""
    case, goal = WORST[name], Goal(WORST[name].bound)
    whole, one = shop.inputs.session(name), shop.inputs.one_row(name)
    own = shop.cfhunt(whole, one, feed=case.feed, rounds=min(shop.rounds, ROUNDS))
    try:
        check(shop, name, own.answer(shop.scratch))
    except Refused as refusal:
        return Line(name, case.what, "ns/byte", None, goal, f"refused: {refusal}")
    runs = in_turn([own])[CFHUNT]
    size = whole.stat().st_size
    costs = figure([seconds * 1e9 / size for seconds in runs.own])
    note = f"peak {shop.over_bare(runs.peaks).middle:.1f} MB over bare Python"
    return Line(name, case.what, "ns/byte", costs, goal, note)


def check(shop: Workshop, name: str, said: Answer | None) -> None:
    """Raises WrongAnswer unless the answer is what it must be."""
    groups, count = WORST[name].groups, shop.inputs.count(name)
    if groups is None:
        whole, one = shop.inputs.session(name), shop.inputs.one_row(name)
        expected = shop.plain_python("cim", whole, one).answer(shop.scratch)
        right = said == expected
    else:
        fewest = min(groups, max(count // 5, 1))
        right = said is not None and (said.rows, said.events) == (fewest, count)
    if not right:
        raise WrongAnswer(f"{name}: {said}")
