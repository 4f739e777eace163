"""Waiting for the thing itself, and words for what the tests make."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from qq.core.evidence import Seen
from qq.core.request import Request
from qq.core.states import BatchState
from qq.shell.batch.local import database, store, waking
from qq.shell.batch.local.client import LocalQueue
from qq.shell.perform import processes

LINGER = 0.3
OVER = (BatchState.FINISHED, BatchState.FAILED)


class MakeQueue(Protocol):
    """``name``: of its state directory."""

    def __call__(self, name: str = ..., *, ncpus: int = ..., kill_wait: float = ...) -> LocalQueue: ...


class MakeRequest(Protocol):
    """``body``: of a shell script, or a whole script that begins with ``#!``. ``after``: ``afterok=1.local``."""

    def __call__(
        self, body: str, *, token: str = ..., after: str = ..., walltime: int | None = ..., **resources: int
    ) -> Request: ...


class Run(Protocol):
    """Submits what ``MakeRequest`` makes; the job's id."""

    def __call__(self, body: str, **options: object) -> str: ...


def until(holds: Callable[[], bool], what: str, *, seconds: float = 20.0) -> None:
    """Waits for something, a bounded time."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.005)


def seen(queue: LocalQueue, job_id: str) -> Seen:
    """What the queue says of a job that it knows."""
    evidence = queue.look([job_id])[job_id]
    assert isinstance(evidence, Seen), evidence
    return evidence


def when(queue: LocalQueue, job_id: str, *states: BatchState) -> Seen:
    """The job as soon as it is in one of these states."""
    until(lambda: seen(queue, job_id).state in states, f"{job_id} to be {' or '.join(states)}")
    return seen(queue, job_id)


def over(queue: LocalQueue, job_id: str) -> Seen:
    """The job as soon as it has ended."""
    return when(queue, job_id, *OVER)


def parent_of(queue: LocalQueue, job_id: str) -> int:
    """The process that looks after a running job."""
    with database.opened(queue.places) as db:
        row = store.by_number(db, int(job_id.removesuffix(".local")))
    assert row is not None
    assert row.parent is not None
    return row.parent.pid


def supervisor_of(queue: LocalQueue) -> int:
    """The process that is the supervisor."""
    until(lambda: waking.holder(queue.places) is not None, "a supervisor")
    there = waking.holder(queue.places)
    assert there is not None
    return there[0]


def written(path: Path) -> str:
    """The text of a file as soon as there is one."""
    until(lambda: path.exists() and bool(path.read_text()), f"{path} to be written")
    return path.read_text()


def kill_9(pid: int) -> None:
    """Kills a process and waits until it is gone."""
    who = processes.identity(pid)
    assert who is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: not processes.alive(who), f"process {pid} to be gone")


def exists(pid: int) -> bool:
    """Whether a process is alive (a zombie is not)."""
    return processes.identity(pid) is not None
