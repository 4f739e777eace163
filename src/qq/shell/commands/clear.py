"""Deletes the runtime files of jobs that are over, and what qq left behind, from directories."""

import posixpath
from collections.abc import Mapping

from pyrsistent import pvector

from qq.core.replacing import replace
from qq.core.report import Kind, Report, Reports, reports
from qq.core.selection import Selection
from qq.shell.clear import Cleared, Task
from qq.shell.clear import clear as clear_each
from qq.shell.commands.face import SILENT, Face
from qq.shell.present.lines import name_of
from qq.shell.records import directories
from qq.shell.select import select


def clear(
    chosen: Selection, environ: Mapping[str, str], *, force: bool = False, face: Face = SILENT
) -> Reports[Cleared]:
    """Clears directories; of jobs that are named by their ids, states or server only what is theirs."""
    tasks, troubles = _tasks(chosen, environ)
    for trouble in troubles:
        face.complain(trouble)
    told: list[Report[Cleared]] = []
    for outcome in clear_each(tasks, environ, force=force, bar=face.bar):
        told.append(_report(outcome))
        face.tell(told[-1])
    return reports("cleared", told, troubles)


def _tasks(chosen: Selection, environ: Mapping[str, str]) -> tuple[list[Task], list[str]]:
    """The directories, and the jobs that were named; and a line for each word that means nothing."""
    troubles: list[str] = []
    tasks: list[Task] = []
    by_job = bool(chosen.states or chosen.server)
    if not by_job:
        tasks += [Task(directory) for directory in directories(chosen, troubles)]
    if by_job or chosen.ids:
        selected = select(chosen if by_job else replace(chosen, dirs=pvector()), environ)
        troubles += selected.troubles
        tasks += [Task(posixpath.dirname(job.info_file), job) for job in selected.jobs]
    return tasks, troubles


def _report(outcome: Cleared) -> Report[Cleared]:
    only = outcome.task.only
    kind, did, words, warnings = _told(outcome)
    return Report(
        name=outcome.task.directory if only is None else name_of(only.record),
        job_id=None if only is None else only.record.job_id,
        kind=kind,
        did=did,
        words=words,
        warnings=pvector(warnings),
        detail=outcome,
    )


def _told(outcome: Cleared) -> tuple[Kind, str, str, list[str]]:
    notes = [f"{what} {why}" for what, why in outcome.kept]
    stand = [f"{place.host}:{place.path} still stands" for place in outcome.left]
    stand += [f"{place.host}:{place.path} may still stand: {trouble}" for place, trouble in outcome.unseen]
    notes += [f"the working directory {place} (next time, qq wipe first)" for place in stand]
    removed = f"removed {', '.join(outcome.removed)}"
    if outcome.failed:
        also = [removed] if outcome.removed else []
        return Kind.FAILED, "failed", f"was not cleared: {'; '.join(outcome.failed)}", [*notes, *also]
    if outcome.removed:
        return Kind.DONE, "cleared", removed, notes
    if not notes:
        return Kind.SKIPPED, "skipped", "has nothing to clear", []
    first, *others = notes
    return Kind.SKIPPED, "skipped", f"is left as it is: {first}", others
