"""How PBS's words for a job become ours: state, substate, exit status and comment (qstat(1B), "Job States").

An exit status counts only when the job is over: PBS keeps one of an earlier start (-3), and arrays show one while they
run. A job that is over without one never ran to an end: substate 92 says because of another job, 91 because somebody
deleted it.
"""

from typing import Final

from pyrsistent import pmap

from qq.core.schedulers.pbs_text import Attributes, integer
from qq.core.states import BatchState
from qq.core.troubles import Reason

DEPENDENCY_HOLD = 22
"""Substate of a job that waits for another one."""
_DELETED, _NEVER_RAN = 91, 92

_STATES: Final = pmap(
    {
        "Q": BatchState.QUEUED,
        "T": BatchState.MOVING,
        "M": BatchState.MOVING,
        "H": BatchState.HELD,
        "W": BatchState.WAITING,
        "S": BatchState.SUSPENDED,
        "U": BatchState.SUSPENDED,
        "R": BatchState.RUNNING,
        "B": BatchState.RUNNING,
        "E": BatchState.EXITING,
    }
)
_OVER: Final = frozenset("FX")
_NOT_STARTED: Final = frozenset("QTHW")

_OWN_ENDS: Final = pmap(
    {
        -1: "PBS could not start it",
        -2: "PBS could not start it on its node (prologue, or no home directory there)",
        -3: "PBS could not start it on its node, and tried again",
        -24: "it used more cpus than it asked for",
        -25: "it used more cpus than it asked for",
        -26: "it used more virtual memory than it asked for",
        -27: "it used more memory than it asked for",
        -28: "it used more cpu time than it asked for",
        -29: "the walltime was reached",
    }
)
"""Exit statuses that PBS itself gives (Administrator's Guide, "Job Exit Status Codes")."""


def batch_state(job: Attributes) -> BatchState:
    """SPEC's word. UNKNOWN: a state that qq does not know."""
    word = job.get("job_state", "")
    if word in _OVER:
        return BatchState.FINISHED if exit_status(job) == 0 else BatchState.FAILED
    return _STATES.get(word, BatchState.UNKNOWN)


def is_over(job: Attributes) -> bool:
    """Whether the job has ended, in whatever way."""
    return job.get("job_state", "") in _OVER


def has_started(job: Attributes) -> bool:
    """Whether it runs or ran: a subjob that waits, or never ran, shows the start of its array, but no host."""
    begun = "stime" in job and job.get("job_state", "") not in _NOT_STARTED
    return begun and ("exec_host" in job or job.get("array") == "True")


def exit_status(job: Attributes) -> int | None:
    """PBS's own number, of a job that ran and is over or ending: a subjob that never ran shows its array's."""
    ended = is_over(job) or job.get("job_state") == "E"
    return integer(job.get("Exit_status")) if ended and has_started(job) else None


def exit_code(job: Attributes) -> int | None:
    """The code as shells count it: 256 + N is signal N, so 128 + N. None: the job did not end by itself."""
    status = exit_status(job)
    if status is None or status < 0:
        return None
    return 128 + status % 128 if status >= 256 else status


def comment(job: Attributes) -> str:
    """PBS's own words, and what they leave out."""
    said = job.get("comment", "").strip()
    return "; ".join(part for part in (said, _meaning(job)) if part)


def _meaning(job: Attributes) -> str:
    if job.get("job_state") == "H" and integer(job.get("substate")) == DEPENDENCY_HOLD:
        return f"waits for {job['depend']}" if "depend" in job else "waits for another job"
    if not is_over(job):
        return ""
    status = exit_status(job)
    if status is not None:
        return _OWN_ENDS.get(status, f"PBS ended it (exit status {status})") if status < 0 else ""
    return _without_status(job)


def _without_status(job: Attributes) -> str:
    if has_started(job):
        return "it was deleted, and its node did not say how it ended"
    if integer(job.get("substate")) == _NEVER_RAN:
        return "it never ran: a job that it depends on did not end as it had to"
    return "it was deleted before it ran" if integer(job.get("substate")) == _DELETED else "it never ran"


def stuck(job: Attributes) -> Reason | None:
    """Why it will never start by itself, as far as its own attributes tell."""
    never = job.get("job_state") == "Q" and job.get("comment", "").startswith("Can Never Run")
    return Reason.NEVER_STARTS if never else None
