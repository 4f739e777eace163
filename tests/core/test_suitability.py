"""Which command makes sense for which job; where it does not, a sentence says why."""

from datetime import datetime
from typing import assert_never

import pytest
from pyrsistent import pvector

from qq.core.evidence import Absent, Evidence, NotAnswered, Seen
from qq.core.records.job import JobInfo, WhyFailed
from qq.core.records.values import Dependency, Modes
from qq.core.replacing import replace
from qq.core.result import failed
from qq.core.states import BatchState, RealState, RecordState
from qq.core.suitability import (
    LIVE,
    Verdict,
    can_clear,
    can_kill,
    can_recover,
    can_respawn,
    can_sync,
    can_wait,
    can_wipe,
    synchronized,
)
from tests.core.jobs import a_job, a_loop_job

NOW = datetime(2026, 1, 2, 3, 4, 5)
SCRATCH = "/scratch/1"
ON_SCRATCH = {"work_dir": SCRATCH, "main_node": "node"}


def says(verdict: Verdict, *words: str) -> None:
    why = failed(verdict)
    if not words:
        assert why is None
        return
    assert why is not None
    assert all(word in why for word in words), why


def seen(state: BatchState) -> Evidence:
    return Seen(job_id="1.local", state=state)


@pytest.mark.parametrize("state", RealState)
def test_a_job_with_results_on_scratch_is_synced_in_every_state_but_those_before_its_start(state: RealState) -> None:
    verdict = can_sync(a_job(**ON_SCRATCH), state)
    match state:
        case RealState.QUEUED | RealState.BOOTING | RealState.HELD | RealState.WAITING:
            says(verdict, str(state), "no working directory yet")
        case (
            RealState.RUNNING
            | RealState.SUSPENDED
            | RealState.EXITING
            | RealState.FINISHED
            | RealState.FAILED
            | RealState.KILLED
            | RealState.INCONSISTENT
            | RealState.UNKNOWN
        ):
            says(verdict)
        case _:
            assert_never(state)


@pytest.mark.parametrize(
    ("job", "state", "words"),
    [
        (a_job(work_dir="/home/ada/job"), RealState.RUNNING, "works in its input directory"),
        (a_job(**ON_SCRATCH, delivered=NOW), RealState.FINISHED, "synchronized"),
        (a_job(), RealState.KILLED, "killed before"),
        (a_job(), RealState.FAILED, "nowhere to fetch from"),
        (a_job(work_dir=SCRATCH), RealState.FAILED, "nowhere to fetch from"),
        (a_job(**ON_SCRATCH, script_exit_code=0), RealState.RUNNING, "on their way"),
    ],
)
def test_why_a_job_is_not_synced(job: JobInfo, state: RealState, words: str) -> None:
    says(can_sync(job, state), words)


def test_results_that_no_mode_brings_home_can_be_fetched_while_the_job_ends() -> None:
    never = Modes(("never",))
    says(can_sync(a_job(**ON_SCRATCH, script_exit_code=0, transfer_mode=never), RealState.RUNNING))


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (a_job(), False),
        (a_job(work_dir="/home/ada/job", delivered=NOW), False),
        (a_job(**ON_SCRATCH, exit_code=0), False),
        (a_job(**ON_SCRATCH, delivered=NOW), True),
        (a_job(**ON_SCRATCH, exit_code=0, settings=None), True),
        (a_job(**ON_SCRATCH, exit_code=1, settings=None), False),
        (a_job(**ON_SCRATCH, settings=None), False),
    ],
)
def test_synchronized(job: JobInfo, expected: bool) -> None:
    assert synchronized(job) is expected


@pytest.mark.parametrize("state", RealState)
def test_only_live_jobs_are_killed_but_any_by_force(state: RealState) -> None:
    says(can_kill(a_job(), state, force=True))
    says(can_kill(a_job(), state), *(() if state in LIVE else (str(state), "--force")))


@pytest.mark.parametrize("state", [BatchState.RUNNING, BatchState.EXITING])
@pytest.mark.parametrize("can", [can_clear, can_respawn, can_wipe, can_recover])
def test_nothing_is_undone_while_the_batch_system_still_runs_it(can: object, state: BatchState) -> None:
    job = a_job(**ON_SCRATCH, state=RecordState.FAILED)
    assert callable(can)
    says(can(job, seen(state)), "exiting")
    says(can(job, NotAnswered("timeout")), "timeout")


@pytest.mark.parametrize(
    ("record", "evidence", "clear", "respawn", "wipe"),
    [
        (RecordState.FAILED, Absent(), True, True, True),
        (RecordState.KILLED, Absent(), True, True, True),
        (RecordState.FINISHED, Absent(), False, False, True),
        (RecordState.RUNNING, Absent(), True, False, False),
        (RecordState.QUEUED, seen(BatchState.QUEUED), False, False, False),
    ],
)
def test_what_can_be_undone(record: RecordState, evidence: Evidence, clear: bool, respawn: bool, wipe: bool) -> None:
    job = a_job(**ON_SCRATCH, state=record)
    for can, expected in ((can_clear, clear), (can_respawn, respawn), (can_wipe, wipe)):
        says(can(job, evidence), *(() if expected else ("is ",)))
        says(can(job, evidence, force=True))


def test_what_contradicts_itself_names_what_to_do_first() -> None:
    job = a_job(**ON_SCRATCH, state=RecordState.RUNNING)
    for can in (can_respawn, can_wipe):
        says(can(job, Absent()), "is in an inconsistent state; next: qq recover 1.local (--force overrides)")
    asked_for = a_job(depend=pvector([Dependency("afterok", pvector(["5.local"]))]))
    says(can_respawn(asked_for, seen(BatchState.FAILED)), "next: qq clear, then qq submit")


def test_results_that_are_due_at_home_are_not_dropped_unasked() -> None:
    job = a_job(**ON_SCRATCH, state=RecordState.FAILED, script_exit_code=0, failure=WhyFailed(41, "full"))
    dead = replace(job, state=RecordState.RUNNING, failure=None)
    for can in (can_clear, can_respawn, can_wipe):
        says(can(job, Absent()), "qq recover")
        says(can(dead, Absent()), "qq recover")
        says(can(job, Absent(), force=True))


def test_results_whose_directory_is_gone_are_not_waited_for() -> None:
    job = a_job(**ON_SCRATCH, state=RecordState.FAILED, script_exit_code=0, failure=WhyFailed(40, "it is gone"))
    for can in (can_clear, can_respawn, can_wipe, can_recover):
        says(can(job, Absent()))


def test_an_input_directory_is_never_wiped() -> None:
    says(can_wipe(a_job(work_dir="/home/ada/job"), Absent(), force=True), "never deleted")
    says(can_wipe(a_job(), Absent(), force=True), "no working directory")


def test_of_a_job_that_waited_in_vain_it_is_said_what_helps_and_force_does_not() -> None:
    job, gone = a_job(depend=pvector([Dependency("afterok", pvector(["5.local"]))])), seen(BatchState.FAILED)
    words = str(failed(can_respawn(job, gone)))
    assert words.startswith("never started: a job it depends on") and "next: qq clear, then qq submit" in words
    assert "--force" not in words
    assert failed(can_respawn(job, gone, force=True)) is None  # the batch system may have forgotten what it waited for


@pytest.mark.parametrize(
    ("job", "evidence", "words"),
    [
        (a_job(state=RecordState.RUNNING), Absent(), ()),
        (a_job(), Absent(), ()),
        (a_loop_job(state=RecordState.FINISHED), Absent(), ()),
        (a_job(state=RecordState.FAILED, script_exit_code=0), Absent(), ()),
        (a_job(), seen(BatchState.QUEUED), ("live",)),
        (a_job(state=RecordState.KILLED), Absent(), ("nothing to recover",)),
        (a_job(state=RecordState.FAILED), Absent(), ("nothing to recover",)),
        (
            a_job(depend=pvector([Dependency("afterok", pvector(["5.local"]))])),
            seen(BatchState.FAILED),
            ("never started", "a job it depends on can't end as it would have to", "qq clear, then qq submit"),
        ),
    ],
)
def test_what_recovery_looks_at(job: JobInfo, evidence: Evidence, words: tuple[str, ...]) -> None:
    says(can_recover(job, evidence), *words)


@pytest.mark.parametrize("state", RealState)
def test_an_end_that_nobody_can_tell_is_not_waited_for(state: RealState) -> None:
    hopeless = state in (RealState.INCONSISTENT, RealState.UNKNOWN)
    says(can_wait(a_job(), state), *((str(state),) if hopeless else ()))
