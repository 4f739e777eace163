"""One turn of the supervisor: look at the table, end what can't go on, start what can."""

import os
import signal
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress

from msgspec import Struct, field

from qq._version import VERSION
from qq.core.depending import Fate
from qq.core.schedulers.local import LocalJob, Stage, chosen, job_id
from qq.core.schedulers.local_depend import Link, doomed
from qq.core.schedulers.local_start import JOB_ID, STATE
from qq.core.schedulers.local_words import never
from qq.core.troubles import Reason
from qq.shell.batch.local import database, ends, entry, parent, settings, store
from qq.shell.batch.local.ends import End
from qq.shell.batch.local.job import Main
from qq.shell.batch.local.places import Places
from qq.shell.batch.local.store import Row
from qq.shell.perform import processes

_KEPT, _KEPT_SECONDS = 10_000, 30 * 86400.0
_KILL_WAIT = 10.0
"""Seconds between TERM and KILL for what a vanished job left behind."""


class Crew(Struct, kw_only=True):
    """What a supervisor knows beside the table: only what is found again by looking."""

    places: Places
    main: Main | None
    linger: float
    watched: dict[int, int] = field(default_factory=dict)
    """Number of a job → pidfd of its parent."""
    clearing: dict[int, float] = field(default_factory=dict)
    """Number of a job whose parent vanished → when (monotonic) what it left gets KILL."""
    pruned: bool = False


def turn(crew: Crew) -> bool:
    """Looks once and acts; whether anything runs afterwards."""
    processes.reap()
    with database.opened(crew.places) as db:
        _prune_once(crew, db)
        rows = store.active(db)
        dead = _without_parent(crew, rows)
        if dead:  # who noted the end and went, since the table was read, has not vanished
            rows = store.active(db)
        gone = [row for row in rows if row.job.number in dead]
        for number in crew.clearing.keys() - dead:
            del crew.clearing[number]
        fates = store.fates(db, (row.job for row in rows))
        never_starting = doomed(((row.job.number, row.job.depend) for row in rows if row.job.depend), fates)
        if gone or never_starting:
            _end(crew, db, gone, never_starting)
            rows, fates = store.active(db), store.fates(db, (row.job for row in rows))
        tasks = _tasks(crew, db, rows, fates)
    _start(crew, tasks)  # forks, hence no open database
    return bool(crew.watched or crew.clearing)


def _prune_once(crew: Crew, db: sqlite3.Connection) -> None:
    if not crew.pruned:
        with database.changing(db):
            store.prune(db, keep=_KEPT, since=time.time() - _KEPT_SECONDS)
        crew.pruned = True


# --- who has gone -----------------------------------------------------------------------------------------------------


def _without_parent(crew: Crew, rows: Iterable[Row]) -> set[int]:
    """The jobs that should run and whose parents don't. Parents that this supervisor did not know yet are watched."""
    running = {row.job.number: row for row in rows if row.parent}
    dead = {number for number, row in running.items() if not _is_watched(crew, row)}
    for number in crew.watched.keys() - (running.keys() - dead):
        os.close(crew.watched.pop(number))
    return dead


def _is_watched(crew: Crew, row: Row) -> bool:
    assert row.parent is not None
    if row.job.number in crew.watched:
        return processes.alive(row.parent)
    pidfd = processes.open_pidfd(row.parent)
    if pidfd is not None:
        crew.watched[row.job.number] = pidfd
    return pidfd is not None


def _end(crew: Crew, db: sqlite3.Connection, gone: Sequence[Row], never_starting: Iterable[tuple[int, Link]]) -> None:
    found = {row.job.number: _how_it_ended(crew, row) for row in gone}
    now = time.time()
    with database.changing(db):
        for number, end in found.items():
            if end and not (end.why is Reason.VANISHED and store.requeue(db, number)):
                ends.write(db, number, end)
            elif not end:
                store.exiting(db, number, Reason.VANISHED)
        for number, link in never_starting:
            ends.write(db, number, End(None, Reason.DEPENDENCY, never(link), now))
    for number, end in found.items():
        if end:
            crew.clearing.pop(number, None)
            ends.forget_file(crew.places, number)


def _how_it_ended(crew: Crew, row: Row) -> End | None:
    """None: its parent vanished, and not everything that came from the job is gone yet."""
    noted = ends.read_file(crew.places, row.job.number)
    if noted:
        return noted
    if _clear_away(crew, row):
        return End(None, Reason.VANISHED, "", time.time())
    return None


def _clear_away(crew: Crew, row: Row) -> bool:
    """TERM to what a vanished job left behind, KILL later; whether nothing is left."""
    left = _left_behind(crew, row)
    now = time.monotonic()
    if left and row.job.number not in crew.clearing:
        crew.clearing[row.job.number] = now + _KILL_WAIT
        processes.signal_all(left, signal.SIGTERM)
    elif left and now >= crew.clearing[row.job.number]:
        processes.signal_all(left, signal.SIGKILL)
    return not left


def _left_behind(crew: Crew, row: Row) -> list[int]:
    """What came from a job without a parent: the subreaper's orphans, and what carries the job's own variables."""
    if row.parent is None or row.parent.boot != processes.boot_id():
        return []
    marks = (f"{JOB_ID}={job_id(row.job.number)}", f"{STATE}={crew.places.directory}")
    found = processes.marked(*(os.fsencode(mark) for mark in marks))
    roots = {*found, *_orphans(crew)}
    return [*roots, *(set(processes.descendants(roots)) - roots)]


def _orphans(crew: Crew) -> set[int]:
    parents = {_pid_of(pidfd) for pidfd in crew.watched.values()}
    mine = set(processes.children(os.getpid())) - parents
    return {pid for pid in mine if processes.identity(pid)}  # zombies are waited for, not signalled


def _pid_of(pidfd: int) -> int:
    with open(f"/proc/self/fdinfo/{pidfd}", encoding="ascii") as file:
        return int(next(line for line in file if line.startswith("Pid:")).split()[1])


# --- who starts -------------------------------------------------------------------------------------------------------


def _tasks(crew: Crew, db: sqlite3.Connection, rows: Sequence[Row], fates: dict[int, Fate]) -> list[parent.Task]:
    here = {row.job.number: row for row in rows}
    fates = fates | {number: row.job.fate for number, row in here.items()}
    running = [row.job.need for row in rows if row.job.stage is not Stage.PENDING]
    pending: list[LocalJob] = [row.job for row in rows if row.job.stage is Stage.PENDING]
    numbers = chosen(settings.capacity(db), running, pending, fates)
    payloads = ((here[number], entry.payload(db, number)) for number in numbers)
    return [_task(crew, row, payload) for row, payload in payloads if payload]


def _task(crew: Crew, row: Row, payload: entry.Payload) -> parent.Task:
    return parent.Task(
        places=crew.places,
        number=row.job.number,
        input_dir=row.input_dir,
        walltime=row.walltime,
        payload=payload,
        main=crew.main if payload.own == VERSION else None,
        linger=crew.linger,
    )


def _start(crew: Crew, tasks: Sequence[parent.Task]) -> None:
    """Forks the parents, notes them, and only then lets them go: a job that is not noted does not run."""
    if not tasks:
        return
    forked = [(task, *_fork(task)) for task in tasks]
    now = time.time()
    try:
        with database.opened(crew.places) as db, database.changing(db):
            going = [who is not None and store.started(db, task.number, who, now=now) for task, who, _ in forked]
        for (task, who, say), goes in zip(forked, going, strict=True):
            with suppress(BrokenPipeError):
                os.write(say, repr(now).encode() if goes else b"0")
            pidfd = processes.open_pidfd(who) if who and goes else None
            if pidfd is not None:
                crew.watched[task.number] = pidfd
    finally:
        for _, _, say in forked:  # who was told nothing looks for itself whether it was noted
            os.close(say)


def _fork(task: parent.Task) -> tuple[processes.Identity | None, int]:
    """A parent that waits to be let go: who it is, and where to tell it."""
    go, say = os.pipe()
    kept_back = parent.block_signals()
    pid = os.fork()
    if pid == 0:
        os.close(say)
        parent.live(task, go)
    signal.pthread_sigmask(signal.SIG_SETMASK, kept_back)
    os.close(go)
    return processes.identity(pid), say
