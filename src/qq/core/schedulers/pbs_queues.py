"""Queues and the server as ``qstat -Qf`` and ``qstat -Bf`` print them."""

import re
from collections.abc import Iterable

from msgspec import Struct
from pyrsistent import PMap, PVector, pmap, pvector

from qq.core.batch_defaults import BatchDefaults
from qq.core.cluster import Queue
from qq.core.records.values import Resources
from qq.core.replacing import replace
from qq.core.schedulers.pbs_text import Attributes, blocks, integer, seconds, size
from qq.core.states import BatchState

_COUNTED = pmap(
    {
        "Transit": BatchState.MOVING,
        "Queued": BatchState.QUEUED,
        "Held": BatchState.HELD,
        "Waiting": BatchState.WAITING,
        "Running": BatchState.RUNNING,
        "Begun": BatchState.RUNNING,
        "Exiting": BatchState.EXITING,
    }
)
_COUNT = re.compile(r"([A-Za-z]+)\s*:\s*([0-9]{1,9})")
_LISTS = (("acl_user_enable", "acl_users", "user"), ("acl_group_enable", "acl_groups", "group"))


class Server(Struct, frozen=True, kw_only=True):
    """A PBS server: what concerns a submission."""

    name: str
    version: str = ""
    default_queue: str | None = None
    keeps_history: bool = True
    defaults: Resources = Resources()


def parse_queues(text: str, default: str | None = None) -> PVector[Queue]:
    """All queues, in PBS's order. ``default``: the name of the server's default queue."""
    queues = (_queue(name, queue) for name, queue in blocks(text, "Queue") if name)
    return pvector(replace(queue, is_default=queue.name == default) for queue in queues)


def parse_server(text: str) -> Server | None:
    """The first server in the text; None: there is none."""
    return next((_server(name, server) for name, server in blocks(text, "Server") if name), None)


def _server(name: str, server: Attributes) -> Server:
    return Server(
        name=name,
        version=server.get("pbs_version", ""),
        default_queue=server.get("default_queue") or None,
        keeps_history=server.get("job_history_enable", "False") == "True",
        defaults=_resources(server, "resources_default"),
    )


def _queue(name: str, queue: Attributes) -> Queue:
    return Queue(
        name=name,
        accepts=queue.get("enabled") == "True",
        starts=queue.get("started") == "True",
        routes_to=pvector(part for part in queue.get("route_destinations", "").split(",") if part),
        jobs=job_counts(queue.get("state_count", "")),
        priority=integer(queue.get("Priority")),
        defaults=_resources(queue, "resources_default"),
        least=_resources(queue, "resources_min"),
        most=_resources(queue, "resources_max"),
        only_for=_only_for(queue),
        kill_wait=_positive(queue.get("kill_delay")),
        comment=queue.get("comment", ""),
    )


def defaults_of(server: Server | None, queues: Iterable[Queue], name: str | None) -> BatchDefaults:
    """What a job of the queue called ``name`` gets and may have; the first of ``queues`` that is called so counts."""
    queue = next((queue for queue in queues if queue.name == name), None)
    return BatchDefaults(
        queue=queue.defaults if queue else Resources(),
        server=server.defaults if server else Resources(),
        default_queue=server.default_queue if server else None,
        kill_wait=None if queue is None or queue.kill_wait is None else float(queue.kill_wait),
        max_walltime=queue.most.walltime if queue else None,
    )


def job_counts(text: str) -> PMap[str, int]:
    """How many jobs are in which state: ``Transit:0 Queued:1 …``; states without a job are left out."""
    counts: dict[str, int] = {}
    for word, number in _COUNT.findall(text):
        if word in _COUNTED and int(number):
            counts[_COUNTED[word].value] = counts.get(_COUNTED[word].value, 0) + int(number)
    return pmap(counts)


def _resources(of: Attributes, prefix: str) -> Resources:
    """What stands under ``resources_max.walltime`` and the like."""
    return Resources(
        nnodes=_positive(of.get(f"{prefix}.nodect")),
        ncpus=_positive(of.get(f"{prefix}.ncpus")),
        ngpus=_positive(of.get(f"{prefix}.ngpus")),
        mem=size(of.get(f"{prefix}.mem")),
        walltime=seconds(of.get(f"{prefix}.walltime")) or None,
    )


def _positive(text: str | None) -> int | None:
    number = integer(text)
    return number if number is not None and number > 0 else None


def _only_for(queue: Attributes) -> PVector[str] | None:
    lists = [(name, queue.get(names, "")) for enabled, names, name in _LISTS if queue.get(enabled) == "True"]
    if not lists:
        return None
    return pvector(f"{kind}:{word.strip()}" for kind, words in lists for word in words.split(",") if word.strip())
