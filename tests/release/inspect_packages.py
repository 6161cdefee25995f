"""Runs Splunk's AppInspect on packages: every tag, both modes, read from its JSON reports.

Its exit code says nothing (0 with failures), and a tag that it does not know runs a dozen checks
and passes. So the number of checks of each tag is known here and compared. Each run is a process of
its own; the inspection's code is loaded once.

    inspect_packages.py PACKAGE...    the exit code is 1 unless every package is as it must be
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MODES = ("precert", "test")
# Every tag of splunk-appinspect 4.3.1 and how many checks it runs; "" is a run without a tag.
CHECKS = {
    "": 252,
    "aarch64_compatibility": 13,
    "ast": 26,
    "cloud": 246,
    "future": 25,
    "migration_victoria": 236,
    "packaging_standards": 12,
    "private_app": 243,
    "private_classic": 243,
    "private_victoria": 242,
    "splunk_appinspect": 252,
}
KINDS = ("error", "failure", "future_failure", "warning")

X86_64 = "bin/lib/linux_x86_64/_cfhunt.abi3.so"
ENGINE_WINDOWS = "bin/lib/windows_x86_64/_cfhunt.pyd"
# (kind, check, file) that may be found; the file is "" where the check names none.
ANY_PYTHON = ("warning", "check_for_python_script_existence", "")
ONE_X86_64 = ("failure", "check_aarch64_compatibility", X86_64)
Finding = tuple[str, str, str]


@dataclass(frozen=True)
class Run:
    """One run: what was found, and how many checks ran."""

    package: Path
    tag: str
    mode: str
    checks: int
    summary: dict[str, int]
    findings: frozenset[Finding]


def allowed(package: Path) -> set[Finding]:
    """What a package may be reproached with: by its name."""
    name = package.name
    if name.startswith("cfhunt-aarch64-"):
        return {ANY_PYTHON}
    if name.startswith("cfhunt-windows-"):
        windows = "check_that_app_contains_any_windows_specific_components"
        return {ANY_PYTHON, ONE_X86_64, ("warning", windows, ENGINE_WINDOWS)}
    return {ANY_PYTHON, ONE_X86_64}


def findings(report: dict[str, Any]) -> Iterator[Finding]:
    """Everything that is not fine, one for each message."""
    for group in report["groups"]:
        for check in group["checks"]:
            for message in check["messages"]:
                if message["result"] in KINDS:
                    file = message.get("message_filename")
                    yield message["result"], check["name"], file_in_app(file)


def file_in_app(file: str | None) -> str:
    """The path as the app has it."""
    if not file or file == "None":
        return ""
    return file.split("cfhunt/", 1)[-1]


def inspect(job: tuple[Path, str, str]) -> Run:
    """One run of AppInspect, in this process."""
    from splunk_appinspect.main import execute

    package, tag, mode = job
    with tempfile.TemporaryDirectory() as folder:
        output, said = Path(folder) / "report.json", Path(folder) / "said"
        sys.argv = ["splunk-appinspect", "inspect", str(package), "--mode", mode]
        sys.argv += ["--data-format", "json", "--output-file", str(output), "--max-messages", "all"]
        sys.argv += ["--included-tags", tag] if tag else []
        with said.open("w") as progress:  # this process ends after the run
            os.dup2(progress.fileno(), 1)
            os.dup2(progress.fileno(), 2)
        with suppress(SystemExit):
            execute()
        if not output.is_file():
            raise RuntimeError(f"AppInspect wrote no report for {package}: {said.read_text()}")
        content = json.loads(output.read_text("utf-8"))
    (report,) = content["reports"]
    checks = sum(len(group["checks"]) for group in report["groups"])
    return Run(package, tag, mode, checks, content["summary"], frozenset(findings(report)))


def faults(run: Run) -> list[str]:
    """What is wrong with a run, in sentences."""
    wrong = []
    if run.checks != CHECKS[run.tag]:
        wrong.append(f"{run.checks} checks ran instead of {CHECKS[run.tag]}")
    if any(run.summary[kind] for kind in KINDS) != bool(run.findings):
        wrong.append(f"the summary {run.summary} and the findings contradict each other")
    for kind, check, file in sorted(run.findings - allowed(run.package)):
        wrong.append(f"{kind} of {check} {file}".rstrip())
    return [f"{run.package.name}, tag {run.tag or '(none)'}, {run.mode}: {text}" for text in wrong]


def table(runs: list[Run]) -> str:
    """A line for each package and result, with the tags that gave it and how many checks each."""
    heads = ("package", *KINDS, "tags with their checks, in both modes")
    modes: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for run in runs:
        counts = (str(run.summary[kind]) for kind in KINDS)
        tags = modes.setdefault((run.package.name, *counts), {})
        tags.setdefault(f"{run.tag or 'no tag'} {run.checks}", []).append(run.mode)
    rows: list[tuple[str, ...]] = [heads]
    for key, tags in modes.items():
        named = (
            tag if len(set(seen)) == 2 else f"{tag} ({seen[0]} only)" for tag, seen in tags.items()
        )
        rows.append((*key, ", ".join(named)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows
    )


def inspect_all() -> int:
    """Inspects the packages given and prints the table, then what is wrong."""
    from splunk_appinspect import checks, main  # loaded once, before the processes are made

    assert callable(main.execute)
    known = {tag for group in checks.groups() for tag in group.tags()}
    if known != set(CHECKS) - {""}:
        print(f"AppInspect's tags are {sorted(known)}, not those that are known here")
        return 1
    packages = [Path(name) for name in sys.argv[1:]]
    jobs = [(package, tag, mode) for package in packages for tag in CHECKS for mode in MODES]
    context = multiprocessing.get_context("fork")
    with context.Pool(os.cpu_count(), maxtasksperchild=1) as pool:
        runs = pool.map(inspect, jobs, chunksize=1)
    print(table(runs))
    for package in packages:
        found = {finding for run in runs if run.package == package for finding in run.findings}
        for kind, check, file in sorted(found):
            print(f"{package.name}: {kind}: {check} {file}".rstrip())
    wrong = [text for run in runs for text in faults(run)]
    for text in wrong:
        print(f"NOT ALLOWED: {text}")
    failed = sum(1 for run in runs if faults(run))
    print(f"inspect: {len(runs) - failed} passed, {failed} failed")
    return 1 if failed or not runs else 0


if __name__ == "__main__":
    sys.exit(inspect_all())
