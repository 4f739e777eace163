"""What is asked of the job's record; and how a place is named."""

from collections.abc import Sequence

from msgspec import Struct

from qq.core.records.job import JobInfo
from qq.core.records.version import Version


class Location(Struct, frozen=True, gc=False):
    """A path on a host. ``host`` None: reached from this host by its own mounts."""

    path: str
    host: str | None = None

    def __str__(self) -> str:
        return f"{self.host}:{self.path}" if self.host else self.path


class Guard(Struct, frozen=True, gc=False):
    """The record that must still have this token and attempt before anything of a user's is moved aside."""

    record: Location
    token: str
    attempt: int


class WriteRecord(Struct, frozen=True, gc=False):
    """Replaces the record, under the lock, if it still is what was last read. ``hurried``: ≤ 1 s, no retries."""

    at: Location
    job: JobInfo
    expects: Version
    hurried: bool = False


class CreateRecord(Struct, frozen=True, gc=False):
    """Creates a record where none is, under the lock; one that is there is a refusal that hands it back.

    ``moved_to``: where one of the same token may stand by now; it counts as being there. ``guard``: the record that
    must still be the writer's own.
    """

    at: Location
    job: JobInfo
    guard: Guard | None = None
    moved_to: Sequence[Location] = ()


class WithdrawRecord(Struct, frozen=True, gc=False):
    """Removes a record that was created for a submission, if it still has this token and nobody claimed it."""

    at: Location
    token: str


class ReadRecord(Struct, frozen=True, gc=False):
    """Looks a record up in the first of these places that has one."""

    places: Sequence[Location]
