"""What all parts of the bench share: where things lie, how often things are run, and cfhunt."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import answers
from contest import Contestant, Feed, Job
from figures import Figure, figure
from inputs import Inputs
from session_file import getinfo_request, rewrite

ROOT = Path(__file__).resolve().parents[2]
MADE = ROOT / "build" / "bench"
APP = ROOT / "build" / "cfhunt"
SSE2_APP = MADE / "sse2"  # the same app with an engine that knows no AVX2 (bench.mk)
AVX2_APP = MADE / "avx2"  # the same with one that knows no AVX-512
CLEAN_PYTHON = MADE / "clean" / "bin" / "python"  # a virtual environment with nothing in it
PEERS_PYTHON = MADE / "peers" / "bin" / "python"  # one with the peers
PEERS = Path(__file__).with_name("peers")
MB = 1_000_000
UNBOUNDED = "maxmem=4000"

ENGINE_ROUNDS = 5  # of DuckDB and Polars
SLOW_ROUNDS = 3  # of Python and the SDK


class WrongAnswer(Exception):
    """Two programs gave different tables, or one a wrong one: the bench has failed."""


@dataclass(frozen=True)
class Workshop:
    """One run of the bench. rounds: how often the fast programs are run."""

    inputs: Inputs
    rounds: int
    peers: bool
    instructions: bool
    scratch: Path
    bare: Figure = field(init=False)  # peak memory of an interpreter that does nothing, bytes

    def __post_init__(self) -> None:
        nothing = self.scratch / "nothing"
        nothing.write_bytes(b"")
        job = Job((str(CLEAN_PYTHON), "-c", "pass"), nothing)
        peaks = [float(job.run().peak) for _ in range(max(self.rounds, 5))]
        object.__setattr__(self, "bare", figure(peaks))

    def over_bare(self, peaks: list[float]) -> Figure:
        """Peaks of memory, in MB over that of an interpreter that does nothing."""
        return figure([(peak - self.bare.middle) / MB for peak in peaks])

    def with_arguments(self, name: str, arguments: str) -> tuple[Path, Path]:
        """The session of that input and the one of a single row, of a cfhunt with these arguments.

        Where there are some, the files lie in the scratch folder, and cfhunt may spill there.
        """
        usual = self.inputs.session(name), self.inputs.one_row(name)
        if not arguments:
            return usual
        opening = getinfo_request(arguments, dispatch_dir=self.scratch)
        whole, one_row = (self.scratch / f"{arguments}.{source.name}" for source in usual)
        rewrite(whole, usual[0], opening)
        rewrite(one_row, usual[1], opening)
        return whole, one_row

    def cfhunt(
        self,
        whole: Path,
        one_row: Path,
        *,
        name: str = "cfhunt",
        app: Path = APP,
        feed: Feed = Feed.FILE,
        rounds: int | None = None,
    ) -> Contestant:
        """cfhunt as splunkd starts it."""
        command = (str(CLEAN_PYTHON), str(app / "bin" / "cfhunt.py"))
        return Contestant(
            name,
            Job(command, whole, feed),
            Job(command, one_row, feed),
            rounds or self.rounds,
            answers.of_session,
        )

    def plain_python(self, kind: str, whole: Path, one_row: Path) -> Contestant:
        """The hunt in plain Python; kind: cim or raw."""
        command = (str(CLEAN_PYTHON), str(PEERS / "python_hunt.py"), kind)
        jobs = Job(command, whole), Job(command, one_row)
        return Contestant("Python", *jobs, min(self.rounds, SLOW_ROUNDS), answers.of_csv)
