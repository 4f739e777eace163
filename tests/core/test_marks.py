"""Only who owns a mark, or comes after its owner, writes it."""

import pytest

from qq.core import effects as e
from qq.core.listing import Listing
from qq.core.marks import came_later, is_own

MARK = e.Location("/scratch/w.qqmark")


@pytest.mark.parametrize(
    ("token", "attempt", "later"),
    [(None, 0, False), ("t0", 1, False), ("t0", 2, False), ("t0", 3, True), ("other", 3, False)],
)
def test_the_mark_of_a_later_attempt_stays(token: str | None, attempt: int, later: bool) -> None:
    stage = e.Stage(MARK, "/scratch/w", "t0", 2, "1.local", Listing(), Listing())
    assert came_later(token, attempt, stage) == later


@pytest.mark.parametrize(
    ("token", "attempt", "own"), [("t0", 1, False), ("t0", 2, True), ("t0", 3, False), ("other", 2, False)]
)
def test_a_code_is_noted_by_its_own_attempt_only(token: str, attempt: int, own: bool) -> None:
    assert is_own(token, attempt, e.NoteCode(MARK, 0, "t0", 2)) == own
