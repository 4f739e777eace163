"""The queue's own stages in SPEC's words, each with the reason that there is."""

import pytest
from pyrsistent import pvector

from qq.core.schedulers.local import Capacity, LocalJob, Need, Stage
from qq.core.schedulers.local_depend import Impossible, Link, Met, Outlook, Waits
from qq.core.schedulers.local_words import batch_state, cannot, comment, ended_by
from qq.core.states import BatchState
from qq.core.troubles import Reason

MACHINE = Capacity(4, 0, 1000)
WAITS = Waits(pvector([Link("afterok", 12), Link("after", 13)]))


@pytest.mark.parametrize(
    ("job", "prospects", "state", "words"),
    [
        (LocalJob(number=1, stage=Stage.PENDING), Met(), BatchState.QUEUED, ""),
        (LocalJob(number=1, stage=Stage.PENDING, held=True), Met(), BatchState.HELD, "held by its user"),
        (
            LocalJob(number=1, stage=Stage.PENDING),
            WAITS,
            BatchState.HELD,
            "waits for 12.local to end well, 13.local to start",
        ),
        (
            LocalJob(number=1, stage=Stage.PENDING),
            Impossible(Link("afternotok", 12)),
            BatchState.HELD,
            "waited for 12.local to fail",
        ),
        (
            LocalJob(number=1, stage=Stage.PENDING, need=Need(9)),
            Met(),
            BatchState.QUEUED,
            "wants 9 cpus, there are 4 on this machine",
        ),
        (LocalJob(number=1, stage=Stage.RUNNING, started=True), Met(), BatchState.RUNNING, ""),
        (
            LocalJob(number=1, stage=Stage.EXITING, started=True, why=Reason.WALLTIME),
            Met(),
            BatchState.EXITING,
            "the walltime was reached",
        ),
        (LocalJob(number=1, stage=Stage.ENDED, exit_code=0), Met(), BatchState.FINISHED, ""),
        (LocalJob(number=1, stage=Stage.ENDED, exit_code=91), Met(), BatchState.FAILED, ""),
        (
            LocalJob(number=1, stage=Stage.ENDED, why=Reason.DEPENDENCY, detail="waited for 12.local to end well"),
            Met(),
            BatchState.FAILED,
            "a job it depends on can't end as it would have to: waited for 12.local to end well",
        ),
        (
            LocalJob(number=1, stage=Stage.ENDED, why=Reason.VANISHED),
            Met(),
            BatchState.FAILED,
            "the processes of the job vanished",
        ),
        (
            LocalJob(number=1, stage=Stage.ENDED, why=Reason.KILLED_BY_USER, exit_code=143),
            Met(),
            BatchState.FAILED,
            "killed by the user",
        ),
    ],
)
def test_state_and_comment(job: LocalJob, prospects: Outlook, state: BatchState, words: str) -> None:
    assert batch_state(job, prospects) is state
    assert comment(job, prospects, MACHINE) == words


@pytest.mark.parametrize(
    ("need", "words"),
    [
        (Need(1), ""),
        (Need(2), "waits for 2 cpus, there is 1 free; running: 1.local, 2.local, 3.local"),
        (Need(1, mem_kb=900), "waits for 900kb of memory, there is 100kb free; running: 1.local, 2.local, 3.local"),
    ],
)
def test_a_job_that_waits_for_room_says_for_what_and_who_has_it(need: Need, words: str) -> None:
    at_work = [LocalJob(number=number, stage=Stage.RUNNING, need=Need(1, mem_kb=300)) for number in (1, 2, 3)]
    job = LocalJob(number=9, stage=Stage.PENDING, need=need)
    assert comment(job, Met(), MACHINE, at_work) == words
    full = [*at_work, LocalJob(number=4, stage=Stage.EXITING), LocalJob(number=5, stage=Stage.RUNNING)]
    assert comment(job, Met(), MACHINE, full).endswith("none free; running: 1.local, 2.local, 3.local, 2 more")


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (None, "does not know it"),
        (LocalJob(number=1, stage=Stage.PENDING), "is waiting to start"),
        (LocalJob(number=1, stage=Stage.RUNNING), "is running"),
        (LocalJob(number=1, stage=Stage.EXITING), "is ending already"),
        (LocalJob(number=1, stage=Stage.ENDED, exit_code=0), "has ended"),
        (LocalJob(number=1, stage=Stage.ENDED, exit_code=3), "has ended (exit code 3)"),
    ],
)
def test_why_a_command_can_not_have_its_way(job: LocalJob | None, words: str) -> None:
    line = cannot("hold", "1.local", job)
    assert line.startswith("can't hold 1.local: ")
    assert words in line


def test_reasons_are_read_back() -> None:
    assert ended_by(None) is None
    assert ended_by(Reason.VANISHED.number) is Reason.VANISHED
