"""The parent that each job has: it outlives the supervisor, keeps the walltime, ends what must end, notes how it ended.

Forked from the supervisor, in a session of its own, child subreaper: whatever a job starts stays below it. It sleeps in
``sigtimedwait``, so the end of a child and a wish for the end of the job are noticed at once. Time that the machine
sleeps is no walltime.
"""

import os
import signal
import sqlite3
import time
import traceback
from contextlib import suppress
from typing import NoReturn

from msgspec import Struct

from qq.core.paths import to_bytes
from qq.core.schedulers.local import Stage, job_id
from qq.core.schedulers.local_start import command_of, job_environment
from qq.core.troubles import Reason
from qq.shell.batch.local import database, ends, entry, job, store, waking
from qq.shell.batch.local.places import Places
from qq.shell.perform import processes

_TO_END = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})
_WAITED_FOR = _TO_END | {signal.SIGCHLD}
_SWEEP = 30.0
"""Seconds for what got KILL to be gone; longer only in a system call that can't be interrupted."""
_LONGEST_SLEEP = 3600.0
_ASKING = 2.0
"""Seconds to wait for the database before TERM is sent without knowing who wants it."""


class Task(Struct, frozen=True, kw_only=True):
    """What a parent is forked with. ``main``: to be called instead of executing the starter."""

    places: Places
    number: int
    input_dir: str
    walltime: int | None
    payload: entry.Payload
    main: job.Main | None
    linger: float


class _Ending(Struct, frozen=True):
    """The job was told to end: why, and when (monotonic) what is left gets KILL."""

    why: Reason
    kill_at: float


def block_signals() -> set[int]:
    """Keeps back what a parent waits for, from before its fork on; gives what was kept back before."""
    return set(signal.pthread_sigmask(signal.SIG_BLOCK, _WAITED_FOR))


def live(task: Task, go: int) -> NoReturn:
    """The whole life of a parent. ``go``: where the supervisor says when the job started, or that it does not."""
    try:
        os.setsid()
        processes.become_subreaper()
        os.dup2(go, 3)
        os.closerange(4, os.sysconf("SC_OPEN_MAX"))
        started = _wait_for_go(task, 3)
        os.close(3)
        if started is not None:
            _run(task, started)
    except BaseException:
        job.complain(traceback.format_exc())
    finally:
        os._exit(0)


def _wait_for_go(task: Task, go: int) -> float | None:
    """When the job started (epoch seconds); None: it is not to start.

    A supervisor that died before it could say so has noted it, or has not.
    """
    said = os.read(go, 64)
    if said:
        return float(said) or None
    with database.opened(task.places) as db:
        row = store.by_number(db, task.number)
    return row.started if row and row.parent and row.parent.pid == os.getpid() else None


def _run(task: Task, started: float) -> None:
    supervisor = os.getppid()
    child = _start(task, started)
    code, ending = _watch(task, child, time.monotonic() + _seconds_left(task, started))
    swept = _sweep(child)
    code = swept if code is None else code
    with suppress(OSError):
        os.unlink(task.places.starter(task.number))
    why = ending.why if ending else None
    ends.note(task.places, task.number, ends.End(code, why, "", time.time()))
    if os.getppid() != supervisor or supervisor == 1:
        _see_that_somebody_goes_on(task)


def _seconds_left(task: Task, started: float) -> float:
    return float("inf") if task.walltime is None else task.walltime - max(0.0, time.time() - started)


def _start(task: Task, started: float) -> int:
    script = task.places.starter(task.number)
    fd = os.open(script, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o700)
    os.write(fd, to_bytes(task.payload.starter))
    os.close(fd)
    environ = job_environment(
        task.payload.environ,
        job_id=job_id(task.number),
        node=os.uname().nodename,
        state_dir=task.places.directory,
        deadline=None if task.walltime is None else started + task.walltime,
    )
    program = job.Program(
        script=script,
        environ=environ,
        cwd=task.input_dir,
        output=task.payload.output,
        umask=task.payload.umask,
        main=task.main,
        called=next(iter(command_of(task.payload.starter)), ""),
    )
    me = os.getpid()
    child = os.fork()
    if child == 0:
        job.become(program, parent=me)
    return child


def _watch(task: Task, child: int, deadline: float) -> tuple[int | None, _Ending | None]:
    """Until the job has ended by itself, or everything of it is gone, or what is left must get KILL."""
    code: int | None = None
    ending: _Ending | None = None
    while True:
        caught = _sleep_until(ending.kill_at if ending else deadline)
        ended, others = processes.reap()
        code = ended.get(child, code)
        if code is not None and not (ending and others):
            return code, ending
        now = time.monotonic()
        if caught in _TO_END:
            ending = _told_to_end(task, ending)
        elif ending is None and now >= deadline:
            ending = _terminate(task, Reason.WALLTIME)
        if ending and now >= ending.kill_at:
            return code, ending


def _sleep_until(when: float) -> int | None:
    caught = signal.sigtimedwait(_WAITED_FOR, min(max(0.0, when - time.monotonic()), _LONGEST_SLEEP))
    return caught.si_signo if caught else None


def _told_to_end(task: Task, ending: _Ending | None) -> _Ending:
    """Somebody sent a signal: the user (the table says how hard), or the machine, which is going down."""
    asked = _kill_asked(task)
    if asked == store.KILL:
        ending = ending or _note(task, Reason.KILLED_BY_USER)
        return _Ending(ending.why, time.monotonic())
    return ending or _terminate(task, Reason.KILLED_BY_USER if asked else Reason.TERMINATED)


def _kill_asked(task: Task) -> int:
    try:
        with database.opened(task.places, timeout=_ASKING) as db:
            row = store.by_number(db, task.number)
    except (sqlite3.Error, OSError):
        return 0
    return row.kill_asked if row else 0


def _terminate(task: Task, why: Reason) -> _Ending:
    processes.terminate_descendants(set())
    return _note(task, why)


def _note(task: Task, why: Reason) -> _Ending:
    ending = _Ending(why, time.monotonic() + task.payload.kill_wait)
    with suppress(sqlite3.Error, OSError), database.opened(task.places, timeout=_ASKING) as db, database.changing(db):
        store.exiting(db, task.number, why)
    return ending


def _sweep(child: int) -> int | None:
    """KILL for all that is left, until nothing is; the exit code of the job if it ends only now."""
    until = time.monotonic() + _SWEEP
    code: int | None = None
    while True:
        ended, others = processes.reap()
        code = ended.get(child, code)
        if not others or time.monotonic() > until:
            return code
        processes.signal_all(processes.descendants([os.getpid()]), signal.SIGKILL)
        signal.sigtimedwait({signal.SIGCHLD}, 0.1)


def _see_that_somebody_goes_on(task: Task) -> None:
    """The supervisor that forked this parent is gone: another one must start what waits.

    Only now: a supervisor that is started below a job would be swept away with it.
    """
    if waking.wake(task.places):
        return
    with suppress(sqlite3.Error, OSError):
        with database.opened(task.places) as db:
            waits = any(row.job.stage is Stage.PENDING and not row.job.held for row in store.active(db))
        if waits:
            waking.spawn(task.places, os.environ, linger=task.linger)
