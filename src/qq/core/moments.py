"""Everything that can be observed of the world, as data: what effects answered, and what happened by itself."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from pyrsistent import PVector, pvector

from qq.core.effects import Effect, Location, Version
from qq.core.evidence import Evidence
from qq.core.listing import Listing
from qq.core.records.job import JobInfo
from qq.core.troubles import Trouble

# --- answers of effects -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ok:
    """Done; nothing to tell."""


@dataclass(frozen=True, slots=True)
class Written:
    """The record is on disk as asked; this is what it is now."""

    version: Version


@dataclass(frozen=True, slots=True)
class RecordFound:
    """What ``ReadRecord`` found: the first record and where, or nothing anywhere."""

    job: JobInfo | None
    place: int = 0
    version: Version | None = field(default=None, compare=False)
    """What identifies the record as it was read (who boots on another host writes it next)."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What stands there; None: the directory itself does not."""

    listing: Listing | None


@dataclass(frozen=True)  # without slots, as all that is replaced often (see replacing)
class Mark:
    """The mark beside a working directory, with the lists that stand beside it (None: no such list)."""

    token: str
    attempt: int
    job_id: str
    exit_code: int | None
    work: Listing | None
    """The working side of the staged list."""
    home: Listing | None
    archive: Listing | None
    synced: Listing
    proved: bool
    """A proof has been noted."""


@dataclass(frozen=True, slots=True)
class MarkRead:
    """What ``ReadMark`` found. ``work_dir_exists``: whether the directory itself is there."""

    mark: Mark | None
    work_dir_exists: bool


@dataclass(frozen=True, slots=True)
class Staged:
    """The working side of the list, as ``Stage`` wrote it (or found it, with ``keep_list``), and its other sides."""

    work: Listing
    home: Listing
    archive: Listing


@dataclass(frozen=True, slots=True)
class Verified:
    """A proof: these entries of the working side, in their state from before the copy, stand at the target on disk."""

    proof: Listing


@dataclass(frozen=True, slots=True)
class Placed:
    """All entries have their final names. ``aside``: (path, name under which somebody else's version is kept)."""

    aside: PVector[tuple[bytes, bytes]] = pvector()
    kept: PVector[bytes] = pvector()
    """Paths of ``Place.keep`` where another file stood: mine did not replace it."""


@dataclass(frozen=True, slots=True)
class Removed:
    """What was to go is gone, but for these paths, which were new or had changed: they, or the whole tree, are kept."""

    kept: PVector[bytes] = pvector()


@dataclass(frozen=True, slots=True)
class ScriptEnded:
    """The script has ended, with this code (128 + N if it died of signal N)."""

    exit_code: int


@dataclass(frozen=True, slots=True)
class FoundJob:
    """What ``FindJob`` found: the job's id, or None: the batch system answered and knows none with this token."""

    job_id: str | None


@dataclass(frozen=True, slots=True)
class Submitted:
    """The batch system took the job under this id."""

    job_id: str


Answer = (
    Ok
    | Written
    | RecordFound
    | Listed
    | MarkRead
    | Staged
    | Verified
    | Placed
    | Removed
    | ScriptEnded
    | FoundJob
    | Submitted
)

# --- moments ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Booted:
    """A batch job has started ``qq run`` on this host."""

    record: JobInfo
    version: Version
    record_at: Location
    token: str | None
    job_id: str
    batch_system: str
    host: str
    """This host, as records name it."""
    nodes: PVector[str]
    """What the batch system says; empty: it says nothing."""
    scratch: str | None
    """The path that the site's template gives for this job, in the first candidate that can be written, if any."""
    taken: frozenset[int] = frozenset()
    """Attempt numbers n whose ``<scratch>.n`` (1: ``<scratch>``) exists already."""
    input_shared: bool
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovering:
    """``qq recover`` was asked to finish this job."""

    record: JobInfo
    version: Version
    record_at: Location
    evidence: Evidence
    host: str
    input_shared: bool
    now: datetime


class Done(NamedTuple):
    """All effects of the list were performed."""

    answers: tuple[Answer, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class EffectFailed:
    """An effect failed for good; the rest of the list was dropped. ``answers``: of those before it."""

    effect: Effect
    trouble: Trouble
    answers: tuple[Answer, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """A record effect found something else on disk (None: nothing); the rest of the list was dropped."""

    effect: Effect
    on_disk: JobInfo | None
    version: Version | None
    answers: tuple[Answer, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class Terminated:
    """A signal that asks for the job's end came; the effect under way was given up. ``answers``: of those before it."""

    signal: int
    answers: tuple[Answer, ...]
    now: datetime


Moment = Booted | Recovering | Done | EffectFailed | Refused | Terminated
