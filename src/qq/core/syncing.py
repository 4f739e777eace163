"""What `qq sync` fetches and how, as effects (SPEC 8): from a working directory home, deleting nothing at either end.

Portion by portion: copied beside home and verified there, listed, noted beside the mark, placed. What was noted and
is changed at home by nobody may be replaced by the job's own results later (DESIGN, "Evidence about a file").
"""

import posixpath
from collections.abc import Iterable, Iterator

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.changes import pairs, portions, same, select, union, with_parents, without
from qq.core.effects import (
    ClearTemporary,
    Copy,
    Effect,
    Guard,
    List,
    Location,
    Names,
    NoteSynced,
    Place,
    ReadMark,
    VerifyCopy,
)
from qq.core.job_names import runtime_files
from qq.core.lifecycle.decisions import archive_dir, included_names, results_are_due
from qq.core.lifecycle.sorting import PORTION_BYTES, PORTION_FILES
from qq.core.listing import Entry, Listing
from qq.core.moments import Mark
from qq.core.names import LOCK_NAME
from qq.core.paths import mark_path, relative_to, roots, temporary_dir, to_bytes
from qq.core.placing import arrived, only_ctime_moved
from qq.core.records.job import JobInfo
from qq.core.result import Failure, Result, Success
from qq.core.rsync import WORKSHOP
from qq.core.states import RecordState
from qq.core.troubles import Reason, Trouble

FRESH = 1.0
"""Seconds for which what was listed needs no second look before it is copied: that it did not change is verified."""


class Ends(Struct, frozen=True, kw_only=True):
    """From where to where: working directory, home, the temporary directory in it, and what guards the placing."""

    work: Location
    home: Location
    temporary: Location
    lock: str
    """Name in the input directory of what keeps two syncs of one job from working there at once."""
    mark: Location
    guard: Guard
    aside: str
    output: frozenset[bytes]
    """``.out`` and ``.err``: replaced without asking."""


class Found(Struct, frozen=True, kw_only=True):
    """What stands at both ends."""

    work: Listing
    home: Listing
    mark: Mark | None


class Wanted(Struct, frozen=True, kw_only=True):
    """What is to be fetched; what was asked for and is not there; how many entries home has already."""

    entries: Listing
    missing: PVector[str] = pvector()
    at_home: int = 0


def ends(job: JobInfo, *, record_at: Location, work_host: str | None) -> Ends:
    """The ends of a sync. ``work_host`` None: the working directory is reached from here by this host's own mounts."""
    assert job.work_dir is not None  # can_sync has looked
    mark = mark_path(work_dir=job.work_dir, input_dir=job.input_dir, job_name=job.job_name)
    files = runtime_files(job.job_name)
    return Ends(
        work=Location(job.work_dir, work_host),
        home=Location(job.input_dir),
        temporary=Location(temporary_dir(job.input_dir, job.token, "sync")),
        lock=f"{posixpath.basename(temporary_dir(job.input_dir, job.token, 'sync'))}.lock",
        mark=Location(mark, work_host),
        guard=Guard(record_at, job.token, job.attempt),
        aside=f"{job.job_name}-{job.job_id or job.token[:8]}",
        output=frozenset({to_bytes(files.out), to_bytes(files.err)}),
    )


def look(job: JobInfo, at: Ends) -> PVector[Effect]:
    """What has to be seen before anything is decided: both directories and the mark."""
    archive = relative_to(archive_dir(job), job.input_dir) if job.loop else None
    aside = (to_bytes(archive),) if archive else ()
    return pvector([List(at.work), ReadMark(at.mark, at.work.path), List(at.home, without=aside)])


def found(job: JobInfo, work: Listing | None, mark: Mark | None, home: Listing | None) -> Result[Found, Trouble]:
    """What was seen, if it is this job's and there is something to fetch."""
    if work is None:
        return Failure(Trouble(Reason.WORK_DIR_GONE, f"the working directory {job.work_dir} is gone"))
    if home is None:
        return Failure(Trouble(Reason.INPUT_DIR_GONE, f"the input directory {job.input_dir} is gone"))
    if mark is not None and mark.token != job.token:
        words = f"{job.work_dir} carries the mark of another job: nothing was fetched"
        return Failure(Trouble(Reason.CONTRADICTION, words))
    if job.state is RecordState.QUEUED and (mark is None or mark.work is None):
        return Failure(Trouble(Reason.NOT_STARTED, "its script never began: there is nothing to fetch"))
    return Success(Found(work=work, home=home, mark=mark))


def wanted(job: JobInfo, seen: Found, files: Iterable[str] | None = None) -> Wanted:
    """What to fetch: everything that the job made or changed and home does not have, or only these files.

    ``files``: paths relative to the working directory, or absolute inside it. What is named is fetched even if the job
    did not change it or it was included; what is not named, only if it was neither.
    """
    files_of_job = runtime_files(job.job_name)
    own = frozenset(to_bytes(name) for name in (files_of_job.info, files_of_job.qqout, LOCK_NAME))
    work = without(seen.work, own)
    if files is None:
        chosen = without(work, roots(included_names(job)))
        missing: PVector[str] = pvector()
        skip = _untouched(seen)
    else:
        chosen, missing = _chosen(job, work, tuple(files))
        skip = _still_as_staged(seen)
    fetched = Listing.of_sorted(_lacking(chosen, seen.home, skip, _other_modes(seen)))
    return Wanted(entries=with_parents(fetched, work), missing=missing, at_home=len(chosen) - len(fetched))


def _chosen(job: JobInfo, work: Listing, files: tuple[str, ...]) -> tuple[Listing, PVector[str]]:
    paths = {file: _inside(job, file) for file in files}
    if "." in paths.values():
        return work, pvector(file for file, path in paths.items() if path is None)
    asked = {to_bytes(path) for path in paths.values() if path is not None}
    chosen = select(work, frozenset(asked))
    there = {entry.path for entry in chosen} & asked
    return chosen, pvector(file for file, path in paths.items() if path is None or to_bytes(path) not in there)


def _inside(job: JobInfo, file: str) -> str | None:
    """A path as it was named → relative to the working directory; None if it is not in there."""
    work_dir = job.work_dir or job.input_dir
    return relative_to(posixpath.join(work_dir, file), work_dir)


def _unchanged(now: Listing, before: Listing | None) -> frozenset[bytes]:
    both = pairs(before or Listing(), now)
    return frozenset(b.path for b, n in both if b is not None and n is not None and same(b, n))


def _untouched(seen: Found) -> frozenset[bytes]:
    """What the script did not touch: it stands where it came from, maybe edited. If deleted at home, it comes back."""
    if seen.mark is None:
        return frozenset()
    gone = (b.path for b, n in pairs(seen.mark.home or Listing(), seen.home) if b is not None and n is None)
    return _unchanged(seen.work, seen.mark.work) - frozenset(gone)


def _still_as_staged(seen: Found) -> frozenset[bytes]:
    """Where both ends are what they were when the job began: the same file, however their times are kept."""
    if seen.mark is None:
        return frozenset()
    both = pairs(seen.mark.home or Listing(), seen.home)
    kept = (b.path for b, n in both if b is not None and n is not None and arrived(b, n))
    return _unchanged(seen.work, seen.mark.work) & frozenset(kept)


def _other_modes(seen: Found) -> frozenset[bytes]:
    """What was staged and had nothing but a chmod since, as far as can be told. Once fetched, it is so at home."""
    if seen.mark is None:
        return frozenset()
    both = pairs(seen.mark.work or Listing(), seen.work)
    moved = frozenset(b.path for b, n in both if b and n and n.kind == b"f" and only_ctime_moved(n, b))
    return moved - frozenset(entry.path for entry in seen.mark.synced)


def _lacking(chosen: Listing, home: Listing, skip: frozenset[bytes], other_modes: frozenset[bytes]) -> Iterator[Entry]:
    for mine, there in pairs(chosen, home):
        if mine is None or mine.path in skip:
            continue
        if there is None or mine.path in other_modes or not _is_at_home(mine, there):
            yield mine


def _is_at_home(mine: Entry, there: Entry) -> bool:
    """Equal to the nanosecond. A home that keeps whole seconds gets files again: that costs time, never a change."""
    if mine.kind == b"d":
        return there.kind == b"d"
    return arrived(mine, there) and (mine.kind != b"f" or mine.mtime == there.mtime)


def parts(entries: Listing, at: Ends) -> PVector[Listing]:
    """The portions in which entries travel. The output files come first and alone: a running script writes them."""
    output = entries.where(lambda entry: entry.path in at.output)
    rest = entries.where(lambda entry: entry.path not in at.output)
    alone = [Listing.of_sorted([entry]) for entry in output]
    return pvector([*alone, *portions(rest, PORTION_BYTES, PORTION_FILES)])


def halves(part: Listing) -> PVector[Listing]:
    """A portion that failed, cut in two to find which file it was; a single file (with its directories) is not cut."""
    leaves = [entry for entry in part if entry.kind != b"d"] or list(part)
    if len(leaves) < 2:
        return pvector()
    middle = len(leaves) // 2
    return pvector(with_parents(Listing.of(half), part) for half in (leaves[:middle], leaves[middle:]))


def is_fresh(looked: float | None, now: float) -> bool:
    """Whether a portion may be copied as it was listed. ``looked``: when, in seconds; None: it was wrong by then."""
    return looked is not None and now - looked < FRESH


def look_again(at: Ends, part: Listing) -> List:
    """What is to be copied as it is right now: the script goes on writing while others are copied."""
    return List(at.work, only=Names(tuple(entry.path for entry in part if entry.kind != b"d")))


def refreshed(part: Listing, now: Listing) -> Listing:
    """A portion with its entries as they are now; what the script has removed meanwhile is left out."""
    return union(part.where(lambda entry: entry.kind == b"d"), now)


def fetch(at: Ends, part: Listing) -> PVector[Effect]:
    """Copies a portion beside home and verifies it there; the answer to the last effect is what stands there then."""
    return pvector(
        [
            _clear(at),
            Copy(at.work, at.temporary, part),
            VerifyCopy(at.work, at.temporary, part),
            List(at.temporary),
        ]
    )


def _clear(at: Ends) -> ClearTemporary:
    """From another host the copy of a file that was interrupted goes on from what is there of it."""
    return ClearTemporary(at.temporary, but=() if at.work.host is None else (WORKSHOP,))


def tidy(at: Ends, why: Trouble | None) -> ClearTemporary:
    """What is done at the end of a sync. ``why``: it ended early; the next one will need what a lost host had sent."""
    lost = why is not None and why.reason is Reason.HOST_UNREACHABLE
    return _clear(at) if lost else ClearTemporary(at.temporary)


def beginning(path: bytes, before: Listing, after: Listing, there: Listing) -> int | None:
    """How many bytes of a file have arrived, if they are its beginning: it did nothing but grow while it was copied.

    ``before`` and ``after`` the copying: what stands at the source; ``there``: what has arrived.
    """
    found = [next((entry for entry in listing if entry.path == path), None) for listing in (before, after, there)]
    first, last, copy = found
    if first is None or last is None or copy is None or (first.kind, first.inode) != (last.kind, last.inode):
        return None
    grew = last.size > first.size or (last.size, last.mtime) == (first.size, first.mtime)
    return copy.size if grew and first.size <= copy.size <= last.size else None


def stopped(begun: JobInfo, now: JobInfo | None) -> Trouble | None:
    """Why a sync must not place anything more: the job is another one by now, or brings its results home itself."""
    if now is None or now.token != begun.token:
        return Trouble(Reason.DISOWNED, "the info file is another job's by now: nothing more was fetched")
    if now.attempt != begun.attempt:
        return Trouble(Reason.DISOWNED, "the job has started anew meanwhile: nothing more was fetched")
    if now.delivered is not None or (begun.script_exit_code is None and results_are_due(now)):
        return Trouble(Reason.DISOWNED, "the script has ended meanwhile: its results come home by themselves")
    return None


def deliver(at: Ends, part: Listing, standing: Listing, seen: Found) -> PVector[Effect]:
    """Notes a copied portion beside the mark as it will stand at home, and only then gives it its final names."""
    mark = seen.mark
    note = [NoteSynced(at.mark, standing)] if mark is not None else []
    place = Place(
        staging=at.temporary,
        dst=at.home,
        entries=part,
        before=mark.home if mark and mark.home else Listing(),
        synced=mark.synced if mark else Listing(),
        aside=at.aside,
        guard=at.guard,
        always=at.output,
    )
    return pvector([*note, place])
