"""What the queue is asked and told about jobs: each within one look or one change of its table."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from qq.core.evidence import Evidence
from qq.core.exitcodes import NOT_OURS
from qq.core.schedulers.local import Stage, job_id, number_of, of_token
from qq.core.schedulers.local_depend import Link, unknown
from qq.core.schedulers.local_words import cannot
from qq.core.troubles import Reason, Trouble
from qq.shell.batch.local import report, store
from qq.shell.batch.local.store import Row

Change = Callable[[sqlite3.Connection, Row], bool]
"""Changes a job; False: in its stage that can't be done."""


def unknown_of(db: sqlite3.Connection, wanted: Iterable[Link]) -> str | None:
    """Why a dependency on one of these can't be taken; None: the queue knows them all."""
    missing = (link.number for link in wanted if store.by_number(db, link.number) is None)
    return next((unknown(job_id(number)) for number in missing), None)


def rows_of(db: sqlite3.Connection, ids: Sequence[str], tokens: Sequence[str]) -> dict[str, Row]:
    """What the table has of these ids and tokens, by the key that was asked for."""
    found = {key: store.by_number(db, number) for key in ids if (number := number_of(key)) is not None}
    for token in tokens:
        rows = {row.job.number: row for row in store.by_token(db, token)}
        number = meant(rows.values())
        found[token] = None if number is None else rows[number]
    return {key: row for key, row in found.items() if row}


def meant(rows: Iterable[Row]) -> int | None:
    """Which of the jobs that were submitted with one token is meant."""
    return of_token((row.job for row in rows), NOT_OURS)


def evidence(db: sqlite3.Connection, rows: Mapping[str, Row]) -> dict[str, Evidence]:
    """The same as the batch system describes it."""
    return dict(zip(rows, report.seen(db, rows.values()), strict=True))


def changed(db: sqlite3.Connection, key: str, verb: str, change: Change) -> Trouble | None:
    """One change, to the job with this id; a trouble: it could not be made."""
    number = number_of(key)
    row = None if number is None else store.by_number(db, number)
    if row and change(db, row):
        return None
    return Trouble(Reason.BATCH_REFUSED, cannot(verb, key, row.job if row else None))


def kill(db: sqlite3.Connection, row: Row, *, force: bool) -> bool:
    """Ends a job that waits; asks the parent of one that runs (it must be signalled once this is on disk)."""
    if row.job.stage is Stage.PENDING:
        store.ended(db, row.job.number, exit_code=None, why=Reason.KILLED_BY_USER, detail="", now=time.time())
    elif row.job.stage is not Stage.ENDED:
        store.ask_kill(db, row.job.number, store.KILL if force else store.TERM)
    return row.job.stage is not Stage.ENDED


def hold(db: sqlite3.Connection, row: Row, *, held: bool) -> bool:
    """Holds a job that waits, or lets it go."""
    store.hold(db, row.job.number, held=held)
    return row.job.stage is Stage.PENDING
