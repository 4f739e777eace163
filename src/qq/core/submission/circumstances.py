"""What a submission has to know of the world: observed by the shell, decided on in this package."""

from datetime import datetime
from enum import Enum, auto

from msgspec import Struct
from pyrsistent import PMap, PVector, pmap, pvector

from qq.core.records.job import JobInfo
from qq.core.records.site import Settings, Site
from qq.core.states import RealState


class ArchiveIs(Enum):
    """What stands where the archive of a loop job is to be."""

    ABSENT = auto()
    DIRECTORY = auto()
    INPUT_DIR = auto()
    """The input directory itself, by way of a link."""
    SOMETHING_ELSE = auto()


class RecordSeen(Struct, frozen=True):
    """An info file in the input directory. ``job`` None: it can't be read, or is not valid, for this reason."""

    name: str
    job: JobInfo | None
    why: str = ""
    state: RealState | None = None
    """What is really so, if it was asked; else what the record says counts."""


class InputDirectory(Struct, frozen=True, kw_only=True):
    """The directory of the script, as it is right now."""

    path: str
    """Absolute; links are not followed."""
    names: frozenset[str] = frozenset()
    """All that stands at its top."""
    links: PMap[str, str] = pmap()
    """The symbolic links among it, and where each points."""
    records: PVector[RecordSeen] = pvector()
    archive_names: PVector[bytes] = pvector()
    """What stands in the archive, if there is one."""
    archive_is: ArchiveIs = ArchiveIs.ABSENT
    in_work_dir: bool = False
    """It is, or lies in, the working directory of a job."""


class Circumstances(Struct, frozen=True, kw_only=True):
    """Who submits, when, from where, and with what."""

    now: datetime
    user: str
    host: str
    """The input machine, as records name it."""
    token: str
    """Fresh and random."""
    umask: int
    qq_version: str
    qq_path: str
    """This very qq, absolute."""
    input_shared: bool
    """Whether the input directory is on storage that all nodes share."""
    site: Site
    settings: Settings
