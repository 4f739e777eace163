"""Which files of a working directory go where, once the script has ended. Linear in the length of the listings."""

from collections.abc import Iterator
from functools import lru_cache

from qq.core.archive_format import belongs_to, filled, matches
from qq.core.changes import only, parents, parted, union, with_parents
from qq.core.job_names import runtime_files
from qq.core.lifecycle.decisions import included_names, uses_scratch
from qq.core.lifecycle.run import Run
from qq.core.listing import Entry, Listing
from qq.core.moments import Mark
from qq.core.names import LOCK_NAME, TEMPORARY_PREFIX
from qq.core.paths import to_bytes, under
from qq.core.records.job import JobInfo

_QQS = (to_bytes(TEMPORARY_PREFIX), to_bytes(LOCK_NAME))
PORTION_BYTES = 1 << 30
PORTION_FILES = 10_000
"""What is copied, verified and placed at a time: a nearly full home never holds more than this twice."""


def top(path: bytes) -> bytes:
    """The first component."""
    return path.partition(b"/")[0]


def output_names(job: JobInfo) -> frozenset[bytes]:
    """The script's stdout and stderr: they come home whatever the modes say."""
    return _as_bytes(job.stdout_file, job.stderr_file)


def _own_names(job: JobInfo) -> frozenset[bytes]:
    files = runtime_files(job.job_name)
    return _as_bytes(files.info, files.qqout)


@lru_cache(maxsize=32)
def _as_bytes(*names: str) -> frozenset[bytes]:
    return frozenset(map(to_bytes, names))


def left_there(job: JobInfo, work: Listing) -> tuple[bytes, ...]:
    """Names at the top of a working directory on scratch that would be qq's own at home: they can't stand there."""
    if not uses_scratch(job):
        return ()
    own, brought = _own_names(job), included_names(job)
    alike = (*_QQS, *own)
    tops = dict.fromkeys([top(entry.path) for entry in work if entry.path.startswith(alike)])
    return tuple([name for name in tops if (name in own or name.startswith(_QQS)) and name not in brought])


def split(mark: Mark | None, work: Listing) -> tuple[Listing, Listing]:
    """What the script made or changed, and what it left as it was; without a list everything counts as changed."""
    if mark is None or mark.work is None:
        return work, Listing()
    return parted(mark.work, work)


def _all(run: Run) -> Iterator[Entry]:
    yield from run.changed
    yield from run.same


def _never_archived(job: JobInfo) -> frozenset[bytes]:
    """Top-level names that don't belong to the archive, whatever its format: runtime files and included paths."""
    return _own_names(job) | output_names(job) | frozenset(included_names(job))


def to_archive(run: Run) -> Listing:
    """What goes from the working directory to the archive: matching names, made or changed; on scratch also the
    unchanged ones of the current cycle."""
    loop = run.job.loop
    if loop is None:
        return Listing()
    never = _never_archived(run.job)
    moved = only(run.changed, matches(loop.archive_format), never)
    if uses_scratch(run.job):
        of_this = belongs_to(loop.archive_format, [loop.current])
        current = only(run.same, of_this, never)
        moved = union(moved, current) if current.count else moved
    return with_parents(moved, run.changed, run.same)


def gone_from_work(run: Run, kept: frozenset[bytes]) -> Listing:
    """What the archive has and the working directory has not any more."""
    proved = {entry.path for entry in run.proof}
    return run.moved.where(lambda entry: entry.path in proved and entry.path not in kept)


def unchanged_paths(run: Run) -> frozenset[bytes]:
    """Of what goes to the archive, what the script did not change: it gives way to a different file there."""
    moved = {entry.path for entry in run.moved}
    return frozenset([entry.path for entry in run.same if entry.kind != b"d" and entry.path in moved])


def init_name(run: Run) -> bytes | None:
    """The name of the empty file by which the chain goes on, if neither place has a file of the next cycle."""
    loop = run.job.loop
    if loop is None:
        return None
    of_next, never = belongs_to(loop.archive_format, [loop.current + 1]), _never_archived(run.job)
    for listing in (run.changed, run.same, run.in_archive):
        for entry in listing:
            name = top(entry.path)
            if of_next(name) and name not in never:
                return None
    return to_bytes(filled(loop.archive_format, loop.current + 1) + ".init")


def to_bring_home(run: Run) -> Listing:
    """What the script made or changed, but for what is in the archive by now, included paths, the record's own name."""
    never = _own_names(run.job) | frozenset(included_names(run.job))
    gone = _gone(run)
    wanted = run.changed.where(lambda e: e.path not in gone and not under(e.path, never))
    return with_parents(wanted, run.changed, run.same)


def _gone(run: Run) -> set[bytes]:
    """What is in the archive and not in the working directory any more: a directory that held more still stands."""
    moved = {entry.path for entry in run.moved}
    if all(entry.kind != b"d" for entry in run.moved):
        return moved
    return moved - {above for entry in _all(run) if entry.path not in moved for above in parents(entry.path)}


def outputs(run: Run) -> Listing:
    """Stdout and stderr alone."""
    names = output_names(run.job)
    return Listing.of(entry for entry in _all(run) if entry.path in names)


def still_as_staged(run: Run) -> Listing:
    """What the script did not change: it stands at home already, and the staged list proves it."""
    gone = {entry.path for entry in run.moved if entry.kind != b"d"}
    return run.same.where(lambda e: e.path not in gone)


def changed_included(run: Run) -> list[bytes]:
    """Included paths in which the script changed something: that is dropped with the working directory, by name."""
    names = frozenset(included_names(run.job))
    return sorted({top(e.path) for e in run.changed if top(e.path) in names}) if names else []
