"""Whoever of the queue is killed with -9: jobs go on or are reported as vanished, and the queue goes on."""

import os
import signal
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from qq.core.replacing import replace
from qq.core.request import Request
from qq.core.states import BatchState
from qq.core.troubles import Reason
from qq.shell.batch.local import database, ends, store
from qq.shell.batch.local.client import LocalQueue
from qq.shell.batch.local.entry import REQUEUES
from qq.shell.perform import processes
from tests.shell.batch.local.helpers import (
    MakeQueue,
    MakeRequest,
    Run,
    exists,
    kill_9,
    over,
    parent_of,
    seen,
    supervisor_of,
    until,
    when,
    written,
)


def gated(tmp_path: Path, name: str) -> str:
    """A job that says that it runs and goes on until the directory ``gate`` is gone."""
    (tmp_path / "gate").mkdir(exist_ok=True)
    return f"echo $$ > {tmp_path}/{name}; while [ -d {tmp_path}/gate ]; do sleep 0.01; done; exit 7"


def test_a_new_supervisor_finds_the_jobs_of_the_old_one(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    running = [run(gated(tmp_path, "a")), run(gated(tmp_path, "b"))]
    waiting = run("exit 8")
    written(tmp_path / "a"), written(tmp_path / "b")
    former = supervisor_of(queue)
    kill_9(former)
    assert [seen(queue, job).state for job in running] == [BatchState.RUNNING] * 2
    assert supervisor_of(queue) != former
    assert seen(queue, waiting).state is BatchState.QUEUED
    (tmp_path / "gate").rmdir()
    assert [over(queue, job).exit_code for job in (*running, waiting)] == [7, 7, 8]


def test_a_job_that_ends_while_there_is_no_supervisor(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    """Its parent notes the end, and sees to it that somebody starts what waits."""
    job, waiting = run(gated(tmp_path, "a"), ncpus=2), run(f"echo > {tmp_path}/after")
    written(tmp_path / "a")
    kill_9(supervisor_of(queue))
    (tmp_path / "gate").rmdir()
    written(tmp_path / "after")
    assert (over(queue, job).exit_code, over(queue, waiting).exit_code) == (7, 0)


def test_a_job_whose_parent_is_killed_has_vanished(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    job, waiting = run(gated(tmp_path, "a"), ncpus=2), run("true")
    pid = int(written(tmp_path / "a"))
    kill_9(parent_of(queue, job))
    found = over(queue, job)
    assert (found.state, found.exit_code, found.comment) == (BatchState.FAILED, None, Reason.VANISHED.sentence)
    assert not exists(pid)
    assert over(queue, waiting).state is BatchState.FINISHED


def requeueable(request: Request) -> Request:
    return replace(request, requeue=True)


def test_a_job_that_may_be_requeued_starts_again_under_its_id(
    queue: LocalQueue, request_for: MakeRequest, tmp_path: Path
) -> None:
    request = requeueable(request_for(f"echo $QQ_LOCAL_JOB_ID >> {tmp_path}/ids; {gated(tmp_path, 'a')}"))
    job = queue.submit(request).unwrap()
    for _ in range(2):
        pid = int(written(tmp_path / "a"))
        (tmp_path / "a").unlink()
        kill_9(parent_of(queue, job))
        until(lambda pid=pid: not exists(pid), "what it left to go")  # type: ignore[misc]
    written(tmp_path / "a")
    (tmp_path / "gate").rmdir()
    assert over(queue, job).exit_code == 7
    assert (tmp_path / "ids").read_text().split() == [job] * 3


def test_a_requeued_job_that_vanishes_again_and_again_comes_to_an_end(
    queue: LocalQueue, request_for: MakeRequest, tmp_path: Path
) -> None:
    """Its script kills the parent that the queue gave it, and itself."""
    job = queue.submit(requeueable(request_for(f"echo >> {tmp_path}/starts; kill -9 $PPID $$"))).unwrap()
    assert over(queue, job).comment == Reason.VANISHED.sentence
    assert len((tmp_path / "starts").read_text().split("\n")) - 1 == REQUEUES + 1


@pytest.mark.parametrize("force", [False, True])
def test_a_job_that_the_user_kills_is_not_requeued(
    make_queue: MakeQueue, request_for: MakeRequest, tmp_path: Path, force: bool
) -> None:
    queue = make_queue(kill_wait=1000)
    job = queue.submit(requeueable(request_for(f"trap '' TERM; {gated(tmp_path, 'a')}"))).unwrap()
    written(tmp_path / "a")
    parent = parent_of(queue, job)
    if force:
        os.kill(parent, signal.SIGSTOP)
    assert queue.kill([job], force=force) == {job: None}
    kill_9(parent)
    assert over(queue, job).comment.startswith(Reason.VANISHED.sentence)


def test_what_a_vanished_job_left_is_ended_first(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    inner = f"setsid sh -c 'echo $$ > {tmp_path}/inner; sleep 1000' &\n"
    job = run(inner + gated(tmp_path, "a"))
    pids = [int(written(tmp_path / name)) for name in ("a", "inner")]
    kill_9(parent_of(queue, job))
    over(queue, job)
    assert not any(map(exists, pids))


def test_supervisor_and_parent_killed(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    inner = f"setsid sh -c 'echo $$ > {tmp_path}/inner; sleep 1000' &\n"
    job = run(inner + gated(tmp_path, "a"))
    pids = [int(written(tmp_path / name)) for name in ("a", "inner")]
    kill_9(supervisor_of(queue))
    kill_9(parent_of(queue, job))
    found = over(queue, job)
    assert (found.state, found.comment) == (BatchState.FAILED, Reason.VANISHED.sentence)
    assert not any(map(exists, pids))


def test_a_reboot(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    """A process of the same number and start time, but of another boot, is another one."""
    job = run(gated(tmp_path, "a"))
    written(tmp_path / "a")
    supervisor, parent = supervisor_of(queue), parent_of(queue, job)
    os.kill(parent, signal.SIGSTOP)
    kill_9(supervisor)
    with database.opened(queue.places) as db, database.changing(db):
        db.execute("UPDATE jobs SET boot = 'another'")
    try:
        assert over(queue, job).comment == Reason.VANISHED.sentence
    finally:
        (tmp_path / "gate").rmdir()
        who = processes.identity(parent)
        os.kill(parent, signal.SIGCONT)
        until(lambda: who is None or not processes.alive(who), "the parent to end")
    assert over(queue, job).comment == Reason.VANISHED.sentence


def test_the_job_itself_killed(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    inner = f"setsid sh -c 'echo $$ > {tmp_path}/inner; sleep 1000' &\n"
    job = run(inner + gated(tmp_path, "a"))
    pid, left = (int(written(tmp_path / name)) for name in ("a", "inner"))
    os.kill(pid, signal.SIGKILL)
    found = over(queue, job)
    assert (found.exit_code, found.said) == (137, "exit code 137")
    assert not exists(left)


def test_kill_works_without_a_supervisor(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    job = run(gated(tmp_path, "a"))
    written(tmp_path / "a")
    kill_9(supervisor_of(queue))
    assert queue.kill([job]) == {job: None}
    assert over(queue, job).comment == "killed by the user"


def test_walltime_is_kept_without_a_supervisor(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    job = run(gated(tmp_path, "a"), walltime=1)
    pid = int(written(tmp_path / "a"))
    kill_9(supervisor_of(queue))
    until(lambda: not exists(pid), "the walltime to end the job")
    assert over(queue, job).comment == "the walltime was reached"


def test_an_end_that_could_not_be_written_into_the_table(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    """It stands in a file, which the next supervisor takes over."""
    job = run(gated(tmp_path, "a"))
    written(tmp_path / "a")
    kill_9(supervisor_of(queue))
    kill_9(parent_of(queue, job))
    Path(queue.places.database).rename(tmp_path / "aside")
    ends.note(queue.places, 1, ends.End(7, Reason.WALLTIME, "why", time.time()))
    (tmp_path / "aside").rename(queue.places.database)
    found = over(queue, job)
    assert (found.exit_code, found.comment) == (7, "the walltime was reached: why")
    until(lambda: not Path(queue.places.end(1)).exists(), "the file to be gone")


def _lines(path: Path, count: int) -> bool:
    return path.exists() and len(path.read_text().split()) >= count


def test_a_job_that_was_noted_by_nobody_starts_again(
    make_queue: MakeQueue, request_for: MakeRequest, tmp_path: Path
) -> None:
    """A supervisor killed at any instant loses no job that waits."""
    queue = make_queue(ncpus=1)
    jobs = [queue.submit(request_for(f"echo {n} >> {tmp_path}/ran", token=str(n))).unwrap() for n in range(30)]
    for some in (1, 5, 9, 13):
        until(partial(_lines, tmp_path / "ran", some), f"{some} jobs")
        kill_9(supervisor_of(queue))
        queue.ensure_supervisor()
    found = [over(queue, job) for job in jobs]
    ran = (tmp_path / "ran").read_text().split()
    for n, each in enumerate(found):
        assert ran.count(str(n)) == 1 or each.comment == Reason.VANISHED.sentence
    assert sum(each.state is BatchState.FINISHED for each in found) == len(ran)


def test_a_job_that_submits_another_does_not_take_its_supervisor_with_it(
    make_queue: MakeQueue, request_for: MakeRequest, tmp_path: Path
) -> None:
    """A supervisor that were started below a job would be swept away with it: the job's parent starts one instead."""
    queue = make_queue()
    program = (
        "import sys, time, pathlib\n"
        "from pyrsistent import pvector\n"
        "from qq.core.records.values import Resources\n"
        "from qq.core.request import Request\n"
        "from qq.shell.batch.local.client import LocalQueue\n"
        f"gate = pathlib.Path({str(tmp_path / 'go')!r})\n"
        "while not gate.exists():\n"
        "    time.sleep(0.01)\n"
        f"queue = LocalQueue({queue.places.directory!r}, linger=0.3)\n"
        f"body = '#!/bin/sh\\necho > {tmp_path}/second; while [ ! -e {tmp_path}/on ]; do sleep 0.01; done; exit 7\\n'\n"
        "print(queue.submit(Request(name='n', starter=body, input_dir='/', info_file='/n', token='x', queue='',\n"
        "                           resources=Resources(), output='/dev/null')).unwrap())\n"
    )
    (tmp_path / "submit.py").write_text(program)
    job = queue.submit(request_for(f"exec {sys.executable} {tmp_path}/submit.py")).unwrap()
    when(queue, job, BatchState.RUNNING)
    kill_9(supervisor_of(queue))
    (tmp_path / "go").touch()
    written(tmp_path / "second")
    assert over(queue, job).exit_code == 0
    assert (tmp_path / "input" / "out").read_text() == "2.local\n"
    (tmp_path / "on").touch()  # only now: what is swept away with the first one would be gone
    assert over(queue, "2.local").exit_code == 7
    with database.opened(queue.places) as db:
        row = store.by_number(db, 2)
    assert row is not None
