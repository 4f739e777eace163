"""How a record changes: each transition is a function from one valid record to the next."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from pyrsistent import PVector, pvector

from qq.core.exitcodes import TROUBLE, signal_of
from qq.core.job_names import job_name, runtime_files
from qq.core.lifecycle.decisions import effective_code, next_token, should_transfer, uses_scratch
from qq.core.records.job import JobInfo, WhyFailed, WorkDir
from qq.core.replacing import replace
from qq.core.states import JobType, RecordState
from qq.core.troubles import Reason, Trouble

_NONE: PVector[Any] = pvector()


def _with_own_dir(job: JobInfo) -> PVector[WorkDir]:
    """The directories that may still stand, this job's own included."""
    if job.work_dir is None or not uses_scratch(job) or job.main_node is None:
        return job.earlier_work_dirs
    own = WorkDir(job.main_node, job.work_dir)
    return job.earlier_work_dirs if own in job.earlier_work_dirs else job.earlier_work_dirs.append(own)


def _handed_on(job: JobInfo) -> PVector[WorkDir]:
    """What the next job may still find of this one and those before it: each with the token that its mark carries."""
    return pvector(replace(each, token=each.token or job.token) for each in _with_own_dir(job))


def claimed(job: JobInfo, *, job_id: str, attempt: int, work_dir: str, main_node: str) -> JobInfo:
    """A batch job has taken this record for its own; nothing has been made yet."""
    return replace(
        job,
        job_id=job_id,
        attempt=attempt,
        work_dir=work_dir,
        main_node=main_node,
        earlier_work_dirs=_with_own_dir(job),
        state=RecordState.QUEUED,
        start_time=None,
        all_nodes=_NONE,
        completion_time=None,
        exit_code=None,
        failure=None,
    )


def running(job: JobInfo, *, now: datetime, nodes: PVector[str], gone: Collection[str] = ()) -> JobInfo:
    """The script is about to start. ``gone``: earlier working directories that don't stand any more."""
    stand = job.earlier_work_dirs
    if gone:
        stand = pvector(d for d in stand if not (d.host == job.main_node and d.path in gone))
    return replace(job, state=RecordState.RUNNING, start_time=now, all_nodes=nodes, earlier_work_dirs=stand)


def with_code(job: JobInfo, exit_code: int) -> JobInfo:
    """The script's exit code is known."""
    return replace(job, script_exit_code=exit_code)


def closed(job: JobInfo, exit_code: int, *, now: datetime, whole: bool = True) -> JobInfo:
    """Everything between the end of the script and the last record is done. ``whole``: nothing can't come home."""
    code = effective_code(job, exit_code)
    return replace(
        job,
        state=RecordState.FINISHED if code == 0 else RecordState.FAILED,
        exit_code=code,
        script_exit_code=exit_code,
        completion_time=now,
        delivered=now if whole and should_transfer(job, exit_code) else None,
        failure=None if code == 0 else own_end(code),
    )


def own_end(code: int) -> WhyFailed:
    """Why a job failed whose script ended so."""
    signal = signal_of(code)
    if signal is not None:
        return WhyFailed(Reason.SCRIPT_DIED.number, f"the script died of signal {signal} (exit code {code})")
    return WhyFailed(Reason.SCRIPT_FAILED.number, f"the script ended with exit code {code}")


def failed(job: JobInfo, trouble: Trouble, code: int | None, *, now: datetime) -> JobInfo:
    """Something outside the script went wrong. The script's own code stays, if it is known."""
    return replace(
        job,
        state=RecordState.FAILED,
        exit_code=TROUBLE,
        script_exit_code=code,
        completion_time=now,
        failure=WhyFailed(trouble.reason.number, str(trouble)),
    )


def killed(job: JobInfo, reason: Reason, code: int | None, *, now: datetime) -> JobInfo:
    """The job was terminated. If the script had ended before, its code stays, so that recovery can go on from there."""
    return replace(
        job,
        state=RecordState.KILLED,
        exit_code=None,
        script_exit_code=code,
        completion_time=now,
        failure=WhyFailed(reason.number, reason.sentence),
    )


def restarted(job: JobInfo) -> JobInfo:
    """Queued again, as a new attempt of the same token; no batch job has it yet."""
    return replace(
        job,
        state=RecordState.QUEUED,
        job_id=None,
        attempt=job.attempt + 1,
        earlier_work_dirs=_with_own_dir(job),
        work_dir=None,
        main_node=None,
        all_nodes=_NONE,
        start_time=None,
        completion_time=None,
        exit_code=None,
        failure=None,
    )


def not_resubmitted(job: JobInfo, trouble: Trouble) -> JobInfo:
    """Finished, everything is at home, but the next cycle could not be submitted."""
    return replace(job, failure=WhyFailed(Reason.RESUBMISSION.number, f"{Reason.RESUBMISSION.sentence}: {trouble}"))


def linked(job: JobInfo, next_id: str | None) -> JobInfo:
    """The next job has this id; if it could not be submitted at first, that is over."""
    late = job.failure is not None and job.failure.number == Reason.RESUBMISSION.number
    return replace(job, resubmitted_as=next_id, failure=None if late else job.failure)


def unlived(job: JobInfo) -> JobInfo:
    """The same options in a record that no life has written into yet."""
    return replace(
        job,
        job_id=None,
        attempt=1,
        state=RecordState.QUEUED,
        start_time=None,
        main_node=None,
        all_nodes=_NONE,
        work_dir=None,
        completion_time=None,
        exit_code=None,
        script_exit_code=None,
        failure=None,
        killed_by=None,
        delivered=None,
        resubmitted_as=None,
        notes=_NONE,
    )


def next_job(job: JobInfo, *, now: datetime) -> JobInfo:
    """The record of the job that follows: every option of this one, but for dependencies, which are fulfilled."""
    loop = None if job.loop is None else replace(job.loop, current=job.loop.current + 1)
    name = job_name(job.script_name, job.job_type, None if loop is None else loop.current)
    files = runtime_files(name)
    return replace(
        unlived(job),
        job_name=name,
        loop=loop,
        token=next_token(job),
        submission_time=now,
        stdout_file=files.out,
        stderr_file=files.err,
        depend=_NONE,
        previous=job.job_id,
        earlier_work_dirs=_handed_on(job) if job.job_type is JobType.CONTINUOUS else _NONE,
    )
