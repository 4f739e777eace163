"""Asks batch systems for the steps of jobs: those that have begun, one question to each system."""

from collections.abc import Iterable, Mapping, Sequence

from qq.core.engines import asked_by
from qq.core.evidence import JobStep, NotAnswered
from qq.core.result import value_or_none
from qq.shell.batch.choose import open_batch
from qq.shell.select import Job


def steps_of(jobs: Iterable[Job], environ: Mapping[str, str]) -> Mapping[str, Sequence[JobStep]]:
    """Job id → its steps, as far as there are any and the batch system tells them."""
    ids: dict[str, list[str]] = {}
    for job in jobs:
        record = job.record
        if record.job_id is not None and record.start_time is not None and not isinstance(job.evidence, NotAnswered):
            ids.setdefault(asked_by(record.batch_system), []).append(record.job_id)
    found: dict[str, Sequence[JobStep]] = {}
    for engine, wanted in ids.items():
        batch = value_or_none(open_batch(engine, environ))
        found.update({} if batch is None else batch.steps(wanted))
    return found
