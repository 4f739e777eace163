"""What a job needs after its script has ended is loaded before that starts, or, what takes longer, while it starts.

The script may take days. Whoever installs another qq meanwhile must stop neither the results on their way home nor the
chain of cycles.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib import import_module

from qq.core.engines import engine_of
from qq.core.records.job import JobInfo
from qq.core.states import JobType

PERFORMERS = tuple(
    f"qq.shell.perform.{name}" for name in ("copy", "listing", "make", "mark", "place", "record", "remove", "verify")
)
"""What every job needs, and mostly has by then."""
_NEXT = ("qq.shell.perform.submitting", "qq.shell.resubmission")
_AWAY = ("qq.shell.perform.remote", "qq.shell.bring_output")
_ENGINES: Mapping[str, tuple[str, ...]] = {
    "local": ("qq.shell.batch.local.client", "qq.shell.batch.local.entry"),
    "Slurm": ("qq.shell.batch.slurm", "qq.core.schedulers.slurm_inherited", "qq.core.schedulers.slurm_submit"),
    "PBS": ("qq.shell.batch.pbs", "qq.core.schedulers.pbs_environment", "qq.core.schedulers.pbs_submit"),
}
LOCAL_NEXT = _NEXT + _ENGINES["local"]
"""What submits the next job to qq's own queue."""


def needed_after(job: JobInfo, *, away: bool) -> tuple[str, ...]:
    """What this job needs besides. ``away``: something of it is on another host."""
    needed = _AWAY if away else ()
    if job.job_type is JobType.STANDARD:
        return needed
    return needed + _NEXT + _ENGINES.get(engine_of(job.batch_system) or "", ())


def load(modules: Iterable[str]) -> None:
    """Imports them; the second time at no cost. What can't be loaded is missed when it is used."""
    for name in modules:
        with suppress(ImportError):
            import_module(name)
