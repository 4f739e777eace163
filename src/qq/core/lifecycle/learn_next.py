"""What a run learns about the job that follows."""

from qq.core.exitcodes import TROUBLE
from qq.core.lifecycle.begin import ended
from qq.core.lifecycle.learning import Event, NonsenseError, adopted, answers, at, ending, exit_code
from qq.core.lifecycle.phases import Phase
from qq.core.lifecycle.run import Run
from qq.core.moments import (
    EffectFailed,
    FoundJob,
    RecordFound,
    Refused,
    Removed,
    Submitted,
    Written,
)
from qq.core.paths import to_text
from qq.core.replacing import replace
from qq.core.troubles import Reason, Trouble


def looked_up(run: Run, event: Event) -> Run:
    """Whether the batch system knows the next job already."""
    found = answers(event, FoundJob)
    return replace(at(run, event, Phase.INTEND), next_id=found[0].job_id if found else None)


def intended(run: Run, event: Event) -> Run:
    """The next record stands, or takes this one's place later."""
    there = [found.job for found in answers(event, RecordFound)]
    if any(job is None or (job.token, job.attempt) != (run.version.token, run.version.attempt) for job in there):
        return at(run, event, Phase.REMOVE)
    made = answers(event, Written)
    return replace(at(run, event, Phase.SUBMIT), next_version=made[0].version if made else None)


def next_exists(run: Run, event: Event) -> Run:
    """A record stands where the next one goes: our own from an earlier life, or another's, which is left alone."""
    if not isinstance(event, Refused) or run.next_job is None:
        raise NonsenseError("no record")
    disk, token = event.on_disk, run.next_job.token
    if disk is None:
        words = f"{run.record_of(run.next_job)} is there already, and is no record"
        trouble = Trouble(Reason.PLACE_TAKEN, words)
        return replace(at(ending(run, TROUBLE), event, Phase.NOTE_REFUSAL), trouble=trouble)
    if disk.token == token:
        known = disk.job_id or run.next_id
        return replace(at(run, event, Phase.SUBMIT), next_job=disk, next_version=event.version, next_id=known)
    words = f"{disk.job_name} is there already, as another submission: the chain goes on with that one"
    return replace(at(run, event, Phase.REMOVE), say=(words,))


def submitted(run: Run, event: Event) -> Run:
    """The next job has an id: from now on nothing changes the exit code."""
    got = answers(event, Submitted)
    return replace(at(run, event, Phase.LINK), next_id=got[0].job_id if got else run.next_id)


def not_submitted(run: Run, event: Event) -> Run:
    """The record is another's by now: nothing is due. A definite no takes the next record back; without an answer it
    stays and is adopted by its token later."""
    if not isinstance(event, EffectFailed):
        raise NonsenseError("no trouble")
    if event.trouble.reason is Reason.DISOWNED:  # the chain went on, or another job stands there
        return at(run, event, Phase.REMOVE)
    no = run.phase is Phase.SUBMIT and event.trouble.reason is Reason.BATCH_REFUSED
    phase = Phase.WITHDRAW if no else Phase.NOTE_REFUSAL
    return replace(at(ending(run, TROUBLE), event, phase), trouble=event.trouble)


def link_refused(run: Run, event: Event) -> Run:
    """Others added to the record: again. Else the next job took this record over, and that was all there was to do."""
    retaken = adopted(run, event)
    if retaken is None or retaken.job.resubmitted_as is not None:  # links are set once
        return at(retaken or run, event, Phase.REMOVE)
    return retaken


def removed(run: Run, event: Event) -> Run:
    """The working directory is gone, or named."""
    kept = [to_text(path) for answer in answers(event, Removed) for path in answer.kept]
    if not kept:
        return at(run, event, Phase.FAREWELL) if run.say else ended(run, exit_code(run))
    some = ", ".join(kept[:5]) + (f" and {len(kept) - 5} more" if len(kept) > 5 else "")
    return farewell(run, event, f"the working directory {run.at_work} is kept: {some} (not at home as it stands there)")


def not_removed(run: Run, event: Event) -> Run:
    """A leak, not a loss: everything is at home."""
    why = event.trouble if isinstance(event, EffectFailed) else "interrupted"
    return farewell(run, event, f"the working directory {run.at_work} could not be removed ({why}): see qq wipe")


def farewell(run: Run, event: Event, words: str) -> Run:
    """Last words before the end."""
    return replace(at(run, event, Phase.FAREWELL), say=(*run.say, words))
