"""What may go wrong, as a scientist says it: what, during which part of the job's life, in which cycle."""

from msgspec import Struct

from qq.core.predicting.doing import Doing


class Killed(Struct, frozen=True):
    """The batch system asks for the job's end (walltime, preemption, an administrator), or the user does."""

    by_user: bool = False


class NodeLost(Struct, frozen=True):
    """The node stops. ``for_good``: scratch is lost, too. ``requeued``: the batch system starts the job again."""

    for_good: bool = False
    requeued: bool = False


class DiskFull(Struct, frozen=True):
    """From now on there is no space: on ``scratch``, or at ``home``."""

    disk: str


class BatchSilent(Struct, frozen=True):
    """From now on the batch system does not answer."""


class SubmissionRefused(Struct, frozen=True):
    """From now on the batch system takes no job."""


class StepFails(Struct, frozen=True):
    """The first step whose words contain these fails, so many tries in a row; None: however often it is tried."""

    words: str
    times: int | None = None


class Edited(Struct, frozen=True):
    """The user writes a file in the input directory."""

    name: str
    size: int


Kind = Killed | NodeLost | DiskFull | BatchSilent | SubmissionRefused | StepFails | Edited


class Mishap(Struct, frozen=True):
    """One of these, and when. ``during`` None: whenever the step comes; ``cycle`` None: the first that is played."""

    kind: Kind
    during: Doing | None
    cycle: int | None = None
