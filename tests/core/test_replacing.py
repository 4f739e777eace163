"""``replace`` gives a record of the same kind, and leaves the old one as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from property_tests.sweep.jobs import by_name, world_of
from qq.core.replacing import replace


@given(st.sampled_from(["loop", "standard"]), st.integers(), st.none() | st.text())
def test_these_fields_change_and_no_others(case: str, attempt: int, account: str | None) -> None:
    job = by_name(case).job
    changed = replace(job, attempt=attempt, account=account)
    given_anew = {"attempt": attempt, "account": account}
    assert changed == type(job)(**{name: given_anew.get(name, getattr(job, name)) for name in job.__struct_fields__})
    assert job == by_name(case).job


def test_the_copy_is_frozen_too() -> None:
    copy = replace(world_of(by_name("loop")), now=7)
    with pytest.raises(AttributeError):
        copy.now = 8  # type: ignore[misc]
    assert hash(replace(by_name("loop").job)) == hash(by_name("loop").job)


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(TypeError):
        replace(by_name("loop").job, nothing=1)  # type: ignore[call-arg]
