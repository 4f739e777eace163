"""What cycles that ended long ago left behind: their ``qq run`` died when the next one was submitted already.

Marks are looked for first, where this host sees them at once. If one may be an earlier cycle's, a few records of the
archive tell, since a token gives those of all cycles after it; if none may, no record is read.
"""

import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from glob import escape, glob

from msgspec import Struct

from qq.core.archive_format import filled
from qq.core.history import spans, tokens_until
from qq.core.job_names import job_name, mark_names, runtime_files
from qq.core.lifecycle.decisions import (
    archive_dir,
    is_at_home,
    is_partly_home,
    next_cycle,
    next_is_due,
    next_token,
    uses_scratch,
)
from qq.core.names import INFO_SUFFIX, MARK_SUFFIX
from qq.core.paths import join, mark_path, to_bytes, to_text
from qq.core.records.job import JobInfo
from qq.core.result import value_or_none
from qq.core.states import JobType, RecordState
from qq.shell.perform.mark import token_of
from qq.shell.perform.readrecord import found_at
from qq.shell.reach import reached_over


def left_behind(records: Mapping[str, JobInfo]) -> dict[str, JobInfo]:
    """Records of earlier cycles of these jobs that are finished and at home, with something left to remove; by path.

    A record that lies elsewhere than in its input directory leads to nothing.
    """
    found: dict[str, JobInfo] = {}
    for path, job in records.items():
        if job.loop is not None and _is_at_home(path, job):
            found |= _left_on_scratch(job) if uses_scratch(job) else _left_at_home(job)
    return found


def _is_at_home(path: str, job: JobInfo) -> bool:
    with suppress(OSError):
        return posixpath.samefile(posixpath.dirname(path), job.input_dir)
    return False


def following(job: JobInfo) -> JobInfo | None:
    """The record of the next cycle of a loop job, at home or in the archive, if it has one."""
    cycle = next_cycle(job)
    if job.loop is None or cycle is None:
        return None
    name, archive = runtime_files(job_name(job.script_name, JobType.LOOP, cycle)).info, archive_dir(job)
    archived = f"{filled(job.loop.archive_format, cycle)}{INFO_SUFFIX}"
    found = _record((join(job.input_dir, name), join(archive, archived), join(archive, name)), cycle)
    return found[1] if found is not None and found[1].token == next_token(job) else None


class _Archive(Struct, frozen=True):
    """The cycles before this one whose records may be read in the archive."""

    job: JobInfo
    names: Mapping[int, Sequence[bytes]]

    def record(self, cycle: int) -> tuple[str, JobInfo] | None:
        """Where the record of a cycle stands, and what it says."""
        directory = archive_dir(self.job)
        return _record((join(directory, to_text(name)) for name in self.names.get(cycle, ())), cycle)


def _archive(job: JobInfo) -> _Archive:
    names: list[bytes] = []
    with suppress(OSError), os.scandir(to_bytes(archive_dir(job))) as entries:
        names = [entry.name for entry in entries]
    current = job.loop.current if job.loop is not None else 0
    return _Archive(job, {one.first: one.records for one in spans(job, names) if one.records and one.first < current})


def _record(places: Iterable[str], cycle: int) -> tuple[str, JobInfo] | None:
    for path in places:
        read = value_or_none(found_at(path))
        if read is not None and read.job.loop is not None and read.job.loop.current == cycle:
            return path, read.job
    return None


# --- in the input directory -------------------------------------------------------------------------------------------


def _left_at_home(job: JobInfo) -> dict[str, JobInfo]:
    with suppress(OSError), os.scandir(job.input_dir) as entries:
        names = {entry.name for entry in entries if entry.name.endswith(MARK_SUFFIX)} - {mark_names(job.job_name)[0]}
        if names:
            archive = _archive(job)
            cycles = [n for n in archive.names if mark_names(job_name(job.script_name, JobType.LOOP, n))[0] in names]
            return dict(_left(archive, cycles))
    return {}


# --- on scratch -------------------------------------------------------------------------------------------------------


def _left_on_scratch(job: JobInfo) -> dict[str, JobInfo]:
    if job.work_dir is not None:
        marked = _tokens_near(job) - {job.token}
        return _of_chain(_archive(job), marked) if marked else {}
    archive = _archive(job)  # it has not begun: where the one before it was
    before = archive.record(max(archive.names)) if archive.names else None
    marked = _tokens_near(before[1]) if before is not None else frozenset()
    return _of_chain(archive, marked) if marked else {}


def _of_chain(archive: _Archive, marked: frozenset[str]) -> dict[str, JobInfo]:
    first = archive.record(min(archive.names)) if archive.names else None
    if first is None:
        return {}
    known = dict(_tokens(archive, first[1], archive.job, sorted(archive.names)[1:]))
    return dict(_left(archive, sorted({known[token] for token in marked & known.keys()})))


def _tokens_near(job: JobInfo) -> frozenset[str]:
    """Whose marks stand beside this job's working directory, or in those that are called as its own is.

    On some clusters a job has a directory of its own, and the working directory lies in it.
    """
    if job.work_dir is None:
        return frozenset()
    beside, name = posixpath.split(job.work_dir.rstrip("/"))
    own = job.job_id is not None and job.job_id not in name and job.job_id in posixpath.basename(beside)
    pattern = f"{escape(posixpath.dirname(beside))}/*/*" if own else f"{escape(beside)}/*"
    found: set[str | None] = set()
    for path in glob(pattern + MARK_SUFFIX):  # noqa: PTH207  (no files are meant, but names)
        with suppress(OSError):
            found.add(token_of(to_bytes(path)))
    return frozenset(token for token in found if token is not None)


def _tokens(archive: _Archive, first: JobInfo, last: JobInfo, between: Sequence[int]) -> Iterator[tuple[str, int]]:
    """The tokens of all cycles between two. Where the chain was submitted anew, it is cut in halves to find out."""
    derived = dict(tokens_until(first, last))
    if last.token in derived or not between:
        yield from derived.items()
        return
    for place in sorted(range(len(between)), key=lambda number: abs(number - len(between) // 2)):
        found = archive.record(between[place])
        if found is not None:  # as near to the middle as one can be read
            yield from _tokens(archive, found[1], last, between[place + 1 :])
            yield from _tokens(archive, first, found[1], between[:place])
            return
    yield from derived.items()


# --- which of them ----------------------------------------------------------------------------------------------------


def _left(archive: _Archive, cycles: Iterable[int]) -> Iterator[tuple[str, JobInfo]]:
    for cycle in cycles:
        found = archive.record(cycle)
        if found is not None and _is_left(found[1]):
            yield found


def _is_left(job: JobInfo) -> bool:
    """Whether nothing of it is due any more, and its own mark stands where this host sees it."""
    if job.state is not RecordState.FINISHED or job.work_dir is None or not (is_at_home(job) or is_partly_home(job)):
        return False
    if uses_scratch(job) and reached_over(job, job.main_node) is not None:
        return False
    mark = mark_path(work_dir=job.work_dir, input_dir=job.input_dir, job_name=job.job_name)
    with suppress(OSError):
        return token_of(to_bytes(mark)) == job.token and (not next_is_due(job) or following(job) is not None)
    return False
