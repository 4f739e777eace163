"""A submission for tests: a script in a directory, a site, and changes to them."""

from datetime import datetime
from typing import Any

from pyrsistent import pmap, pvector

from qq.core.choices import Choices, merge_choices
from qq.core.records.site import Settings, Site
from qq.core.records.values import Resources, Size
from qq.core.replacing import replace
from qq.core.result import Result, failed
from qq.core.states import JobType
from qq.core.submission.circumstances import Circumstances, InputDirectory
from qq.core.submission.new_job import Submission, new_job

LOCAL = Site(
    name="local",
    engine="local",
    batch_system="local",
    scratch=pmap({"scratch_local": pvector(["{cache}/job_{job_id}"])}),
    default_work_dir="scratch_local",
    default_queue="default",
    default_resources=Resources(nnodes=1, ncpus=1, mem_per_cpu=Size(1024**2), walltime=86400),
)
CLUSTER = replace(LOCAL, name="cluster", engine="Slurm", batch_system="Slurm", default_queue=None, found_by="sbatch")

AROUND = Circumstances(
    now=datetime(2026, 1, 2, 3, 4, 5, 678),
    user="ada",
    host="here.cluster.cz",
    token="t1",
    umask=0o027,
    qq_version="0.1.0",
    qq_path="/opt/qq/bin/qq",
    input_shared=False,
    site=LOCAL,
    settings=Settings(),
)
HOME = InputDirectory(path="/home/ada/job", names=frozenset({"run.sh", "input.txt"}))
NOTHING = Choices()
LOOP = Choices(job_type=JobType.LOOP, loop_end=5)


def submission(
    choices: Choices = NOTHING,
    *,
    script: str = "run.sh",
    directory: InputDirectory = HOME,
    around: Circumstances = AROUND,
    **changes: Any,
) -> Result[Submission, Any]:
    """What comes of it; ``changes`` are those of the circumstances."""
    around = replace(around, **changes)
    merged = merge_choices([choices, Choices(resources=around.site.default_resources)])
    return new_job(script, merged, directory, around)


def faults(choices: Choices = NOTHING, **how: Any) -> list[str]:
    """What is wrong with it."""
    wrong = failed(submission(choices, **how))
    return [] if wrong is None else [str(one) for one in wrong]
