"""What `qq kill` writes: who asked, first; the end, only when the job is gone and nobody has recorded one."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qq.core.evidence import Absent, Evidence, NotAnswered, Seen
from qq.core.killing import announced, concluded, runs_no_more, taken_back
from qq.core.records.job import JobInfo, KilledBy
from qq.core.states import BatchState, RecordState
from tests.core.jobs import a_job

NOW, LATER = datetime(2026, 1, 2, 3, 4, 5), datetime(2026, 1, 2, 3, 4, 9)
MINE = KilledBy("ada", NOW)


RUNS = Seen(job_id="1.local", state=BatchState.RUNNING)


def announce(job: JobInfo, evidence: Evidence = RUNS) -> JobInfo | None:
    return announced(job, evidence, token="t0", who="ada", when=NOW)


def take_back(job: JobInfo, evidence: Evidence = RUNS) -> JobInfo | None:
    return taken_back(job, evidence, token="t0", who="ada", when=NOW)


def conclude(job: JobInfo, evidence: Evidence) -> JobInfo | None:
    return concluded(job, evidence, token="t0", when=LATER)


@pytest.mark.parametrize("state", [RecordState.QUEUED, RecordState.RUNNING])
def test_a_live_record_learns_who_asked(state: RecordState) -> None:
    job = a_job(state=state)
    told = announce(job)
    assert told is not None
    assert (told.killed_by, told.state) == (MINE, state)
    assert take_back(told) == job


@pytest.mark.parametrize("state", [RecordState.FINISHED, RecordState.FAILED, RecordState.KILLED])
def test_an_ended_record_stays(state: RecordState) -> None:
    assert announce(a_job(state=state)) is None
    assert take_back(a_job(state=state, killed_by=MINE)) is None
    assert conclude(a_job(state=state, killed_by=MINE), Absent()) is None


@pytest.mark.parametrize("state", [BatchState.QUEUED, BatchState.HELD, BatchState.WAITING])
def test_a_requeued_record_learns_who_asked(state: BatchState) -> None:
    job, waits = a_job(state=RecordState.KILLED), Seen(job_id="1.local", state=state)
    told = announce(job, waits)
    assert told is not None
    assert (told.killed_by, told.state) == (MINE, RecordState.KILLED)
    assert take_back(told, waits) == job
    assert take_back(told, NotAnswered("timeout")) is None
    assert announce(a_job(state=RecordState.FINISHED), waits) is None


def test_another_jobs_record_stays() -> None:
    other = a_job(token="t1", killed_by=MINE)
    assert announce(a_job(token="t1")) is None
    assert take_back(other) is None
    assert conclude(other, Absent()) is None


def test_what_somebody_else_announced_stays() -> None:
    theirs = a_job(killed_by=KilledBy("ada", LATER))
    assert announce(theirs) is None
    assert take_back(theirs) is None


def test_the_end_is_recorded_once_the_job_is_gone() -> None:
    told = conclude(a_job(state=RecordState.RUNNING, killed_by=MINE), Absent())
    assert told is not None
    assert (told.state, told.completion_time, told.exit_code) == (RecordState.KILLED, LATER, None)


def test_an_end_that_nobody_asked_for_is_not_called_killed() -> None:
    assert conclude(a_job(), Absent()) is None


@pytest.mark.parametrize("state", BatchState)
def test_only_an_answer_says_that_a_job_is_gone(state: BatchState) -> None:
    gone = state in (BatchState.FINISHED, BatchState.FAILED, BatchState.UNKNOWN)
    assert runs_no_more(Seen(job_id="1.local", state=state)) is gone
    assert (conclude(a_job(killed_by=MINE), Seen(job_id="1.local", state=state)) is not None) is gone


def test_no_answer_is_no_end() -> None:
    assert not runs_no_more(NotAnswered("timeout"))
    assert runs_no_more(Absent())


@given(st.sampled_from(RecordState), st.sampled_from([None, MINE]), st.sampled_from(["t0", "t1"]))
def test_taking_back_undoes_announcing(state: RecordState, killed: KilledBy | None, token: str) -> None:
    job = a_job(state=state, killed_by=killed, token=token)
    told = announce(job)
    assert told is None or take_back(told) == job
