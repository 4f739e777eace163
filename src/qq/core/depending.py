"""Whether a dependency on another job is met, or never can be, whatever the batch system."""

from collections.abc import Callable, Mapping

from msgspec import Struct
from pyrsistent import pmap

from qq.core.evidence import Evidence, Seen
from qq.core.states import BatchState


class Fate(Struct, frozen=True):
    """What became of a job that is waited for. ``begun``: it has started, or never will. ``well``: with exit code 0."""

    begun: bool
    ended: bool
    well: bool


_MET: Mapping[str, Callable[[Fate], bool]] = pmap(
    {
        "after": lambda fate: fate.begun,
        "afterok": lambda fate: fate.well,
        "afternotok": lambda fate: fate.ended and not fate.well,
        "afterany": lambda fate: fate.ended,
    }
)


def is_met(kind: str, fate: Fate | None) -> bool:
    """Whether a dependency of this kind is met by what became of a job; None: nobody knows that any more."""
    if fate is None:
        return kind in ("after", "afterany")
    return _MET[kind](fate)


def can_not_be_met(kind: str, evidence: Evidence) -> bool:
    """Whether the job that is waited for has ended in the other way."""
    if not isinstance(evidence, Seen) or not evidence.state.over:
        return False
    well = evidence.state is BatchState.FINISHED and not evidence.exit_code
    return not is_met(kind, Fate(begun=True, ended=True, well=well))
