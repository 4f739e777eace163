"""The embedded queue as a cluster: one queue, one node."""

import pytest

from qq.core.cluster import NodeState, free
from qq.core.evidence import Seen
from qq.core.records.values import Resources, Size
from qq.core.schedulers.local import Capacity
from qq.core.schedulers.local_cluster import node_of, queue_of
from qq.core.states import BatchState

CAPACITY = Capacity(4, 1, 1000)
RUNNING = Seen(job_id="1.local", state=BatchState.RUNNING, ncpus=2, ngpus=1, mem=Size(300))
EXITING = Seen(job_id="2.local", state=BatchState.EXITING, ncpus=1)
QUEUED = Seen(job_id="3.local", state=BatchState.QUEUED, ncpus=4)
OVER = Seen(job_id="4.local", state=BatchState.FINISHED, ncpus=4)


def test_what_runs_is_booked_and_what_waits_is_not() -> None:
    node = node_of(CAPACITY, [RUNNING, EXITING, QUEUED, OVER], "box")
    assert (node.name, node.state, list(node.jobs)) == ("box", NodeState.BUSY, ["1.local", "2.local"])
    assert (free(node).ncpus, free(node).ngpus, free(node).mem) == (1, 0, Size(700))


@pytest.mark.parametrize(
    ("jobs", "state"),
    [([], NodeState.FREE), ([QUEUED], NodeState.FREE), ([RUNNING], NodeState.BUSY), ([RUNNING] * 2, NodeState.FULL)],
)
def test_a_machine_is_full_when_its_cpus_are_booked(jobs: list[Seen], state: NodeState) -> None:
    assert node_of(CAPACITY, jobs, "box").state is state


def test_the_queue_counts_what_is_not_over_and_allows_what_the_machine_has() -> None:
    queue = queue_of(CAPACITY, [RUNNING, EXITING, QUEUED, OVER], "box")
    assert dict(queue.jobs) == {"running": 1, "exiting": 1, "queued": 1}
    assert (queue.name, queue.is_default, list(queue.nodes)) == ("default", True, ["box"])
    assert queue.most == Resources(nnodes=1, ncpus=4, ngpus=1, mem=Size(1000))
