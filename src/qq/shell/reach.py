"""Which of a job's places are in reach of this host's own mounts, and which have to be asked for over ssh."""

from functools import lru_cache

from qq.core.records.job import JobInfo
from qq.shell.here import host_name


def reached_over(job: JobInfo, host: str | None) -> str | None:
    """The host over which scratch of ``host`` is reached; None: by this host's own mounts.

    A local job's directories are here, whatever name a laptop has today.
    """
    shared = job.site is not None and job.site.scratch_shared
    if shared or host is None or job.batch_system == "local" or is_this_host(host):
        return None
    return host


def own_name(job: JobInfo) -> str:
    """What this job's record calls this host."""
    if job.batch_system == "local":
        return job.input_machine
    names = (job.input_machine, *([job.main_node] if job.main_node else []))
    return next(filter(is_this_host, names), host_name())


@lru_cache(maxsize=64)
def is_this_host(name: str) -> bool:
    """Whether a name means this host: hosts are compared by what they resolve to."""
    own = host_name()
    if name == own:
        return True
    addresses = _addresses(name)
    return bool(addresses) and bool(addresses & _addresses(own))


def _addresses(name: str) -> frozenset[str]:
    """Addresses that tell hosts apart; those of the loopback interface do not."""
    import socket

    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return frozenset()
    every = {str(address[0]) for *_, address in found}
    return frozenset(each for each in every if not each.startswith("127.") and each != "::1")
