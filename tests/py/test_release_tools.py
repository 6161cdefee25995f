"""The release's tools: what they let pass, and what they do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from check_engines import BUILD_PATH, glibc
from inspect_packages import (
    ANY_PYTHON,
    CHECKS,
    KINDS,
    ONE_X86_64,
    X86_64,
    Finding,
    Run,
    faults,
    table,
)
from pack import archive, for_admins

UNIVERSAL, AARCH64 = Path("cfhunt-1.2.3.spl"), Path("cfhunt-aarch64-1.2.3.spl")


def run_of(package: Path, *found: Finding, tag: str = "cloud") -> Run:
    """A run that found these."""
    summary = {kind: sum(1 for finding in found if finding[0] == kind) for kind in KINDS}
    return Run(package, tag, "precert", CHECKS[tag], summary, frozenset(found))


def test_the_inspection_lets_pass_what_is_known() -> None:
    assert faults(run_of(UNIVERSAL, ANY_PYTHON, ONE_X86_64)) == []
    assert faults(run_of(UNIVERSAL)) == []
    assert faults(run_of(AARCH64, ANY_PYTHON)) == []


@pytest.mark.parametrize(
    "run",
    [
        run_of(AARCH64, ONE_X86_64),
        run_of(UNIVERSAL, ("failure", ONE_X86_64[1], X86_64.replace("x86_64", "other"))),
        run_of(UNIVERSAL, ("future_failure", *ONE_X86_64[1:])),
        run_of(UNIVERSAL, ("warning", "check_hostnames_and_ips", "README.md")),
        run_of(UNIVERSAL, ("error", "check_anything", "")),
    ],
    ids=["x86-64 in aarch64's", "another file", "another kind", "another warning", "error"],
)
def test_the_inspection_lets_nothing_else_pass(run: Run) -> None:
    (fault,) = faults(run)
    assert run.package.name in fault


def test_a_misspelt_tag_does_not_pass() -> None:
    (fault,) = faults(replace(run_of(UNIVERSAL), checks=CHECKS["packaging_standards"]))
    assert fault.endswith("12 checks ran instead of 246")


def test_a_summary_that_counts_what_the_report_lacks_does_not_pass() -> None:
    run = run_of(UNIVERSAL)
    assert len(faults(replace(run, summary={**run.summary, "failure": 1}))) == 1


def test_the_inspections_table_tells_a_mode_that_differs() -> None:
    run = run_of(UNIVERSAL, ANY_PYTHON)
    both = table([run, replace(run, mode="test")])
    assert both.splitlines()[1].endswith("  cloud 246")
    differing = table([run, replace(run_of(UNIVERSAL), mode="test")])
    assert "cloud 246 (precert only)" in differing
    assert "cloud 246 (test only)" in differing


@pytest.mark.parametrize(
    ("symbols", "newest", "right"),
    [
        ("memcpy@GLIBC_2.14 (3) free@GLIBC_2.2.5 (2)", "2.14", True),
        ("a@GLIBC_2.17 b@GLIBC_2.9", "2.17", True),
        ("a@GLIBC_2.2.5 b@GLIBC_2.18", "2.18", False),
        ("nothing of the C library", "0", False),
    ],
)
def test_the_newest_glibc_is_compared_as_a_number(symbols: str, newest: str, right: bool) -> None:
    assert glibc(symbols) == ("glibc at least", newest, right)


def test_a_path_of_the_building_machine_is_found() -> None:
    assert BUILD_PATH.search(b"\0/home/somebody/cfhunt/c_ext/plan.c\0")
    assert BUILD_PATH.search(b"\0./plan.c\0 10.0.0.0/8 \0a/b\0") is None


def test_an_archives_bytes_depend_on_its_contents_only() -> None:
    files = {"b/c": b"1", "a": b"", "b-c": b"2"}
    packed = archive(files, 1_000_000_000)
    assert packed == archive(dict(reversed(list(files.items()))), 1_000_000_000)
    assert packed != archive({**files, "a": b"3"}, 1_000_000_000)


def test_the_packaged_readme_is_for_admins() -> None:
    readme = "# Head\n\n## See it\n\nmake\n\n## In Splunk\n\n[page](app/x.md) build/cfhunt/bin/y\n"
    assert for_admins(readme) == "# Head\n\n## In Splunk\n\npage bin/y\n"
