"""The embedded queue: for one machine and one user, nothing to install, nothing to start by hand.

``client`` is what commands use. A *supervisor* starts when there is something to do, decides who starts, and ends when
idle. Each job has a small *parent* of its own, which outlives the supervisor, keeps the walltime, and writes how the
job ended. What they all know stands in one SQLite database in the state directory.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qq.shell.batch.local.client import LocalQueue


def open_queue(environ: Mapping[str, str]) -> "LocalQueue":
    """The user's own queue on this machine (imported only now: a supervisor has no use for it)."""
    from qq.shell.batch.local.client import open_queue as open_it

    return open_it(environ)
