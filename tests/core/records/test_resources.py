"""Merging what several sources ask for, and turning it into totals."""

import pytest
from msgspec.structs import fields
from pyrsistent import pmap, pvector

from qq.core.records.resources import RESOURCE_GROUPS, merge_resources, per_node, resolve_resources
from qq.core.records.values import Resources, Size
from qq.core.result import Fault, Success, failed

GB = 1024**2


def test_the_groups_are_all_fields() -> None:
    assert sorted(name for group in RESOURCE_GROUPS for name in group) == sorted(
        field.name for field in fields(Resources)
    )


def test_all_fields_of_a_group_come_from_the_first_source_that_sets_any_of_them() -> None:
    script = Resources(mem_per_cpu=Size(GB), ncpus=8)
    site = Resources(mem=Size(4 * GB), mem_per_node=Size(4 * GB), ncpus_per_node=128, walltime=86400)
    assert merge_resources([script, site]) == Resources(mem_per_cpu=Size(GB), ncpus=8, walltime=86400)


def test_properties_come_whole_from_one_source_and_an_empty_one_says_nothing() -> None:
    first, second = Resources(), Resources(props=pmap({"a": "true"}))
    third = Resources(props=pmap({"b": "true"}), nnodes=2)
    assert merge_resources([first, second, third]) == Resources(props=pmap({"a": "true"}), nnodes=2)


def test_zero_is_something_that_was_said() -> None:
    merged = merge_resources([Resources(ngpus=0, work_size=Size(0)), Resources(ngpus=2, work_size=Size(GB))])
    assert merged == Resources(ngpus=0, work_size=Size(0))


def test_no_source_says_nothing() -> None:
    assert merge_resources([]) == Resources()


def test_the_total_beats_per_node_beats_per_cpu() -> None:
    asked = Resources(
        nnodes=2,
        ncpus=8,
        ncpus_per_node=100,
        ngpus_per_node=3,
        mem=Size(7),
        mem_per_node=Size(100),
        mem_per_cpu=Size(1000),
        work_size_per_node=Size(5),
        work_size_per_cpu=Size(1000),
        walltime=60,
        work_dir="scratch",
        props=pmap({"a": "true"}),
    )
    assert resolve_resources(asked) == Success(
        Resources(
            nnodes=2,
            ncpus=8,
            ngpus=6,
            mem=Size(7),
            work_size=Size(10),
            walltime=60,
            work_dir="scratch",
            props=pmap({"a": "true"}),
        )
    )


def test_per_cpu_counts_all_cpus() -> None:
    asked = Resources(nnodes=2, ncpus_per_node=4, mem_per_cpu=Size(GB), work_size_per_cpu=Size(3))
    assert resolve_resources(asked) == Success(Resources(nnodes=2, ncpus=8, mem=Size(8 * GB), work_size=Size(24)))


def test_if_nobody_says_it_is_one_node_with_one_cpu_and_nothing_else() -> None:
    assert resolve_resources(Resources()) == Success(Resources(nnodes=1, ncpus=1))
    assert resolve_resources(Resources(nnodes=3)) == Success(Resources(nnodes=3, ncpus=3))


@pytest.mark.parametrize(("place", "expected"), [("", "ncpus"), ("resources", "resources.ncpus")])
def test_cpus_and_gpus_that_nodes_can_not_share_evenly_are_faults(place: str, expected: str) -> None:
    faults = failed(resolve_resources(Resources(nnodes=3, ncpus=8, ngpus=4), place))
    gpus = expected.replace("ncpus", "ngpus")
    assert faults == pvector(
        [
            Fault(expected, "8 can't be shared evenly by 3 nodes; say ncpus-per-node"),
            Fault(gpus, "4 can't be shared evenly by 3 nodes; say ngpus-per-node"),
        ]
    )


def test_the_share_of_a_node_is_rounded_up() -> None:
    assert per_node(Size(10), 3) == Size(4)
    assert per_node(Size(9), 3) == Size(3)
