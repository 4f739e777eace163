"""Pieces that every phase learns with: the answers of a moment, and where it leads."""

from collections.abc import Callable
from typing import TypeVar

from pyrsistent import PVector, pvector

from qq.core.exitcodes import NO_RECORD, NOT_OURS, TERMINATED
from qq.core.lifecycle.begin import ended
from qq.core.lifecycle.decisions import is_closed
from qq.core.lifecycle.phases import Phase
from qq.core.lifecycle.run import Run
from qq.core.moments import (
    Answer,
    Done,
    EffectFailed,
    Refused,
    Terminated,
    Written,
)
from qq.core.records.job import JobInfo, WorkDir
from qq.core.replacing import replace

Event = Done | EffectFailed | Refused | Terminated
Learn = Callable[[Run, Event], Run]
A = TypeVar("A", bound=Answer)

MAX_RETAKES = 5
"""How often a record that others added to is read and written again."""


class NonsenseError(Exception):
    """A moment that can't be in this phase: a bug. It ends the run with 99 and no effects."""


def answers(event: Event, kind: type[A]) -> list[A]:
    """The answers of this kind, in their order."""
    return [answer for answer in event.answers if type(answer) is kind]


def only(event: Event, kind: type[A]) -> A:
    """The one answer of this kind."""
    found = answers(event, kind)
    if len(found) != 1:
        raise NonsenseError(f"{len(found)} answers {kind.__name__}")
    return found[0]


def at(run: Run, event: Event, phase: Phase) -> Run:
    """The same run, in another phase, at the moment's time."""
    return replace(run, phase=phase, now=event.now, retakes=0)


def to(phase: Phase) -> Learn:
    """Nothing is learned but that it goes on there."""
    return lambda run, event: at(run, event, phase)


def end(code: int | None = None) -> Learn:
    """The end, with this exit code; None: the one that is due."""

    def learn(run: Run, _event: Event) -> Run:
        return ended(run, exit_code(run) if code is None else code)

    return learn


def exit_code(run: Run) -> int:
    """As this life decided, else as the record says."""
    if run.ending is not None:
        return run.ending
    return run.job.exit_code if run.job.exit_code is not None else 0


def ending(run: Run, code: int) -> Run:
    """The life will have this exit code, unless it was decided before."""
    return run if run.ending is not None else replace(run, ending=code)


def nonsense(run: Run, event: Event) -> Run:
    """This can't happen here."""
    raise NonsenseError(f"{type(event).__name__} in {run.phase}")


def recorded(run: Run, event: Event, phase: Phase) -> Run:
    """The same, once the record is as asked."""
    job = run.asked
    if job is None:
        raise NonsenseError("the record was asked for nothing")
    return replace(at(run, event, phase), job=job, disk=job, asked=None, version=only(event, Written).version)


def written(phase: Phase) -> Learn:
    """The record is as asked, and nothing else is learned."""
    return lambda run, event: recorded(run, event, phase)


def adopted(run: Run, event: Event) -> Run | None:
    """The run with what others may add to the record, in the same phase; None: the record is not ours any more."""
    if not isinstance(event, Refused) or event.on_disk is None or event.version is None:
        return None
    disk, ours = event.on_disk, (run.version.token, run.version.attempt)
    # A job that another recovery has brought to its end meanwhile is failed before and after, if its script failed.
    went_on = is_closed(disk) and not is_closed(run.disk)
    same = (disk.token, disk.attempt) == ours and disk.state is run.disk.state and not went_on
    known = disk.job_id in (None, run.disk.job_id, run.job_id or None)
    if not same or not known or run.retakes >= MAX_RETAKES:
        return None
    job = replace(
        run.job,
        job_id=run.job.job_id or disk.job_id,
        killed_by=disk.killed_by,
        resubmitted_as=disk.resubmitted_as,
        unknown=disk.unknown,
        earlier_work_dirs=_still_named(run, disk),
    )
    if run.phase is Phase.RESTART_RECORD:
        job = replace(job, job_id=disk.job_id)
    return replace(run, job=job, disk=disk, version=event.version, retakes=run.retakes + 1, now=event.now)


def _still_named(run: Run, disk: JobInfo) -> PVector[WorkDir]:
    """Our earlier working directories without those that others took out of the record: they have been wiped."""
    wiped = [one for one in run.disk.earlier_work_dirs if one not in disk.earlier_work_dirs]
    return pvector(one for one in run.job.earlier_work_dirs if one not in wiped)


def newly_killed(run: Run, retaken: Run) -> bool:
    """Whether the user has killed the job meanwhile; recovery completes such a job all the same."""
    return not run.recovering and retaken.job.killed_by is not None and run.job.killed_by is None


def refused(not_ours: Learn, killed: Learn) -> Learn:
    """Others added to the record: ask again. The user killed the job, or the record is another's: as told."""

    def learn(run: Run, event: Event) -> Run:
        retaken = adopted(run, event)
        if retaken is None:
            return not_ours(run, event)
        return killed(retaken, event) if newly_killed(run, retaken) else retaken

    return learn


def lost(event: Event) -> int:
    """The exit code of a life whose record is not its own any more: there is none, or it is another's."""
    return NO_RECORD if isinstance(event, Refused) and event.on_disk is None else NOT_OURS


def end_lost(run: Run, event: Event) -> Run:
    """The end of such a life."""
    return ended(run, lost(event))


def disowned(run: Run, event: Event) -> Run:
    """The record is not ours any more: stop the script, touch nothing else."""
    return replace(at(run, event, Phase.DISOWN), ending=lost(event))


def not_written(run: Run, event: Event) -> Run:
    """The record can't be written: the same."""
    return replace(at(run, event, Phase.DISOWN), ending=NO_RECORD)


def killed_while_running(run: Run, event: Event) -> Run:
    """The record says that the user killed the job: it is stopped, and exits with 93."""
    return at(ending(run, NOT_OURS), event, Phase.STOP_RECORD)


def terminated(run: Run, event: Event) -> Run:
    """A signal asked for the end: first the script, if it runs, then the record."""
    first = Phase.STOP_SIGNAL if run.phase is Phase.EXECUTE else Phase.STOP_RECORD
    return at(ending(run, TERMINATED), event, first)
