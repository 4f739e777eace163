"""Records for tests: a plain one, and changes to it."""

from datetime import datetime
from typing import Any

from qq.core.records.job import JobInfo, LoopInfo
from qq.core.records.site import Settings
from qq.core.records.values import Resources
from qq.core.replacing import replace
from qq.core.states import JobType, RecordState

PLAIN = JobInfo(
    batch_system="local",
    qq_version="0.1.0",
    username="ada",
    job_id="1.local",
    job_name="run.sh",
    script_name="run.sh",
    queue="default",
    job_type=JobType.STANDARD,
    input_machine="here",
    input_dir="/home/ada/job",
    state=RecordState.QUEUED,
    submission_time=datetime(2026, 1, 2, 3, 4, 5),
    stdout_file="run.out",
    stderr_file="run.err",
    resources=Resources(work_dir="scratch_local"),
    token="t0",
    settings=Settings(),
)

LOOP = LoopInfo(start=1, end=3, archive="storage", archive_format="job%04d", current=1)


def a_job(**changes: Any) -> JobInfo:
    """The plain record with these fields changed."""
    return replace(PLAIN, **changes)


def a_loop_job(**changes: Any) -> JobInfo:
    """The first of three cycles."""
    return a_job(**{"job_type": JobType.LOOP, "job_name": "run+0001.sh", "loop": LOOP, **changes})
