"""A bound on memory that is far below what the groups need: runs are spilled and merged."""

from __future__ import annotations

from collections.abc import Iterator

import answers
from answers import Refused
from contest import Contestant, in_turn
from figures import Goal, Line, figure, ratio
from workshop import MB, UNBOUNDED, Workshop, WrongAnswer

TIMES_THE_BOUND = 10
COST_GOAL = 3.0
KEYS_BOUND = 220.0  # MB: maxmem=200, honoured within 10 %


def bounded(shop: Workshop, name: str, option: str) -> Contestant:
    """cfhunt on that input with that option."""
    return shop.cfhunt(*shop.with_arguments(name, option), name=option)


def spill(shop: Workshop) -> Iterator[Line]:
    """cim-500k with a tenth of the memory that it takes, then ten million groups in 200 MB."""
    yield small_bound(shop)
    yield ten_million(shop)


def small_bound(shop: Workshop) -> Line:
    """The cost beyond that in memory. Raises WrongAnswer for another table."""
    name, goal = "cim-500k", Goal(COST_GOAL)
    free = bounded(shop, name, UNBOUNDED)
    table = free.answer(shop.scratch)
    taken = shop.over_bare([float(free.whole.run().peak)]).middle
    bound = max(1, round(taken / TIMES_THE_BOUND))
    what = f"own cost with maxmem={bound} against {taken:.0f} MB in memory"
    tight = bounded(shop, name, f"maxmem={bound}")
    before = set(shop.scratch.iterdir())
    try:
        if tight.answer(shop.scratch) != table:
            raise WrongAnswer(f"{name}: another table with maxmem={bound}")
    except Refused as refusal:
        return Line(name, what, "x", None, goal, f"refused: {refusal}")
    left = [path.name for path in set(shop.scratch.iterdir()) - before]
    runs = in_turn((free, tight))
    memory = shop.over_bare(runs[tight.name].peaks).middle
    note = f"peak {memory:.0f} MB over bare Python" + (f"; left behind: {left}" if left else "")
    return Line(name, what, "x", ratio(runs[tight.name].own, runs[free.name].own), goal, note)


def ten_million(shop: Workshop) -> Line:
    """Peak memory with a group for each of ten million rows. Raises WrongAnswer for too few."""
    session, count = shop.inputs.session("keys"), shop.inputs.count("keys")
    what = f"peak over bare Python, {count:,} groups in 200 MB"
    job = shop.cfhunt(session, session).whole
    replies = shop.scratch / "keys.replies"
    cost = job.run(replies)
    try:
        found = answers.rows_of_session(replies)
    except Refused as refusal:
        return Line("keys", what, "MB", None, Goal(KEYS_BOUND), f"refused: {refusal}")
    finally:
        replies.unlink()
    if found != count:
        raise WrongAnswer(f"keys: {found:,} groups instead of {count:,}")
    memory = figure([(cost.peak - shop.bare.middle) / MB])
    note = f"{cost.cpu:.1f} s, {cost.cpu * 1e9 / session.stat().st_size:.0f} ns a byte"
    return Line("keys", what, "MB", memory, Goal(KEYS_BOUND), note)
