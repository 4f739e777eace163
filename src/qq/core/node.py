"""What the environment of ``qq run`` says of the job that it runs in. Pure: the environment is an argument."""

from collections.abc import Mapping

from pyrsistent import PVector, pvector

from qq.core.records.job import JobInfo
from qq.core.schedulers.slurm_nodes import node_names

_JOB_ID = {"local": "QQ_LOCAL_JOB_ID", "PBS": "PBS_JOBID"}
_SLURM_JOB_ID = "SLURM_JOB_ID"
_END = ("QQ_LOCAL_DEADLINE", "SLURM_JOB_END_TIME")
"""Epoch seconds at which the batch system ends the job."""
NODE_FILE = "PBS_NODEFILE"
"""The variable that names a file with a host for each process (PBS)."""
_SLURM_NODES = ("SLURM_JOB_NODELIST", "SLURM_NODELIST")
_OUTSIDE = (
    "qq run is for the batch system alone: it does nothing outside a job; submit the script with qq submit SCRIPT"
)
_WITHIN = "qq run does nothing within a running script: a helper script must not start the job once more"


def not_in_job(environ: Mapping[str, str]) -> str | None:
    """Why ``qq run`` must do nothing here (exit 90); None: it was called by a batch system."""
    if not environ.get("QQ_ENV_SET"):
        return _OUTSIDE
    return _WITHIN if environ.get("QQ_ATTEMPT") else None


def job_id_variable(batch_system: str) -> str:
    """The variable in which a batch system tells a job its own id."""
    return _JOB_ID.get(batch_system, _SLURM_JOB_ID)


def seconds_until_end(environ: Mapping[str, str], job: JobInfo, now: float) -> float | None:
    """Seconds until the walltime is over: as the batch system says, else counted from now. None: there is no limit."""
    for name in _END:
        said = environ.get(name, "")
        if said.isascii() and said.isdigit():
            return int(said) - now
    return None if job.resources.walltime is None else float(job.resources.walltime)


def nodes_of(batch_system: str, environ: Mapping[str, str], here: str, node_file: str = "") -> PVector[str]:
    """All nodes of the job, as far as variables or the node file tell them, each once, in their order.

    ``here``: this host, which is all that a local job has. ``node_file``: what ``NODE_FILE`` names holds.
    """
    if batch_system == "local":
        return pvector([here])
    if job_id_variable(batch_system) == _JOB_ID["PBS"]:
        return pvector(dict.fromkeys(node_file.split()))
    said = next((environ[name] for name in _SLURM_NODES if environ.get(name)), "")
    return node_names(said) if job_id_variable(batch_system) == _SLURM_JOB_ID else pvector()
