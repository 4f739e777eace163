"""Queues and nodes as a batch system describes them, in words that fit every batch system. None: it does not say."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from msgspec import Struct
from pyrsistent import PMap, PVector, pmap, pvector

from qq.core.records.values import Resources, Size


class Queue(Struct, frozen=True, kw_only=True):
    """A queue, or partition: what it takes, and what is in it."""

    name: str
    accepts: bool = True
    """Whether jobs can be submitted to it."""
    starts: bool = True
    """Whether its jobs are started."""
    is_default: bool = False
    routes_to: PVector[str] = pvector()
    """A queue that hands its jobs on to these has no nodes of its own."""
    jobs: PMap[str, int] = pmap()
    """How many jobs are in which state, as ``BatchState`` spells it; states without a job may be left out."""
    priority: int | None = None
    nodes: PVector[str] = pvector()
    """Names of its nodes; none: any node, or it does not say."""
    defaults: Resources = Resources()
    """What a job gets that does not say."""
    least: Resources = Resources()
    most: Resources = Resources()
    """What one job may ask for."""
    only_for: PVector[str] | None = None
    """Who may use it, with what they are before the name (``user:``, ``group:``, ``project:``); None: everybody."""
    kill_wait: int | None = None
    """Seconds between TERM and KILL."""
    comment: str = ""

    @property
    def total(self) -> int:
        """How many jobs are in it."""
        return sum(self.jobs.values())


class NodeState(StrEnum):
    """What a node is good for now."""

    FREE = "free"
    BUSY = "busy"
    """Some of it is given away."""
    FULL = "full"
    CLOSED = "closed"
    """It works, but takes no jobs: offline, draining, reserved."""
    DOWN = "down"
    UNKNOWN = "unknown"


class Amounts(Struct, frozen=True, kw_only=True):
    """Of a node: what it has, or what of that is given away."""

    ncpus: int | None = None
    ngpus: int | None = None
    mem: Size | None = None
    scratch: PMap[str, Size] = pmap()
    """Type of working directory → space."""


class Node(Struct, frozen=True, kw_only=True):
    """A compute node."""

    name: str
    state: NodeState
    said: str = ""
    """The batch system's own words for its state."""
    has: Amounts = Amounts()
    given: Amounts = Amounts()
    props: PVector[str] = pvector()
    """As ``--props`` takes them: ``name`` or ``name=value``; sorted."""
    queues: PVector[str] = pvector()
    """It takes jobs of these only; none: of any, or it does not say."""
    jobs: PVector[str] = pvector()
    """Ids of the jobs on it, each once."""
    comment: str = ""


def free(node: Node) -> Amounts:
    """What a node can still give away; nothing, if it takes no jobs."""
    usable = node.state in (NodeState.FREE, NodeState.BUSY)
    return Amounts(
        ncpus=_left(node.has.ncpus, node.given.ncpus, usable),
        ngpus=_left(node.has.ngpus, node.given.ngpus, usable),
        mem=_size_left(node.has.mem, node.given.mem, usable),
        scratch=pmap(
            {
                name: left
                for name, size in node.has.scratch.items()
                if (left := _size_left(size, node.given.scratch.get(name), usable)) is not None
            }
        ),
    )


def _left(has: int | None, given: int | None, usable: bool) -> int | None:
    return None if has is None else max(0, has - (given or 0)) * usable


def _size_left(has: Size | None, given: Size | None, usable: bool) -> Size | None:
    left = _left(None if has is None else has.kb, None if given is None else given.kb, usable)
    return None if left is None else Size(left)


def takes_jobs(node: Node) -> bool:
    """Whether a job may start there, now or when others have ended."""
    return node.state in (NodeState.FREE, NodeState.BUSY, NodeState.FULL)


def is_usable(queue: Queue, user: str, groups: Iterable[str]) -> bool:
    """Whether this user may submit to it, as far as that can be told: who has which account or project, can not."""
    if not queue.accepts or queue.only_for is None:
        return queue.accepts
    said = [entry.partition(":") for entry in queue.only_for]
    lists = [(names, [entry for of, _, entry in said if of == kind]) for kind, names in _known(user, groups)]
    return bool(said) and all(_lets_in(entries, names) for names, entries in lists if entries)


def _known(user: str, groups: Iterable[str]) -> tuple[tuple[str, frozenset[str]], ...]:
    return ("user", frozenset({user})), ("group", frozenset(groups))


def _lets_in(entries: Sequence[str], names: frozenset[str]) -> bool:
    """The first entry that fits decides; PBS writes ``-name`` for who may not, and a host after ``@``."""
    for entry in entries:
        if entry.lstrip("+-").partition("@")[0] in names | {"", "*"}:
            return not entry.startswith("-")
    return False


def nodes_of(queue: Queue, nodes: Iterable[Node]) -> list[Node]:
    """Those of the nodes that its jobs may start on. A queue that hands its jobs on has none."""
    if queue.routes_to:
        return []
    named = frozenset(queue.nodes)
    return [node for node in nodes if (not named or node.name in named) and queue.name in (node.queues or [queue.name])]


def together(amounts: Iterable[Amounts]) -> Amounts:
    """The sum; None where nobody says anything."""
    every = list(amounts)
    scratch: dict[str, int] = {}
    for each in every:
        scratch |= {kind: scratch.get(kind, 0) + size.kb for kind, size in each.scratch.items()}
    return Amounts(
        ncpus=_sum(each.ncpus for each in every),
        ngpus=_sum(each.ngpus for each in every),
        mem=_size_sum(each.mem for each in every),
        scratch=pmap({kind: Size(kb) for kind, kb in scratch.items()}),
    )


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


def _size_sum(sizes: Iterable[Size | None]) -> Size | None:
    total = _sum(None if size is None else size.kb for size in sizes)
    return None if total is None else Size(total)
