"""The record of a job that is about to be submitted, made from what people chose and what the world is like."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct
from pyrsistent import pvector

from qq.core.choices import Choices
from qq.core.job_names import job_name, runtime_files
from qq.core.lifecycle.decisions import uses_scratch
from qq.core.lifecycle.transitions import next_job
from qq.core.records.infofile import job_from_tree, tree_from_job
from qq.core.records.job import JobInfo
from qq.core.records.values import Modes
from qq.core.replacing import replace
from qq.core.result import Failure, Fault, Faults, Result
from qq.core.states import JobType, RecordState
from qq.core.submission.circumstances import Circumstances, InputDirectory
from qq.core.submission.files import excluded, included
from qq.core.submission.links import check_script_link
from qq.core.submission.loop import loop_info
from qq.core.submission.one_job import may_submit
from qq.core.submission.script_name import check_script_name
from qq.core.submission.site_checks import site_faults


class Submission(Struct, frozen=True):
    """A job that may be submitted, and the finished one that it continues."""

    job: JobInfo
    continues: JobInfo | None


def new_job(
    script_name: str, choices: Choices, directory: InputDirectory, circumstances: Circumstances
) -> Result[Submission, Faults]:
    """The record as it stands before the submission, still without a job id; or everything that is wrong with it.

    ``choices`` are merged already, the site's defaults included.
    """
    job_type = choices.job_type or JobType.STANDARD
    loop = loop_info(choices, directory) if job_type is JobType.LOOP else None
    cycle = None if loop is None else loop.map(lambda info: info.current).value_or(None)
    name = job_name(script_name, job_type, cycle)
    excludes = excluded(choices.exclude or (), input_dir=directory.path, script_name=script_name)
    includes = included(choices.include or (), input_dir=directory.path, job_name=name, script_name=script_name)
    checks = [*([loop] if loop else []), check_script_name(script_name, name), excludes, includes]
    checks.append(check_script_link(script_name, choices, directory, circumstances.site))
    faults = [*_faults(checks), *site_faults(choices, circumstances)]
    if faults:
        return Failure(pvector(faults))
    place = may_submit(script_name, job_type, cycle, directory)
    if isinstance(place, Failure):
        return place
    job = _record(script_name, name, choices, directory, circumstances)
    job = replace(job, excluded=excludes.unwrap(), loop=None if loop is None else loop.unwrap())
    # Nothing is copied where the script runs at home (a warning says so).
    job = replace(job, included=includes.unwrap()) if uses_scratch(job) else job
    job = _after(place.unwrap(), job)
    # Whatever cannot be read again (a host's or a user's name that is none) must not be written.
    return job_from_tree(tree_from_job(job)).map(lambda _: Submission(job, place.unwrap()))


def _faults(results: Iterable[Result[Any, Faults]]) -> list[Fault]:
    return [one for result in results if isinstance(result, Failure) for one in result.failure()]


def _record(
    script_name: str, name: str, choices: Choices, directory: InputDirectory, circumstances: Circumstances
) -> JobInfo:
    site, files = circumstances.site, runtime_files(name)
    return JobInfo(
        batch_system=site.batch_system,
        qq_version=circumstances.qq_version,
        username=circumstances.user,
        job_id=None,
        job_name=name,
        script_name=script_name,
        queue=choices.queue or site.default_queue or "",
        job_type=choices.job_type or JobType.STANDARD,
        input_machine=circumstances.host,
        input_dir=directory.path,
        state=RecordState.QUEUED,
        submission_time=circumstances.now.replace(microsecond=0),
        stdout_file=files.out,
        stderr_file=files.err,
        resources=replace(choices.resources, work_dir=choices.resources.work_dir or site.default_work_dir),
        transfer_mode=choices.transfer_mode or Modes(),
        depend=choices.depend or pvector(),
        account=choices.account,
        server=None if choices.server is None else site.servers.get(choices.server, choices.server),
        interpreter=choices.interpreter,
        resubmit_from=choices.resubmit_from or site.resubmit_from,
        token=circumstances.token,
        qq_path=circumstances.qq_path,
        umask=circumstances.umask,
        requeue=bool(choices.requeue),
        site=site,
        settings=circumstances.settings,
    )


def _after(continued: JobInfo | None, job: JobInfo) -> JobInfo:
    """The record of a job that continues a finished one: it knows its predecessor, as in a chain."""
    if continued is None:
        return job
    # What it may have left on scratch must be remembered as if it had submitted this job itself.
    stand = next_job(continued, now=job.submission_time).earlier_work_dirs
    return replace(job, previous=continued.job_id, earlier_work_dirs=stand)
