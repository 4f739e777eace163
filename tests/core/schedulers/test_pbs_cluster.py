"""Queues, the server and nodes of PBS."""

import pytest
from pyrsistent import pmap

from qq.core.batch_defaults import BatchDefaults
from qq.core.cluster import NodeState
from qq.core.records.values import Resources, Size
from qq.core.schedulers.pbs_nodes import node_state, parse_nodes
from qq.core.schedulers.pbs_queues import defaults_of, job_counts, parse_queues, parse_server
from tests.recorded import recording

QUEUES = {queue.name: queue for queue in parse_queues(recording("pbs", "qstat_Qfw").out, default="workq")}


def test_queues() -> None:
    assert dict(QUEUES["workq"].jobs) == {"queued": 1, "held": 2, "waiting": 1, "running": 1}
    assert (QUEUES["workq"].total, QUEUES["workq"].is_default, QUEUES["workq"].only_for) == (5, True, None)
    assert (QUEUES["long"].priority, QUEUES["long"].most, QUEUES["long"].least) == (
        20,
        Resources(walltime=86400),
        Resources(walltime=5),
    )
    assert (QUEUES["closed"].accepts, QUEUES["closed"].starts) == (False, False)
    assert list(QUEUES["private"].only_for or ()) == ["user:pbsother"]
    assert list(QUEUES["route"].routes_to) == ["workq", "long"]


def test_what_is_not_said_of_a_queue() -> None:
    (queue,) = parse_queues("Queue: q\n    kill_delay = 3\n    acl_group_enable = True\n    acl_groups = a, b\n")
    assert (queue.accepts, queue.kill_wait, list(queue.only_for or ())) == (False, 3, ["group:a", "group:b"])
    assert job_counts("Transit:0 Queued:1 Begun:2 Running:3 Other:4") == pmap({"queued": 1, "running": 5})


def test_defaults_of_a_queue_and_its_server() -> None:
    server = parse_server(recording("pbs", "qstat_Bf").out)
    assert defaults_of(server, QUEUES.values(), "long") == BatchDefaults(
        server=Resources(ncpus=1, walltime=3600), default_queue="workq", max_walltime=86400
    )
    (queue,) = parse_queues("Queue: q\n    kill_delay = 3\n    resources_default.mem = 1gb\n")
    said = defaults_of(None, [queue], "q")
    assert (said.kill_wait, said.queue.mem, said.default_queue) == (3.0, Size(1 << 20), None)
    assert defaults_of(None, [], "q") == BatchDefaults()


@pytest.mark.parametrize(
    ("words", "given", "has", "state"),
    [
        ("free", 0, 8, NodeState.FREE),
        ("free", None, None, NodeState.FREE),
        ("free", 3, 8, NodeState.BUSY),
        ("free", 8, 8, NodeState.FULL),
        ("job-exclusive", 1, 8, NodeState.FULL),
        ("job-busy", 8, 8, NodeState.FULL),
        ("offline", 0, 8, NodeState.CLOSED),
        ("offline,job-busy", 8, 8, NodeState.CLOSED),
        ("down", 0, 8, NodeState.DOWN),
        ("state-unknown,down", 0, 8, NodeState.DOWN),
        ("state-unknown", 0, 8, NodeState.UNKNOWN),
        ("something-new", 0, 8, NodeState.UNKNOWN),
        ("", 0, 8, NodeState.UNKNOWN),
    ],
)
def test_what_a_node_is_good_for(words: str, given: int | None, has: int | None, state: NodeState) -> None:
    assert node_state(words, given, has) is state


def test_nodes() -> None:
    one, two, three = parse_nodes(recording("pbs", "multinode_pbsnodes_a_down").out)
    assert (one.name, one.state, one.has.ncpus, one.given.ncpus) == ("pbshost", NodeState.FREE, 8, 0)
    assert (one.has.scratch, list(one.props)) == (pmap({"scratch_local": Size(50 << 20)}), ["scratch_shm"])
    assert (two.state, list(two.jobs), two.comment) == (
        NodeState.DOWN,
        ["221.pbshost"],
        "node down: communication closed",
    )
    assert three.state is NodeState.FREE


def test_properties_and_queues_of_a_node() -> None:
    text = "n1\n     state = free\n     resources_available.cl_x = True\n     resources_available.os = debian12\n"
    (node,) = parse_nodes(f"{text}     resources_available.Qlist = a,b\n     resources_available.ngpus = -1\n")
    assert (list(node.props), list(node.queues), node.has.ngpus) == (["cl_x", "os=debian12"], ["a", "b"], None)
    (node,) = parse_nodes(f"{text}     queue = q\n")
    assert list(node.queues) == ["q"]
