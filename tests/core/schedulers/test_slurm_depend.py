"""What Slurm would not wait for, although it is asked to."""

import pytest
from pyrsistent import pvector

from qq.core.evidence import Seen
from qq.core.records.values import Dependency
from qq.core.schedulers.slurm_depend import disregarded, unknown
from qq.core.states import BatchState

FINISHED, FAILED = BatchState.FINISHED, BatchState.FAILED


def depend(kind: str, *ids: str) -> Dependency:
    return Dependency(kind, pvector(ids))


@pytest.mark.parametrize("seen", ["17", "17_3", "17_[1-4]", "17+0"])
def test_a_part_tells_of_the_whole(seen: str) -> None:
    assert unknown(["17", "17_3", "18"], [Seen(job_id=seen, state=FINISHED)]) == ["18"]


def test_what_nobody_knows_is_named() -> None:
    trouble = disregarded([depend("afterany", "17", "18")], ["17", "18"], [])
    assert trouble is not None and "does not know 17, 18, and would start the job at once" in str(trouble)


@pytest.mark.parametrize(
    ("kind", "state", "met"),
    [
        ("afterok", FINISHED, True),
        ("afterok", FAILED, False),
        ("afternotok", FAILED, True),
        ("afternotok", FINISHED, False),
        ("afterany", FAILED, True),
        ("after", FAILED, True),
    ],
)
def test_what_ended_long_ago_counts_by_how_it_ended(kind: str, state: BatchState, met: bool) -> None:
    trouble = disregarded([depend(kind, "17")], ["17"], [Seen(job_id="17", state=state)])
    assert (trouble is None) == met
    assert met or f"17 has ended, and not as {kind} asks" in str(trouble)


def test_what_the_controller_knows_is_its_own_business() -> None:
    assert disregarded([depend("afterok", "16", "17")], ["17"], [Seen(job_id="17", state=FINISHED)]) is None
