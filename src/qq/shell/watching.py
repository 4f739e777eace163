"""Looking at jobs again: their records, wherever these have moved meanwhile, and what the batch system says now."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence

from qq.core.evidence import Evidence, NotAnswered
from qq.core.job_names import job_name, runtime_files
from qq.core.lifecycle.decisions import archive_dir, next_cycle, next_token
from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.result import Failure, value_or_none
from qq.core.states import JobType
from qq.shell.batch.choose import LOCAL, default_name, open_batch
from qq.shell.perform.readrecord import found_at
from qq.shell.records import info_files
from qq.shell.select import Job


def key(job: JobInfo) -> str:
    """What a batch system is asked for: the id, or the token while there is none."""
    return job.token if job.job_id is None else job.job_id


def ask_again(jobs: Sequence[Job], environ: Mapping[str, str]) -> list[Job]:
    """The same jobs with what their batch systems say now: one question to each."""
    said = ask([job.record for job in jobs], environ)
    return [replace(job, evidence=said[key(job.record)]) for job in jobs]


def ask(records: Sequence[JobInfo], environ: Mapping[str, str], tokens: Sequence[str] = ()) -> Mapping[str, Evidence]:
    """What the batch systems of these records say of them, and the default one of tokens: one question to each."""
    questions: dict[str, tuple[list[str], list[str]]] = {}
    for job in records:
        ids, without_id = questions.setdefault(job.batch_system, ([], []))
        (without_id if job.job_id is None else ids).append(key(job))
    if tokens:
        questions.setdefault(default_name(environ).value_or(LOCAL), ([], []))[1].extend(tokens)
    said: dict[str, Evidence] = {}
    for name, (ids, without_id) in questions.items():
        opened = open_batch(name, environ)
        if isinstance(opened, Failure):
            said |= dict.fromkeys([*ids, *without_id], NotAnswered(str(opened.failure())))
        else:
            said |= opened.unwrap().look(ids, without_id)
    return said


def read_again(job: Job) -> Job | None:
    """The job with its record as it is now, at home or in the archive; None: neither place has it any more."""
    for path in (job.info_file, *_archived(job.record)):
        record = _record(path)
        if record is not None and record.token == job.record.token:
            return replace(job, info_file=path, record=record)
    return None


def successor(job: Job) -> Job | None:
    """The job that follows this one in its loop or continuous chain, if it has a record.

    In a continuous chain that may be a later one: each record takes the place of the one before it.
    """
    token = next_token(job.record)
    for path in _places_of_next(job):
        record = _record(path)
        if record is None or record.token == job.record.token or record.job_type is not job.record.job_type:
            continue
        if record.token == token or job.record.job_type is JobType.CONTINUOUS:
            return Job(path, record, NotAnswered("it was not asked yet"))
    return None


def _places_of_next(job: Job) -> Iterator[str]:
    record = job.record
    match record.job_type:
        case JobType.STANDARD:
            return
        case JobType.CONTINUOUS:
            yield job.info_file
        case JobType.LOOP:
            cycle = next_cycle(record)
            if cycle is not None:
                name = runtime_files(job_name(record.script_name, JobType.LOOP, cycle)).info
                yield posixpath.join(record.input_dir, name)
                yield from _archived(record)


def _archived(job: JobInfo) -> Iterable[str]:
    if job.loop is None:
        return ()
    try:
        return info_files(archive_dir(job))
    except OSError:
        return ()


def _record(path: str) -> JobInfo | None:
    found = value_or_none(found_at(path))
    return None if found is None else found.job


def pauses(jobs: Sequence[Job]) -> Iterator[float]:
    """Seconds between two looks: few at first; this machine's own queue is asked more often than a cluster's."""
    longest = 0.4 if all(job.record.batch_system == LOCAL for job in jobs) else 10.0
    pause = 0.05
    while True:
        yield pause
        pause = min(pause * 1.5, longest)
