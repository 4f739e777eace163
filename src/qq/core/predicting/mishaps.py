"""What may go wrong, as a scientist says it: what, during which part of the job's life, in which cycle."""

from dataclasses import dataclass

from qq.core.predicting.doing import Doing


@dataclass(frozen=True, slots=True)
class Killed:
    """The batch system asks for the job's end (walltime, preemption, an administrator), or the user does."""

    by_user: bool = False


@dataclass(frozen=True, slots=True)
class NodeLost:
    """The node stops. ``for_good``: scratch is lost, too. ``requeued``: the batch system starts the job again."""

    for_good: bool = False
    requeued: bool = False


@dataclass(frozen=True, slots=True)
class DiskFull:
    """From now on there is no space: on ``scratch``, or at ``home``."""

    disk: str


@dataclass(frozen=True, slots=True)
class BatchSilent:
    """From now on the batch system does not answer."""


@dataclass(frozen=True, slots=True)
class SubmissionRefused:
    """From now on the batch system takes no job."""


@dataclass(frozen=True, slots=True)
class StepFails:
    """The first step whose words contain these fails, so many tries in a row; None: however often it is tried."""

    words: str
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """The user writes a file in the input directory."""

    name: str
    size: int


Kind = Killed | NodeLost | DiskFull | BatchSilent | SubmissionRefused | StepFails | Edited


@dataclass(frozen=True, slots=True)
class Mishap:
    """One of these, and when. ``during`` None: whenever the step comes; ``cycle`` None: the first that is played."""

    kind: Kind
    during: Doing | None
    cycle: int | None = None
