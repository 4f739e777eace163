"""Submits scripts: reserves their directories, asks the batch system, and takes everything back if it refuses.

The record stands before the batch system is asked, so a job finds it however soon it starts.
"""

import os
from errno import EACCES, EDQUOT, ENOSPC, EROFS
from pathlib import Path

from qq.core.nearest import did_you_mean
from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.result import Failure, Result, Success, failed
from qq.core.submission.request import info_path
from qq.core.troubles import Reason, Trouble
from qq.shell.perform.lock import LockedError, directory_lock
from qq.shell.perform.writerecord import record_text, write_text
from qq.shell.submission import Plan, Script, Submitter, Wrong, decide, preview, read

PATIENCE = 90.0
"""Seconds that a submission waits for another one in the same directory."""


def submit(script: str, submitter: Submitter) -> Result[Plan, Wrong]:
    """Submits one script; the job of the plan that comes back has its id."""
    found = read(script, submitter)
    if isinstance(found, Failure):
        return found
    reserved = _reserve(found.unwrap(), submitter)
    return reserved.bind(lambda plan: _ask(plan, submitter))


def rehearse(script: str, submitter: Submitter) -> Result[Plan, Wrong]:
    """What ``submit`` would do now, or what it would say no for. Nothing is written."""
    found = preview(script, submitter)
    return found if isinstance(found, Failure) else checked(found.unwrap(), submitter, asking=True)


def checked(plan: Plan, submitter: Submitter, *, asking: bool) -> Result[Plan, Trouble]:
    """The plan, with what to warn of; or what stands in its way outside of qq: its directory, or its batch system.

    ``asking``: a cluster may be asked.
    """
    job = plan.submission.job
    if not os.access(job.input_dir, os.W_OK | os.X_OK):
        number = EROFS if os.statvfs(job.input_dir).f_flag & os.ST_RDONLY else EACCES
        return Failure(_unwritable(job.input_dir, OSError(number, os.strerror(number))))
    batch = submitter.batches.open(job.batch_system, submitter.environ)
    if isinstance(batch, Failure):
        return Failure(_with_advice(batch.failure()))
    answer = batch.unwrap().check(plan.request, asking=asking)
    if isinstance(answer, Failure):
        return Failure(_advised(answer.failure(), job, submitter))
    warning = answer.unwrap()
    return Success(replace(plan, warnings=plan.warnings.append(warning)) if warning else plan)


def _reserve(script: Script, submitter: Submitter) -> Result[Plan, Wrong]:
    """Looks and creates the record, under one lock: of two submissions at once only one finds room."""
    try:
        with directory_lock(script.input_dir, PATIENCE) as held:
            decided = decide(script, submitter)
            if isinstance(decided, Failure):
                return decided
            plan = decided.unwrap()
            # Before anything is written: whether this qq can talk to the batch system at all.
            batch = submitter.batches.open(plan.submission.job.batch_system, submitter.environ)
            if isinstance(batch, Failure):
                return Failure(_with_advice(batch.failure()))
            # A finished continuous job's record has this name: the new one takes its place. Nothing else is there.
            write_text(plan.request.info_file, record_text(plan.submission.job), held)
            return Success(plan)
    except LockedError:
        words = f"{script.input_dir}: another command has been changing this directory for {PATIENCE:.0f} s; try again"
        return Failure(Trouble(Reason.LOCKED, words, transient=True))
    except OSError as error:
        return Failure(_unwritable(script.input_dir, error))


def _unwritable(input_dir: str, error: OSError) -> Trouble:
    why = (error.strerror or str(error)).lower()
    reason = Reason.NO_SPACE if error.errno in (ENOSPC, EDQUOT) else Reason.RECORD_NOT_WRITTEN
    return Trouble(reason, f"{input_dir}: the info file could not be written: {why}")


def _with_advice(trouble: Trouble) -> Trouble:
    return replace(trouble, words=f"{trouble}; '--batch-system local' submits to this machine's own queue")


def _ask(plan: Plan, submitter: Submitter) -> Result[Plan, Wrong]:
    """Submits a job whose record stands, and adds its id, or takes the record away if the job was refused."""
    job = plan.submission.job
    batch = submitter.batches.open(job.batch_system, submitter.environ)
    answer = batch.bind(lambda queue: queue.submit(plan.request))
    if isinstance(answer, Success):
        return _with_id(plan, answer.unwrap())
    trouble = answer.failure()
    if trouble.reason is Reason.BATCH_NOT_ANSWERING:
        words = f"{trouble}; the job may have been submitted all the same: 'qq info' in {job.input_dir} tells"
        return Failure(Trouble(trouble.reason, words, trouble.transient))
    left = _take_back(plan)
    trouble = _advised(trouble, job, submitter)
    return Failure(trouble if left is None else Trouble(trouble.reason, f"{trouble}; also: {left}"))


def _advised(trouble: Trouble, job: JobInfo, submitter: Submitter) -> Trouble:
    """A refusal, with what helps. Of a batch system that is silent nothing more is asked."""
    if trouble.reason is Reason.BATCH_NOT_ANSWERING:
        return trouble
    if trouble.reason is Reason.TOOL_MISSING:
        trouble = _with_advice(trouble)
    return replace(trouble, words=f"{trouble}{_other_queue(job, submitter)}")


def _other_queue(job: JobInfo, submitter: Submitter) -> str:
    """Which queue was probably meant by one that the batch system does not have; empty: nobody can tell."""
    batch = submitter.batches.open(job.batch_system, submitter.environ)
    queues = batch.bind(lambda each: each.queues(job.server)).value_or(())
    names = [queue.name for queue in queues]
    return "" if job.queue in names else did_you_mean(job.queue, names)


def _with_id(plan: Plan, job_id: str) -> Result[Plan, Wrong]:
    """The job may be running already: then its record has the id by now."""
    job = replace(plan.submission.job, job_id=job_id)

    def change(disk: JobInfo) -> JobInfo | None:
        return replace(disk, job_id=job_id) if disk.token == job.token and disk.job_id is None else None

    if not _replaced_as_written(plan, job):
        from qq.shell.perform.record import update_record

        # If this fails, too: the job claims its record itself, by its token.
        update_record(plan.request.info_file, None, change)
    return Success(replace(plan, submission=replace(plan.submission, job=job)))


def _replaced_as_written(plan: Plan, job: JobInfo) -> bool:
    """The usual case, without reading the record anew: nobody has touched what was written a moment ago."""
    path = Path(plan.request.info_file)
    try:
        with directory_lock(str(path.parent), PATIENCE) as held:
            untouched = path.read_bytes() == record_text(plan.submission.job)
            if untouched:
                write_text(str(path), record_text(job), held)
            return untouched
    except OSError:
        return False


def _take_back(plan: Plan) -> Trouble | None:
    """Removes the record of a job that was refused; what stood in its place comes back."""
    from qq.core.effects import Location, WithdrawRecord
    from qq.shell.perform.record import update_record, withdraw_record
    from qq.shell.perform.watch import Watch

    place, before = plan.request.info_file, plan.submission.continues
    if before is not None and info_path(before) == place:
        token = plan.submission.job.token
        return failed(update_record(place, None, lambda disk: before if disk.token == token else None))
    withdrawn = withdraw_record(WithdrawRecord(Location(place), plan.submission.job.token), Watch())
    return failed(withdrawn)
