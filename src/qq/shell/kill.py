"""Ends jobs: announces it in the record, asks the batch system, and records the end if nobody else has.

What was announced is asked for in any case, also after Ctrl-C: no job must go on whose record says that it was killed.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from qq.core.evidence import Seen
from qq.core.killing import announced, concluded, runs_no_more, taken_back
from qq.core.records.job import JobInfo
from qq.core.report import Kind, Report
from qq.core.result import Failure
from qq.core.states import RecordState
from qq.core.troubles import Reason, Trouble
from qq.shell.batch.choose import open_batch, open_default
from qq.shell.commands.face import SILENT, Bar
from qq.shell.commands.picking import report_of
from qq.shell.commands.side_by_side import side_by_side
from qq.shell.here import user_name
from qq.shell.perform.record import update_record
from qq.shell.perform.watch import Watch
from qq.shell.present.plain import plain
from qq.shell.select import Job
from qq.shell.watching import ask_again, pauses

Outcome = Report[None]
_NOBODY = Watch()

PATIENCE = 3.0
"""Seconds that the command waits for the jobs to be gone; a running one may need longer, and records its end itself."""


def kill(
    jobs: Sequence[Job], environ: Mapping[str, str], *, force: bool, bar: Bar = SILENT.bar, watch: Watch = _NOBODY
) -> Iterator[Outcome]:
    """Kills each of these jobs; every one gets an outcome, as soon as it is known.

    ``watch``: what is not announced yet when it is interrupted is left as it is.
    """
    who, when = user_name(), datetime.now().replace(microsecond=0)
    ready: list[Job] = []
    for job, trouble in zip(
        jobs, side_by_side("asking", jobs, lambda job: _announce(job, who, when, watch), bar), strict=True
    ):
        if trouble is not None and trouble.reason is Reason.INTERRUPTED:
            yield _failed(job, "was not killed: interrupted before it began")
        elif trouble is None or force:  # by force: better a dead job with a silent record than a live one
            ready.append(job)
        else:
            yield _failed(job, f"was not killed: {trouble} (--force kills it all the same)")
    gone = [job for job in ready if runs_no_more(job.evidence)]  # only --force lets these through
    answers = _ask_for_end([job for job in ready if not runs_no_more(job.evidence)], environ, force)
    yield from _refused([(job, refusal) for job, refusal in answers if refusal is not None], environ, who, when)
    yield from _conclude(gone, [job for job, refusal in answers if refusal is None], environ, bar, watch)


def kill_lost(jobs: Sequence[Seen], environ: Mapping[str, str], watch: Watch = _NOBODY) -> Iterator[Outcome]:
    """Kills jobs of which only the batch system knows any more: there is no record to announce that in."""
    if not jobs:
        return
    if watch.interrupted():
        yield from (_lost(job, Kind.FAILED, "was not killed: interrupted before it began") for job in jobs)
        return
    opened = open_default(environ)
    said = {} if isinstance(opened, Failure) else opened.unwrap().kill([job.job_id for job in jobs], force=True)
    for job in jobs:
        refusal = opened.failure() if isinstance(opened, Failure) else said[job.job_id]
        if refusal is None:
            yield _lost(job, Kind.DONE, "was told to end; it has no info file that could say so")
        else:
            yield _lost(job, Kind.FAILED, f"was not killed: {refusal}")


def _lost(job: Seen, kind: Kind, words: str) -> Outcome:
    did = "ending" if kind is Kind.DONE else "failed"
    name = f"{job.job_id} ({plain(job.name)})"
    return Report(name=name, job_id=job.job_id, job_name=job.name, kind=kind, did=did, words=words)


def _failed(job: Job, words: str) -> Outcome:
    return report_of(job, Kind.FAILED, "failed", words)


def _announce(job: Job, who: str, when: datetime, watch: Watch) -> Trouble | None:
    if watch.interrupted():
        return Trouble(Reason.INTERRUPTED, "interrupted by a signal")
    record = _change(
        job, lambda record: announced(record, job.evidence, token=job.record.token, who=who, when=when), watch
    )
    return record if isinstance(record, Trouble) else None


def _ask_for_end(jobs: Sequence[Job], environ: Mapping[str, str], force: bool) -> list[tuple[Job, Trouble | None]]:
    """One request to each batch system. A job that has no id yet is found by its token, which was asked for before."""
    answers: list[tuple[Job, Trouble | None]] = []
    for name in sorted({job.record.batch_system for job in jobs}):
        ids = {_id(job): job for job in jobs if job.record.batch_system == name}
        opened = open_batch(name, environ)
        if isinstance(opened, Failure):
            answers += [(job, opened.failure()) for job in ids.values()]
            continue
        known = [job_id for job_id in ids if job_id is not None]
        said = opened.unwrap().kill(known, force=force)
        never = Trouble(Reason.NEVER_SUBMITTED, "the batch system does not know the job")
        answers += [(job, never if job_id is None else said[job_id]) for job_id, job in ids.items()]
    return answers


def _id(job: Job) -> str | None:
    return job.record.job_id or getattr(job.evidence, "job_id", None)


def _refused(
    refusals: Sequence[tuple[Job, Trouble]], environ: Mapping[str, str], who: str, when: datetime
) -> Iterator[Outcome]:
    """A job that started after the announcement has found that and ended at once: there was nothing left to kill."""
    again = ask_again([job for job, _ in refusals], environ)
    for job, (before, refusal) in zip(again, refusals, strict=True):
        record = _concluded(job) if runs_no_more(job.evidence) else refusal
        if isinstance(record, JobInfo) and record.state is RecordState.KILLED:
            yield report_of(job, Kind.DONE, "killed", "killed")
        else:
            yield _failed(job, _after_refusal(before, refusal, who, when))


def _after_refusal(job: Job, refusal: Trouble, who: str, when: datetime) -> str:
    back = _change(job, lambda record: taken_back(record, job.evidence, token=job.record.token, who=who, when=when))
    also = f"; its info file still says that you asked for it ({back})" if isinstance(back, Trouble) else ""
    unheard = refusal.reason is Reason.BATCH_NOT_ANSWERING  # it may have been heard all the same
    return f"was not killed{', as far as is known' if unheard else ''}: {refusal}{also}"


def _conclude(
    gone: list[Job], jobs: list[Job], environ: Mapping[str, str], bar: Bar, watch: Watch
) -> Iterator[Outcome]:
    """Records the ends of those that are gone, and of the others as they go."""
    deadline = time.monotonic() + PATIENCE
    yield from side_by_side("recording", gone, _record_end, bar)
    for pause in pauses(jobs):
        jobs = ask_again(jobs, environ)
        yield from side_by_side("recording", [job for job in jobs if runs_no_more(job.evidence)], _record_end, bar)
        jobs = [job for job in jobs if not runs_no_more(job.evidence)]
        if not jobs or watch.interrupted() or time.monotonic() + pause > deadline:
            break
        time.sleep(pause)
    for job in jobs:
        yield report_of(job, Kind.DONE, "ending", "was told to end, and is ending")


def _record_end(job: Job) -> Outcome:
    record = _concluded(job)
    if isinstance(record, Trouble):
        return _failed(
            job, f"was killed, but its info file does not say so: {record} (qq kill --force again when that is mended)"
        )
    return report_of(job, Kind.DONE, "killed", "killed")


def _concluded(job: Job) -> JobInfo | Trouble:
    now = datetime.now().replace(microsecond=0)
    return _change(job, lambda record: concluded(record, job.evidence, token=job.record.token, when=now))


def _change(job: Job, change: Callable[[JobInfo], JobInfo | None], watch: Watch = _NOBODY) -> JobInfo | Trouble:
    """The record as it stands then."""
    result = update_record(job.info_file, job.record.username, change, watch)
    return result.failure() if isinstance(result, Failure) else result.unwrap()
