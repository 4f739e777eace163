"""There is one supervisor where something is to do, it is woken at once, and it goes when it has nothing to do."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from qq._version import VERSION
from qq.core.states import BatchState
from qq.shell.batch.local import database, store, waking
from qq.shell.batch.local.client import LocalQueue
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
    written,
)


def gated(tmp_path: Path) -> str:
    """A job that says that it runs, and goes on until there is a file ``go``."""
    return f"echo > {tmp_path}/runs; while [ ! -e {tmp_path}/go ]; do sleep 0.01; done; exit 7"


def test_it_ends_when_idle_and_the_next_command_starts_another(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    job = run(gated(tmp_path))
    written(tmp_path / "runs")
    former = supervisor_of(queue)
    (tmp_path / "go").touch()
    over(queue, job)
    until(lambda: waking.holder(queue.places) is None, "the supervisor to end")
    assert not waking.wake(queue.places)
    until(lambda: not exists(former), "its process to be gone")
    assert over(queue, run("exit 3")).exit_code == 3


def test_nothing_to_do_no_supervisor(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    assert queue.look(["1"]) is not None
    assert queue.ensure_supervisor() is None
    assert not Path(queue.places.directory).exists()
    over(queue, run("true"))
    until(lambda: waking.holder(queue.places) is None, "the supervisor to end")
    queue.ensure_supervisor()
    assert seen(queue, "1.local").state is BatchState.FINISHED
    assert waking.holder(queue.places) is None


def test_it_stays_while_jobs_run(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    job = run(f"echo > {tmp_path}/runs; sleep 1000")
    written(tmp_path / "runs")
    there = supervisor_of(queue)
    over(queue, run("sleep 0.5"))  # longer than an idle one would stay
    assert supervisor_of(queue) == there
    queue.kill([job])


def test_it_is_woken_at_once(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    """A waiting supervisor would look by itself only after half a minute."""
    job = run(f"echo > {tmp_path}/runs; sleep 1000", ncpus=1)
    written(tmp_path / "runs")
    began = time.monotonic()
    over(queue, run("true", ncpus=1))
    assert time.monotonic() - began < 10
    queue.kill([job])


def test_it_is_nobodys_child_and_holds_nothing_of_the_commands(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        job = run(f"echo > {tmp_path}/runs; sleep 1000")
        written(tmp_path / "runs")
        supervisor, parent = supervisor_of(queue), parent_of(queue, job)
        for pid in (supervisor, parent):
            names = {str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir() if each.is_symlink()}
            assert str(tmp_path / "open") not in names
        assert os.getsid(supervisor) != os.getsid(0)
        assert len({os.getsid(0), os.getsid(supervisor), os.getsid(parent)}) == 3
        assert Path(f"/proc/{supervisor}/fd/0").readlink() == Path("/dev/null")
        assert Path(f"/proc/{supervisor}/cwd").readlink() == Path("/")
    queue.kill([job])


def test_a_parent_keeps_neither_lock_nor_fifo_open(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    job = run(f"echo > {tmp_path}/runs; sleep 1000")
    written(tmp_path / "runs")
    kill_9(supervisor_of(queue))
    assert exists(parent_of(queue, job))
    assert waking.holder(queue.places) is None
    assert not waking.wake(queue.places)
    queue.kill([job])


def test_two_at_once_are_one(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    job = run(f"echo > {tmp_path}/runs; sleep 1000")
    written(tmp_path / "runs")
    there = supervisor_of(queue)
    again = subprocess.run(
        [sys.executable, "-P", "-m", waking.MODULE, queue.places.directory, "0.3"], check=True, timeout=60
    )
    assert again.returncode == 0
    assert supervisor_of(queue) == there
    queue.kill([job])


def test_one_of_another_version_is_told_to_end_and_jobs_do_not_notice(
    queue: LocalQueue, run: Run, tmp_path: Path
) -> None:
    job = run(gated(tmp_path))
    written(tmp_path / "runs")
    former = supervisor_of(queue)
    Path(queue.places.lock).write_text(f"{former} 0.0.0")
    queue.ensure_supervisor()
    until(lambda: not exists(former), "the other version to end")
    until(lambda: (waking.holder(queue.places) or (0, ""))[1] == VERSION, "the new one")
    assert seen(queue, job).state is BatchState.RUNNING
    (tmp_path / "go").touch()
    assert over(queue, job).exit_code == 7


def test_a_supervisor_whose_queue_was_deleted_ends(
    make_queue: MakeQueue, request_for: MakeRequest, tmp_path: Path
) -> None:
    queue = make_queue()
    job = queue.submit(request_for(gated(tmp_path))).unwrap()
    written(tmp_path / "runs")
    there = supervisor_of(queue)
    (tmp_path / "go").touch()
    over(queue, job)
    aside = Path(queue.places.directory + ".aside")
    Path(queue.places.directory).rename(aside)
    until(lambda: not exists(there), "the supervisor to end")


def test_history_is_bounded(queue: LocalQueue, run: Run) -> None:
    jobs = [run("true") for _ in range(5)]
    for job in jobs:
        over(queue, job)
    until(lambda: waking.holder(queue.places) is None, "the supervisor to end")
    with database.opened(queue.places) as db:
        with database.changing(db):
            store.prune(db, keep=2, since=0.0)
        assert [row.job.number for row in store.everything(db)] == [4, 5]
        with database.changing(db):
            store.prune(db, keep=2, since=time.time() + 1)
        assert store.everything(db) == []
    assert run("true") == "6.local"  # numbers do not come back


def test_what_somebody_depends_on_is_not_forgotten(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    first = run("true")
    over(queue, first)
    blocker = run(f"echo > {tmp_path}/runs; sleep 1000", ncpus=2)
    run("true", after=f"afterok={first}")
    written(tmp_path / "runs")
    with database.opened(queue.places) as db, database.changing(db):
        store.prune(db, keep=0, since=0.0)
        assert store.by_number(db, 1) is not None
    queue.kill([blocker])
    assert over(queue, "3.local").state is BatchState.FINISHED


def test_it_goes_on_after_a_signal_to_a_command(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    """Jobs survive the terminal: a signal to the command's whole group and session reaches none of them."""
    program = (
        "import sys, time\n"
        "from qq.core.records.values import Resources\n"
        "from qq.core.request import Request\n"
        "from qq.shell.batch.local.client import LocalQueue\n"
        f"queue = LocalQueue({queue.places.directory!r}, linger=0.3)\n"
        f"body = '#!/bin/sh\\necho > {tmp_path}/runs; while [ ! -e {tmp_path}/go ]; do sleep 0.01; done; exit 7\\n'\n"
        "print(queue.submit(Request(name='n', starter=body, input_dir='/', info_file='/n', token='x', queue='',\n"
        "                           resources=Resources(), output='/dev/null')).unwrap(), flush=True)\n"
        "time.sleep(1000)\n"
    )
    command = subprocess.Popen(
        [sys.executable, "-c", program], start_new_session=True, stdout=subprocess.PIPE, text=True
    )
    assert command.stdout is not None
    job = command.stdout.readline().strip()
    written(tmp_path / "runs")
    os.killpg(command.pid, signal.SIGHUP)
    assert command.wait(timeout=20) == -signal.SIGHUP
    command.stdout.close()
    assert seen(queue, job).state is BatchState.RUNNING
    (tmp_path / "go").touch()
    assert over(queue, job).exit_code == 7


def test_it_has_qq_run_loaded() -> None:
    """What can't be loaded would silently be executed instead, ten times as slow."""
    program = (
        "from qq.shell.batch.local.supervisor import load\nimport qq.shell.run\nassert load() is qq.shell.run.main"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
