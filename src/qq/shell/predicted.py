"""What ``qq plan`` and ``qq simulate`` are asked about: a script, or a job that is there already; and its files."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from pyrsistent import pvector

from qq.core.job_names import is_runtime_name_of
from qq.core.names import INFO_SUFFIX, TEMPORARY_PREFIX
from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.result import Failure, Fault, Faults, Result, Success, failed, fault
from qq.core.scratch import scratch_candidates
from qq.core.selection import Selection, parse_id
from qq.core.simulate.world import JOB_ID
from qq.core.troubles import Trouble
from qq.shell.here import host_name
from qq.shell.perform.readrecord import read_record
from qq.shell.perform.scratch import first_writable, home_directory
from qq.shell.select import select
from qq.shell.submission import Submitter, Wrong, preview
from qq.shell.submit import checked

MOST_FILES = 2000
"""Files of an input directory that are played with: so many are enough to see what becomes of them."""


class Found(Struct, frozen=True):
    """The job, and what should be known about how it was found."""

    job: JobInfo
    notes: tuple[str, ...] = ()


def is_script(word: str) -> bool:
    """Whether a word names a script, not a job."""
    return Path(word).is_file() and not word.endswith(INFO_SUFFIX)


def from_script(word: str, submitter: Submitter) -> Result[Found, Wrong]:
    """The job that ``qq submit`` would make now; where another job is in its way, the one that it would make then."""
    now = preview(word, submitter)
    if not isinstance(now, Failure):
        plan = now.unwrap()
        no = failed(checked(plan, submitter, asking=False))
        return Success(Found(plan.submission.job, (*_although([] if no is None else [no]), *plan.warnings)))
    wrong = now.failure()
    if isinstance(wrong, Trouble):
        return now
    alone = preview(word, replace(submitter, alone=True))
    if isinstance(alone, Failure):
        return now
    plan = alone.unwrap()
    return Success(Found(plan.submission.job, (*_although(wrong), *plan.warnings)))


def _although(wrong: Iterable[Trouble | Fault]) -> Iterator[str]:
    return (f"{each}; shown as if that were not so" for each in wrong)


def from_job(word: str | None, environ: Mapping[str, str]) -> Result[Found, Faults]:
    """The job with this id, of this info file, or of this directory (None: the current one)."""
    if word is not None and word.endswith(INFO_SUFFIX):
        read = read_record(word)
        return fault("", str(read.failure())) if isinstance(read, Failure) else Success(Found(read.unwrap()[0]))
    if word is None or Path(word).is_dir():
        selection = Selection(dirs=pvector(["." if word is None else word]))
    elif isinstance(parse_id(word), Failure):
        return fault("", f"{word}: there is no such script, directory or job")
    else:
        selection = Selection(ids=pvector([word]))
    found = select(selection, environ)
    if found.troubles:
        return Failure(pvector(Fault("", words) for words in found.troubles))
    if not found.jobs:  # the current directory has none
        words = "there is no job in this directory (no *.qqinfo); name a script, a job's id, or a directory"
        return fault(word or "", words)
    if len(found.jobs) != 1:
        return fault(word or "", "there are several jobs; name one by its id")
    return Success(Found(found.jobs[0].record))


def scratch_here(job: JobInfo, environ: Mapping[str, str]) -> str | None:
    """Where a job of this machine's own queue would work, with ``JOB_ID`` for its id; None: only its node knows."""
    if job.batch_system != "local" or job.input_machine != host_name():
        return None
    paths = scratch_candidates(job, JOB_ID, environ, home_directory(environ))
    return first_writable(paths) or next(iter(paths), None)


def files_of(job: JobInfo) -> tuple[dict[str, int], bool]:
    """The files in the job's directory, name → bytes, without what qq itself put there; and whether these are all."""
    sizes: dict[str, int] = {}
    for path, size in _walk(job.input_dir):
        if not path.startswith(TEMPORARY_PREFIX) and not is_runtime_name_of(job.script_name, path):
            if len(sizes) == MOST_FILES:
                return sizes, False
            sizes[path] = size
    return sizes, True


def _walk(top: str) -> Iterator[tuple[str, int]]:
    """Plain files below a directory, by name; what can't be read is passed over, links are not followed."""
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            with os.scandir(Path(top, below)) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in found:
            name = f"{below}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                waiting.append(f"{name}/")
            elif entry.is_file(follow_symlinks=False):
                yield name, entry.stat(follow_symlinks=False).st_size
