"""The environment variables that a script finds (SPEC 6)."""

from collections.abc import Mapping

from pyrsistent import PMap, pmap

from qq.core.exitcodes import NO_RESUBMIT
from qq.core.job_names import runtime_files
from qq.core.names import LOCAL_LIMITS
from qq.core.paths import join
from qq.core.records.job import JobInfo
from qq.core.records.values import Resources
from qq.core.states import JobType

OF_ONE_JOB = frozenset(
    {
        "QQ_ENV_SET",
        "QQ_INFO",
        "QQ_INPUT_MACHINE",
        "QQ_INPUT_DIR",
        "QQ_BATCH_SYSTEM",
        "QQ_NNODES",
        "QQ_NCPUS",
        "QQ_NGPUS",
        "QQ_WALLTIME",
        "QQ_NO_RESUBMIT",
        "QQ_LOOP_CURRENT",
        "QQ_LOOP_START",
        "QQ_LOOP_END",
        "QQ_ARCHIVE_FORMAT",
        "QQ_SHARED_SUBMIT",
        "QQ_TOKEN",
        "QQ_ATTEMPT",
        "QQ_LOCAL_JOB_ID",
        "QQ_LOCAL_NODE",
        "QQ_LOCAL_DEADLINE",
        "QQ_LOCAL_QUEUE",
        *LOCAL_LIMITS,
    }
)
"""Variables of one job or one submission: a job that submits another one does not hand them on (SPEC 6)."""


def job_environment(job: JobInfo) -> PMap[str, str]:
    """What ``qq run`` needs to find its job and its record: handed on by the batch system."""
    return pmap(_of_job(job))


def _of_job(job: JobInfo) -> dict[str, str]:
    return {
        "QQ_ENV_SET": "true",
        "QQ_INFO": join(job.input_dir, runtime_files(job.job_name).info),
        "QQ_INPUT_MACHINE": job.input_machine,
        "QQ_INPUT_DIR": job.input_dir,
        "QQ_BATCH_SYSTEM": job.batch_system,
        "QQ_TOKEN": job.token,
    }


def script_environment(job: JobInfo, attempt: int) -> Mapping[str, str]:
    """All that is set for the script; what ``qq run`` itself was given (``QQ_DEBUG``…) it inherits besides."""
    # Twenty entries: as a persistent map they would take longer than all the rest of a decision.
    no_resubmit = {} if job.job_type is JobType.STANDARD else {"QQ_NO_RESUBMIT": str(NO_RESUBMIT)}
    own = {"QQ_ATTEMPT": str(attempt)}
    return {**_of_job(job), **_amounts(job.resources), **no_resubmit, **_loop(job), **own}


def _amounts(resources: Resources) -> dict[str, str]:
    nodes = resources.nnodes or 1
    walltime = {} if resources.walltime is None else {"QQ_WALLTIME": str(round(resources.walltime / 3600, 6))}
    return walltime | {
        "QQ_NNODES": str(nodes),
        "QQ_NCPUS": str(_total(resources.ncpus, resources.ncpus_per_node, nodes, 1)),
        "QQ_NGPUS": str(_total(resources.ngpus, resources.ngpus_per_node, nodes, 0)),
    }


def _total(total: int | None, per_node: int | None, nodes: int, otherwise: int) -> int:
    if total is not None:
        return total
    return otherwise if per_node is None else per_node * nodes


def _loop(job: JobInfo) -> dict[str, str]:
    if job.loop is None:
        return {}
    return {
        "QQ_LOOP_CURRENT": str(job.loop.current),
        "QQ_LOOP_START": str(job.loop.start),
        "QQ_LOOP_END": str(job.loop.end),
        "QQ_ARCHIVE_FORMAT": job.loop.archive_format,
    }


def handed_on(submitter: Mapping[str, str], request: Mapping[str, str]) -> dict[str, str]:
    """The environment to keep: the submitter's without what belongs to its own job, and over it the request's."""
    kept = {name: value for name, value in submitter.items() if name not in OF_ONE_JOB}
    return kept | {name: value for name, value in request.items() if name != "QQ_ATTEMPT"}
