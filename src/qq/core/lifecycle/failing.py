"""What a trouble means for a job, by the phase in which it came."""

from qq.core.exitcodes import NOT_OURS, TROUBLE
from qq.core.lifecycle.decisions import uses_scratch
from qq.core.lifecycle.learning import Event, NonsenseError, at, ending
from qq.core.lifecycle.phases import Phase
from qq.core.lifecycle.run import Run
from qq.core.moments import (
    EffectFailed,
)
from qq.core.replacing import replace
from qq.core.troubles import Reason, Trouble

_BEFORE_SCRIPT = frozenset({Phase.PREVIOUS, Phase.SURVEY, Phase.STAGE})
_KEPT = frozenset(
    {
        Reason.INCLUDED_MISSING,
        Reason.INPUT_DIR_GONE,
        Reason.INTERPRETER_MISSING,
        Reason.SCRIPT_MISSING,
        Reason.NOT_VERIFIED,
        Reason.PLACE_TAKEN,
        Reason.HOST_UNREACHABLE,
        Reason.PREVIOUS_NOT_FINISHED,
        Reason.WORK_DIR_GONE,
        Reason.NO_NODES,
        Reason.RECORD_NOT_WRITTEN,
        Reason.RECORD_UNREADABLE,
        Reason.RECORD_INVALID,
    }
)
"""Reasons that say more than the phase in which they come."""


def reason_in(phase: Phase, reason: Reason) -> Reason:
    """What a trouble means for the job, by the phase in which it came."""
    if reason in _KEPT:
        return reason
    if phase in _BEFORE_SCRIPT:
        return Reason.SCRATCH_FULL if reason is Reason.NO_SPACE else Reason.STAGE_IN
    if reason is Reason.NO_SPACE:
        return Reason.NO_ROOM_FOR_PROOF if phase is Phase.PROOF else Reason.HOME_FULL
    if phase in (Phase.ARCHIVE, Phase.ARCHIVED):
        return Reason.ARCHIVING
    return reason if phase is Phase.EXECUTE else Reason.COPY_HOME


def fail_with(run: Run, event: Event, trouble: Trouble) -> Run:
    """It can't go on: stdout and stderr home if possible, the reason into the record, nothing deleted."""
    return replace(at(ending(run, TROUBLE), event, Phase.FAIL_LOOK), trouble=trouble)


def failing(run: Run, event: Event) -> Run:
    """An effect failed for good."""
    if not isinstance(event, EffectFailed):
        raise NonsenseError("no trouble")
    if event.trouble.reason is Reason.DISOWNED:
        return replace(at(run, event, Phase.DISOWN), ending=NOT_OURS)
    reason = reason_in(run.phase, event.trouble.reason)
    words = f"{reason.sentence}: {event.trouble}" if reason is not event.trouble.reason else str(event.trouble)
    return fail_with(run, event, Trouble(reason, words))


def anothers(run: Run, event: Event) -> Run:
    """The directory is another job's by now, its output perhaps, too: nothing comes home from there."""
    words = f"the working directory {run.at_work} carries the mark of another job: nothing was brought home"
    return replace(at(ending(run, TROUBLE), event, Phase.FAIL_RECORD), trouble=Trouble(Reason.WORK_DIR_GONE, words))


def gone(run: Run, event: Event) -> Run:
    """The directory that holds the results is not there."""
    if uses_scratch(run.job):
        return fail_with(run, event, Trouble(Reason.WORK_DIR_GONE, f"the working directory {run.at_work} is gone"))
    return fail_with(run, event, Trouble(Reason.INPUT_DIR_GONE, f"the input directory {run.job.input_dir} is gone"))
