"""What the Job Inspector shows of one process: its metrics, and a line in words.

A metric is [seconds, requests, in, out] (protocol section 4). Each phase has metrics of its own,
since one search has them all.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cfhuntlib._cfhunt import Engine


class Inspector:
    """Counts for one process; phase: map, reduce or search."""

    def __init__(self, phase: str) -> None:
        self._phase = phase
        self._started = time.monotonic()
        self._requests = 0
        self._bytes_in = 0
        self._bytes_out = 0
        self._figures = [0, 0, 0, 0, 0, 0, 0]

    def took(self, bytes_in: int) -> None:
        """A request's body of so many bytes was taken."""
        self._requests += 1
        self._bytes_in += bytes_in

    def gave(self, bytes_out: int) -> None:
        """A reply's body of so many bytes is given."""
        self._bytes_out += bytes_out

    def add(self, engine: Engine) -> None:
        """Adds what the engine counted; a map's engine counts anew after each reply."""
        self._figures = [sum(pair) for pair in zip(self._figures, engine.figures(0))]

    def metrics(self) -> dict[str, list[float]]:
        """The metrics as an inspector's keys."""
        rows, checked, usable, matched, groups, spilled, spilled_bytes = self._figures
        pairs = {
            "rows": (rows, matched),
            "usable": (checked, usable),
            "groups": (matched, groups),
            "spilled": (spilled, spilled_bytes),
            "bytes": (self._bytes_in, self._bytes_out),
        }
        seconds = round(time.monotonic() - self._started, 3)
        return {
            f"metric.cfhunt.{self._phase}.{name}": [seconds, self._requests, *pair]
            for name, pair in pairs.items()
        }

    def line(self) -> tuple[str, str]:
        """The message that says the same in words."""
        rows, checked, usable, matched, groups, spilled, spilled_bytes = self._figures
        moved = (
            f"{spilled:,} of them through a file of {spilled_bytes:,} bytes, " if spilled else ""
        )
        seconds = time.monotonic() - self._started
        return (
            "INFO",
            f"cfhunt {self._phase}: {rows:,} events read, {usable:,} of the first {checked:,} "
            f"usable, {matched:,} matched, {groups:,} groups, "
            f"{moved}{self._bytes_in:,} bytes in, {self._bytes_out:,} bytes out, {seconds:.2f} s.",
        )
