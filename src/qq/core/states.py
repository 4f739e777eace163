"""The words for what a job is doing: what its record says, what the batch system says, what is really so."""

from enum import StrEnum


class JobType(StrEnum):
    """How a job goes on after it has ended well."""

    STANDARD = "standard"
    LOOP = "loop"
    CONTINUOUS = "continuous"


class RecordState(StrEnum):
    """What the info file says (SPEC 5, ``job_state``)."""

    QUEUED = "queued"
    RUNNING = "running"
    FAILED = "failed"
    FINISHED = "finished"
    KILLED = "killed"
    UNKNOWN = "unknown"

    @property
    def ended(self) -> bool:
        """Whether nothing but recovery or a requeue may change it (DESIGN, law 5)."""
        return self in (RecordState.FAILED, RecordState.FINISHED, RecordState.KILLED)


class BatchState(StrEnum):
    """What a batch system says of a job, in the words of SPEC 7. UNKNOWN: it answered, and does not know the job."""

    QUEUED = "queued"
    MOVING = "moving"
    HELD = "held"
    WAITING = "waiting"
    SUSPENDED = "suspended"
    RUNNING = "running"
    EXITING = "exiting"
    FINISHED = "finished"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def over(self) -> bool:
        """Whether the batch system says that it is done with the job."""
        return self in (BatchState.FINISHED, BatchState.FAILED)

    @property
    def gone(self) -> bool:
        """Whether the batch system has nothing to do with the job any more: it is over, or not known."""
        return self.over or self is BatchState.UNKNOWN


class RealState(StrEnum):
    """What is really so: one total function of record and evidence gives it (``qq.core.real_state``)."""

    QUEUED = "queued"
    HELD = "held"
    WAITING = "waiting"
    SUSPENDED = "suspended"
    BOOTING = "booting"
    RUNNING = "running"
    EXITING = "exiting"
    FINISHED = "finished"
    FAILED = "failed"
    KILLED = "killed"
    INCONSISTENT = "in an inconsistent state"
    UNKNOWN = "unknown"
