"""Submits a job whose record stands already, as a job does with the one that follows it."""

from collections.abc import Mapping

from qq.core.records.job import JobInfo
from qq.core.result import Result
from qq.core.submission.request import info_path, qq_command, request_for, submitters_environment
from qq.core.troubles import Trouble
from qq.shell.batch.choose import open_batch


def resubmit(job: JobInfo, after: str | None, environ: Mapping[str, str], *, shared: bool) -> Result[str, Trouble]:
    """Submits it; it waits for the end of the job ``after``. Gives its id."""
    batch = open_batch(job.batch_system, environ)
    env = submitters_environment(environ, shared)
    request = request_for(job, qq_command=qq_command(job), info_file=info_path(job), env=env, after=after)
    return batch.bind(lambda queue: queue.submit(request))
