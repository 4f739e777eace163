"""Which failures are tried again, and after how long."""

import pytest
from pyrsistent import pvector

from qq.core.effects import (
    Create,
    CreateRecord,
    Effect,
    Location,
    ReadMark,
    RunScript,
    Say,
    SignalScript,
    StopScript,
    SubmitJob,
    Version,
    WithdrawRecord,
    WriteRecord,
)
from qq.core.records.site import Settings
from qq.core.replacing import replace
from qq.core.retrying import GLANCE, JITTER, TOO_LATE, wait_before_next_try
from qq.core.troubles import Reason, Trouble
from tests.core.jobs import PLAIN

AT = Location("/home/ada/job/run.qqinfo")
WRITE = WriteRecord(AT, PLAIN, Version("t0", 1, "d"))
MAKE = Create(AT)
RECORDS: list[Effect] = [WRITE, CreateRecord(AT, PLAIN), WithdrawRecord(AT, "t0"), SubmitJob(PLAIN, None, pvector())]
NEVER: list[Effect] = [
    RunScript(pvector(["bash", "x"]), "/", "/o", "/e"),
    SignalScript(),
    StopScript(5),
    Say(""),
    WriteRecord(AT, PLAIN, Version("t0", 1, "d"), hurried=True),
]
PASSING = Trouble(Reason.IO_ERROR, "", transient=True)
LASTING = Trouble(Reason.NO_SUCH_FILE, "")


def wait(
    effect: Effect,
    trouble: Trouble = PASSING,
    tries: int = 1,
    *,
    staging_in: bool = False,
    left: float | None = None,
    chance: float = 0.5,
) -> float | None:
    return wait_before_next_try(
        effect, trouble, tries, settings=Settings(), staging_in=staging_in, seconds_left=left, chance=chance
    )


def test_while_staging_in_only_what_may_pass_is_tried_again() -> None:
    assert wait(MAKE, PASSING, staging_in=True) is not None
    assert wait(MAKE, LASTING, staging_in=True) is None


def test_bringing_home_is_always_tried_again() -> None:
    assert wait(MAKE, LASTING) is not None


@pytest.mark.parametrize("effect", RECORDS)
def test_records_and_submissions_are_always_tried_again(effect: Effect) -> None:
    assert wait(effect, LASTING, staging_in=True) is not None


@pytest.mark.parametrize("effect", NEVER)
def test_scripts_and_hurried_writers_are_never_tried_again(effect: Effect) -> None:
    assert wait(effect) is None


@pytest.mark.parametrize("reason", [Reason.BATCH_REFUSED, Reason.DISOWNED, Reason.INTERRUPTED, Reason.BUG])
def test_an_answer_is_no_accident(reason: Reason) -> None:
    assert wait(RECORDS[-1], Trouble(reason, "")) is None
    assert wait(RECORDS[-1], Trouble(reason, "come back later", transient=True)) is not None


def test_waits_grow_and_end_after_the_last_try() -> None:
    assert [wait(MAKE, tries=tries) for tries in (1, 2, 3)] == [300, 450, None]


def test_chance_spreads_the_waits() -> None:
    assert wait(MAKE, chance=0.0) == pytest.approx(240)
    assert wait(MAKE, chance=1.0) == pytest.approx(360)


def test_no_wait_passes_the_walltime() -> None:
    assert wait(MAKE, left=10_000) == 300
    assert wait(MAKE, left=100) == 50
    assert wait(MAKE, left=TOO_LATE) is None


FAR_MARK = ReadMark(Location("/scratch/17/.qq", "node1"), "/scratch/17")
AWAY = Trouble(Reason.HOST_UNREACHABLE, "", transient=True)


def test_a_lost_node_is_asked_once_more_after_a_short_while_when_nothing_depends_on_it() -> None:
    assert wait(FAR_MARK, AWAY, staging_in=True, chance=1.0) == pytest.approx(GLANCE[1] * (1 + JITTER))
    assert wait(FAR_MARK, AWAY, GLANCE[0], staging_in=True) is None


def test_a_node_with_results_to_bring_home_is_waited_for_as_long_as_anything() -> None:
    assert wait(FAR_MARK, AWAY, 2) == wait(MAKE, AWAY, 2)


def test_a_mark_on_this_host_is_read_as_patiently_as_anything() -> None:
    near = ReadMark(AT, "/scratch/17")
    assert wait(near, PASSING, 2, staging_in=True) == wait(MAKE, PASSING, 2, staging_in=True)


def test_shorter_waits_of_the_settings_hold_for_a_lost_node_too() -> None:
    told = wait_before_next_try(
        FAR_MARK,
        AWAY,
        1,
        settings=replace(Settings(), retry_wait=2.0),
        staging_in=True,
        seconds_left=None,
        chance=0.5,
    )
    assert told == pytest.approx(2.0)
