"""The page of laws names every suite that there is, none that is not, and the profiles as they are."""

import re
from pathlib import Path

import pytest

from tests.profiles import EXAMPLES

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "reference" / "laws.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")]
NAMED = set(re.findall(r"`((?:property_tests|tests|src)/[\w/.]+)`", PAGE))
SUITES = {f"property_tests/{path.name}" for path in (ROOT / "property_tests").glob("test_*.py")}


@pytest.mark.parametrize("name", sorted(NAMED))
def test_what_is_named_exists(name: str) -> None:
    assert (ROOT / name).exists()


@pytest.mark.parametrize("name", [*sorted(SUITES), "property_tests/sweep", "tests/real/test_honesty.py"])
def test_every_suite_is_named(name: str) -> None:
    assert name in NAMED


def test_all_nine_laws_are_there() -> None:
    numbers = [row[0] for row in ROWS if row[0].isdigit() and len(row) == 3]
    assert numbers == [str(number) for number in range(1, 10)]


def test_the_profiles_are_as_they_are() -> None:
    told = {row[0].strip("`"): int(row[1]) for row in ROWS if row[0].strip("`") in EXAMPLES}
    assert told == EXAMPLES
