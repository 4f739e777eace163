"""What `qq kill` writes into a record, and when (SPEC 9; DESIGN, "Evidence about a job"). None: leave it."""

from datetime import datetime
from typing import assert_never

from qq.core.evidence import Absent, Evidence, NotAnswered, Seen
from qq.core.real_state import requeued
from qq.core.records.job import JobInfo, KilledBy
from qq.core.replacing import replace
from qq.core.states import RecordState


def runs_no_more(evidence: Evidence) -> bool:
    """Whether the batch system has answered that the job runs no more and will not."""
    match evidence:
        case Seen():
            return evidence.state.gone
        case Absent():
            return True
        case NotAnswered():
            return False
        case _:
            assert_never(evidence)


def _may_run(job: JobInfo, evidence: Evidence) -> bool:
    """Whether it has not ended, or was ended by a requeue and would start again."""
    again = isinstance(evidence, Seen) and requeued(replace(job, killed_by=None), evidence.state)
    return again or not job.state.ended


def announced(job: JobInfo, evidence: Evidence, *, token: str, who: str, when: datetime) -> JobInfo | None:
    """Before the batch system is asked: who wants the end and since when, so that `qq run` knows it from a requeue.

    A record that is another job's by now, has ended, or names somebody already stays as it is.
    """
    if job.token != token or job.killed_by is not None or not _may_run(job, evidence):
        return None
    return replace(job, killed_by=KilledBy(who, when))


def taken_back(job: JobInfo, evidence: Evidence, *, token: str, who: str, when: datetime) -> JobInfo | None:
    """The batch system refused or did not answer: what was announced is taken back, if it is still ours to take."""
    if job.token != token or job.killed_by != KilledBy(who, when) or not _may_run(job, evidence):
        return None
    return replace(job, killed_by=None)


def concluded(job: JobInfo, evidence: Evidence, *, token: str, when: datetime) -> JobInfo | None:
    """Once the batch system says that the job is gone: the state killed, if nobody has recorded an end."""
    if not runs_no_more(evidence) or job.token != token or job.state.ended or job.killed_by is None:
        return None
    return replace(job, state=RecordState.KILLED, completion_time=when)
