"""Sizes, walltimes, modes, dependencies, properties and resources: what is written can be read; nothing raises."""

from collections.abc import Callable

import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from msgspec.structs import fields
from pyrsistent import PMap, PVector, pvector

from property_tests.strategies.jobs import dependencies, modes, props, resources, sizes, texts, unknown_values, vectors
from qq.core.records.fields import thawed
from qq.core.records.parse import (
    format_walltime,
    parse_depend,
    parse_modes,
    parse_props,
    parse_size,
    parse_walltime,
)
from qq.core.records.resources import merge_resources, resolve_resources
from qq.core.records.values import Dependency, Modes, Resources, Size
from qq.core.result import Failure, Faults, Result, Success

PARSERS = (parse_size, parse_walltime, parse_modes, parse_depend, parse_props)


@given(sizes(), st.integers(1, 10 * 366 * 86400))
def test_sizes_and_walltimes_are_read_as_they_were_written(size: Size, seconds: int) -> None:
    assert parse_size(str(size), "") == Success(size)
    assert parse_walltime(format_walltime(seconds), "") == Success(seconds)


@given(modes(), vectors(dependencies()), props())
def test_lists_of_words_are_read_as_they_were_written(
    some: Modes, depend: PVector[Dependency], properties: PMap[str, str]
) -> None:
    if some.words:
        assert parse_modes(str(some), "") == Success(some)
    if depend:
        assert parse_depend(" ".join(str(one) for one in depend), "") == Success(depend)
    assert parse_props(properties, "") == Success(properties)


@pytest.mark.parametrize("parse", PARSERS)
@given(
    raw=texts() | st.from_regex(r"[0-9.]{0,4} ?[a-z:=^]{0,3}[0-9]{0,2}", fullmatch=True) | unknown_values().map(thawed)
)
def test_anything_gives_a_value_or_faults_at_its_place(
    parse: Callable[[object, str], Result[object, Faults]], raw: object
) -> None:
    result = parse(raw, "place")
    event(type(result).__name__)
    if isinstance(result, Failure):
        assert all(one.place.startswith("place") and one.words for one in result.failure())


@given(st.lists(resources(), max_size=4))
def test_merging_is_associative_and_takes_whole_groups(sources: list[Resources]) -> None:
    merged = merge_resources(sources)
    assert merge_resources([merge_resources(sources[:2]), merge_resources(sources[2:])]) == merged
    assert merge_resources([merged, *sources]) == merged


@given(resources())
def test_resolving_gives_totals_that_nodes_can_share_and_is_done_once(asked: Resources) -> None:
    resolved = resolve_resources(asked)
    event(type(resolved).__name__)
    if isinstance(resolved, Failure):
        assert {one.place for one in resolved.failure()} <= {"ncpus", "ngpus"}
        return
    total = resolved.unwrap()
    assert [f.name for f in fields(total) if "_per_" in f.name and getattr(total, f.name) is not None] == []
    assert total.nnodes is not None and total.ncpus is not None
    assert total.ncpus % total.nnodes == 0 and (total.ngpus or 0) % total.nnodes == 0
    assert resolve_resources(total) == resolved
    assert pvector([total.walltime, total.work_dir, total.props]) == pvector(
        [asked.walltime, asked.work_dir, asked.props]
    )
