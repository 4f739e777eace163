"""The beginning of a file that is being written: as many bytes as it had when it was opened.

A program's output grows all the time, so a copy of it never equals the file a moment later. As long as the file did
nothing but grow, its beginning is what a reader would have seen at that moment.
"""

import os
import stat

from qq.core.result import Failure, Result, Success
from qq.core.troubles import Reason, Trouble
from qq.shell.perform.content import dress
from qq.shell.perform.failing import answered, named
from qq.shell.perform.watch import Watch

TRIES = 3
PIECE = 16 << 20
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC


def snapshot(source: bytes, target: bytes, watch: Watch) -> Result[int, Trouble]:
    """Copies the beginning of ``source``; gives the number of bytes. A file that was rewritten each time is trouble."""

    def work() -> int | None:
        for _ in range(TRIES):
            size = _once(source, target, watch)
            if size is not None:
                return size
        return None

    restless = Trouble(
        Reason.IO_ERROR, f"can't copy {named(source)}: it is being rewritten all the time", transient=True
    )
    return answered(work, f"can't copy {named(source)} to {named(target)}").bind(
        lambda size: Failure(restless) if size is None else Success(size)
    )


def _once(source: bytes, target: bytes, watch: Watch) -> int | None:
    from_fd = os.open(source, _READ)
    try:
        before = os.fstat(from_fd)
        to_fd = os.open(target, _WRITE, 0o600)
        try:
            whole = stat.S_ISREG(before.st_mode) and _move(from_fd, to_fd, before.st_size, watch)
            dress(to_fd, before)
        finally:
            os.close(to_fd)
        return before.st_size if whole and _only_grew(before, os.fstat(from_fd)) else None
    finally:
        os.close(from_fd)


def _move(from_fd: int, to_fd: int, size: int, watch: Watch) -> bool:
    position = 0
    while position < size and not watch.interrupted():
        count = os.sendfile(to_fd, from_fd, position, min(PIECE, size - position))
        if count == 0:
            return False
        position += count
        watch.progress(count, 0)
    return position == size


def _only_grew(before: os.stat_result, after: os.stat_result) -> bool:
    return after.st_size > before.st_size or (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
