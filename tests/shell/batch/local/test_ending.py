"""Jobs are ended by their user, by their walltime, by what they depend on: all of them, and on record why."""

from pathlib import Path

import pytest

from qq.core.states import BatchState
from qq.core.troubles import Reason
from qq.shell.batch.local.client import LocalQueue
from tests.shell.batch.local.helpers import MakeQueue, MakeRequest, Run, exists, over, seen, until, when, written

STUBBORN = "trap '' TERM; echo $$ > {}; while :; do sleep 0.05; done"


def alive(path: Path) -> bool:
    return exists(int(path.read_text()))


def test_kill_of_a_running_job_reaches_all_of_it(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    inner, outer = tmp_path / "inner", tmp_path / "outer"
    job = run(f"setsid sh -c 'echo $$ > {inner}; exec sleep 1000' & echo $$ > {outer}; sleep 1000")
    written(inner), written(outer)
    assert queue.kill([job]) == {job: None}
    found = over(queue, job)
    assert (found.state, found.exit_code, found.comment) == (BatchState.FAILED, 143, "killed by the user")
    assert not alive(inner)
    assert not alive(outer)


def test_who_ignores_term_gets_kill(make_queue: MakeQueue, request_for: MakeRequest, tmp_path: Path) -> None:
    queue = make_queue(kill_wait=0.3)
    job = queue.submit(request_for(STUBBORN.format(tmp_path / "pid"))).unwrap()
    written(tmp_path / "pid")
    queue.kill([job])
    assert when(queue, job, BatchState.EXITING).comment == "killed by the user"
    found = over(queue, job)
    assert (found.exit_code, found.comment) == (137, "killed by the user")
    assert not alive(tmp_path / "pid")


def test_force_does_not_wait(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    job = run(STUBBORN.format(tmp_path / "pid"))
    written(tmp_path / "pid")
    assert queue.kill([job]) == {job: None}
    when(queue, job, BatchState.EXITING)
    assert queue.kill([job], force=True) == {job: None}
    until(lambda: seen(queue, job).state is BatchState.FAILED, "the job to be over", seconds=5.0)
    assert seen(queue, job).exit_code == 137


def test_a_stopped_job_hears_that_it_is_to_end(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    job = run(f"echo $$ > {tmp_path}/pid; kill -STOP $$")
    pid = int(written(tmp_path / "pid"))
    until(lambda: "T (stopped)" in Path(f"/proc/{pid}/status").read_text(), "it to be stopped")
    queue.kill([job])
    assert over(queue, job).exit_code == 143


def test_a_job_that_waits_is_ended_without_ever_starting(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    first = run(f"echo > {tmp_path}/first; sleep 1000", ncpus=2)
    second = run(f"touch {tmp_path}/second")
    written(tmp_path / "first")
    assert queue.kill([second]) == {second: None}
    found = seen(queue, second)
    assert (found.state, found.exit_code, found.started) == (BatchState.FAILED, None, None)
    assert found.comment == "killed by the user"
    queue.kill([first])
    over(queue, first)
    over(queue, run("true"))
    assert not (tmp_path / "second").exists()


def test_what_can_not_be_killed_is_named(queue: LocalQueue, run: Run) -> None:
    job = run("exit 3")
    over(queue, job)
    answers = queue.kill([job, "99.local", "17.elsewhere"])
    assert [trouble is not None and trouble.reason for trouble in answers.values()] == [Reason.BATCH_REFUSED] * 3
    assert "has ended (exit code 3)" in str(answers[job])
    assert "does not know it" in str(answers["99.local"])


def test_walltime(make_queue: MakeQueue, request_for: MakeRequest, tmp_path: Path) -> None:
    queue = make_queue(kill_wait=0.3)
    body = f"setsid sh -c '{STUBBORN.format(tmp_path / 'pid').replace(chr(39), chr(34))}' &\nwait\n"
    job = queue.submit(request_for(body, walltime=1)).unwrap()
    found = over(queue, job)
    assert (found.state, found.comment) == (BatchState.FAILED, "the walltime was reached")
    assert found.started is not None
    assert found.ended is not None
    assert (found.ended - found.started).total_seconds() >= 1
    assert not alive(tmp_path / "pid")


@pytest.mark.parametrize(
    ("kind_and_code", "runs"),
    [
        (("afterok", 0), True),
        (("afterok", 1), False),
        (("afternotok", 1), True),
        (("afternotok", 0), False),
        (("afterany", 1), True),
    ],
)
def test_dependencies(
    queue: LocalQueue, run: Run, tmp_path: Path, *, kind_and_code: tuple[str, int], runs: bool
) -> None:
    kind, code = kind_and_code
    (tmp_path / "gate").mkdir()
    first = run(f"while [ -d {tmp_path}/gate ]; do sleep 0.01; done; exit {code}")
    second = run("true", after=f"{kind}={first}")
    waiting = seen(queue, second)
    assert waiting.state is BatchState.HELD
    assert waiting.comment.startswith("waits for 1.local")
    (tmp_path / "gate").rmdir()
    found = over(queue, second)
    if runs:
        assert found.state is BatchState.FINISHED
    else:
        assert (found.state, found.started) == (BatchState.FAILED, None)
        assert found.comment.startswith(Reason.DEPENDENCY.sentence)


def test_after_means_after_its_start(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    first = run("sleep 1000")
    assert over(queue, run("true", after=f"after={first}")).state is BatchState.FINISHED
    queue.kill([first])


def test_a_chain_of_what_became_impossible(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    first = run(f"echo > {tmp_path}/first; sleep 1000")
    second = run("true", after=f"afterok={first}")
    third = run("true", after=f"afterok={second}")
    written(tmp_path / "first")
    queue.kill([first])
    assert over(queue, second).comment == f"{Reason.DEPENDENCY.sentence}: waited for {first} to end well"
    assert over(queue, third).comment == f"{Reason.DEPENDENCY.sentence}: waited for {second} to end well"


def test_held_jobs_wait_until_they_are_released(queue: LocalQueue, run: Run, tmp_path: Path) -> None:
    first = run(f"echo > {tmp_path}/first; sleep 1000", ncpus=2)
    job = run("true")
    written(tmp_path / "first")
    assert queue.hold([job]) == {job: None}
    queue.kill([first])
    over(queue, first)
    over(queue, run("true"))
    assert (seen(queue, job).state, seen(queue, job).comment) == (BatchState.HELD, "held by its user")
    assert queue.release([job]) == {job: None}
    assert over(queue, job).state is BatchState.FINISHED
    assert "has ended" in str(queue.hold([job])[job])
