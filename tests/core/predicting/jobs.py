"""Jobs that are about to be submitted, and what wants every one of them."""

from typing import Any

from qq.core.job_names import job_name, runtime_files
from qq.core.records.job import JobInfo, LoopInfo
from qq.core.records.site import Site
from qq.core.records.values import Modes, ModeWord, Resources
from qq.core.replacing import replace
from qq.core.simulate.world import EPOCH
from qq.core.states import JobType, RecordState

INPUT = "/home/alice/job"
LEAKY = Site(name="leaky", engine="PBS", batch_system="PBS", scratch_outlives_job=False)
"""A site whose scratch is emptied when a job is over."""


def a_job(job_type: JobType = JobType.STANDARD, system: str = "local", work_dir: str = "scratch_local") -> JobInfo:
    """A job with usual options; a loop job has three cycles."""
    loop = job_type is JobType.LOOP
    name = job_name("run.sh", job_type, 1 if loop else None)
    files = runtime_files(name)
    return JobInfo(
        batch_system=system,
        qq_version="1",
        username="alice",
        job_id=None,
        job_name=name,
        script_name="run.sh",
        queue="default",
        job_type=job_type,
        input_machine="desk",
        input_dir=INPUT,
        state=RecordState.QUEUED,
        submission_time=EPOCH,
        stdout_file=files.out,
        stderr_file=files.err,
        resources=Resources(work_dir=work_dir, nnodes=1, walltime=86400),
        loop=LoopInfo(start=1, end=3, archive="storage", archive_format="job%04d", current=1) if loop else None,
        token="t0k3n",
    )


def a_loop(*, end: int = 3, archive: tuple[ModeWord, ...] = ("success",), **changes: Any) -> JobInfo:
    """A loop job with these changes."""
    job = a_job(JobType.LOOP)
    assert job.loop is not None
    return replace(job, loop=replace(job.loop, end=end, archive_mode=modes(*archive)), **changes)


def modes(*words: ModeWord) -> Modes:
    """Modes with these words."""
    return Modes(tuple(words))
