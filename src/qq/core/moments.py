"""Everything that can be observed of the world, as data: what effects answered, and what happened by itself."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from pyrsistent import PVector

from qq.core.effects import Effect, Location, Version
from qq.core.evidence import Evidence
from qq.core.listing import Listing
from qq.core.records.job import JobInfo
from qq.core.troubles import Trouble

# --- answers of effects -----------------------------------------------------------------------------------------------


class Ok(Struct, frozen=True, gc=False):
    """Done; nothing to tell."""


class Written(Struct, frozen=True, gc=False):
    """The record is on disk as asked; this is what it is now."""

    version: Version


class RecordFound(Struct, frozen=True, gc=False):
    """What ``ReadRecord`` found: the first record and where, or nothing anywhere."""

    job: JobInfo | None
    place: int = 0
    version: Version | None = None
    """What identifies the record as it was read (who boots on another host writes it next)."""


class Listed(Struct, frozen=True, gc=False):
    """What stands there; None: the directory itself does not."""

    listing: Listing | None


class Mark(Struct, frozen=True, gc=False):
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


class MarkRead(Struct, frozen=True, gc=False):
    """What ``ReadMark`` found. ``work_dir_exists``: whether the directory itself is there."""

    mark: Mark | None
    work_dir_exists: bool


class Staged(Struct, frozen=True, gc=False):
    """The working side of the list, as ``Stage`` wrote it (or found it, with ``keep_list``), and its other sides."""

    work: Listing
    home: Listing
    archive: Listing


class Verified(Struct, frozen=True, gc=False):
    """A proof: these entries of the working side, in their state from before the copy, stand at the target on disk."""

    proof: Listing


class Placed(Struct, frozen=True, gc=False):
    """All entries have their final names. ``aside``: (path, name under which somebody else's version is kept)."""

    aside: Sequence[tuple[bytes, bytes]] = ()
    kept: Sequence[bytes] = ()
    """Paths of ``Place.keep`` where another file stood: mine did not replace it."""


class Removed(Struct, frozen=True, gc=False):
    """What was to go is gone, but for these paths, which were new or had changed: they, or the whole tree, are kept."""

    kept: Sequence[bytes] = ()


class ScriptEnded(Struct, frozen=True, gc=False):
    """The script has ended, with this code (128 + N if it died of signal N)."""

    exit_code: int


class FoundJob(Struct, frozen=True, gc=False):
    """What ``FindJob`` found: the job's id, or None: the batch system answered and knows none with this token."""

    job_id: str | None


class Submitted(Struct, frozen=True, gc=False):
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


class Booted(Struct, frozen=True, gc=False, kw_only=True):
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


class Recovering(Struct, frozen=True, gc=False, kw_only=True):
    """``qq recover`` was asked to finish this job."""

    record: JobInfo
    version: Version
    record_at: Location
    evidence: Evidence
    host: str
    input_shared: bool
    now: datetime
    may_restart: bool = True
    """Whether the user agreed to a new attempt, should nobody know how the script ended."""


class Done(Struct, frozen=True, gc=False):
    """All effects of the list were performed."""

    answers: tuple[Answer, ...]
    now: datetime


class EffectFailed(Struct, frozen=True, gc=False):
    """An effect failed for good; the rest of the list was dropped. ``answers``: of those before it."""

    effect: Effect
    trouble: Trouble
    answers: tuple[Answer, ...]
    now: datetime


class Refused(Struct, frozen=True, gc=False):
    """A record effect found something else on disk (None: nothing); the rest of the list was dropped."""

    effect: Effect
    on_disk: JobInfo | None
    version: Version | None
    answers: tuple[Answer, ...]
    now: datetime


class Terminated(Struct, frozen=True, gc=False):
    """A signal that asks for the job's end came; the effect under way was given up. ``answers``: of those before it."""

    signal: int
    answers: tuple[Answer, ...]
    now: datetime


Moment = Booted | Recovering | Done | EffectFailed | Refused | Terminated
