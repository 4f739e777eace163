"""The queue as commands use it: asks the table, changes it, and sees to it that a supervisor runs if one is needed."""

import os
import signal
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import methodcaller
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from qq.core.evidence import Absent, Evidence, JobStep, NotAnswered, Seen
from qq.core.result import Failure, Result, Success
from qq.core.schedulers.local import (
    Capacity,
    Limits,
    Stage,
    job_id,
    limited,
    limits_of,
    number_of,
    refusal,
)
from qq.core.schedulers.local_depend import links, unknown
from qq.core.schedulers.local_words import cannot
from qq.core.troubles import Reason, Trouble
from qq.shell.batch.local import database, machine, places, report, settings, store, waking, wishes
from qq.shell.batch.local.store import Row
from qq.shell.perform import processes

if TYPE_CHECKING:
    from qq.core.batch_defaults import BatchDefaults
    from qq.core.cluster import Node, Queue
    from qq.core.request import Request

_BUSY = 10.0
"""Seconds to wait for other processes that change the table."""
_SETTLING, _STARTING = 3.0, 15.0
"""Seconds to wait for a supervisor's word about a job whose parent vanished; for one that is not there yet."""
KILL_WAIT, LINGER = 10.0, 5.0

T = TypeVar("T")


class _Owner(weakref.ref["LocalQueue"]):
    """Whose connection it is. With the owner it is closed, without a line of Python: a Ctrl-C that comes while one runs
    then would be lost."""

    close: Callable[[], None]


class _Connection(Struct):
    db: sqlite3.Connection
    pid: int
    owner: _Owner


class LocalQueue:
    """The embedded queue of a state directory: a ``qq.shell.batch.Batch``. May be used by several threads.

    ``environ``: what jobs inherit. ``kill_wait``: seconds between TERM and KILL for jobs that are submitted here.
    ``linger``: seconds that an idle supervisor stays. ``limits``: what is given away from the next submission on;
    None: as it was; a trouble: nobody can tell, so nothing is submitted, but jobs are shown and ended.
    """

    def __init__(
        self,
        state_dir: str,
        *,
        environ: Mapping[str, str] | None = None,
        kill_wait: float = KILL_WAIT,
        linger: float = LINGER,
        limits: Limits | Trouble | None = None,
    ) -> None:
        self.places = places.Places(os.path.abspath(state_dir))
        self._environ = os.environ if environ is None else environ
        self._kill_wait, self._linger = kill_wait, linger
        self._limits = None if isinstance(limits, Trouble) else limits
        self._unclear = limits if isinstance(limits, Trouble) else None
        self._lock = threading.Lock()
        self._open: _Connection | None = None
        self._starting: waking.Starting | None = None

    # --- Batch ---

    def submit(self, request: "Request") -> Result[str, Trouble]:
        """The id of the new job; it stands on disk. A request that can never run is refused."""
        if self._unclear is not None:
            return Failure(self._unclear)
        put = self._ask(lambda db: self._put(db, request), create=True)
        if isinstance(put, Failure):
            return put
        number = put.unwrap()
        if isinstance(number, str):
            return Failure(Trouble(Reason.BATCH_REFUSED, f"the queue of this machine refused {request.name}: {number}"))
        self.ensure_supervisor()
        return Success(job_id(number))

    def check(self, request: "Request", *, asking: bool) -> Result[str, Trouble]:  # noqa: ARG002
        """Why such a request would be refused now: its table tells, there is nobody to ask."""
        if self._unclear is not None:
            return Failure(self._unclear)
        wanted = links(request.depend, number_of)
        if isinstance(wanted, str):
            no: str | None = wanted
        elif not self._exists():
            no = self._no(request, Limits(), next((unknown(job_id(link.number)) for link in wanted), None))
        else:
            asked = self._ask(lambda db: self._no(request, settings.limits(db), wishes.unknown_of(db, wanted)))
            if isinstance(asked, Failure):
                return asked
            no = asked.unwrap()
        if no is None:
            return Success("")
        return Failure(Trouble(Reason.BATCH_REFUSED, f"the queue of this machine would refuse {request.name}: {no}"))

    def look(self, ids: Sequence[str], tokens: Sequence[str] = ()) -> Mapping[str, Evidence]:
        """What the queue says of each of these ids and tokens."""
        if not self._exists():
            return {key: Absent() for key in (*ids, *tokens)}
        self.ensure_supervisor()
        self._settle(lambda db: list(wishes.rows_of(db, ids, tokens).values()))
        answer = self._ask(lambda db: wishes.evidence(db, wishes.rows_of(db, ids, tokens)))
        if isinstance(answer, Failure):
            return {key: NotAnswered(str(answer.failure())) for key in (*ids, *tokens)}
        return {key: answer.unwrap().get(key, Absent()) for key in (*ids, *tokens)}

    def steps(self, ids: Sequence[str]) -> Mapping[str, Sequence[JobStep]]:  # noqa: ARG002
        """The queue of one machine keeps no account of them."""
        return {}

    def jobs(self, *, user: str | None, ended: bool, server: str | None = None) -> Result[Sequence[Seen], Trouble]:
        """All jobs that the queue knows; ``ended``: also those that are over."""
        del server
        if not self._exists():
            return Success(())
        self.ensure_supervisor()
        self._settle(store.active)
        rows = store.everything if ended else store.active
        return self._ask(lambda db: [each for each in report.seen(db, rows(db)) if user in (None, each.user)])

    def accounts(self, *, user: str | None) -> Result[Sequence[Seen], Trouble]:  # noqa: ARG002
        """The queue itself keeps them."""
        return Success(())

    def kill(self, ids: Sequence[str], *, force: bool = False) -> Mapping[str, Trouble | None]:
        """Ends each job: one that waits at once, one that runs with TERM (``force``: KILL)."""
        done = self._change(ids, "kill", lambda db, row: wishes.kill(db, row, force=force))
        rows = self._ask(lambda db: [store.by_number(db, n) for each in ids if (n := number_of(each)) is not None])
        for row in rows.value_or([]):
            if row and row.parent and row.kill_asked and row.job.stage is not Stage.ENDED:
                processes.send(row.parent, signal.SIGTERM)  # its parent looks into the table
        self.ensure_supervisor()
        return done

    def find(self, token: str) -> Result[str | None, Trouble]:
        """The id of the job that was submitted with this token: of several, the one that is at work."""
        if not self._exists():
            return Success(None)
        found = self._ask(lambda db: wishes.meant(store.by_token(db, token)))
        return found.map(lambda number: None if number is None else job_id(number))

    def defaults(self, queue: str | None, server: str | None) -> Result["BatchDefaults", Trouble]:  # noqa: ARG002
        """This queue has no defaults of its own: the site has them."""
        from qq.core.batch_defaults import BatchDefaults

        return Success(BatchDefaults()) if self._unclear is None else Failure(self._unclear)

    def queues(self, server: str | None) -> Result[Sequence["Queue"], Trouble]:  # noqa: ARG002
        """The only one."""
        from qq.core.schedulers.local_cluster import queue_of

        return self._cluster(queue_of)

    def nodes(self, server: str | None) -> Result[Sequence["Node"], Trouble]:  # noqa: ARG002
        """This machine: what is given away of it, and what of that is booked."""
        from qq.core.schedulers.local_cluster import node_of

        return self._cluster(node_of)

    # --- beyond Batch ---

    def hold(self, ids: Sequence[str]) -> Mapping[str, Trouble | None]:
        """Keeps waiting jobs from starting."""
        return self._change(ids, "hold", lambda db, row: wishes.hold(db, row, held=True))

    def release(self, ids: Sequence[str]) -> Mapping[str, Trouble | None]:
        """Lets held jobs start."""
        done = self._change(ids, "release", lambda db, row: wishes.hold(db, row, held=False))
        self.ensure_supervisor()
        return done

    def configure(self, wanted: Limits | Capacity) -> Trouble | None:
        """Gives away so much, from now on, instead of all that the machine has; None in a limit: all of it."""

        def write(db: sqlite3.Connection) -> None:
            with database.changing(db):
                settings.set_limits(db, Limits(wanted.ncpus, wanted.ngpus, wanted.mem_kb))

        written = self._ask(write, create=True)
        self.ensure_supervisor()
        return written.failure() if isinstance(written, Failure) else None

    def capacity(self) -> Result[Capacity, Trouble]:
        """What is given away on this machine."""
        if self._unclear is not None:
            return Failure(self._unclear)
        if not self._exists():
            return Success(limited(machine.capacity(), self._limits or Limits()))
        return self._ask(settings.capacity)

    def ensure_supervisor(self) -> Trouble | None:
        """If there is anything to do: wakes the supervisor, or starts one. A trouble: it can't be started."""
        if not self._exists():
            return None
        result = self._ask(self._wake_or_start)
        return result.failure() if isinstance(result, Failure) else None

    def close(self) -> None:
        """Lets go of the table; the next call opens it again."""
        with self._lock:
            if self._open:
                self._open.db.close()
            if self._starting:
                waking.forget(self._starting)
            self._open = self._starting = None

    # --- how ---

    def _cluster(self, describe: Callable[[Capacity, Sequence[Seen], str], T]) -> Result[Sequence[T], Trouble]:
        jobs = self.jobs(user=None, ended=False)
        return self.capacity().bind(
            lambda capacity: jobs.map(lambda seen: [describe(capacity, seen, os.uname().nodename)])
        )

    def _exists(self) -> bool:
        return os.path.exists(self.places.database)

    def _ask(self, question: Callable[[sqlite3.Connection], T], *, create: bool = False) -> Result[T, Trouble]:
        """The one place where the outside world's errors become troubles."""
        try:
            with self._lock:
                return Success(question(self._connection(create=create)))
        except (sqlite3.Error, OSError) as error:
            return Failure(database.trouble_of(self.places, error))

    def _connection(self, *, create: bool) -> sqlite3.Connection:
        if self._open is None or self._open.pid != os.getpid():
            if create:
                places.make(self.places)
                database.create(self.places)
            owner = _Owner(self, methodcaller("close"))
            self._open = _Connection(database.connect(self.places, timeout=_BUSY), os.getpid(), owner)
            owner.close = self._open.db.close
        return self._open.db

    def _put(self, db: sqlite3.Connection, request: "Request") -> int | str:
        """The number of the new job, or why it is refused."""
        from qq.shell.batch.local import entry

        wanted = links(request.depend, number_of)
        if isinstance(wanted, str):
            return wanted
        new = entry.new(request, wanted, self._environ, kill_wait=self._kill_wait)
        with database.changing(db):
            if self._limits is not None and self._limits != settings.limits(db):
                settings.set_limits(db, self._limits)
            no = self._no(request, settings.limits(db), wishes.unknown_of(db, wanted))
            return no or entry.insert(db, new, now=time.time())

    def _no(self, request: "Request", limits: Limits, missing: str | None) -> str | None:
        """Why a request is refused. ``limits``: those in the table; ``missing``: what is said of its dependencies."""
        given = limited(machine.capacity(), limits if self._limits is None else self._limits)
        return refusal(request.resources, request.queue, given) or missing

    def _change(self, ids: Sequence[str], verb: str, change: wishes.Change) -> Mapping[str, Trouble | None]:
        """Changes each of these jobs, all at once; ``change`` says whether it could."""

        def all_of_them(db: sqlite3.Connection) -> dict[str, Trouble | None]:
            with database.changing(db):
                return {each: wishes.changed(db, each, verb, change) for each in ids}

        if not self._exists():
            return {each: Trouble(Reason.BATCH_REFUSED, cannot(verb, each, None)) for each in ids}
        answer = self._ask(all_of_them)
        return dict.fromkeys(ids, answer.failure()) if isinstance(answer, Failure) else answer.unwrap()

    def _settle(self, which: Callable[[sqlite3.Connection], Iterable[Row]]) -> None:
        """Waits, not long, while the supervisor finds out about jobs whose parents vanished."""
        until = time.monotonic() + _SETTLING
        latest = time.monotonic() + _STARTING
        while time.monotonic() < until:
            rows = self._ask(which).value_or([])
            if not any(map(report.without_parent, rows)):
                return
            time.sleep(0.01)
            if self._still_starting() and time.monotonic() < latest:
                until = time.monotonic() + _SETTLING

    def _wake_or_start(self, db: sqlite3.Connection) -> None:
        if not store.to_do(db) or waking.wake_own(self.places) or self._still_starting():
            return
        parents = {row.parent.pid for row in store.active(db) if row.parent}
        if parents.isdisjoint(processes.ancestors()):  # in a job: its parent will see to it (see parent.py)
            self._starting = waking.spawn(self.places, self._environ, linger=self._linger)

    def _still_starting(self) -> bool:
        """Whether a supervisor that was started here is not there yet: it will look for itself when it is."""
        if self._starting and not waking.still_starting(self._starting):
            self._starting = None
        return self._starting is not None


def open_queue(environ: Mapping[str, str], *, kill_wait: float = KILL_WAIT) -> LocalQueue:
    """The user's own queue on this machine; ``QQ_LOCAL_NCPUS``, ``_NGPUS``, ``_MEM_KB`` limit what it gives away."""
    found = limits_of(environ)
    limits = Trouble(Reason.BATCH_REFUSED, found.failure()) if isinstance(found, Failure) else found.unwrap()
    return LocalQueue(places.users_places(environ).directory, environ=environ, kill_wait=kill_wait, limits=limits)


def logout_warning() -> str | None:
    """What to tell the user if this machine ends jobs at logout; None: it does not."""
    return machine.logout_warning()
