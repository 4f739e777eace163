"""The small decisions that a job's life is made of. Each is a question that a user may ask of a job (public API)."""

import posixpath
from functools import lru_cache

from qq.core.exitcodes import NO_RESUBMIT
from qq.core.job_names import runtime_files
from qq.core.names import MARK_SUFFIX
from qq.core.paths import join, relative_to, same_path, to_bytes
from qq.core.records.job import JobInfo
from qq.core.states import JobType, RecordState
from qq.core.troubles import Reason

INPUT_DIR_WORDS = ("input_dir", "job_dir")
OWN_END = (Reason.SCRIPT_FAILED.number, Reason.SCRIPT_DIED.number)
"""Reasons that say: the script itself ended so, and everything that was due is done."""


def uses_scratch(job: JobInfo) -> bool:
    """Whether the script runs in a working directory on scratch, not in the input directory itself."""
    if job.work_dir is not None:
        return not same_path(job.work_dir, job.input_dir)
    return wants_scratch(job)


def wants_scratch(job: JobInfo) -> bool:
    """Whether a job that has no working directory yet asks for one on scratch."""
    wanted = job.resources.work_dir or (job.site.default_work_dir if job.site else "input_dir")
    return wanted not in INPUT_DIR_WORDS


def goes_on(job: JobInfo) -> bool:
    """Whether a job of this type has cycles or runs that follow."""
    return job.job_type is not JobType.STANDARD


def effective_code(job: JobInfo, exit_code: int) -> int:
    """The script's exit code as modes and records take it: 95 of a loop or continuous job is a success."""
    return 0 if exit_code == NO_RESUBMIT and goes_on(job) else exit_code


def should_transfer(job: JobInfo, exit_code: int) -> bool:
    """Whether the working directory comes home when the script ends with this exit code."""
    return uses_scratch(job) and job.transfer_mode.allows(effective_code(job, exit_code))


def should_archive(job: JobInfo, exit_code: int) -> bool:
    """Whether the files of the cycle are archived when the script ends with this exit code."""
    return job.loop is not None and job.loop.archive_mode.allows(effective_code(job, exit_code))


def next_cycle(job: JobInfo) -> int | None:
    """The number of the next cycle of a loop job; None after the last one, and for other jobs."""
    loop = job.loop
    return loop.current + 1 if loop is not None and loop.current < loop.end else None


def should_resubmit(job: JobInfo, exit_code: int) -> bool:
    """Whether the job goes on when the script ends with this exit code."""
    if not goes_on(job) or exit_code == NO_RESUBMIT or effective_code(job, exit_code) != 0:
        return False
    return job.loop is None or next_cycle(job) is not None


def next_is_due(job: JobInfo) -> bool:
    """Whether a finished job has a successor that nobody has submitted yet."""
    if job.state is not RecordState.FINISHED or job.killed_by is not None or job.resubmitted_as is not None:
        return False
    return should_resubmit(job, 0 if job.script_exit_code is None else job.script_exit_code)


def is_closed(job: JobInfo) -> bool:
    """Whether everything between the end of the script and the last record is done."""
    if job.state is RecordState.FINISHED or job.delivered is not None:
        return True
    return job.state is RecordState.FAILED and (job.failure is None or job.failure.number in OWN_END)


def is_at_home(job: JobInfo) -> bool:
    """Whether everything that was to come home stands there: what is left on scratch, or a mark, may go."""
    return job.delivered is not None or (job.state is RecordState.FINISHED and not uses_scratch(job))


def is_partly_home(job: JobInfo) -> bool:
    """Whether a finished job brought its results home but for files that can't stand there."""
    if job.state is not RecordState.FINISHED or job.delivered is not None or job.of_older_wrapper:
        return False
    return job.script_exit_code is not None and should_transfer(job, job.script_exit_code)


def results_are_due(job: JobInfo) -> bool:
    """Whether results have still to be brought home or archived: code known, a mode allows it, not done, and the
    directory that they stood in was not found to be gone."""
    code = job.script_exit_code
    if code is None or is_closed(job):
        return False
    if job.failure is not None and job.failure.number == Reason.WORK_DIR_GONE.number:
        return False
    return should_transfer(job, code) or should_archive(job, code)


def archive_dir(job: JobInfo) -> str:
    """The archive of a loop job, absolute; the input directory of another job."""
    return job.input_dir if job.loop is None else join(job.input_dir, job.loop.archive)


def included_names(job: JobInfo) -> tuple[bytes, ...]:
    """The names that included paths have in the working directory: they never come home."""
    if not job.included:
        return ()
    return tuple(to_bytes(posixpath.basename(posixpath.normpath(path))) for path in job.included)


def excluded_paths(job: JobInfo) -> tuple[bytes, ...]:
    """What does not travel to the working directory: exact paths relative to the input directory."""
    files = runtime_files(job.job_name)
    own = [files.info, files.qqout]
    archive = [] if job.loop is None else [archive_dir(job)]
    inside = [relative_to(join(job.input_dir, path), job.input_dir) for path in (*archive, *job.excluded)]
    names = [*own, *[path for path in inside if path]]
    return (*map(to_bytes, names), *included_names(job))


def private_paths(job: JobInfo) -> tuple[bytes, ...]:
    """What of the input directory is qq's own when the script runs right there."""
    files = runtime_files(job.job_name)
    names = [files.info, files.qqout]
    names += [f".{job.job_name}{MARK_SUFFIX}{suffix}" for suffix in ("", ".list", ".synced", ".proof")]
    archive = [] if job.loop is None else [relative_to(archive_dir(job), job.input_dir)]
    return tuple(to_bytes(name) for name in [*names, *archive] if name)


def next_token(job: JobInfo) -> str:
    """The token of the job that follows this one: derived, so that it can be known before that job exists."""
    return derived_token(job.token, job.loop.current + 1 if job.loop is not None else job.job_id)


@lru_cache(maxsize=16)
def derived_token(token: str, after: int | str | None) -> str:
    """The token after this one. ``after``: the next cycle; of a continuous job, which has none, its own id."""
    from hashlib import sha256  # a submission has no need of it, and it loads all of OpenSSL

    return sha256(f"{token}\n{after}".encode("utf-8", "surrogateescape")).hexdigest()[:32]
