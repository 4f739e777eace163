"""Partitions, nodes and configuration, as scontrol tells them."""

import pytest
from pyrsistent import pvector

from qq.core.cluster import NodeState, free
from qq.core.records.values import Resources, Size
from qq.core.schedulers.slurm_cluster import defaults_of, node_state, parse_config, parse_nodes, parse_partitions
from tests.core.schedulers.slurm_recordings import out_of, text

PARTITIONS = parse_partitions(out_of("scontrol_show_partition.txt", "scontrol show partition -o"))
CONFIG = parse_config(out_of("scontrol_show_config.txt", "scontrol show config"))


def partition(line: str) -> Resources:
    (found,) = parse_partitions(f"PartitionName=p {line}")
    return found.defaults


def test_partitions_are_queues() -> None:
    cpu, long = PARTITIONS
    assert (cpu.name, cpu.is_default, cpu.accepts, cpu.starts, cpu.only_for) == ("cpu", True, True, True, None)
    assert list(cpu.nodes) == ["node1", "node2", "node3"]
    assert cpu.defaults == Resources(walltime=3600)
    assert cpu.most == Resources(walltime=86400)
    assert (long.name, long.is_default, long.most.walltime) == ("long", False, 14 * 86400)


def test_a_partition_of_which_there_is_none() -> None:
    assert parse_partitions(out_of("scontrol_show_partition.txt", "scontrol show partition nosuch")) == []


def test_without_a_default_slurm_gives_all_the_time_that_is_allowed() -> None:
    assert partition("DefaultTime=NONE MaxTime=2-00:00:00").walltime == 172800
    assert partition("DefaultTime=NONE MaxTime=UNLIMITED").walltime is None


def test_memory_of_a_partition() -> None:
    assert partition("DefMemPerCPU=500").mem_per_cpu == Size(512000)
    assert partition("DefMemPerNode=1000").mem_per_node == Size(1024000)
    assert partition("DefMemPerNode=UNLIMITED DefMemPerCPU=0") == Resources()


def test_who_may_use_a_partition_and_whether_it_works() -> None:
    (one,) = parse_partitions("PartitionName=p AllowGroups=a,b AllowAccounts=proj State=DRAIN MinNodes=2 MaxNodes=4")
    assert one.only_for == pvector(["group:a", "group:b", "account:proj"])
    assert (one.accepts, one.starts) == (False, True)
    assert (one.least.nnodes, one.most.nnodes) == (2, 4)


def test_nodes() -> None:
    node1, node2, node3 = parse_nodes(out_of("scontrol_show_node.txt", "scontrol show node -o"))
    assert (node1.name, node1.state, list(node1.props), list(node1.queues)) == (
        "node1",
        NodeState.BUSY,
        ["amd", "local"],
        ["cpu"],
    )
    assert (free(node1).ncpus, free(node1).mem) == (6, Size(7800 * 1024))
    assert node2.state is NodeState.FREE
    assert list(node3.props) == ["amd", "local", "ssd"]
    assert parse_nodes(out_of("scontrol_show_node.txt", "scontrol show node nosuch")) == []


def test_a_node_that_was_switched_off() -> None:
    (node,) = parse_nodes(text("failure-scenarios.txt"))
    assert (node.name, node.state, node.said) == ("node3", NodeState.DOWN, "DOWN+NOT_RESPONDING")
    assert node.comment == "Not responding [slurm@2026-11-22T15:37:25]"


def test_gpus_of_a_node() -> None:
    (node,) = parse_nodes("NodeName=g CfgTRES=cpu=8,gres/gpu=4 AllocTRES=cpu=2,gres/gpu=1 State=MIXED")
    assert (node.has.ngpus, node.given.ngpus) == (4, 1)


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("IDLE", NodeState.FREE),
        ("mixed", NodeState.BUSY),
        ("ALLOCATED", NodeState.FULL),
        ("COMPLETING", NodeState.FULL),
        ("IDLE+DRAIN", NodeState.CLOSED),
        ("MIXED+PLANNED", NodeState.BUSY),
        ("IDLE+CLOUD+POWERED_DOWN", NodeState.FREE),
        ("DOWN+NOT_RESPONDING", NodeState.DOWN),
        ("idle*", NodeState.DOWN),
        ("MAINT+RESERVED", NodeState.CLOSED),
        ("", NodeState.UNKNOWN),
        ("FROB", NodeState.UNKNOWN),
    ],
)
def test_words_for_the_state_of_a_node(said: str, state: NodeState) -> None:
    assert node_state(said) is state


def test_what_a_job_gets_that_does_not_say() -> None:
    found = defaults_of(CONFIG, PARTITIONS, None)
    assert (found.default_queue, found.kill_wait, found.max_walltime) == ("cpu", 3.0, 86400)
    assert found.queue == Resources(walltime=3600)
    assert found.server == Resources(mem_per_cpu=Size(102400))
    assert defaults_of(CONFIG, PARTITIONS, "long").queue.walltime == 86400
    unknown = defaults_of({}, PARTITIONS, "nosuch")
    assert (unknown.queue, unknown.server, unknown.kill_wait) == (Resources(), Resources(), None)
    assert unknown.default_queue == "cpu"
