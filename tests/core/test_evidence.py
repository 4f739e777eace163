"""What counts of what a batch system says."""

from datetime import datetime

import pytest

from qq.core.evidence import NotAnswered, Seen, believed, is_over, of_token, with_those_over
from qq.core.exitcodes import NOT_OURS
from qq.core.replacing import replace
from qq.core.states import BatchState

NOW = datetime(2026, 1, 2, 3, 4, 5)
OVER = Seen(job_id="9", state=BatchState.FAILED, token="t", ended=NOW)
ALIVE = Seen(job_id="10", state=BatchState.QUEUED, token="t")


def test_a_state_that_nobody_understands_is_no_answer() -> None:
    assert believed(ALIVE) is ALIVE
    unknown = replace(ALIVE, state=BatchState.UNKNOWN, comment="Slurm says 'FROB'")
    assert believed(unknown) == NotAnswered("Slurm says 'FROB'")
    assert believed(replace(unknown, comment="")) == NotAnswered("its state is not known")


@pytest.mark.parametrize(
    ("exit_code", "comment", "said"),
    [
        (None, "", ""),
        (0, "", ""),
        (3, "", "exit code 3"),
        (92, "", "exit code 92: the script's own, or qq run could not read or write the info file"),
        (143, "cancelled", "cancelled"),
    ],
)
def test_without_a_reason_the_code_is_said(exit_code: int | None, comment: str, said: str) -> None:
    assert replace(ALIVE, exit_code=exit_code, comment=comment).said == said


def test_when_a_job_is_over() -> None:
    assert not is_over(ALIVE)
    assert not is_over(replace(ALIVE, state=BatchState.EXITING))
    assert is_over(replace(OVER, ended=None))
    assert is_over(replace(ALIVE, ended=NOW))


def test_of_what_only_accounts_know_those_jobs_count_that_are_over() -> None:
    ending = replace(OVER, state=BatchState.EXITING, ended=None)
    stale = replace(ALIVE, job_id="8", state=BatchState.RUNNING)
    assert with_those_over([ending, ALIVE], [OVER, stale, replace(OVER, job_id="7")]) == [
        ending, replace(OVER, job_id="7"), ALIVE,
    ]  # fmt: skip
    assert with_those_over([], [stale]) == []


def test_of_several_jobs_with_a_token_the_first_that_is_not_over_is_meant() -> None:
    second = replace(ALIVE, job_id="11")
    assert of_token([OVER, second, ALIVE, OVER], "t") == ALIVE
    assert of_token([ALIVE], "other") is None
    assert of_token([], "t") is None


def test_of_those_that_are_over_the_last_that_was_none_too_many() -> None:
    later = replace(OVER, job_id="12")
    duplicate = replace(OVER, job_id="13", exit_code=NOT_OURS)
    assert of_token([duplicate, later, OVER], "t") == later
    assert of_token([duplicate, replace(duplicate, job_id="14")], "t") == duplicate
    assert of_token([replace(OVER, submitted=NOW), replace(later, submitted=datetime(2026, 1, 1))], "t") is not None
