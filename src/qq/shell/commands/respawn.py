"""Submits failed and killed jobs again."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack

from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.report import Kind, Report, Reports
from qq.core.respawning import suitable
from qq.core.result import Failure, Result
from qq.core.selection import Selection
from qq.shell.commands.face import SILENT, Face, always
from qq.shell.commands.picking import Picked, pick, report_of
from qq.shell.commands.side_by_side import side_by_side
from qq.shell.configuration import load_setup
from qq.shell.perform.dispatch import hands_for
from qq.shell.perform.others import close
from qq.shell.respawn import Prepared, Respawner, ask_dependencies, prepare
from qq.shell.respawn import respawn as submit_again
from qq.shell.select import Job
from qq.shell.signals import Signals, listening_if_possible
from qq.shell.submission import Batches
from qq.shell.wipe import Do, doing

_Looked = tuple[Job, Result[Prepared, str], Do]


def respawn(
    chosen: Selection,
    environ: Mapping[str, str],
    *,
    force: bool = False,
    agree: Callable[[Sequence[Prepared]], bool] = always,
    face: Face = SILENT,
) -> Reports[JobInfo]:
    """Submits each job of a selection again, if that is agreed to; the new record is the detail of its report."""
    with listening_if_possible() as signals, ExitStack() as open_ends:
        picked = pick(chosen, environ, face, lambda job: suitable(job.record, job.evidence, force=force))
        respawner = _respawner(picked, environ)
        if picked.jobs and respawner is not None:
            ready = _looked(picked, respawner, signals, open_ends)
            if ready and agree([prepared for prepared, _ in ready]):
                for report in side_by_side(
                    "submitting", ready, lambda one: _respawned(*one, respawner, signals), face.bar
                ):
                    picked.tell(report)
        return picked.ended("submitted again", interrupted=signals.first is not None)


def _respawner(picked: Picked, environ: Mapping[str, str]) -> Respawner | None:
    setup = load_setup(environ)
    if isinstance(setup, Failure):
        for line in map(str, setup.failure()):
            picked.troubles.append(line)
            picked.face.complain(line)
        return None
    limited: Mapping[str, str] = {**setup.unwrap().configuration.limits, **environ}
    batches = Batches()
    said = ask_dependencies(picked.jobs, limited, batches)
    return Respawner(setup=setup.unwrap(), environ=limited, said=said, batches=batches)


def _looked(picked: Picked, respawner: Respawner, signals: Signals, open_ends: ExitStack) -> list[tuple[Prepared, Do]]:
    """What can be submitted again; of what can't, that is told."""

    def look(job: Job) -> _Looked:
        hands = hands_for(job.record, respawner.environ, signals)
        open_ends.callback(close, hands.others)
        do = doing(hands, signals)
        return job, prepare(job, respawner, do), do

    ready: list[tuple[Prepared, Do]] = []
    for job, prepared, do in side_by_side("looking", picked.jobs, look, picked.face.bar):
        if isinstance(prepared, Failure):
            picked.tell(report_of(job, Kind.FAILED, "failed", prepared.failure()))
        else:
            ready.append((prepared.unwrap(), do))
    return ready


def _respawned(prepared: Prepared, do: Do, respawner: Respawner, signals: Signals) -> Report[JobInfo]:
    """After Ctrl-C what has begun is completed, the rest is not begun."""
    job = prepared.job
    if signals.first is not None:
        return report_of(job, Kind.FAILED, "failed", "was not submitted again: interrupted; it is as it was")
    result = submit_again(prepared, respawner, do)
    if isinstance(result, Failure):
        return report_of(job, Kind.FAILED, "failed", f"was not submitted again: {result.failure()}")
    done = result.unwrap()
    new = replace(prepared.new, job_id=done.job_id)
    warnings = [f"warning: {why}" for why in done.stays]
    words = f"submitted again as {done.job_id}"
    return report_of(job, Kind.DONE, "submitted again", words, *warnings, detail=new)
