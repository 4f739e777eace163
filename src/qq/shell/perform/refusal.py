"""What a writer of a record answers when something else stands there than it expected."""

from msgspec import Struct

from qq.core.effects import Version
from qq.core.records.job import JobInfo


class Refusal(Struct, frozen=True):
    """What stands on disk instead of what was expected; None: nothing, or no record."""

    job: JobInfo | None
    version: Version | None


NOTHING = Refusal(None, None)
