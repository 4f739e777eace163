"""What ``qq submit --dry-run`` prints: everything that would happen, and the record as it would be written."""

import shlex
from collections.abc import Iterator

from qq.core.archive_format import filled
from qq.core.lifecycle.decisions import uses_scratch
from qq.core.records.job import JobInfo
from qq.core.request import Request


def lines(job: JobInfo, continues: JobInfo | None, request: Request, record: str) -> Iterator[str]:
    """One line each, for a terminal. ``record``: the text of the info file as it would be written."""
    yield f"would submit {job.script_name} as the {job.job_type} job {job.job_name} to {job.batch_system}:"
    if continues is not None:
        yield f"  it continues the finished job {continues.job_id}"
    yield from (f"  {line}" for line in _steps(job))
    yield f"  what qq itself has to say goes to {request.output}"
    yield f"  the record {request.info_file}:"
    yield from (f"    {line}" for line in record.splitlines())
    yield "  the starter that the batch system gets:"
    yield from (f"    {line}" for line in request.starter.splitlines())
    yield "  with these variables in its environment:"
    yield from (f"    {name}={shlex.quote(request.env[name])}" for name in sorted(request.env))
    yield "nothing was submitted, and nothing was written"


def _steps(job: JobInfo) -> Iterator[str]:
    if uses_scratch(job):
        kind = job.resources.work_dir or ""
        yield f"the input directory {job.input_dir} is copied to a fresh directory on {kind}"
        yield from (f"left at home: {path}" for path in job.excluded)
        yield from (f"brought along: {path}" for path in job.included)
        yield f"what the script made or changed comes home if the exit code fits: {job.transfer_mode}"
    else:
        yield f"the script runs in the input directory {job.input_dir} itself"
    if job.loop is not None:
        loop = job.loop
        yield f"cycle {loop.current} of {loop.start} to {loop.end}; its files come out of {loop.archive}"
        name = filled(loop.archive_format, loop.current)
        yield f"files like {name} go into {loop.archive} if the exit code fits: {loop.archive_mode}"
