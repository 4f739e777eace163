"""What `qq wipe` may delete: working directories of a job that is over, and only those that are certainly its own.

Looks at nothing. What was seen of a directory is judged here; the deleting effect looks at mark and links once more.
"""

import heapq
import posixpath
from collections.abc import Collection, Iterable
from operator import attrgetter

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.effects import Consented, Effect, List, Location, Names, ReadMark, RemoveTree
from qq.core.evidence import Evidence
from qq.core.explain import selector
from qq.core.lifecycle.decisions import derived_token, included_names, is_partly_home, uses_scratch
from qq.core.listing import Entry, Listing
from qq.core.moments import Mark
from qq.core.one_line import listed
from qq.core.paths import mark_path, relative_to, to_bytes, to_text
from qq.core.records.job import JobInfo, WorkDir
from qq.core.replacing import replace
from qq.core.result import Failure, Result, Success
from qq.core.states import RecordState
from qq.core.suitability import Verdict, can_wipe, synchronized

NEWEST = 3
"""So many files are shown before the question."""


class Content(Struct, frozen=True):
    """What stands in a directory: files, their bytes, and those that were changed last, the latest first."""

    files: int = 0
    size: int = 0
    newest: PVector[Entry] = pvector()


class Wipe(Struct, frozen=True):
    """A working directory that goes if the user agrees, and what the user should know of it."""

    of: WorkDir
    effect: RemoveTree
    stands: Content


def suitable(job: JobInfo, evidence: Evidence, *, force: bool = False) -> Verdict:
    """Whether directories of this job may go, as far as record and batch system tell."""
    standing = directories(job)
    # An attempt that has no directory of its own yet may have earlier ones.
    judged = replace(job, work_dir=standing[-1].path) if standing else job
    return can_wipe(judged, evidence, force=force).map(lambda _judged: job)


def directories(job: JobInfo) -> PVector[WorkDir]:
    """All working directories that may still stand: earlier ones, then the job's own; never the input directory."""
    own = _own(job)
    earlier = [one for one in job.earlier_work_dirs if relative_to(job.input_dir, one.path) is None]
    return pvector([*(one for one in earlier if not _same(one, own)), *own])


def _own(job: JobInfo) -> list[WorkDir]:
    if job.work_dir is None or job.main_node is None or not uses_scratch(job):
        return []
    return [WorkDir(job.main_node, job.work_dir)]


def _holds_results(job: JobInfo, of: WorkDir) -> bool:
    """Whether the job finished, and its transfer mode left everything there."""
    return _same(of, _own(job)) and job.state is RecordState.FINISHED and not synchronized(job)


def _same(one: WorkDir, others: Collection[WorkDir]) -> bool:
    return any((one.host, one.path) == (other.host, other.path) for other in others)


def remaining(job: JobInfo, wiped: Collection[WorkDir]) -> JobInfo:
    """The record without earlier working directories that are gone now."""
    return replace(job, earlier_work_dirs=pvector(one for one in job.earlier_work_dirs if not _same(one, wiped)))


def look(job: JobInfo, of: WorkDir, host: str | None) -> PVector[Effect]:
    """What has to be seen of a directory: its mark, and what stands at its name (a link shows as one)."""
    beside, name = posixpath.split(of.path.rstrip("/"))
    place = List(Location(beside, host), only=Names((to_bytes(name),)))
    return pvector([ReadMark(_mark_at(job, of, host), of.path), place])


def _mark_at(job: JobInfo, of: WorkDir, host: str | None) -> Location:
    return Location(mark_path(work_dir=of.path, input_dir=job.input_dir, job_name=job.job_name), host)


def judge(
    job: JobInfo,
    of: WorkDir,
    host: str | None,
    mark: Mark | None,
    seen: Listing,
    *,
    template: Collection[str] = (),
    force: bool = False,
) -> Result[Wipe | None, str]:
    """The deletion of a directory, or why it stays; None: it is gone. ``seen``: as asked for by ``look``.

    ``force``: results that nobody has fetched go, too.
    ``template``: where the site would put the working directory of a job with this id. It only counts for jobs of the
    older wrapper, which left no marks.
    """
    top = next(iter(seen), None)
    if top is not None and top.kind != b"d":
        what = "a link by now; what it leads to is not touched" if top.kind == b"l" else "no directory"
        return Failure(f"{of.path} is {what}")
    if top is None and mark is None:
        return Success(None)
    consent = Consented((job.input_dir,), marked=mark is not None)
    token = _token(job, of, mark, template)
    if token is None:
        whose = "does not carry the mark of this job" if mark is None else "carries the mark of another job"
        return Failure(f"{of.path} {whose}: qq does not delete it; if nothing in it is wanted, delete it by hand")
    why = _why_it_stays(job, of, mark) if top is not None and not force else ""
    if why:
        return Failure(f"{of.path} stays: {why} (--force deletes it)")
    effect = RemoveTree(_mark_at(job, of, host), of.path, token, consented=consent)
    if not force and _is_delivered(job, of):
        effect = replace(effect, unproved=included_names(job), consented=None)
    return Success(Wipe(of=of, effect=effect, stands=content(of.path, seen) or Content()))


def kept(of: WorkDir, names: Iterable[bytes]) -> str:
    """Why a directory stays whose files were looked at once more before it would have gone."""
    return f"{of.path} stays: {listed(map(to_text, names), 5)} (not at home as it stands there; --force deletes it)"


def _why_it_stays(job: JobInfo, of: WorkDir, mark: Mark | None) -> str:
    """What would be lost with a directory, and how to get at it; empty: nothing that is known of."""
    if not _holds_results(job, of):
        unproved = _is_delivered(job, of) and mark is not None and not mark.proved
        return "nothing proves that what is in it is at home" if unproved else ""
    if is_partly_home(job):
        return f"what can't stand at home is there: qq go {selector(job)}"
    return "the job is finished, and its transfer mode left everything there: qq sync fetches that"


def _is_delivered(job: JobInfo, of: WorkDir) -> bool:
    """Whether it is what is left of a directory whose content came home."""
    return _same(of, _own(job)) and job.delivered is not None


def content(path: str, seen: Listing) -> Content | None:
    """What stands in a directory, by what ``look`` saw at its name; None: there is none."""
    top, *below = [*seen] or [None]
    if top is None or top.kind != b"d":
        return None
    files = [entry for entry in below if entry.kind != b"d"]
    prefix = len(to_bytes(posixpath.basename(path.rstrip("/")))) + 1
    newest = heapq.nlargest(NEWEST, files, key=attrgetter("mtime"))
    short = pvector(replace(entry, path=entry.path[prefix:]) for entry in newest)
    return Content(len(files), sum(entry.size for entry in files), short)


def _token(job: JobInfo, of: WorkDir, mark: Mark | None, template: Collection[str]) -> str | None:
    """The token that the mark must carry when the directory goes; None: the directory is not certainly this job's."""
    if mark is None:
        return job.token if job.of_older_wrapper and posixpath.normpath(of.path) in template else None
    # A continuous job follows the one that left this mark.
    if mark.token in (job.token, of.token) or derived_token(mark.token, mark.job_id) == job.token:
        return mark.token
    return None
