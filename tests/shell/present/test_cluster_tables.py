"""Tables of queues and nodes: what is shown, at which width, and that nobody's words steer the terminal."""

import io

import pytest
from pyrsistent import pvector
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from qq.core.cluster import Node, NodeState, Queue
from qq.core.replacing import replace
from qq.core.schedulers import pbs_nodes, slurm_cluster
from qq.core.schedulers.pbs_queues import parse_queues
from qq.shell.present.cluster_tables import nodes_table, queues_table
from tests.core.schedulers.slurm_recordings import out_of
from tests.recorded import recording

QUEUES = parse_queues(recording("pbs", "qstat_Qfw").out, default="workq")
NODES = pbs_nodes.parse_nodes(recording("pbs", "multinode_pbsnodes_a_busy").out)
PARTITIONS = slurm_cluster.parse_partitions(out_of("scontrol_show_partition.txt", "scontrol show partition -o"))
SLURM_NODES = slurm_cluster.parse_nodes(out_of("scontrol_show_node.txt", "scontrol show node -o"))
WIDTHS = [60, 80, 160]


def drawn(table: Table, width: int) -> list[str]:
    out = Console(file=io.StringIO(), width=width, markup=False, emoji=False, highlight=False)
    out.print(table)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue().splitlines()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("queues", "nodes"), [(QUEUES, NODES), (PARTITIONS, SLURM_NODES)])
def test_every_queue_has_its_line_at_every_width(width: int, queues: list[Queue], nodes: list[Node]) -> None:
    lines = drawn(queues_table(queues, nodes, width=width), width)
    assert max(map(cell_len, lines)) <= width
    assert "…" not in "".join(lines)
    for queue in queues:
        assert any(line.startswith(queue.name) for line in lines)
    assert "cpus free" in lines[0]
    assert "walltime" in lines[0]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("nodes", [NODES, SLURM_NODES])
def test_every_node_has_its_line_at_every_width(width: int, nodes: list[Node]) -> None:
    lines = drawn(nodes_table(nodes, width=width), width)
    assert max(map(cell_len, lines)) <= width
    assert "…" not in "".join(lines)
    for node in nodes:
        assert any(line.startswith(node.name) for line in lines)


def test_what_is_free_in_a_partition_is_free_on_its_nodes() -> None:
    _, cpu, long = drawn(queues_table(PARTITIONS, SLURM_NODES, width=160), 160)
    assert "open, default" in cpu
    assert "20 of 24" in cpu
    assert "14 of 16" in long
    assert "336:00:00" in long


def test_queues_of_pbs_say_who_may_use_them_and_what_is_in_them() -> None:
    lines = {line.split()[0]: line for line in drawn(queues_table(QUEUES, NODES, width=200), 200)}
    assert "closed" in lines["closed"]
    assert "user:pbsother" in lines["private"]
    assert "workq, long" in lines["route"]
    assert " of " not in lines["route"]  # it has no nodes
    assert lines["workq"].split()[1:5] == ["open,", "default", "1", "4"]


def test_without_nodes_nothing_is_called_free() -> None:
    assert "free" not in drawn(queues_table(PARTITIONS, [], width=160), 160)[0]


def test_a_node_that_is_down_says_why() -> None:
    down = Node(name="n1", state=NodeState.DOWN, said="DOWN+NOT_RESPONDING")
    assert "DOWN+NOT_RESPONDING" in drawn(nodes_table([down], width=160), 160)[1]
    assert "a new disk" in drawn(nodes_table([replace(down, comment="a new disk")], width=160), 160)[1]


def test_nobodys_words_steer_the_terminal() -> None:
    node = replace(NODES[0], comment="\x1b]0;gone\x07\n[red]x", props=pvector(["a\x1b[2J"]))
    text = "\n".join(drawn(nodes_table([node], width=300), 300))
    assert "\x1b" not in text
    assert "\\e]0;gone\\x07\\n[red]x" in text
    queue = Queue(name="q\x1b[1m", comment="c\rd")
    assert "q\\e[1m" in "\n".join(drawn(queues_table([queue], [], width=300), 300))
