"""What is asked of the script's processes and of the batch system."""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field
from pyrsistent import PMap, pmap

from qq.core.records.job import JobInfo

WORKING = "working"
"""Among the hosts that ask the batch system: the one that performs the effect."""
ON_THE_SPOT = (WORKING,)


class RunScript(Struct, frozen=True, gc=False):
    """Starts the script in a process group of its own and waits for its end. Performed at most once in a life."""

    argv: Sequence[str]
    work_dir: str
    stdout: str
    stderr: str
    env: Mapping[str, str] = field(default_factory=dict)


class SignalScript(Struct, frozen=True, gc=False):
    """SIGTERM to the script's whole process group, at once; does not wait."""


class StopScript(Struct, frozen=True, gc=False):
    """Ends every process that came from the script: TERM, ``grace`` seconds for it (less if they go sooner), KILL."""

    grace: float


class FindJob(Struct, frozen=True, gc=False):
    """Asks the batch system for a job with this token, from the first of these hosts that can be reached."""

    token: str
    batch_system: str
    hosts: Sequence[str] = ON_THE_SPOT


class SubmitJob(Struct, frozen=True, gc=False):
    """Submits a job whose record stands already, from the first of these hosts that can be reached.

    ``after``: it waits for that job's end. ``shared``: its nodes see the input directory by their own mounts. ``env``:
    what the job inherits from the one that wants it, if another host asks (it has an environment of its own).
    """

    job: JobInfo
    after: str | None
    hosts: Sequence[str] = ON_THE_SPOT
    shared: bool = False
    env: PMap[str, str] = pmap()


class Say(Struct, frozen=True, gc=False):
    """One line for people, into what ``qq run`` prints (``.qqout``)."""

    words: str
