"""What a writer of a record answers when something else stands there than it expected."""

from dataclasses import dataclass

from qq.core.effects import Version
from qq.core.records.job import JobInfo


@dataclass(frozen=True, slots=True)
class Refusal:
    """What stands on disk instead of what was expected; None: nothing, or no record."""

    job: JobInfo | None
    version: Version | None


NOTHING = Refusal(None, None)
