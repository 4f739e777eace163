"""How a life begins: from the record and what started it to the first phase (BOOT in the table)."""

from qq.core.evidence import NotAnswered, Seen
from qq.core.exitcodes import NO_RECORD, NOT_OURS, TROUBLE
from qq.core.lifecycle.decisions import is_closed, next_is_due, next_token, uses_scratch
from qq.core.lifecycle.phases import Phase
from qq.core.lifecycle.run import Run
from qq.core.lifecycle.transitions import next_job
from qq.core.moments import Booted, Recovering
from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.states import JobType, RecordState
from qq.core.troubles import Reason, Trouble


def begin(moment: Booted | Recovering) -> Run:
    """The run at its first phase."""
    run = _run(moment)
    return _booted(run, moment) if isinstance(moment, Booted) else _recovering(run, moment)


def _run(moment: Booted | Recovering) -> Run:
    return Run(
        phase=Phase.BOOT,
        job=moment.record,
        disk=moment.record,
        version=moment.version,
        record_at=moment.record_at,
        here=moment.host,
        shared=moment.input_shared,
        recovering=isinstance(moment, Recovering),
        began=moment.now,
        now=moment.now,
        job_id=moment.job_id if isinstance(moment, Booted) else "",
        code=moment.record.script_exit_code,
        may_restart=isinstance(moment, Booted) or moment.may_restart,
    )


def ended(run: Run, code: int) -> Run:
    """The run at its end."""
    return replace(run, phase=Phase.END, exit_code=code)


def _booted(run: Run, moment: Booted) -> Run:
    job = run.job
    if moment.batch_system != job.batch_system:
        return ended(run, NO_RECORD)
    if _succeeds(moment):
        return new_attempt(replace(run, job=next_job(job, now=moment.now), code=None), moment)
    if (moment.token != job.token) if moment.token is not None else (moment.job_id != job.job_id):
        return ended(run, NO_RECORD)
    if job.killed_by is not None or job.job_id not in (None, moment.job_id):
        return ended(run, NOT_OURS)
    if is_closed(job):
        return after_close(run)
    ready = new_attempt(run, moment)
    return ready if job.work_dir is None else replace(ready, phase=Phase.INSPECT)


def _succeeds(moment: Booted) -> bool:
    """Whether the record is still that of the continuous job before this one, which did not come to replacing it."""
    job = moment.record
    return job.job_type is JobType.CONTINUOUS and job.state is RecordState.FINISHED and moment.token == next_token(job)


def new_attempt(run: Run, moment: Booted) -> Run:
    """Ready to claim: under which attempt, and which working directory, that nobody has."""
    job = run.job
    attempt = job.attempt if job.work_dir is None else job.attempt + 1
    claim: str | None = job.input_dir
    if uses_scratch(job):
        number = attempt
        while number in moment.taken:
            number += 1
        claim = moment.scratch if number == 1 or moment.scratch is None else f"{moment.scratch}.{number}"
    ready = replace(run, attempt=attempt, claim=claim, nodes=moment.nodes, phase=Phase.CLAIM)
    if claim is None:
        words = f"no scratch directory on {moment.host} can be written"
        job = replace(job, job_id=moment.job_id)
        return replace(ready, job=job, trouble=Trouble(Reason.NO_SCRATCH, words), phase=Phase.FAIL_RECORD)
    return ready


def after_close(run: Run) -> Run:
    """Finished is on record: what follows is the next cycle, if one is due, and tidying up."""
    if next_is_due(run.job):
        return replace(run, phase=Phase.LOOKUP, next_job=next_job(run.job, now=run.now))
    return replace(run, phase=Phase.REMOVE)


def restart_or_end(run: Run, job: JobInfo) -> Run:
    """Recovery without a known code: a job that nobody stopped starts anew; of others nothing can be recovered."""
    if run.may_restart and job.state in (RecordState.QUEUED, RecordState.RUNNING) and job.killed_by is None:
        return replace(run, phase=Phase.RESTART_LOOK)
    return ended(run, TROUBLE)


def _recovering(run: Run, moment: Recovering) -> Run:
    evidence, job = moment.evidence, run.job
    if isinstance(evidence, NotAnswered) or (isinstance(evidence, Seen) and not evidence.state.gone):
        return ended(run, TROUBLE)
    if is_closed(job):
        return after_close(run)
    if job.work_dir is not None:
        return replace(run, phase=Phase.INSPECT)
    return restart_or_end(run, job)
