"""PBS's words for a job become ours."""

import pytest

from qq.core.schedulers.pbs_states import batch_state, comment, exit_code, has_started, stuck
from qq.core.states import BatchState
from qq.core.troubles import Reason

RAN = {"stime": "Sun Nov 22 15:26:36 2026", "exec_host": "n1/0"}


@pytest.mark.parametrize(
    ("letter", "state"),
    [
        ("Q", BatchState.QUEUED),
        ("T", BatchState.MOVING),
        ("M", BatchState.MOVING),
        ("H", BatchState.HELD),
        ("W", BatchState.WAITING),
        ("S", BatchState.SUSPENDED),
        ("U", BatchState.SUSPENDED),
        ("R", BatchState.RUNNING),
        ("B", BatchState.RUNNING),
        ("E", BatchState.EXITING),
        ("?", BatchState.UNKNOWN),
    ],
)
def test_states(letter: str, state: BatchState) -> None:
    assert batch_state({"job_state": letter}) is state
    assert batch_state({}) is BatchState.UNKNOWN


@pytest.mark.parametrize(
    ("status", "substate", "state", "code", "words"),
    [
        ("0", "92", BatchState.FINISHED, 0, ""),
        ("3", "93", BatchState.FAILED, 3, ""),
        ("143", "93", BatchState.FAILED, 143, ""),
        ("271", "91", BatchState.FAILED, 143, ""),
        ("265", "91", BatchState.FAILED, 137, ""),
        ("-29", "93", BatchState.FAILED, None, "the walltime was reached"),
        ("-2", "93", BatchState.FAILED, None, "could not start it on its node"),
        ("-27", "93", BatchState.FAILED, None, "more memory"),
        ("-99", "93", BatchState.FAILED, None, "exit status -99"),
    ],
)
def test_endings(status: str, substate: str, state: BatchState, code: int | None, words: str) -> None:
    job = {**RAN, "job_state": "F", "substate": substate, "Exit_status": status}
    assert (batch_state(job), exit_code(job)) == (state, code)
    assert words in comment(job)
    assert bool(comment(job)) == bool(words)


@pytest.mark.parametrize(
    ("ran", "substate", "words"),
    [
        ({}, "92", "it never ran: a job that it depends on did not end as it had to"),
        ({}, "91", "it was deleted before it ran"),
        ({}, "", "it never ran"),
        (RAN, "91", "it was deleted, and its node did not say how it ended"),
    ],
)
def test_over_without_an_exit_status_is_no_success(ran: dict[str, str], substate: str, words: str) -> None:
    job = {**ran, "job_state": "F", "substate": substate}
    assert (batch_state(job), exit_code(job), comment(job)) == (BatchState.FAILED, None, words)


def test_an_exit_status_of_an_earlier_start_or_of_an_array_says_nothing() -> None:
    assert exit_code({**RAN, "job_state": "H", "Exit_status": "-3"}) is None
    assert exit_code({**RAN, "job_state": "B", "Exit_status": "0"}) is None
    assert exit_code({"stime": "x", "job_state": "F", "Exit_status": "0"}) is None


def test_a_subjob_that_waits_has_not_started_whatever_its_array_did() -> None:
    assert not has_started({**RAN, "job_state": "Q"})
    assert not has_started({"stime": "x", "job_state": "F"})
    assert has_started({"stime": "x", "job_state": "B", "array": "True"})
    assert has_started({**RAN, "job_state": "R"})


def test_a_held_job_says_what_it_waits_for() -> None:
    held = {"job_state": "H", "substate": "22"}
    assert comment({**held, "depend": "afterok:1.s@s"}) == "waits for afterok:1.s@s"
    assert comment(held) == "waits for another job"
    assert comment({"job_state": "H", "substate": "20"}) == ""


def test_what_can_never_run_is_stuck() -> None:
    never = {"job_state": "Q", "comment": "Can Never Run: Insufficient amount of resource: host"}
    assert stuck(never) is Reason.NEVER_STARTS
    assert stuck({**never, "comment": "Not Running: later"}) is None
    assert stuck({**never, "job_state": "R"}) is None
