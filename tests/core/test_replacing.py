"""Our ``replace`` is that of ``dataclasses``, for every record that it is used on."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from property_tests.sweep.jobs import by_name, world_of
from qq.core.replacing import replace


@given(st.sampled_from(["loop", "standard"]), st.integers(), st.none() | st.text())
def test_it_is_the_replace_of_dataclasses(case: str, attempt: int, account: str | None) -> None:
    job = by_name(case).job
    changed = replace(job, attempt=attempt, account=account)
    assert changed == dataclasses.replace(job, attempt=attempt, account=account)
    assert type(changed) is type(job)
    assert job == by_name(case).job


def test_the_copy_is_frozen_too() -> None:
    copy = replace(world_of(by_name("loop")), now=7)
    with pytest.raises(dataclasses.FrozenInstanceError):
        copy.now = 8  # type: ignore[misc]
    assert hash(replace(by_name("loop").job)) == hash(by_name("loop").job)


@dataclasses.dataclass(frozen=True, slots=True)
class Slotted:
    """A record that has no dictionary of its own, as most small ones."""

    one: int
    other: str = "b"


def test_records_with_slots_too() -> None:
    record = Slotted(1)
    copy = replace(record, one=2)
    assert (copy, record) == (Slotted(2), Slotted(1))
    with pytest.raises(dataclasses.FrozenInstanceError):
        copy.one = 3  # type: ignore[misc]


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(TypeError):
        replace(by_name("loop").job, nothing=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        replace(Slotted(1), nothing=1)  # type: ignore[call-arg]
