"""What ``decide`` remembers of a job's life between two moments. In memory only: after a crash it is made anew."""

from datetime import datetime
from functools import lru_cache

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.effects import ON_THE_SPOT, WORKING, Guard, Location, Version
from qq.core.job_names import runtime_files
from qq.core.lifecycle.decisions import archive_dir, uses_scratch
from qq.core.lifecycle.phases import Phase
from qq.core.listing import Listing
from qq.core.moments import Mark
from qq.core.paths import child, mark_path, temporary_dir
from qq.core.records.job import JobInfo
from qq.core.troubles import Trouble

INPUT = "input"
"""Among the hosts that resubmit: the input machine."""


@lru_cache(maxsize=256)
def _place(host: str | None, directory: str) -> Location:
    """A life asks for a few directories again and again."""
    return Location(directory, host)


def _in(host: str | None, directory: str, name: str) -> Location:
    return Location(child(directory, name), host) if name else _place(host, directory)


@lru_cache(maxsize=256)
def _temporary(host: str | None, directory: str, token: str) -> Location:
    return Location(temporary_dir(directory, token), host)


@lru_cache(maxsize=256)
def _mark(host: str | None, work_dir: str, input_dir: str, job_name: str) -> Location:
    return Location(mark_path(work_dir=work_dir, input_dir=input_dir, job_name=job_name), host)


class Run(Struct, frozen=True, gc=False, kw_only=True):
    """Where one life of a job stands. ``job`` is what the record is to say, ``disk`` what it said when last seen."""

    phase: Phase
    job: JobInfo
    disk: JobInfo
    version: Version
    record_at: Location
    here: str
    shared: bool
    recovering: bool
    began: datetime
    """When this life did."""
    now: datetime
    job_id: str = ""
    """The id that this life runs under (``qq run``)."""
    may_restart: bool = True
    """Whether a recovery may begin a new attempt."""
    attempt: int = 1
    claim: str | None = None
    """The working directory that is to be claimed; None: there is no scratch."""
    nodes: PVector[str] = pvector()
    code: int | None = None
    """The script's exit code, as soon as anybody knows it."""
    home: Listing = Listing()
    in_archive: Listing = Listing()
    gone: tuple[str, ...] = ()
    """Earlier working directories of which their host says that they are gone."""
    mark: Mark | None = None
    changed: Listing = Listing()
    """What the script made or changed in the working directory."""
    same: Listing = Listing()
    """What it left as it was staged; together with ``changed`` all that is there."""
    left: tuple[bytes, ...] = ()
    """Names in the working directory that can't stand at home: what is there stays."""
    moved: Listing = Listing()
    """What goes, or went, from the working directory to the archive."""
    proof: Listing = Listing()
    output: Listing = Listing()
    next_job: JobInfo | None = None
    next_version: Version | None = None
    next_id: str | None = None
    trouble: Trouble | None = None
    """Why it can't go on."""
    ending: int | None = None
    """The exit code that this life will have; None: as the record says."""
    asked: JobInfo | None = None
    """What a record was asked to say last, until that is known to stand there."""
    say: tuple[str, ...] = ()
    retakes: int = 0
    exit_code: int | None = None
    """Set when the phase is END."""

    @property
    def home_host(self) -> str | None:
        """How the input directory is reached: None is by this host's own mounts."""
        return None if self.shared or self.job.input_machine == self.here else self.job.input_machine

    @property
    def work_host(self) -> str | None:
        """How the working directory is reached."""
        job, site = self.job, self.job.site
        if not uses_scratch(job):
            return self.home_host
        return None if job.main_node in (None, self.here) or (site and site.scratch_shared) else job.main_node

    @property
    def submitting_hosts(self) -> tuple[str, ...]:
        """Who talks to the batch system for this job: the first of these that can be reached."""
        words = self.job.resubmit_from or (self.job.site.resubmit_from if self.job.site else ON_THE_SPOT)
        named = (self.job.input_machine if word == INPUT else word for word in words)
        return tuple(WORKING if name == self.here else name for name in named)

    def at_home(self, name: str = "") -> Location:
        """The input directory, or a name in it."""
        return _in(self.home_host, self.job.input_dir, name)

    def in_archive_dir(self, name: str = "") -> Location:
        """The archive, or a name in it."""
        return _in(self.home_host, archive_dir(self.job), name)

    @property
    def work_dir(self) -> str:
        """The working directory; the input directory if there is none on scratch."""
        return self.job.work_dir or self.job.input_dir

    @property
    def at_work(self) -> Location:
        """The working directory, where it stands."""
        return _place(self.work_host, self.work_dir)

    @property
    def at_mark(self) -> Location:
        """The mark of the working directory."""
        return _mark(self.work_host, self.work_dir, self.job.input_dir, self.job.job_name)

    @property
    def home_temporary(self) -> Location:
        """Where copies for the input directory stand until they are whole."""
        return _temporary(self.home_host, self.job.input_dir, self.job.token)

    @property
    def archive_temporary(self) -> Location:
        """Where copies for the archive stand until they are whole."""
        return _temporary(self.home_host, archive_dir(self.job), self.job.token)

    @property
    def guard(self) -> Guard:
        """What the record must still say before anything of the user's is moved aside."""
        return Guard(self.record_at, self.job.token, self.version.attempt)

    @property
    def aside(self) -> str:
        """What tells whose coming moved a file aside."""
        return f"{self.job.job_name}-{self.job.job_id or self.job.token[:8]}"

    def record_of(self, job: JobInfo) -> Location:
        """Where the record of another cycle stands at home."""
        return self.at_home(runtime_files(job.job_name).info)
