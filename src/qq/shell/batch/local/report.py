"""What the queue's table says, as evidence."""

import os
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

from pyrsistent import pvector

from qq.core.evidence import Seen
from qq.core.records.values import Size
from qq.core.replacing import replace
from qq.core.schedulers.local import QUEUE, Capacity, LocalJob, Stage, job_id
from qq.core.schedulers.local_depend import Outlook, outlook
from qq.core.schedulers.local_words import batch_state, comment
from qq.core.troubles import Reason
from qq.shell.batch.local import settings, store
from qq.shell.batch.local.store import Row
from qq.shell.perform import processes


def seen(db: sqlite3.Connection, rows: Iterable[Row]) -> list[Seen]:
    """Each job as the batch system describes it."""
    rows = list(rows)
    pending = [row.job for row in rows if row.job.stage is Stage.PENDING]
    fates = store.fates(db, pending)
    at_work = [row.job for row in store.at_work(db)] if pending else []
    capacity = settings.capacity(db)
    return [_seen(_honest(row), outlook(row.job.depend, fates), capacity, at_work) for row in rows]


def without_parent(row: Row) -> bool:
    """Whether a job that should run has nobody who runs it (any more: look twice)."""
    return row.job.stage in (Stage.RUNNING, Stage.EXITING) and not (row.parent and processes.alive(row.parent))


def _honest(row: Row) -> Row:
    """A job whose parent vanished is being cleared away, whatever the table says until that is done."""
    if not without_parent(row):
        return row
    return replace(row, job=replace(row.job, stage=Stage.EXITING, why=Reason.VANISHED))


def _seen(row: Row, prospects: Outlook, capacity: Capacity, at_work: Sequence[LocalJob]) -> Seen:
    job = row.job
    return Seen(
        job_id=job_id(job.number),
        state=batch_state(job, prospects),
        name=row.name,
        queue=QUEUE,
        user=row.user,
        token=row.token,
        input_dir=row.input_dir,
        info_file=row.info_file,
        nnodes=1,
        ncpus=job.need.ncpus,
        ngpus=job.need.ngpus,
        mem=Size(job.need.mem_kb) if job.need.mem_kb else None,
        walltime=row.walltime,
        submitted=_time(row.submitted),
        started=_time(row.started),
        ended=_time(row.ended),
        nodes=pvector([os.uname().nodename]) if job.started else pvector(),
        exit_code=job.exit_code,
        comment=comment(job, prospects, capacity, at_work),
    )


def _time(seconds: float | None) -> datetime | None:
    """Local time in whole seconds, as in records."""
    return None if seconds is None else datetime.fromtimestamp(int(seconds))
