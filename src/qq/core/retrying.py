"""Whether what failed is tried again, and when: one pure function (SPEC 3, "Retries")."""

from qq.core.effects import (
    CreateRecord,
    Effect,
    ReadMark,
    RunScript,
    Say,
    SignalScript,
    StopScript,
    SubmitJob,
    WithdrawRecord,
    WriteRecord,
)
from qq.core.records.site import Settings
from qq.core.troubles import Reason, Trouble

BACKOFF = 1.5
"""Each wait is longer than the one before by this factor."""
JITTER = 0.2
"""A wait is longer or shorter by up to this part of it: jobs that failed together don't come back together."""
TOO_LATE = 20.0
"""Seconds before the end of the walltime from which on nothing is tried again."""

GLANCE = (2, 30.0)
"""Tries, and the longest wait between them (seconds), where a host that may be lost need not answer."""

_LASTING = frozenset({Reason.BUG, Reason.BATCH_REFUSED, Reason.DISOWNED, Reason.INTERRUPTED})
"""Answers, not accidents: whatever is being done, they stay the same."""


def wait_before_next_try(
    effect: Effect,
    trouble: Trouble,
    tries: int,
    *,
    settings: Settings,
    staging_in: bool,
    seconds_left: float | None,
    chance: float,
) -> float | None:
    """Seconds to wait before an effect that failed ``tries`` times is tried again; None: give up.

    ``seconds_left``: of the walltime, None: there is none. ``chance``: a random number from 0 to 1. A wait that would
    take more than half of what is left is shortened to that.
    """
    most, first_wait = settings.retry_tries, settings.retry_wait
    if staging_in and _is_glance(effect):
        most, first_wait = min(most, GLANCE[0]), min(first_wait, GLANCE[1])
    if tries >= most or not _may_help(effect, trouble, staging_in):
        return None
    wait = first_wait * BACKOFF ** (tries - 1) * (1 + JITTER * (2 * chance - 1))
    if seconds_left is None:
        return wait
    return min(wait, seconds_left / 2) if seconds_left > TOO_LATE else None


def _is_glance(effect: Effect) -> bool:
    """A look at what an earlier attempt left on another host. Without the code of its script a new attempt begins
    whatever stands there, and it is kept and named: nodes are not kept waiting for a node that was lost.
    """
    return isinstance(effect, ReadMark) and effect.at.host is not None


def _may_help(effect: Effect, trouble: Trouble, staging_in: bool) -> bool:
    """Tickets, disks and file systems come back; while staging in, nodes are not kept waiting for that."""
    if isinstance(effect, RunScript | SignalScript | StopScript | Say):
        return False
    if isinstance(effect, WriteRecord) and effect.hurried:
        return False
    if trouble.reason in _LASTING and not trouble.transient:
        return False
    always = isinstance(effect, WriteRecord | CreateRecord | WithdrawRecord | SubmitJob)
    return always or trouble.transient or not staging_in
