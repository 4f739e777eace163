"""What a batch system gives to a job that does not say, and what it allows: it counts at submission (SPEC 2)."""

from msgspec import Struct

from qq.core.records.site import Site
from qq.core.records.values import Resources
from qq.core.replacing import replace


class BatchDefaults(Struct, frozen=True, kw_only=True):
    """As far as the batch system tells it; None, and what stands in no ``Resources``: it does not say."""

    queue: Resources = Resources()
    """What a job of the queue that was asked about gets."""
    server: Resources = Resources()
    """What a job of any queue gets."""
    default_queue: str | None = None
    kill_wait: float | None = None
    """Seconds between the batch system's TERM and its KILL."""
    max_walltime: int | None = None
    """Seconds: no job of that queue may ask for more."""


def at_site(site: Site, said: BatchDefaults) -> Site:
    """The site as it travels in the record: what the cluster itself says is better known than what a table says."""
    return replace(
        site,
        default_queue=site.default_queue or said.default_queue,
        kill_wait=site.kill_wait if said.kill_wait is None else said.kill_wait,
    )


def too_long(walltime: int | None, queue: str, said: BatchDefaults) -> str | None:
    """A warning if the queue allows less walltime than is asked for."""
    if walltime is None or said.max_walltime is None or walltime <= said.max_walltime:
        return None
    return f"the queue {queue} allows {said.max_walltime // 3600} h of walltime, {-(-walltime // 3600)} h are asked for"
