"""Terminates jobs."""

from collections.abc import Callable, Mapping, Sequence

from qq.core.real_state import real_state
from qq.core.report import Reports
from qq.core.selection import Selection
from qq.core.suitability import can_kill
from qq.shell.commands.face import SILENT, Face, always
from qq.shell.commands.picking import pick
from qq.shell.kill import kill as kill_jobs
from qq.shell.select import Job


def kill(
    chosen: Selection,
    environ: Mapping[str, str],
    *,
    force: bool = False,
    agree: Callable[[Sequence[Job]], bool] = always,
    face: Face = SILENT,
) -> Reports[None]:
    """Kills the jobs of a selection, if that is agreed to."""
    picked = pick(
        chosen, environ, face, lambda job: can_kill(job.record, real_state(job.record, job.evidence), force=force)
    )
    if picked.jobs and agree(picked.jobs):
        for report in kill_jobs(picked.jobs, environ, force=force, bar=face.bar):
            picked.tell(report)
    return picked.ended("killed jobs")
