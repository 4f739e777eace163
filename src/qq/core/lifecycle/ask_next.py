"""What is asked of the world about the job that follows, and at the very end."""

from qq.core.effects import (
    CreateRecord,
    FindJob,
    ReadRecord,
    RemoveMark,
    RemoveTree,
    SubmitJob,
    WithdrawRecord,
    WriteRecord,
)
from qq.core.lifecycle.ask_record import Effects, places_in_archive
from qq.core.lifecycle.decisions import (
    included_names,
    next_is_due,
    next_token,
    uses_scratch,
)
from qq.core.lifecycle.run import Run
from qq.core.replacing import replace
from qq.core.states import JobType


def lookup(run: Run) -> Effects:
    if not next_is_due(run.job):
        return []
    return [FindJob(next_token(run.job), run.job.batch_system, run.submitting_hosts)]


def intend(run: Run) -> Effects:
    """The next record, unless the chain has gone on by itself since ours was read: then another cycle has it."""
    if run.next_job is None:
        return []
    if run.job.job_type is JobType.CONTINUOUS:
        return [ReadRecord((run.record_at,))]
    cycle = 0 if run.next_job.loop is None else run.next_job.loop.current
    return [CreateRecord(run.record_of(run.next_job), run.next_job, run.guard, places_in_archive(run, cycle))]


def submit(run: Run) -> Effects:
    if run.next_job is None or run.next_id is not None:
        return []
    after = None if run.recovering else run.job.job_id
    return [SubmitJob(run.next_job, after, run.submitting_hosts, run.shared)]


def link_next(run: Run) -> Effects:
    """The next record gets its id, if nobody claimed it meanwhile; a continuous job's takes the place of this one."""
    if run.next_job is None or run.next_id is None:
        return []
    job = replace(run.next_job, job_id=run.next_id)
    if run.job.job_type is JobType.CONTINUOUS:
        return [WriteRecord(run.record_at, job, run.version)]
    if run.next_version is None or run.next_job.job_id is not None:
        return []
    return [WriteRecord(run.record_of(job), job, run.next_version)]


def withdraw(run: Run) -> Effects:
    if run.next_job is None or run.job.job_type is JobType.CONTINUOUS:
        return []
    return [WithdrawRecord(run.record_of(run.next_job), run.next_job.token)]


def remove(run: Run) -> Effects:
    job = run.job
    if not uses_scratch(job):
        return [RemoveMark(run.at_mark, job.token)]
    if job.delivered is None or job.work_dir is None:
        return []
    return [RemoveTree(run.at_mark, job.work_dir, job.token, included_names(job))]
