"""What a job asks for, from several sources, and as totals (SPEC 4, "Resources")."""

from collections.abc import Sequence
from typing import Any

from pyrsistent import pvector

from qq.core.records.values import Resources, Size
from qq.core.replacing import replace
from qq.core.result import Failure, Fault, Faults, Result, Success

RESOURCE_GROUPS = (
    ("nnodes",),
    ("ncpus", "ncpus_per_node"),
    ("mem", "mem_per_node", "mem_per_cpu"),
    ("ngpus", "ngpus_per_node"),
    ("walltime",),
    ("work_dir",),
    ("work_size", "work_size_per_node", "work_size_per_cpu"),
    ("props",),
)
"""Fields that say the same thing in several ways; together they are all fields. The first one given wins."""


def merge_resources(sources: Sequence[Resources]) -> Resources:
    """All fields of a group come from the first source that sets any of them."""
    values: dict[str, Any] = {}
    for group in RESOURCE_GROUPS:
        for source in sources:
            if any(_said(source, name) for name in group):
                values |= {name: getattr(source, name) for name in group}
                break
    return replace(Resources(), **values)


def _said(source: Resources, name: str) -> bool:
    value = getattr(source, name)
    return value is not None and (name != "props" or bool(value))


def resolve_resources(resources: Resources, place: str = "") -> Result[Resources, Faults]:
    """Totals only: nothing is per node or per cpu any more. If nobody says, one node and one cpu on each.

    Whatever else nobody asked for stays None. A fault: cpus or gpus that the nodes can't share evenly.
    """
    nnodes = resources.nnodes or 1
    ncpus = _count(resources.ncpus, resources.ncpus_per_node or 1, nnodes)
    ngpus = _count(resources.ngpus, resources.ngpus_per_node, nnodes)
    faults = [
        Fault(
            f"{place}.{name}" if place else name,
            f"{total} can't be shared evenly by {nnodes} nodes; say {name}-per-node",
        )
        for name, total in (("ncpus", ncpus), ("ngpus", ngpus))
        if total is not None and total % nnodes
    ]
    if faults:
        return Failure(pvector(faults))
    return Success(
        Resources(
            nnodes=nnodes,
            ncpus=ncpus,
            mem=_amount(resources.mem, resources.mem_per_node, resources.mem_per_cpu, nnodes, ncpus),
            ngpus=ngpus,
            walltime=resources.walltime,
            work_dir=resources.work_dir,
            work_size=_amount(
                resources.work_size, resources.work_size_per_node, resources.work_size_per_cpu, nnodes, ncpus
            ),
            props=resources.props,
        )
    )


def per_node(total: Size, nnodes: int) -> Size:
    """The share of one node, rounded up."""
    return Size(-(-total.kb // nnodes))


def _count(total: int | None, each: int | None, nnodes: int) -> int | None:
    if total is not None:
        return total
    return None if each is None else each * nnodes


def _amount(total: Size | None, node: Size | None, cpu: Size | None, nnodes: int, ncpus: int | None) -> Size | None:
    if total is not None:
        return total
    if node is not None:
        return Size(node.kb * nnodes)
    return None if cpu is None else Size(cpu.kb * (ncpus or nnodes))
