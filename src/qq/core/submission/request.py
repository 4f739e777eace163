"""What a batch system is asked for: the same for a first submission and for the next cycle of a job."""

import shlex
from collections.abc import Mapping, Sequence

from pyrsistent import PMap, PVector, pmap, pvector

from qq.core.job_names import runtime_files
from qq.core.paths import join
from qq.core.records.job import JobInfo
from qq.core.records.resources import resolve_resources
from qq.core.records.values import Dependency
from qq.core.request import Request
from qq.core.script_environment import job_environment

PASSED_ON = ("QQ_DEBUG", "QQ_SHARED_SUBMIT")
"""What a job inherits of qq's variables from whoever submits it."""

MODULES_PREFIX = "AMS_"
"""Variables of MetaCentrum's module system: without them a job can't load its modules."""
AFTER_ITS_END = "afterany"


def request_for(
    job: JobInfo,
    *,
    qq_command: Sequence[str],
    info_file: str,
    env: Mapping[str, str],
    after: str | None = None,
) -> Request:
    """The request for a job whose record stands at ``info_file``. ``after``: it waits for the end of this job."""
    follows = [Dependency(AFTER_ITS_END, pvector([after]))] if after else []
    return Request(
        name=job.job_name,
        starter=starter(qq_command),
        input_dir=job.input_dir,
        info_file=info_file,
        token=job.token,
        queue=job.queue,
        resources=resolve_resources(job.resources).value_or(job.resources),
        output=join(job.input_dir, runtime_files(job.job_name).qqout),
        env=_environment(job, info_file, env),
        depend=job.depend + pvector(follows),
        account=job.account,
        server=job.server,
        requeue=job.requeue,
        umask=0o022 if job.umask is None else job.umask,
        scratch=_scratch(job),
        output_host=job.site.output_hosts.get(job.server) if job.site and job.server else None,
    )


def _scratch(job: JobInfo) -> str | None:
    """What the site's batch system is asked for, so that there is such a scratch."""
    if job.site is None:
        return None
    return job.site.scratch_requests.get(job.resources.work_dir or job.site.default_work_dir)


def starter(qq_command: Sequence[str]) -> str:
    """Two lines for /bin/sh that run this very qq: a shebang of its own could neither be long nor hold blanks."""
    return f"#!/bin/sh\nexec {shlex.join(qq_command)} run\n"


def qq_command(job: JobInfo) -> PVector[str]:
    """The command line that starts qq on the node: the site's, or the path of the qq that submitted the job."""
    site = job.site.qq_command if job.site else None
    return pvector(shlex.split(site)) if site else pvector([job.qq_path or "qq"])


def info_path(job: JobInfo) -> str:
    """Where the record of a job stands, absolute."""
    return join(job.input_dir, runtime_files(job.job_name).info)


def submitters_environment(environ: Mapping[str, str], shared: bool) -> PMap[str, str]:
    """Of the submitter's environment, what the request takes into account."""
    passed = {name: environ[name] for name in PASSED_ON[:1] if environ.get(name)}
    return pmap({**passed, **({"QQ_SHARED_SUBMIT": "true"} if shared else {})})


def inherited(environ: Mapping[str, str]) -> PMap[str, str]:
    """What a job hands on to the next one whichever host submits that."""
    own = {name: value for name, value in environ.items() if name.startswith(MODULES_PREFIX)}
    return pmap({**own, **{name: environ[name] for name in PASSED_ON[:1] if environ.get(name)}})


def _environment(job: JobInfo, info_file: str, env: Mapping[str, str]) -> PMap[str, str]:
    passed = {name: env[name] for name in PASSED_ON if env.get(name)}
    return pmap({**job_environment(job), "QQ_INFO": info_file, **passed})
