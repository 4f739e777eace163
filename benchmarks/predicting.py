"""What asking beforehand costs: every way a loop job can end, in milliseconds of processor time against their limit.

``main()`` prints one line per measurement and gives the number of limits that were missed.
"""

import statistics
import time
from datetime import datetime

from qq.core.job_names import runtime_files
from qq.core.records.job import JobInfo, LoopInfo
from qq.core.records.values import Resources
from qq.core.states import JobType, RecordState
from qq.shell.predict import outcomes

LIMIT = 50.0
"""Milliseconds."""
TIMES = 15


def loop_job() -> JobInfo:
    """One of a hundred cycles."""
    files = runtime_files("run+0001.sh")
    return JobInfo(
        batch_system="local",
        qq_version="1",
        username="ada",
        job_id=None,
        job_name="run+0001.sh",
        script_name="run.sh",
        queue="default",
        job_type=JobType.LOOP,
        input_machine="here",
        input_dir="/home/ada/job",
        state=RecordState.QUEUED,
        submission_time=datetime(2026, 1, 1),
        stdout_file=files.out,
        stderr_file=files.err,
        resources=Resources(work_dir="scratch_local", walltime=86400),
        loop=LoopInfo(start=1, end=100, archive="storage", archive_format="job%04d", current=1),
        token="t0",
    )


def spent() -> float:
    """Milliseconds of processor time."""
    begin = time.process_time()
    outcomes(loop_job())
    return (time.process_time() - begin) * 1000


def main() -> int:
    """Runs it."""
    spent()
    took = statistics.median(spent() for _ in range(TIMES))
    print(f"qq.outcomes of a loop job: {took:.1f} ms (limit {LIMIT:.0f})")
    return int(took > LIMIT)
