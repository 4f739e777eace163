"""The supervisor: decides who starts, forks their parents, notices who vanished, ends when idle.

``python -P -m qq.shell.batch.local.supervisor STATE_DIR LINGER``. One thread, since it forks. It has everything loaded
that ``qq run`` needs. Nothing depends on its living on: whatever it knows stands in the database.
"""

import gc
import importlib
import os
import select
import sqlite3
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import cast

from qq._version import VERSION
from qq.shell.batch.local import cycle, job, waking
from qq.shell.batch.local.places import Places
from qq.shell.perform import processes
from qq.shell.perform.provident import LOCAL_NEXT, PERFORMERS

_USED_LATER = (*PERFORMERS, *LOCAL_NEXT, "encodings.ascii")
"""What ``qq run`` imports only when it needs it."""
_TICK = 30.0
"""Seconds after which it looks even if nobody told it to."""
_CLEARING = 0.1
"""The same while it waits for what vanished jobs left behind."""
_AFTER_TROUBLE = 5.0
_TAKING_OVER = 10.0
_LONGEST_LOG = 1_000_000


def load() -> job.Main | None:
    """Everything that ``qq run`` needs, before the first fork; None: it can't be loaded, starters are executed."""
    try:
        run, *_ = map(importlib.import_module, ("qq.shell.run", *_USED_LATER))
    except ImportError:
        job.complain(traceback.format_exc())
        return None
    gc.collect()
    gc.freeze()  # pages that no collection touches stay shared with the jobs
    return cast("job.Main", run.main)


def main(argv: Sequence[str], loading: Callable[[], job.Main | None] = load) -> int:
    """Leaves a supervisor behind, unless one is there, and ends. ``loading`` gets what ``qq run`` is.

    The descriptor ``waking.TOLD``, if it is open, is closed as soon as a supervisor listens.
    """
    places, linger = Places(argv[0]), float(argv[1])
    os.closerange(waking.TOLD + 1, os.sysconf("SC_OPEN_MAX"))
    if os.fork() > 0:
        return 0
    os.chdir("/")
    os.umask(0o077)
    processes.become_subreaper()  # what a vanished parent leaves behind comes here
    _write_log(places)
    lock = _take_over(places)
    if lock is not None:
        fifo = waking.listen(places)
        with suppress(OSError):
            os.close(waking.TOLD)
        serve(cycle.Crew(places=places, main=loading(), linger=linger), fifo)
    return 0


def _write_log(places: Places) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    log = os.open(places.log, flags, 0o600)
    if os.fstat(log).st_size > _LONGEST_LOG:
        os.ftruncate(log, 0)
    os.dup2(log, 2)
    os.close(log)


def _take_over(places: Places) -> int | None:
    """The lock; None: another supervisor of this version listens. One of another version is told to end."""
    until = time.monotonic() + _TAKING_OVER
    while time.monotonic() < until:
        lock = waking.take_lock(places)
        if lock is not None:
            return lock
        there = waking.holder(places)
        if there and there[1] == VERSION and waking.wake(places):
            return None
        if there and there[1] not in (VERSION, ""):
            waking.wake(places, waking.END)
        time.sleep(0.005)
    return None


def serve(crew: cycle.Crew, fifo: int) -> None:
    """Until there is nothing to do or somebody says so."""
    while True:
        busy = _turn(crew)
        if busy is None:
            return
        said = _wait(crew, fifo, busy=busy)
        if said == waking.END:
            return
        if not (busy or said):
            os.close(fifo)
            if not _turn(crew):  # what came before the FIFO was closed
                return
            fifo = waking.listen(crew.places)


def _turn(crew: cycle.Crew) -> bool | None:
    """One look and what follows from it: whether anything runs. None: there is no queue any more."""
    try:
        return cycle.turn(crew)
    except FileNotFoundError:
        return None
    except (sqlite3.Error, OSError):
        job.complain(traceback.format_exc())
        time.sleep(_AFTER_TROUBLE)
        return True if crew.watched else None


def _wait(crew: cycle.Crew, fifo: int, *, busy: bool) -> bytes:
    """Until somebody wakes it, a job's parent ends, or it is time to look or to end; the word that woke it, if any."""
    poll = select.poll()
    for fd in (fifo, *crew.watched.values()):
        poll.register(fd, select.POLLIN)
    poll.poll((_CLEARING if crew.clearing else _TICK if busy else crew.linger) * 1000)
    try:
        said = os.read(fifo, 65536)
    except BlockingIOError:
        return b""
    return waking.END if waking.END in said else waking.LOOK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
