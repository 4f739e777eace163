"""The first step of every command about jobs: which they are, and which of them it makes sense for."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from pyrsistent import pvector

from qq.core.evidence import Seen
from qq.core.real_state import real_state
from qq.core.report import Kind, Report, Reports, reports
from qq.core.result import Failure
from qq.core.selection import Selection
from qq.core.suitability import Verdict
from qq.shell.commands.face import Face
from qq.shell.select import Job, select

SKIPPED = "skipped"


class Picked(Struct):
    """The jobs that are suitable, and what has been told so far."""

    face: Face
    jobs: list[Job] = field(default_factory=list)
    told: list[Report[Any]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    lost: list[Seen] = field(default_factory=list)
    """Live jobs of qq without a record, if these were wanted, too."""
    named: int = 0
    order: list[str] = field(default_factory=list)
    """The info files of all jobs, as they were named."""

    def tell(self, report: Report[Any]) -> None:
        """One more job is dealt with."""
        self.told.append(report)
        self.face.tell(report)

    def ended(self, title: str, *, interrupted: bool = False) -> Reports[Any]:
        """All that was told."""
        made = reports(title, self.told, self.troubles)
        made.named = self.named
        made.order = self.order
        made.interrupted = interrupted and not made.ok  # a signal that came when all was done stopped nothing
        return made


def pick(
    chosen: Selection,
    environ: Mapping[str, str],
    face: Face,
    verdict: Callable[[Job], Verdict] | None = None,
    *,
    lost: bool = False,
) -> Picked:
    """Finds the jobs of a selection; those that are not suitable are reported as skipped.

    ``lost``: live jobs without a record are wanted, and no trouble.
    """
    selected = select(chosen, environ, lost=lost)
    picked = Picked(face, troubles=selected.troubles, lost=selected.lost)
    picked.named = len(selected.jobs) + len(selected.lost) + len(selected.troubles)
    picked.order = [job.info_file for job in selected.jobs]
    for trouble in picked.troubles:
        face.complain(trouble)
    for job in selected.jobs:
        why = verdict(job) if verdict is not None else None
        if isinstance(why, Failure):
            picked.tell(report_of(job, Kind.SKIPPED, SKIPPED, why.failure()))
        else:
            picked.jobs.append(job)
    return picked


def report_of(
    job: Job, kind: Kind, did: str, words: str, *warnings: str, notes: Sequence[str] = (), detail: Any = None
) -> Report[Any]:
    """What was done about this job."""
    return Report(
        name=job.name,
        job_id=job.record.job_id,
        job_name=job.record.job_name,
        info_file=job.info_file,
        state=real_state(job.record, job.evidence),
        kind=kind,
        did=did,
        words=words,
        notes=pvector(notes),
        warnings=pvector(warnings),
        detail=detail,
    )
