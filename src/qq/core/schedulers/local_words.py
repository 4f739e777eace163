"""What the embedded queue says of a job: its own stage in SPEC's words, and a comment that says why. Pure."""

from collections.abc import Sequence
from typing import assert_never

from qq.core.evidence import code_words
from qq.core.one_line import listed
from qq.core.schedulers.local import Capacity, LocalJob, Stage, job_id, lacking, less
from qq.core.schedulers.local_depend import Impossible, Link, Met, Outlook, Waits
from qq.core.states import BatchState
from qq.core.troubles import Reason

_KIND = {
    "after": "to start",
    "afterok": "to end well",
    "afternotok": "to fail",
    "afterany": "to end",
}


def batch_state(job: LocalJob, outlook: Outlook) -> BatchState:
    """SPEC's word. A job that waits for another one is held, as in PBS."""
    match job.stage:
        case Stage.PENDING:
            return BatchState.HELD if job.held or outlook != Met() else BatchState.QUEUED
        case Stage.RUNNING:
            return BatchState.RUNNING
        case Stage.EXITING:
            return BatchState.EXITING
        case Stage.ENDED:
            return BatchState.FINISHED if job.exit_code == 0 else BatchState.FAILED
    assert_never(job.stage)


def comment(job: LocalJob, outlook: Outlook, capacity: Capacity, at_work: Sequence[LocalJob] = ()) -> str:
    """Why the job waits, is being ended, or ended; empty if there is nothing to say. ``at_work``: who has the room."""
    match job.stage:
        case Stage.PENDING:
            return _why_it_waits(job, outlook, capacity, at_work)
        case Stage.RUNNING:
            return job.detail
        case Stage.EXITING | Stage.ENDED:
            return ": ".join(part for part in (job.why.sentence if job.why else "", job.detail) if part)
    assert_never(job.stage)


def _why_it_waits(job: LocalJob, outlook: Outlook, capacity: Capacity, at_work: Sequence[LocalJob]) -> str:
    if job.held:
        return "held by its user"
    match outlook:
        case Waits(links):
            return "waits for " + ", ".join(map(waited_for, links))
        case Impossible(link):
            return never(link)
        case Met():
            lack = lacking(job.need, capacity)
            return f"wants {lack} on this machine" if lack else _waits_for_room(job, capacity, at_work)
    assert_never(outlook)


def _waits_for_room(job: LocalJob, capacity: Capacity, at_work: Sequence[LocalJob]) -> str:
    lack = lacking(job.need, less(capacity, [each.need for each in at_work]))
    return f"waits for {lack} free; running: {listed((job_id(each.number) for each in at_work), 3)}" if lack else ""


def waited_for(link: Link) -> str:
    """What a link waits for: ``12.local to end well``."""
    return f"{job_id(link.number)} {_KIND[link.kind]}"


def never(link: Link) -> str:
    """That a link can't come true: ``waited for 12.local to end well``."""
    return f"waited for {waited_for(link)}"


def cannot(verb: str, job_id_text: str, job: LocalJob | None) -> str:
    """Why a command can't have its way with a job, in one line."""
    if job is None:
        return f"can't {verb} {job_id_text}: this machine's queue does not know it; see `qq jobs -a`"
    end = job.why.sentence if job.why else code_words(job.exit_code) if job.exit_code else ""
    words = {
        Stage.PENDING: "is waiting to start",
        Stage.RUNNING: "is running",
        Stage.EXITING: "is ending already",
        Stage.ENDED: "has ended" + (f" ({end})" if end else ""),
    }
    return f"can't {verb} {job_id_text}: it {words[job.stage]}"


def ended_by(number: int | None) -> Reason | None:
    """The reason that the queue's table holds; none: the job ended by itself."""
    return None if number is None else Reason.by_number(number)
