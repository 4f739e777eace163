"""Dependencies that Slurm takes for fulfilled: on jobs that its controller does not know (any more), whatever came.

A job that should wait for a failed one, or for one whose id was mistyped, would start at once.
"""

import re
from collections.abc import Iterable, Sequence

from qq.core.depending import can_not_be_met
from qq.core.evidence import Seen
from qq.core.records.values import Dependency
from qq.core.troubles import Reason, Trouble

_OF_AN_ARRAY = re.compile(r"[_+].*")


def unknown(ids: Iterable[str], seen: Iterable[Seen]) -> list[str]:
    """The ids of which nothing was seen. Of an array, and of a job of several parts, each one tells of the whole."""
    told = {_whole(each.job_id) for each in seen}
    return [each for each in ids if _whole(each) not in told]


def _whole(job_id: str) -> str:
    return _OF_AN_ARRAY.sub("", job_id)


def disregarded(depend: Iterable[Dependency], forgotten: Sequence[str], accounts: Sequence[Seen]) -> Trouble | None:
    """Why a job must not be submitted; ``forgotten`` are ids that the controller does not know."""
    nobodys = unknown(forgotten, accounts)
    if nobodys:
        words = f"Slurm does not know {', '.join(nobodys)}, and would start the job at once"
        return Trouble(Reason.BATCH_REFUSED, f"{words}; check the ids after --depend, and leave out what has ended")
    ended = {each.job_id: each for each in accounts}
    for kind, each in ((one.kind, each) for one in depend for each in one.ids):
        if each in forgotten and each in ended and can_not_be_met(kind, ended[each]):
            words = f"{each} has ended, and not as {kind} asks; Slurm has forgotten it, and would start the job at once"
            return Trouble(Reason.BATCH_REFUSED, f"{words}; if that is meant, leave it out of --depend")
    return None
