"""The page of reasons is the list of reasons."""

from pathlib import Path

from qq.core.troubles import Reason
from scripts.reasons_page import GROUPS, page

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "reasons.md"


def test_the_page_is_made_from_the_list() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_reason_stands_on_it_once() -> None:
    rows = [line for line in page().splitlines() if line.startswith("| ") and line[2].isdigit()]
    assert [int(row.split("|")[1]) for row in rows] == sorted(reason.number for reason in Reason)


def test_headings_are_in_order() -> None:
    assert list(GROUPS) == sorted(GROUPS)
