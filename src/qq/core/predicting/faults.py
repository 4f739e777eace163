"""What may go wrong while a job is simulated: ``qq.faults``. Each function makes one value for ``simulate(faults=…)``.

``during`` is one of ``staging``, ``running``, ``archiving``, ``copying home``, ``submitting``, ``clearing up``: it
comes in the middle of that. ``cycle`` is a cycle's number (of a continuous job: 1 for the first run); without it, it
comes in the first cycle that is played. What means nothing is an ``InvalidJob``.
"""

from qq.core.predicting.checks import name_fault, size_fault
from qq.core.predicting.doing import Doing, known_moment
from qq.core.predicting.mishaps import (
    BatchSilent,
    DiskFull,
    Edited,
    Killed,
    Kind,
    Mishap,
    NodeLost,
    StepFails,
    SubmissionRefused,
)
from qq.core.records.parse import shown
from qq.core.result import Fault, InvalidJob

__all__ = ["batch_silent", "disk_full", "edited", "fails", "killed", "node_lost", "submission_refused"]


def __dir__() -> list[str]:
    return __all__


def killed(during: str = Doing.RUNNING, cycle: int | None = None, *, by_user: bool = False) -> Mishap:
    """The job is terminated: walltime, preemption; ``by_user``: with ``qq kill``."""
    return _mishap(Killed(by_user), during, cycle)


def node_lost(
    during: str = Doing.RUNNING, cycle: int | None = None, *, for_good: bool = False, requeued: bool = False
) -> Mishap:
    """The node stops, as in a power cut. ``for_good``: scratch is lost with it, else it comes back.

    ``requeued``: the batch system starts the same job again by itself.
    """
    return _mishap(NodeLost(for_good, requeued), during, cycle)


def disk_full(disk: str, during: str | None = None, cycle: int | None = None) -> Mishap:
    """No space is left on ``scratch`` (if nothing else is said: while running) or at ``home`` (while copying home).

    Then nothing can be written there, not even the info file; on a real disk that still fits, as a rule.
    """
    usual = {"scratch": Doing.RUNNING, "home": Doing.COPYING_HOME}
    if disk not in list(usual):
        raise _invalid("disk", f"{shown(disk)} is no disk that can be full; name 'scratch' or 'home'")
    return _mishap(DiskFull(disk), during or usual[disk], cycle)


def batch_silent(during: str = Doing.SUBMITTING, cycle: int | None = None) -> Mishap:
    """The batch system does not answer from then on."""
    return _mishap(BatchSilent(), during, cycle)


def submission_refused(cycle: int | None = None) -> Mishap:
    """The batch system refuses the job that is to follow."""
    return _mishap(SubmissionRefused(), Doing.SUBMITTING, cycle)


def fails(words: str, times: int | None = None, cycle: int | None = None) -> Mishap:
    """The first step whose words (as ``qq.plan`` shows them) contain these fails, so many times in a row.

    A step that may succeed later is tried three times, as in a real job; ``times`` None: it always fails.
    """
    given: object = words
    if not isinstance(given, str) or not given.strip():
        raise _invalid("words", "fails() wants words of the step that fails, as qq.plan(job) shows them")
    return Mishap(StepFails(given, _times(times)), None, _cycle(cycle))


def edited(name: str, size: int = 5, during: str = Doing.RUNNING, cycle: int | None = None) -> Mishap:
    """You change, or make, a file in the input directory meanwhile."""
    given = {"name": name_fault(name), "size": size_fault(size)}
    wrong = [Fault(place, words) for place, words in given.items() if words]
    if wrong:
        raise InvalidJob(wrong)
    return _mishap(Edited(name, size), during, cycle)


def _mishap(kind: Kind, during: str, cycle: int | None) -> Mishap:
    return Mishap(kind, known_moment(during), _cycle(cycle))


def _times(times: object) -> int | None:
    if times is None:
        return None
    if isinstance(times, bool) or not isinstance(times, int) or times < 1:
        raise _invalid("times", f"a step can't fail {shown(times)} times; once is the least")
    return times


def _cycle(cycle: object) -> int | None:
    if cycle is None:
        return None
    if isinstance(cycle, bool) or not isinstance(cycle, int) or cycle < 0:
        raise _invalid("cycle", f"{shown(cycle)} is no number of a cycle")
    return cycle


def _invalid(place: str, words: str) -> InvalidJob:
    return InvalidJob([Fault(place, words)])
