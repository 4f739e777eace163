"""What the record is to say in each phase that writes it, and where other cycles' records stand."""

from qq.core.archive_format import filled
from qq.core.effects import (
    Effect,
    Location,
    WriteRecord,
)
from qq.core.job_names import job_name, runtime_files
from qq.core.lifecycle import transitions
from qq.core.lifecycle.phases import Phase
from qq.core.lifecycle.run import Run
from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.troubles import Reason

Effects = list[Effect]

START_LAG = 5
"""Seconds by which the batch system's clock for a job may be ahead of ``qq run``, which it has to start first."""


def record_for(run: Run) -> JobInfo:
    """What the record is to say in a phase that writes it."""
    job = run.job
    match run.phase:
        case Phase.CLAIM:
            return transitions.claimed(
                job, job_id=run.job_id, attempt=run.attempt, work_dir=run.claim or job.input_dir, main_node=run.here
            )
        case Phase.START:
            return transitions.running(job, now=run.now, nodes=run.nodes, gone=run.gone)
        case Phase.CODE:
            return transitions.with_code(job, known_code(run))
        case Phase.CLOSE:
            return transitions.closed(job, known_code(run), now=run.now, whole=not run.left)
        case Phase.FAIL_RECORD if run.trouble is not None:
            return transitions.failed(job, run.trouble, run.code, now=run.now)
        case Phase.STOP_RECORD:
            return transitions.killed(job, kill_reason(run), run.code, now=run.now)
        case Phase.NOTE_REFUSAL if run.trouble is not None:
            return transitions.not_resubmitted(job, run.trouble)
        case Phase.LINK:
            return transitions.linked(job, run.next_id)
        case Phase.RESTART_RECORD:
            return transitions.restarted(job)
        case Phase.RESTART_LINK:
            return replace(job, job_id=run.next_id)
        case _:
            return job


def places_in_archive(run: Run, cycle: int) -> tuple[Location, ...]:
    """Where the record of a cycle stands once the next one has begun."""
    loop = run.job.loop
    if loop is None:
        return ()
    name = runtime_files(job_name(run.job.script_name, run.job.job_type, cycle)).info
    return run.in_archive_dir(f"{filled(loop.archive_format, cycle)}.qqinfo"), run.in_archive_dir(name)


def kill_reason(run: Run) -> Reason:
    """What is known of why the job was terminated."""
    if run.job.killed_by is not None:
        return Reason.KILLED_BY_USER
    walltime = run.job.resources.walltime
    if walltime is not None and (run.now - run.began).total_seconds() >= walltime - START_LAG:
        return Reason.WALLTIME
    return Reason.TERMINATED


def known_code(run: Run) -> int:
    return 0 if run.code is None else run.code


def write_record(run: Run) -> Effects:
    hurried = run.phase is Phase.STOP_RECORD
    return [WriteRecord(run.record_at, record_for(run), run.version, hurried)]
