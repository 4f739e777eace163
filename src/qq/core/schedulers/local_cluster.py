"""The embedded queue as a cluster of one queue and one node: what is booked, and what is left."""

from collections import Counter
from collections.abc import Iterable, Sequence

from pyrsistent import pmap, pvector

from qq.core.cluster import Amounts, Node, NodeState, Queue
from qq.core.evidence import Seen, is_over
from qq.core.records.values import Resources, Size
from qq.core.schedulers.local import QUEUE, Capacity
from qq.core.states import BatchState

_BOOKS = frozenset({BatchState.RUNNING, BatchState.SUSPENDED, BatchState.EXITING})


def queue_of(capacity: Capacity, jobs: Iterable[Seen], host: str) -> Queue:
    """The only queue. ``jobs``: of all states; those that are over are not in it any more."""
    return Queue(
        name=QUEUE,
        is_default=True,
        jobs=pmap(Counter(str(job.state) for job in jobs if not is_over(job))),
        nodes=pvector([host]),
        most=Resources(nnodes=1, ncpus=capacity.ncpus, ngpus=capacity.ngpus, mem=Size(capacity.mem_kb)),
    )


def node_of(capacity: Capacity, jobs: Iterable[Seen], host: str) -> Node:
    """This machine: what the queue gives away of it, and what of that is booked."""
    at_work = [job for job in jobs if job.state in _BOOKS]
    given = _booked(at_work)
    return Node(
        name=host,
        state=_state(given.ncpus or 0, capacity.ncpus),
        has=Amounts(ncpus=capacity.ncpus, ngpus=capacity.ngpus, mem=Size(capacity.mem_kb)),
        given=given,
        queues=pvector([QUEUE]),
        jobs=pvector(job.job_id for job in at_work),
    )


def _booked(jobs: Sequence[Seen]) -> Amounts:
    return Amounts(
        ncpus=sum(job.ncpus or 0 for job in jobs),
        ngpus=sum(job.ngpus or 0 for job in jobs),
        mem=Size(sum(job.mem.kb for job in jobs if job.mem)),
    )


def _state(given: int, has: int) -> NodeState:
    if given >= has:
        return NodeState.FULL
    return NodeState.BUSY if given else NodeState.FREE
