"""What became of a job that is waited for, and whether that is what a dependency asks."""

import pytest

from qq.core.depending import Fate, can_not_be_met, is_met
from qq.core.evidence import Absent, NotAnswered, Seen
from qq.core.records.values import DEPENDENCY_KINDS
from qq.core.states import BatchState


@pytest.mark.parametrize(
    ("kind", "state", "code", "dead"),
    [
        ("afterok", BatchState.FAILED, 3, True),
        ("afterok", BatchState.FAILED, None, True),
        ("afterok", BatchState.FINISHED, 3, True),
        ("afterok", BatchState.FINISHED, 0, False),
        ("afterok", BatchState.RUNNING, None, False),
        ("afternotok", BatchState.FINISHED, 0, True),
        ("afternotok", BatchState.FAILED, 3, False),
        ("afterany", BatchState.FAILED, 3, False),
        ("after", BatchState.FINISHED, 0, False),
    ],
)
def test_what_waits_for_a_job_that_ended_otherwise_waits_in_vain(
    kind: str, state: BatchState, code: int | None, dead: bool
) -> None:
    assert can_not_be_met(kind, Seen(job_id="5.local", state=state, exit_code=code)) is dead


@pytest.mark.parametrize("kind", DEPENDENCY_KINDS)
def test_without_an_end_that_is_known_nothing_is_in_vain(kind: str) -> None:
    assert not can_not_be_met(kind, Absent()) and not can_not_be_met(kind, NotAnswered("asleep"))


def test_a_job_that_nobody_knows_any_more_has_ended() -> None:
    assert [kind for kind in DEPENDENCY_KINDS if is_met(kind, None)] == ["after", "afterany"]
    assert is_met("after", Fate(begun=True, ended=False, well=False))
