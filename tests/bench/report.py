"""The report: tables in Markdown, and the place in the README where they stand."""

from __future__ import annotations

from collections.abc import Sequence

from figures import Figure, Goal, Line

BEGIN = "<!-- make bench writes from here -->"
END = "<!-- to here -->"


def table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns are as wide as their widest cell."""
    lines = [[cell.replace("|", "\\|") for cell in row] for row in [names, *rows]]
    widths = [max(3, *(len(line[place]) for line in lines)) for place in range(len(names))]
    lines.insert(1, ["-" * width for width in widths])
    return "".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths)) + " |\n"
        for line in lines
    )


def number(value: float) -> str:
    """Three significant digits, and no exponent."""
    magnitude = abs(value)
    digits = 0 if magnitude >= 100 else 1 if magnitude >= 10 else 2 if magnitude >= 0.1 else 4
    return f"{value:,.{digits}f}"


def goal_text(goal: Goal | None, unit: str) -> str:
    """A goal as the table shows it."""
    if goal is None:
        return ""
    return f"{'<=' if goal.at_most else '>='} {goal.bound:g} {unit}"


def figure_texts(figure: Figure | None, unit: str) -> tuple[str, str]:
    """The median with its unit, and the spread."""
    if figure is None:
        return "-", ""
    return f"{number(figure.middle)} {unit}", f"{number(figure.low)} - {number(figure.high)}"


def lines_table(lines: Sequence[Line]) -> str:
    """The figures with their goals."""
    return table(
        ("case", "what", "median", "lowest - highest", "goal", "", "note"),
        [
            (
                line.case,
                line.what,
                *figure_texts(line.figure, line.unit),
                goal_text(line.goal, line.unit),
                line.verdict(),
                line.note,
            )
            for line in lines
        ],
    )


def placed(text: str, report: str) -> str:
    """The text with the report between its two markers. Raises ValueError where one is missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"there is no place between {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{report.strip()}\n\n{END}{after}"
