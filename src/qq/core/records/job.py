"""The record of a job: what its info file holds (SPEC 5)."""

from datetime import datetime

from msgspec import Struct, field
from pyrsistent import PMap, PVector, pmap, pvector

from qq.core.one_line import one_line
from qq.core.records.said import said
from qq.core.records.site import Settings, Site
from qq.core.records.values import Dependency, Modes, Resources
from qq.core.states import JobType, RecordState

_NAME = 18
"""Columns of the longest name of a field."""


class LoopInfo(Struct, frozen=True, gc=False, kw_only=True):
    """Where a loop job stands. ``archive`` is relative to the input directory, or absolute inside it."""

    start: int
    end: int
    archive: str
    archive_format: str
    current: int
    archive_mode: Modes = Modes()


class WhyFailed(Struct, frozen=True, gc=False):
    """Why a job failed: the number of a ``Reason`` and the words that were written when it happened."""

    number: int
    words: str


class KilledBy(Struct, frozen=True, gc=False):
    """The user who asked for the job's end with ``qq kill``, and when. Other causes of an end stand in ``failure``."""

    who: str
    when: datetime


class WorkDir(Struct, frozen=True, gc=False):
    """A working directory that may still stand on a host. ``token``: of its mark, if that is no token of this chain."""

    host: str
    path: str
    token: str | None = None


class JobInfo(Struct, frozen=True, gc=False, kw_only=True):
    """One batch job, as its info file says. Paths are absolute; bytes that are no UTF-8 are surrogate escapes."""

    batch_system: str
    qq_version: str
    username: str
    job_id: str | None
    job_name: str
    script_name: str
    queue: str
    job_type: JobType
    input_machine: str
    input_dir: str
    state: RecordState
    submission_time: datetime
    stdout_file: str
    stderr_file: str
    resources: Resources
    excluded: PVector[str] = pvector()
    included: PVector[str] = pvector()
    transfer_mode: Modes = Modes()
    depend: PVector[Dependency] = pvector()
    loop: LoopInfo | None = None
    account: str | None = None
    server: str | None = None
    interpreter: str | None = None
    start_time: datetime | None = None
    main_node: str | None = None
    all_nodes: PVector[str] = pvector()
    work_dir: str | None = None
    completion_time: datetime | None = None
    exit_code: int | None = None
    # Keys that the older wrapper does not write:
    script_exit_code: int | None = None
    failure: WhyFailed | None = None
    killed_by: KilledBy | None = None
    delivered: datetime | None = None
    resubmit_from: PVector[str] = pvector()
    resubmitted_as: str | None = None
    previous: str | None = None
    token: str
    attempt: int = 1
    earlier_work_dirs: PVector[WorkDir] = pvector()
    qq_path: str | None = None
    umask: int | None = None
    requeue: bool = False
    site: Site | None = None
    settings: Settings | None = None
    notes: PVector[str] = pvector()
    """What a person should know of this job's end: files of the user's that were kept aside, directories that stay."""
    unknown: PMap[str, object] = field(default_factory=pmap)
    """Keys that qq does not know, as they were read; they are kept on rewrite (see ``infofile``)."""

    def __str__(self) -> str:
        rows = [("state", str(self.state)), *(row for row in said(self) if row[0] != "state")]
        return "\n".join(f"{name:{_NAME}} {one_line(text)}" for name, text in rows)

    def _repr_html_(self) -> str:
        from qq.core.predicting import html

        return html.fields(f"{self.job_name}: {self.state}", said(self))

    @property
    def of_older_wrapper(self) -> bool:
        """Whether the wrapper before this one wrote it: settings travel only with jobs that qq itself submitted.

        Such a record has no token, no site, no script's code and no link to what followed, and its working directory
        carries no mark.
        """
        return self.settings is None
