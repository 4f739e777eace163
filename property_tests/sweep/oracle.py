"""What SPEC says, in words of its own: laws must not ask the code that they judge."""

import posixpath

from qq.core.records.job import JobInfo
from qq.core.records.values import Modes
from qq.core.states import JobType, RecordState

SCRIPTS_OWN_ENDS = (1, 2)
RESUBMISSION = 45


def allows(modes: Modes, code: int) -> bool:
    """SPEC 3, transfer modes."""
    words = {"always": True, "never": False, "success": code == 0, "failure": code != 0}
    return any(words[word] if isinstance(word, str) else word == code for word in modes.words)


def effective(job: JobInfo, code: int) -> int:
    """95 of a job that goes on is a success."""
    return 0 if code == 95 and job.job_type is not JobType.STANDARD else code


def on_scratch(job: JobInfo) -> bool:
    """The jobs of the sweep say it plainly."""
    return job.resources.work_dir != "input_dir"


def comes_home(job: JobInfo) -> bool:
    """Whether the code is known and a mode lets the working directory come home."""
    code = job.script_exit_code
    return on_scratch(job) and code is not None and allows(job.transfer_mode, effective(job, code))


def is_archived(job: JobInfo) -> bool:
    """Whether the code is known and a mode lets the files of the cycle into the archive."""
    code = job.script_exit_code
    return job.loop is not None and code is not None and allows(job.loop.archive_mode, effective(job, code))


def has_ended_as_it_should(job: JobInfo) -> bool:
    """Finished, or failed by the script's own end."""
    if job.state is RecordState.FINISHED:
        return True
    return job.state is RecordState.FAILED and job.failure is not None and job.failure.number in SCRIPTS_OWN_ENDS


def should_go_on(job: JobInfo) -> bool:
    """Finished, not the last one, and nobody said no."""
    if job.state is not RecordState.FINISHED or job.killed_by is not None or job.script_exit_code == 95:
        return False
    if job.loop is not None:
        return job.loop.current < job.loop.end
    return job.job_type is JobType.CONTINUOUS


def archive_of(job: JobInfo) -> str | None:
    """Absolute."""
    return None if job.loop is None else posixpath.join(job.input_dir, job.loop.archive)


def included(job: JobInfo) -> frozenset[str]:
    """The names that included paths have in the working directory."""
    return frozenset(posixpath.basename(path) for path in job.included)
