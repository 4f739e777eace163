"""The small decisions as notebooks ask for them."""

from collections.abc import Callable
from typing import Any

import pytest

import qq
from qq.core.replacing import replace
from qq.core.result import Success, failed
from tests.core.jobs import a_job
from tests.core.predicting.jobs import a_loop

OF_A_CODE = [qq.should_transfer, qq.should_archive, qq.should_resubmit]


@pytest.mark.parametrize("decision", OF_A_CODE)
def test_of_a_killed_job_nothing_is_brought_home_and_nothing_follows(decision: Callable[..., bool]) -> None:
    assert decision(a_loop(), 0) is True
    assert decision(a_loop(), None) is False


@pytest.mark.parametrize("decision", OF_A_CODE)
@pytest.mark.parametrize("code", ["0", True, 1.5, 256, -1])
def test_what_is_no_exit_code(decision: Callable[..., bool], code: object) -> None:
    with pytest.raises(qq.InvalidJob, match=f"exit_code: {code!r} is no exit code; they are 0 to 255"):
        decision(a_loop(), code)


@pytest.mark.parametrize(
    "ask",
    [
        *(lambda job, decision=decision: decision(job, 0) for decision in OF_A_CODE),
        lambda job: qq.should_transfer(job, None),
        qq.next_cycle,
        qq.excluded_paths,
        lambda job: qq.can_sync(job, "running"),
        lambda job: qq.real_state(job, qq.Absent()),
    ],
)
def test_what_is_no_job(ask: Callable[[Any], object]) -> None:
    with pytest.raises(qq.InvalidJob, match="str is no job; make one with qq.job"):
        ask("x")


def test_states_and_evidence() -> None:
    job = a_job()
    assert qq.real_state(job, qq.Seen(job_id="1", state=qq.BatchState.RUNNING)) is qq.RealState.BOOTING
    assert qq.real_state(job, qq.Seen(job_id="1", state="held")) is qq.RealState.HELD  # type: ignore[arg-type]
    assert qq.real_state(job, qq.NotAnswered("no connection")) is qq.RealState.QUEUED
    assert failed(qq.can_sync(job, "queued")) == failed(qq.can_sync(job, qq.RealState.QUEUED))
    with pytest.raises(qq.InvalidJob, match="'runing' is no state; there are queued, moving"):
        qq.real_state(job, qq.Seen(job_id="1", state="runing"))  # type: ignore[arg-type]
    with pytest.raises(qq.InvalidJob, match="None is no state; there are queued, held"):
        qq.can_sync(job, None)  # type: ignore[arg-type]
    with pytest.raises(qq.InvalidJob, match=r"evidence: None is none; give qq\.Seen"):
        qq.real_state(job, None)  # type: ignore[arg-type]


def test_what_can_be_fetched_is_told_by_a_result() -> None:
    job = replace(a_loop(), work_dir="/scratch/1", main_node="node")
    assert qq.can_sync(job, "failed") == Success(job)
    assert qq.can_sync(job, "queued").failure() == "is queued: it has no working directory yet"
