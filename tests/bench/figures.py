"""Figures with their spread, and the goals that they are held against."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from processes import Cost

RESOLUTION = 0.0001  # seconds: an own cost below this is taken for this much


@dataclass(frozen=True)
class Figure:
    """The median of several measurements, the lowest and the highest."""

    middle: float
    low: float
    high: float


@dataclass(frozen=True)
class Goal:
    """A figure must be at most, or at least, this much."""

    bound: float
    at_most: bool = True

    def met(self, figure: Figure) -> bool:
        """Judged by the median."""
        return figure.middle <= self.bound if self.at_most else figure.middle >= self.bound


@dataclass(frozen=True)
class Line:
    """One line of the report. figure None: it could not be measured, and note says why."""

    case: str
    what: str
    unit: str
    figure: Figure | None
    goal: Goal | None = None
    note: str = ""

    def verdict(self) -> str:
        """met, MISSED, or nothing where there is no goal and a figure."""
        if self.goal is None:
            return "" if self.figure is not None else "MISSED"
        return "met" if self.figure is not None and self.goal.met(self.figure) else "MISSED"


def figure(values: Sequence[float]) -> Figure:
    """What several measurements of one thing say."""
    return Figure(statistics.median(values), min(values), max(values))


def ratio(over: Sequence[float], under: Sequence[float]) -> Figure:
    """The ratio of two things that were measured in turn: each pair gives one."""
    return figure([left / right for left, right in zip(over, under)])


def own(whole: Cost, one_row: Cost) -> float:
    """The cpu seconds of a session beyond those of a session of one row."""
    return max(whole.cpu - one_row.cpu, RESOLUTION)
