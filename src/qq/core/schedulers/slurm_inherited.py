"""What a job inherits through sbatch: the submitter's environment, but nothing that belongs to one job."""

import re
from collections.abc import Mapping

from qq.core.script_environment import handed_on

_OF_SUBMITTER = frozenset({"SBATCH_ACCOUNT", "SBATCH_QOS", "SBATCH_RESERVATION", "SBATCH_WCKEY", "SBATCH_DEBUG"})
"""Settings of sbatch that only say on whose behalf; all others would ask for what qq has not asked for."""
_OF_ONE_JOB = re.compile(
    "SLURM_(?:JOB|ARRAY_|HET_|STEP|SRUN_|CPUS_|GPUS|GTIDS|LAUNCH_|LOCALID|MEM_PER_|NNODES|NODEID|NODELIST|NODE_ALIASES"
    "|NPROCS|NTASKS|TASKS_PER_NODE|TASK_PID|PRIO_PROCESS|PROCID|RESTART_COUNT|SUBMIT_|TOPOLOGY_|TRES_|UMASK|RLIMIT_"
    "|EXPORT_ENV|GET_USER_ENV|DISTRIBUTION|DIST_|THREADS_PER_CORE|OVERCOMMIT|PROFILE|CLUSTER_NAME|WORKING_CLUSTER"
    "|SHARDS_|SCRIPT_CONTEXT|OOM_KILL|CPU_BIND|MEM_BIND).*|SLURMD_.*|SLURM_CONTAINER.*"
)
"""What Slurm sets in a job: one that submits the next does not hand it on, or ``srun`` there stumbles over it."""


def sbatch_environment(environ: Mapping[str, str], request: Mapping[str, str]) -> dict[str, str]:
    """The environment for sbatch, which the job inherits: the submitter's, and over it what the request says."""
    return handed_on({name: value for name, value in environ.items() if _travels(name)}, request)


def _travels(name: str) -> bool:
    return name in _OF_SUBMITTER or not (name.startswith("SBATCH_") or _OF_ONE_JOB.fullmatch(name))
