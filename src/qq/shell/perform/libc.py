"""What Linux can do and the standard library can't: sync one file system, tell tmpfs, rename without replacing."""

import ctypes
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from threading import Event, Thread

from qq.shell.perform.failing import go_on
from qq.shell.perform.watch import Watch

_MEMORY = (0x01021994, 0x858458F6)
"""tmpfs and ramfs, statfs(2): a write through a memory map moves no time there."""
_NOREPLACE = 1
_LOOK = 0.05
"""Seconds between two looks for a signal."""
_FLUSH = 0.5
"""Seconds between two times that what arrives is written to disk."""


@lru_cache(maxsize=1)
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(code: int) -> None:
    if code != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def syncfs(fd: int) -> None:
    """Writes to disk what that file system still has in memory; errors of earlier writes show here."""
    _checked(_libc().syncfs(fd))


def sync(fd: int, watch: Watch) -> None:
    """``syncfs``, which may take minutes; a signal ends the waiting for it."""
    failures: list[OSError] = []

    def work() -> None:
        try:
            syncfs(fd)
        except OSError as error:
            failures.append(error)

    waiting = Thread(target=work, daemon=True)
    waiting.start()
    _await(waiting, watch)
    if failures:
        raise failures[0]


def _await(thread: Thread, watch: Watch) -> None:
    while thread.is_alive():
        thread.join(_LOOK)
        if thread.is_alive():
            go_on(watch)


@contextmanager
def flushing(directory: str, watch: Watch) -> Iterator[None]:
    """Syncs the file system of a directory again and again. Raises OSError at the end: the system tells an error of
    writing only once, so whoever syncs later would not learn of it."""
    fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    ended = Event()
    failures: list[OSError] = []

    def work() -> None:
        try:
            while not ended.wait(_FLUSH):
                syncfs(fd)
        except OSError as error:
            failures.append(error)
        finally:
            os.close(fd)

    flusher = Thread(target=work, daemon=True)
    flusher.start()
    try:
        yield
    finally:
        ended.set()
    _await(flusher, watch)
    if failures:
        raise failures[0]


def in_memory(fd: int) -> bool:
    """Whether ``fd`` is on a file system whose times can't be trusted."""
    buffer = ctypes.create_string_buffer(256)  # struct statfs; f_type is its first word
    _checked(_libc().fstatfs(fd, buffer))
    return ctypes.c_long.from_buffer(buffer).value in _MEMORY


def rename_noreplace(src_dir: int, src: bytes, dst_dir: int, dst: bytes) -> None:
    """Renames, if nothing has the new name (else EEXIST); EINVAL or ENOSYS: the file system or the kernel can't."""
    try:
        function = _libc().renameat2
    except AttributeError:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from None
    _checked(function(src_dir, src, dst_dir, dst, _NOREPLACE))
