"""What the Python tests share: the built app, and the shared data where it is present."""

from __future__ import annotations

from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]

# Their asserts show what was compared, as those in the tests do.
pytest.register_assert_rewrite("protocol_tools", "differential_tools", "drive")


@pytest.fixture(scope="session")
def app() -> Path:
    """The staged app's folder, as Splunk has it."""
    folder = PROJECT / "build" / "cfhunt"
    if not (folder / "bin" / "cfhunt.py").is_file():
        pytest.fail("build/cfhunt is not built: run make first", pytrace=False)
    return folder


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared data beside the project; the test skips where it is absent."""
    folder = PROJECT.parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"the shared data is not here ({folder})")
    return folder
