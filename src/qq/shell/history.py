"""Looks at the archive of a loop job, once, for the history of its cycles: its names, a few records, some sizes."""

import os
import posixpath
import stat
from collections.abc import Iterable

from qq.core.history import Cycle, Span, cycle, spans
from qq.core.paths import join, to_bytes, to_text
from qq.core.records.job import JobInfo
from qq.core.result import Failure
from qq.shell.perform.readrecord import found_at


def history(job: JobInfo, newest: int | None = None) -> list[Cycle]:
    """The cycles of a loop job, oldest first; of any other job none.

    ``newest``: only so many rows, from the current cycle back.
    """
    if job.loop is None:
        return []
    archive = join(job.input_dir, job.loop.archive)
    names = _names_in(archive)
    if isinstance(names, str):
        return [cycle(job, span, [names], None) for span in spans(job, (), newest)]
    return [_look(job, span, to_bytes(archive)) for span in spans(job, names, newest)]


def _names_in(archive: str) -> list[bytes] | str:
    """All names in the archive, or why it can't be read."""
    try:
        with os.scandir(to_bytes(archive)) as entries:
            return [entry.name for entry in entries]
    except FileNotFoundError:
        return []  # the first cycle has not begun yet
    except OSError as error:
        return f"{archive}: {error.strerror}"


def _look(job: JobInfo, span: Span, archive: bytes) -> Cycle:
    read = [_record(posixpath.join(archive, name)) for name in span.records]
    return cycle(job, span, read, _size(archive, span.files))


def _record(path: bytes) -> JobInfo | str:
    found = found_at(to_text(path))
    return str(found.failure()) if isinstance(found, Failure) else found.unwrap().job


def _size(directory: bytes, names: Iterable[bytes]) -> int | None:
    """Bytes of files and of all that is below directories; None: one can't be looked at. No link is followed."""
    waiting, total = [posixpath.join(directory, name) for name in names], 0
    try:
        while waiting:
            path = waiting.pop()
            status = os.lstat(path)
            if stat.S_ISDIR(status.st_mode):
                with os.scandir(path) as entries:
                    waiting.extend(entry.path for entry in entries)
            else:
                total += status.st_size
    except OSError:
        return None
    return total
