"""The page of PBS facts names recordings that are there, and every file that it leaves out is at least read."""

import re
from pathlib import Path

import pytest

from tests.recorded import names

PAGE = (Path(__file__).parent.parent / "docs" / "reference" / "pbs-facts.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith(("| fact", "|---"))]


@pytest.mark.parametrize("row", ROWS)
def test_every_fact_has_its_recording(row: str) -> None:
    cited = re.findall(r"`([^`]+)`", row.strip("| ").rpartition(" | ")[2])
    assert cited
    assert set(cited) <= set(names("pbs"))


def test_facts_without_a_recording_are_listed_apart() -> None:
    assert len(ROWS) > 40
    assert "## From the manual only" in PAGE
