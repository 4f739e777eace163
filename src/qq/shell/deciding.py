"""The small decisions as notebooks ask for them: what is no job, no exit code and no evidence is raised.

Decided by the very functions that ``qq run`` decides by; these take only what is right, and are called all the time.
"""

from collections.abc import Callable
from typing import TypeVar

from pyrsistent import PVector, pvector

from qq.core import real_state as _real
from qq.core import suitability
from qq.core.evidence import Evidence, Seen
from qq.core.lifecycle import decisions
from qq.core.predicting.checks import code_fault, no_job
from qq.core.records.job import JobInfo
from qq.core.records.parse import shown
from qq.core.replacing import replace
from qq.core.result import Fault, InvalidJob
from qq.core.states import BatchState, RealState
from qq.core.suitability import Verdict

S = TypeVar("S", BatchState, RealState)


def should_transfer(job: JobInfo, exit_code: int | None) -> bool:
    """Whether the working directory comes home if the script ends with this exit code; None: it is killed, so no."""
    return _decided(decisions.should_transfer, job, exit_code)


def should_archive(job: JobInfo, exit_code: int | None) -> bool:
    """Whether the files of the cycle are archived if the script ends with this exit code; None: it is killed, so no."""
    return _decided(decisions.should_archive, job, exit_code)


def should_resubmit(job: JobInfo, exit_code: int | None) -> bool:
    """Whether the job goes on if the script ends with this exit code; None: it is killed, so no."""
    return _decided(decisions.should_resubmit, job, exit_code)


def next_cycle(job: JobInfo) -> int | None:
    """The number of the next cycle of a loop job; None after the last one, and for other jobs."""
    return decisions.next_cycle(_checked(job))


def excluded_paths(job: JobInfo) -> PVector[bytes]:
    """What does not travel to the working directory: exact paths relative to the input directory."""
    return pvector(decisions.excluded_paths(_checked(job)))


def can_sync(job: JobInfo, state: RealState | str) -> Verdict:
    """Whether there is something to bring home, in this state: ``Success`` with the job, ``Failure`` with why not.

    Both are true in an ``if``: ``can_sync(job, state).value_or(None)`` is the job or None, ``.failure()`` the sentence.
    """
    return suitability.can_sync(_checked(job), _state(RealState, state))


def real_state(job: JobInfo, evidence: Evidence) -> RealState:
    """What the job is really doing. ``evidence``: what its batch system says; a job of ``qq.info`` has it."""
    given: object = evidence
    if not isinstance(given, Evidence):
        words = f"{shown(given)} is none; give qq.Seen(…), qq.Absent() or qq.NotAnswered(why)"
        raise InvalidJob([Fault("evidence", words)])
    if isinstance(given, Seen):
        given = replace(given, state=_state(BatchState, given.state))
    return _real.real_state(_checked(job), given)


def _decided(decision: Callable[[JobInfo, int], bool], job: JobInfo, code: int | None) -> bool:
    _checked(job)
    if code is None:
        return False
    wrong = code_fault(code)
    if wrong is not None:
        raise InvalidJob([Fault("exit_code", wrong)])
    return decision(job, code)


def _checked(job: JobInfo) -> JobInfo:
    given: object = job
    if not isinstance(given, JobInfo):
        raise InvalidJob([no_job(given)])
    return given


def _state(states: type[S], word: object) -> S:
    found = next((state for state in states if state == word), None)
    if found is None:
        raise InvalidJob([Fault("state", f"{shown(word)} is no state; there are {', '.join(states)}")])
    return found
