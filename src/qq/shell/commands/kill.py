"""Terminates jobs."""

from collections.abc import Callable, Mapping, Sequence

from qq.core.evidence import Seen
from qq.core.real_state import real_state
from qq.core.report import Reports
from qq.core.selection import Selection
from qq.core.suitability import Verdict, can_kill
from qq.shell.astray import no_copy
from qq.shell.commands.face import SILENT, Face, always
from qq.shell.commands.picking import pick
from qq.shell.kill import kill as kill_jobs
from qq.shell.kill import kill_lost
from qq.shell.perform.watch import Watch
from qq.shell.select import Job
from qq.shell.signals import listening_if_possible


def kill(
    chosen: Selection,
    environ: Mapping[str, str],
    *,
    force: bool = False,
    agree: Callable[[Sequence[Job | Seen]], bool] = always,
    face: Face = SILENT,
) -> Reports[None]:
    """Kills the jobs of a selection, if that is agreed to; by force also those that have no record any more."""

    def verdict(job: Job) -> Verdict:
        able = can_kill(job.record, real_state(job.record, job.evidence), force=force)
        return able.bind(lambda _: no_copy(job, "kill"))

    picked = pick(chosen, environ, face, verdict, lost=force and not chosen.states)
    wanted: list[Job | Seen] = [*picked.jobs, *picked.lost]
    if not wanted or not agree(wanted):
        return picked.ended("killed jobs")
    with listening_if_possible() as signals:  # not before: until it is agreed to, Ctrl-C ends the command
        watch = Watch(interrupted=lambda: signals.first is not None)
        for report in kill_jobs(picked.jobs, environ, force=force, bar=face.bar, watch=watch):
            picked.tell(report)
        for report in kill_lost(picked.lost, environ, watch):
            picked.tell(report)
        return picked.ended("killed jobs", interrupted=signals.first is not None)
