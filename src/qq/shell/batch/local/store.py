"""The queue's table, as records: what is noted, what is asked; within a connection of ``database``."""

import sqlite3
from collections.abc import Iterable

from msgspec import Struct

from qq.core.depending import Fate
from qq.core.paths import to_bytes, to_text
from qq.core.schedulers.local import LocalJob, Need, Stage
from qq.core.schedulers.local_depend import from_text
from qq.core.schedulers.local_words import ended_by
from qq.core.troubles import Reason
from qq.shell.perform.processes import Identity

_COLUMNS = (
    "number, token, name, user, input_dir, info_file, ncpus, ngpus, mem_kb, walltime, depend, stage, held, "
    "submitted, started, ended, pid, ticks, boot, kill_asked, why, exit_code, detail"
)

TERM, KILL = 1, 2
"""Values of ``kill_asked``."""


class Row(Struct, frozen=True, kw_only=True):
    """A job as the table has it. Times in epoch seconds, walltime in seconds."""

    job: LocalJob
    token: str
    name: str
    user: str
    input_dir: str
    info_file: str
    walltime: int | None
    submitted: float
    started: float | None
    ended: float | None
    parent: Identity | None
    kill_asked: int


# --- noting -----------------------------------------------------------------------------------------------------------


def started(db: sqlite3.Connection, number: int, parent: Identity, *, now: float) -> bool:
    """Notes that this parent runs the job; False: it is not to be started any more."""
    cursor = db.execute(
        "UPDATE jobs SET stage = ?, started = ?, pid = ?, ticks = ?, boot = ? "
        "WHERE number = ? AND stage = ? AND held = 0",
        (Stage.RUNNING, now, parent.pid, parent.ticks, parent.boot, number, Stage.PENDING),
    )
    return cursor.rowcount == 1


def exiting(db: sqlite3.Connection, number: int, why: Reason) -> None:
    """Notes that a running job is being ended, and why."""
    db.execute(
        "UPDATE jobs SET stage = ?, why = ? WHERE number = ? AND stage = ?",
        (Stage.EXITING, why.number, number, Stage.RUNNING),
    )


def ended(
    db: sqlite3.Connection, number: int, *, exit_code: int | None, why: Reason | None, detail: str, now: float
) -> None:
    """Notes how a job ended; the first such note stays."""
    db.execute(
        "UPDATE jobs SET stage = ?, ended = ?, exit_code = ?, why = ?, detail = ? WHERE number = ? AND stage <> ?",
        (Stage.ENDED, now, exit_code, why.number if why else None, detail, number, Stage.ENDED),
    )
    db.execute("DELETE FROM payloads WHERE number = ?", (number,))


def requeue(db: sqlite3.Connection, number: int) -> bool:
    """Puts a job that vanished back among those that wait; False: it was not to be, or was about to be ended."""
    cursor = db.execute(
        "UPDATE payloads SET requeues = requeues - 1 WHERE number = ? AND requeues > 0 AND EXISTS "
        "(SELECT 1 FROM jobs WHERE jobs.number = payloads.number AND kill_asked = 0 AND (why IS NULL OR why = ?))",
        (number, Reason.VANISHED.number),
    )
    if cursor.rowcount == 1:
        db.execute(
            "UPDATE jobs SET stage = ?, why = NULL, pid = NULL, ticks = NULL, boot = NULL WHERE number = ?",
            (Stage.PENDING, number),
        )
    return cursor.rowcount == 1


def ask_kill(db: sqlite3.Connection, number: int, how: int) -> None:
    """Notes that the user wants the end of a running job; a harder wish replaces a softer one."""
    db.execute("UPDATE jobs SET kill_asked = max(kill_asked, ?) WHERE number = ?", (how, number))


def hold(db: sqlite3.Connection, number: int, *, held: bool) -> None:
    """Holds a pending job, or lets it go."""
    db.execute("UPDATE jobs SET held = ? WHERE number = ? AND stage = ?", (held, number, Stage.PENDING))


def set_setting(db: sqlite3.Connection, name: str, value: str) -> None:
    """Replaces a setting."""
    db.execute("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)", (name, value))


def prune(db: sqlite3.Connection, *, keep: int, since: float) -> None:
    """Forgets jobs that ended before ``since`` or are not among the last ``keep`` ended ones.

    Those that an unfinished job depends on stay.
    """
    needed = {link.number for row in active(db) for link in row.job.depend}
    old = db.execute(
        "SELECT number FROM jobs WHERE stage = 'ended' AND (ended < ? OR number NOT IN "
        "(SELECT number FROM jobs WHERE stage = 'ended' ORDER BY number DESC LIMIT ?))",
        (since, keep),
    ).fetchall()
    db.executemany("DELETE FROM jobs WHERE number = ?", [(number,) for (number,) in old if number not in needed])


# --- looking ----------------------------------------------------------------------------------------------------------


def active(db: sqlite3.Connection) -> list[Row]:
    """All jobs that have not ended, in the order of their submission."""
    return _rows(db, "stage <> 'ended' ORDER BY number")


def at_work(db: sqlite3.Connection) -> list[Row]:
    """The jobs that have room on the machine, in the order of their submission."""
    return _rows(db, "stage IN ('running', 'exiting') ORDER BY number")


def to_do(db: sqlite3.Connection) -> bool:
    """Whether a supervisor is needed: some job has not ended and is not held by its user."""
    found = db.execute("SELECT 1 FROM jobs WHERE stage <> 'ended' AND NOT (stage = 'pending' AND held) LIMIT 1")
    return bool(found.fetchall())


def everything(db: sqlite3.Connection) -> list[Row]:
    """All jobs that the table has, in the order of their submission."""
    return _rows(db, "1 ORDER BY number")


def by_number(db: sqlite3.Connection, number: int) -> Row | None:
    """One job."""
    return next(iter(_rows(db, "number = ?", (number,))), None)


def by_token(db: sqlite3.Connection, token: str) -> list[Row]:
    """The jobs that were submitted with this token."""
    return _rows(db, "token = ? ORDER BY number", (to_bytes(token),))


def fates(db: sqlite3.Connection, jobs: Iterable[LocalJob]) -> dict[int, Fate]:
    """What became of the jobs that these depend on."""
    wanted = {link.number for job in jobs for link in job.depend}
    rows = (by_number(db, number) for number in sorted(wanted))
    return {row.job.number: row.job.fate for row in rows if row}


def setting(db: sqlite3.Connection, name: str) -> str | None:
    """The value of a setting."""
    found = db.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
    return found[0] if found else None


def _rows(db: sqlite3.Connection, where: str, values: tuple[object, ...] = ()) -> list[Row]:
    cursor = db.cursor()
    cursor.row_factory = sqlite3.Row
    return [_row(found) for found in cursor.execute(f"SELECT {_COLUMNS} FROM jobs WHERE {where}", values).fetchall()]


def _row(found: sqlite3.Row) -> Row:
    return Row(
        job=_job(found),
        token=to_text(found["token"]),
        name=to_text(found["name"]),
        user=to_text(found["user"]),
        input_dir=to_text(found["input_dir"]),
        info_file=to_text(found["info_file"]),
        walltime=found["walltime"],
        submitted=found["submitted"],
        started=found["started"],
        ended=found["ended"],
        parent=None if found["pid"] is None else Identity(found["pid"], found["ticks"], found["boot"]),
        kill_asked=found["kill_asked"],
    )


def _job(found: sqlite3.Row) -> LocalJob:
    return LocalJob(
        number=found["number"],
        stage=Stage(found["stage"]),
        held=bool(found["held"]),
        need=Need(found["ncpus"], found["ngpus"], found["mem_kb"]),
        depend=from_text(found["depend"]),
        started=found["started"] is not None,
        exit_code=found["exit_code"],
        why=ended_by(found["why"]),
        detail=found["detail"],
    )
