"""The model world as an immutable value: clock, hosts and their files, the batch system, the script that runs.

The user's and the batch system's own doings are functions from world to world, too.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct, field
from pyrsistent import PMap, pmap

from qq.core.records.job import JobInfo
from qq.core.simulate.layered import Table, copied
from qq.core.simulate.log import Log
from qq.core.simulate.tree import Directory
from qq.core.states import BatchState

SECOND = 1_000_000_000
JOB_ID = "{job_id}"
"""Stands for a job's id in the path of its working directory."""
EPOCH = datetime(2026, 1, 1)


class Script(Struct, frozen=True):
    """What the script of a cycle does: files it writes (name → bytes), names it removes, how long it takes."""

    exit_code: int = 0
    writes: Mapping[str, int] = field(default_factory=dict)
    removes: Sequence[str] = ()
    runs_for: float | None = None
    """Seconds; None: an hour, or most of the job's walltime if that is shorter."""


Scripts = tuple[Script, ...] | Callable[[int], Script]
"""One per cycle (the last one repeats), or a function of the cycle's number."""


class Host(Struct, frozen=True):
    """A machine: which file systems it has where (absolute path → name), and whether others reach it."""

    mounts: tuple[tuple[tuple[bytes, ...], str], ...]
    """Longest paths first."""
    reachable: bool = True
    scratch: str | None = None
    """Where working directories go here, with ``JOB_ID`` for a job's id; None: where its site says."""


class Answering(StrEnum):
    """How the batch system is disposed."""

    KIND = "kind"
    REFUSES = "refuses"
    SILENT = "silent"


class BatchJob(Struct, frozen=True):
    """A job as the batch system knows it. ``after``: it starts when that job has ended."""

    job_id: str
    token: str
    info: str
    host: str
    after: str | None = None
    state: BatchState = BatchState.QUEUED
    boots: int = 0
    exit_code: int | None = None


class Batch(Struct, frozen=True):
    """The batch system: all its jobs, the last one of each token, and those that have not ended."""

    jobs: Table[str, BatchJob] = field(default_factory=dict)
    by_token: Table[str, str] = field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    answering: Answering = Answering.KIND
    forgets: bool = False
    """Whether it knows nothing any more of jobs that are over."""

    def put(self, job: BatchJob) -> "Batch":
        """With this job, new or changed."""
        jobs, by_token = copied(self.jobs), self.by_token
        jobs[job.job_id] = job
        if by_token.get(job.token) != job.job_id:
            by_token = copied(by_token)
            by_token[job.token] = job.job_id
        waiting = [each for each in self.waiting if each != job.job_id]
        if not job.state.over:
            waiting.append(job.job_id)
        return Batch(jobs, by_token, tuple(waiting), self.answering, self.forgets)


# --- what laws are about ----------------------------------------------------------------------------------------------


class RecordWritten(Struct, frozen=True):
    """A record changed on disk: by the life of which job, from what to what (None: there was none, or is none)."""

    life: int
    before: JobInfo | None
    after: JobInfo | None


class ScriptStarted(Struct, frozen=True):
    """A script began."""

    life: int
    token: str
    attempt: int
    job_id: str
    work_dir: str


class JobSubmitted(Struct, frozen=True):
    """The batch system took a job. ``record``: as it was submitted."""

    life: int
    job_id: str
    record: JobInfo


class TreeDestroyed(Struct, frozen=True):
    """A file system was lost, with these contents of files that scripts had made."""

    life: int
    contents: frozenset[object]


class CodeNoted(Struct, frozen=True):
    """A script's exit code was noted in the mark of an attempt."""

    life: int
    token: str
    attempt: int
    exit_code: int


Event = CodeNoted | RecordWritten | ScriptStarted | JobSubmitted | TreeDestroyed


class World(Struct, frozen=True, kw_only=True):
    """Everything that a job's life touches."""

    now: int = 0
    """Nanoseconds since ``EPOCH``; every change moves it on."""
    inode: int = 1
    """The next one that is free."""
    disks: Mapping[str, Directory]
    """File systems by name: each a tree of absolute paths."""
    hosts: Mapping[str, Host]
    full: frozenset[str] = frozenset()
    """File systems without space."""
    batch: Batch = Batch()
    here: str
    """The host that effects are performed on."""
    node: str
    """The host that the batch system starts jobs on."""
    scripts: Scripts = (Script(),)
    running: str | None = None
    """The working directory that a script runs in right now."""
    deadline: int | None = None
    """When the batch system ends the job that runs."""
    life: int = 0
    """The number of the life that is played."""
    made: Table[tuple[str, str], object] = field(default_factory=dict)
    """(input directory, name) → the content that a script last gave it: it must be somewhere."""
    edited: PMap[tuple[str, str], object] = pmap()
    """(input directory, name) → what the user wrote at home while a job ran, until a script begins with just that."""
    begun: Table[str, int] = field(default_factory=dict)
    """Token of a job without cycles → how many others' scripts had begun before its own."""
    events: Log[Event] = field(default_factory=Log)

    @property
    def time(self) -> datetime:
        """As records hold it: whole seconds."""
        return time_of(self.now)


def time_of(now: int) -> datetime:
    """The time of a clock as records hold it: whole seconds."""
    return EPOCH + timedelta(0, now // SECOND)


def script_of(scripts: Scripts, cycle: int) -> Script:
    """The script of a cycle; the first one has the number 0."""
    return scripts(cycle) if callable(scripts) else scripts[min(cycle, len(scripts) - 1)]
