"""Nodes as ``pbsnodes -a`` prints them."""

from collections.abc import Mapping

from pyrsistent import PMap, PVector, pmap, pvector

from qq.core.cluster import Amounts, Node, NodeState
from qq.core.records.values import Size
from qq.core.schedulers.pbs_text import Attributes, integer, node_blocks, size

_DOWN = frozenset({"down", "unresolvable", "Stale", "stale"})
_CLOSED = frozenset({"offline", "maintenance", "provisioning", "wait-provisioning", "sleep", "resv-exclusive"})
_FULL = frozenset({"job-busy", "job-exclusive", "busy"})
_KNOWN = frozenset({"free", "job-sharing"})
_HAS, _GIVEN = "resources_available.", "resources_assigned."
_NO_PROPERTIES = frozenset(
    {"arch", "host", "vnode", "mem", "ncpus", "ngpus", "vmem", "hbmem", "naccelerators", "accelerator_memory", "Qlist"}
)


def parse_nodes(text: str) -> PVector[Node]:
    """All nodes, in PBS's order."""
    return pvector(_node(name, node) for name, node in node_blocks(text) if node)


def _node(name: str, node: Attributes) -> Node:
    has, given = _under(node, _HAS), _under(node, _GIVEN)
    return Node(
        name=name,
        state=node_state(node.get("state", ""), integer(given.get("ncpus")), integer(has.get("ncpus"))),
        said=node.get("state", ""),
        has=_amounts(has),
        given=_amounts(given),
        props=_properties(has),
        queues=pvector(part for part in (has.get("Qlist") or node.get("queue", "")).split(",") if part),
        jobs=pvector(dict.fromkeys(part.strip().partition("/")[0] for part in _list(node.get("jobs", "")))),
        comment=node.get("comment", ""),
    )


def node_state(words: str, given: int | None, has: int | None) -> NodeState:
    """SPEC has no words for nodes: what a user needs is whether a job may start there. The worst word counts."""
    said = frozenset(part.strip() for part in words.split(","))
    if said & _DOWN:
        return NodeState.DOWN
    if said & _CLOSED:
        return NodeState.CLOSED
    if "state-unknown" in said or not said <= _FULL | _KNOWN:
        return NodeState.UNKNOWN
    if said & _FULL or (has and given is not None and given >= has):
        return NodeState.FULL
    return NodeState.BUSY if given else NodeState.FREE


def _under(node: Attributes, prefix: str) -> Mapping[str, str]:
    return {key.removeprefix(prefix): value for key, value in node.items() if key.startswith(prefix)}


def _list(text: str) -> list[str]:
    return [part for part in text.split(",") if part.strip()]


def _amounts(resources: Mapping[str, str]) -> Amounts:
    return Amounts(
        ncpus=_natural(resources.get("ncpus")),
        ngpus=_natural(resources.get("ngpus")),
        mem=size(resources.get("mem")),
        scratch=_scratch(resources),
    )


def _natural(text: str | None) -> int | None:
    number = integer(text)
    return number if number is not None and number >= 0 else None


def _scratch(resources: Mapping[str, str]) -> PMap[str, Size]:
    sizes = {name: size(value) for name, value in resources.items() if name.startswith("scratch_")}
    return pmap({name: amount for name, amount in sizes.items() if amount is not None})


def _properties(resources: Mapping[str, str]) -> PVector[str]:
    """What else it has, as ``--props`` takes it."""
    names = sorted(name for name in resources if name not in _NO_PROPERTIES and size(resources[name]) is None)
    return pvector(name if resources[name] == "True" else f"{name}={resources[name]}" for name in names)
