"""Which command makes sense for which job, with a sentence where it does not (SPEC 8 and 9). Looks at nothing.

Each function gives the job back, or why it is skipped; the sentence follows the job's name: ``17.local (run): is …``.
"""

from qq.core.evidence import Evidence, NotAnswered, Seen
from qq.core.explain import Explanation, explain
from qq.core.lifecycle.decisions import results_are_due, uses_scratch
from qq.core.real_state import real_state
from qq.core.records.job import JobInfo
from qq.core.result import Failure, Result, Success
from qq.core.states import BatchState, RealState
from qq.core.troubles import Reason

_WORKING = frozenset({BatchState.RUNNING, BatchState.SUSPENDED, BatchState.EXITING})

Verdict = Result[JobInfo, str]

LIVE = frozenset(
    {
        RealState.QUEUED,
        RealState.HELD,
        RealState.WAITING,
        RealState.BOOTING,
        RealState.SUSPENDED,
        RealState.RUNNING,
    }
)
"""States that a job can be killed in."""

NOT_STARTED = frozenset({RealState.QUEUED, RealState.HELD, RealState.WAITING, RealState.BOOTING})
"""States in which the job has no working directory yet."""

ENDED = frozenset({RealState.FINISHED, RealState.FAILED, RealState.KILLED})


def synchronized(job: JobInfo) -> bool:
    """Whether all that was due is at home and the working directory on scratch is gone (SPEC 7, at its end)."""
    if job.work_dir is None or not uses_scratch(job):
        return False
    if job.delivered is not None:
        return True
    return job.of_older_wrapper and job.exit_code is not None and job.transfer_mode.allows(job.exit_code)


def can_sync(job: JobInfo, state: RealState) -> Verdict:
    """Whether there is something to bring home."""
    if not uses_scratch(job):
        return Failure("works in its input directory: there is nothing to fetch")
    if synchronized(job):
        return Failure("is synchronized: its results are at home already")
    if state in NOT_STARTED:
        return Failure(f"is {state}: it has no working directory yet")
    if state is RealState.KILLED and job.work_dir is None:
        return Failure("was killed before it had a working directory")
    if job.work_dir is None or job.main_node is None:
        return Failure("has no working directory in its info file: there is nowhere to fetch from")
    if state in (RealState.RUNNING, RealState.EXITING) and results_are_due(job):
        return Failure("has a script that has ended: its results are on their way home")
    return Success(job)


def can_kill(job: JobInfo, state: RealState, *, force: bool = False) -> Verdict:
    """Whether there is something to terminate; ``force``: whatever its state is."""
    if force or state in LIVE:
        return Success(job)
    if state is RealState.EXITING:
        return Failure("is exiting already (--force ends it at once)")
    return Failure(f"is {state}: there is nothing to kill (--force asks the batch system all the same)")


def can_wait(job: JobInfo, state: RealState) -> Verdict:
    """Whether its end can come: waiting for a job whose state can't be told would never end."""
    if state in (RealState.INCONSISTENT, RealState.UNKNOWN):
        return Failure(f"is {state}")
    return Success(job)


def can_clear(job: JobInfo, evidence: Evidence, *, force: bool = False) -> Verdict:
    """Whether its runtime files may go."""
    return _can_undo(job, evidence, force, frozenset({RealState.KILLED, RealState.FAILED, RealState.INCONSISTENT}))


def can_wipe(job: JobInfo, evidence: Evidence, *, force: bool = False) -> Verdict:
    """Whether its working directory may go, as far as the record tells (the mark must agree)."""
    if job.work_dir is None:
        return Failure("has no working directory")
    if not uses_scratch(job):
        return Failure("works in its input directory, which is never deleted")
    return _can_undo(job, evidence, force, ENDED)


def can_respawn(job: JobInfo, evidence: Evidence, *, force: bool = False) -> Verdict:
    """Whether it may be submitted again."""
    vain = None if force else _waited_in_vain(job, evidence)
    if vain is not None:
        return Failure(f"never started: {vain.words}; next: {vain.next_command}")
    return _can_undo(job, evidence, force, frozenset({RealState.KILLED, RealState.FAILED}))


def can_recover(job: JobInfo, evidence: Evidence) -> Verdict:
    """Whether recovery may look at it: refused in every live state, and while nobody can say that it is none."""
    if isinstance(evidence, NotAnswered):
        return Failure(f"can't be told dead from alive: the batch system does not answer ({evidence.why})")
    if _is_working(evidence):
        return Failure("is still running, suspended or exiting, says the batch system")
    state = real_state(job, evidence)
    if state in LIVE:
        return Failure(f"is {state}: a live job is not recovered")
    if state in (RealState.KILLED, RealState.FAILED) and job.script_exit_code is None:
        return Failure(f"is {state} and its script never ended by itself: there is nothing to recover (qq respawn)")
    vain = _waited_in_vain(job, evidence)
    if vain is not None:
        return Failure(f"never started: {vain.words}; there is nothing to recover: {vain.next_command}")
    return Success(job)


def _waited_in_vain(job: JobInfo, evidence: Evidence) -> Explanation | None:
    """What is told of a job that its batch system gave up, since what it depends on can't end as it would have to."""
    told = explain(job, evidence)
    return told if told.state is RealState.INCONSISTENT and told.reason is Reason.DEPENDENCY else None


def _is_working(evidence: Evidence) -> bool:
    """Whether it has processes: a suspended job goes on where it was."""
    return isinstance(evidence, Seen) and evidence.state in _WORKING


def _can_undo(job: JobInfo, evidence: Evidence, force: bool, states: frozenset[RealState]) -> Verdict:
    if isinstance(evidence, NotAnswered):
        return Failure(f"can't be told dead from alive: the batch system does not answer ({evidence.why})")
    if _is_working(evidence):
        return Failure("is still running, suspended or exiting, says the batch system")
    if force:
        return Success(job)
    if results_are_due(job):
        return Failure("has results that are not at home yet: qq recover brings them (--force drops them)")
    state = real_state(job, evidence)
    if state in states:
        return Success(job)
    first = explain(job, evidence).next_command if state is RealState.INCONSISTENT else ""
    return Failure(f"is {state}{f'; next: {first}' if first else ''} (--force overrides)")
