"""The tables of `qq queues` and `qq nodes`: what is free and what is allowed."""

from collections.abc import Sequence

from msgspec import Struct
from rich.table import Table

from qq.core.amounts import size_text
from qq.core.cluster import Amounts, Node, NodeState, Queue, free, nodes_of, takes_jobs, together
from qq.core.records.values import Resources, Size
from qq.core.states import BatchState
from qq.shell.present.facts import walltime_text
from qq.shell.present.fitting import Column, Layout, fitting_table, used

STYLES = {
    NodeState.FREE: "good",
    NodeState.BUSY: "running",
    NodeState.FULL: "warn",
    NodeState.CLOSED: "waits",
    NodeState.DOWN: "bad",
    NodeState.UNKNOWN: "bad",
}
_AT_WORK = (BatchState.RUNNING, BatchState.SUSPENDED, BatchState.EXITING)


class _Row(Struct, frozen=True):
    """A queue and its nodes, as far as they are known."""

    queue: Queue
    nodes: Sequence[Node]


# --- queues -----------------------------------------------------------------------------------------------------------


def queues_table(queues: Sequence[Queue], nodes: Sequence[Node], *, width: int) -> Table:
    """The queues as rows. ``nodes``: of the whole cluster; none: what is free is not told."""
    rows, columns = queue_columns(queues, nodes)
    return fitting_table(rows, columns, _QUEUES, width=width, style=lambda row: _style(row.queue))


def queue_columns(queues: Sequence[Queue], nodes: Sequence[Node]) -> tuple[list[_Row], list[Column[_Row]]]:
    """The queues with their nodes, and what there is to be shown of them."""
    rows = [_Row(queue, nodes_of(queue, nodes)) for queue in queues]
    return rows, [column for column in _OF_QUEUES if used(column, rows)]


def _queue_state(queue: Queue) -> str:
    opened = "open" if queue.starts else "starts none"
    return f"{opened if queue.accepts else 'closed'}{', default' if queue.is_default else ''}"


def _style(queue: Queue) -> str:
    if not queue.accepts:
        return "bad"
    return "good" if queue.starts else "warn"


def _jobs(queue: Queue, *, at_work: bool) -> str:
    """Nothing where the batch system does not count."""
    found = sum(count for state, count in queue.jobs.items() if (state in _AT_WORK) == at_work)
    return str(found) if queue.jobs else ""


def _limits(allowed: Resources) -> str:
    """What one job may have, but for its walltime."""
    counted = [(allowed.nnodes, "node"), (allowed.ncpus, "cpu"), (allowed.ngpus, "gpu")]
    words = [f"{number} {word}{'s' * (number != 1)}" for number, word in counted if number]
    return ", ".join([*words, *([_size(allowed.mem)] if allowed.mem else [])])


def _least(queue: Queue) -> str:
    walltime = walltime_text(queue.least.walltime)
    return ", ".join(filter(None, [_limits(queue.least), walltime]))


_OF_QUEUES: tuple[Column[_Row], ...] = (
    ("queue", lambda row: row.queue.name),
    ("state", lambda row: _queue_state(row.queue)),
    ("running", lambda row: _jobs(row.queue, at_work=True)),
    ("waiting", lambda row: _jobs(row.queue, at_work=False)),
    ("cpus free", lambda row: _cpus(_left(row.nodes), _whole(row.nodes))),
    ("gpus free", lambda row: _gpus(_left(row.nodes), _whole(row.nodes))),
    ("nodes", lambda row: str(len(row.nodes) or len(row.queue.nodes) or "")),
    ("walltime", lambda row: walltime_text(row.queue.most.walltime)),
    ("if not said", lambda row: walltime_text(row.queue.defaults.walltime)),
    ("at most", lambda row: _limits(row.queue.most)),
    ("at least", lambda row: _least(row.queue)),
    ("priority", lambda row: "" if row.queue.priority is None else str(row.queue.priority)),
    ("only for", lambda row: ", ".join(row.queue.only_for or ())),
    ("hands on to", lambda row: ", ".join(row.queue.routes_to)),
    ("comment", lambda row: row.queue.comment),
)
_QUEUES = Layout(
    folds={"only for": 12, "hands on to": 12, "at most": 12, "comment": 16},
    gives_way=(
        "comment",
        "priority",
        "at least",
        "if not said",
        "hands on to",
        "only for",
        "nodes",
        "at most",
        "gpus free",
        "waiting",
        "running",
    ),
    right=frozenset({"running", "waiting", "cpus free", "gpus free", "nodes", "walltime", "if not said", "priority"}),
)


# --- nodes ------------------------------------------------------------------------------------------------------------


def nodes_table(nodes: Sequence[Node], *, width: int) -> Table:
    """The nodes as rows."""
    return fitting_table(nodes, node_columns(nodes), _NODES, width=width, style=lambda node: STYLES[node.state])


def node_columns(nodes: Sequence[Node]) -> list[Column[Node]]:
    """What there is to be shown of these nodes."""
    return [column for column in _OF_NODES if used(column, nodes)]


def _scratch(node: Node) -> str:
    return ", ".join(f"{kind} {_size(size)}" for kind, size in sorted(free(node).scratch.items()))


def _why(node: Node) -> str:
    """The administrators' words; where there are none and it takes no jobs, those of the batch system."""
    return node.comment or ("" if takes_jobs(node) else node.said)


_OF_NODES: tuple[Column[Node], ...] = (
    ("node", lambda node: node.name),
    ("state", lambda node: str(node.state)),
    ("cpus free", lambda node: _cpus(free(node), node.has)),
    ("gpus free", lambda node: _gpus(free(node), node.has)),
    ("memory free", lambda node: _memory(free(node), node.has)),
    ("jobs", lambda node: str(len(node.jobs) or "")),
    ("scratch free", _scratch),
    ("queues", lambda node: ", ".join(node.queues)),
    ("properties", lambda node: ", ".join(node.props)),
    ("comment", _why),
)
_NODES = Layout(
    folds={"scratch free": 16, "queues": 8, "properties": 16, "comment": 16},
    gives_way=("properties", "queues", "jobs", "scratch free", "comment", "memory free", "gpus free"),
    right=frozenset({"cpus free", "gpus free", "memory free", "jobs"}),
)


# --- amounts ----------------------------------------------------------------------------------------------------------


def _left(nodes: Sequence[Node]) -> Amounts:
    return together(map(free, nodes))


def _whole(nodes: Sequence[Node]) -> Amounts:
    return together(node.has for node in nodes)


def _cpus(left: Amounts, whole: Amounts) -> str:
    return "" if whole.ncpus is None else f"{left.ncpus} of {whole.ncpus}"


def _gpus(left: Amounts, whole: Amounts) -> str:
    return f"{left.ngpus} of {whole.ngpus}" if whole.ngpus else ""


def _memory(left: Amounts, whole: Amounts) -> str:
    return "" if left.mem is None or whole.mem is None else f"{_size(left.mem)} of {_size(whole.mem)}"


def _size(size: Size) -> str:
    return size_text(size.kb * 1024)
