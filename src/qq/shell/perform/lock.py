"""The lock of a directory: who changes records in it holds ``.qq.lock`` (DESIGN, "Writing the record").

Made by link(2) from a private file, since flock is missing or host-local on some Lustre and NFS mounts. That file has
no name where the file system can do so: then whoever is killed leaves nothing but the lock and what he was writing,
which the next one clears.
"""

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from msgspec import Struct

from qq.core.names import LOCK_NAME
from qq.shell.perform.stale_lock import NO_LINKS, STALE, break_if_stale, content_of, names_of

PATIENCE = 90.0
"""Seconds that a writer waits: longer than a stale lock lives."""
_LONGEST_PAUSE = 0.02
_NOT_NAMELESS = (errno.EOPNOTSUPP, errno.ENOTSUP, errno.EISDIR, errno.EINVAL, errno.ENOENT)


class LockedError(OSError):
    """Somebody else held the lock for longer than we could wait, or took it from us."""


class GivenUpError(OSError):
    """We were told not to wait any longer."""


class Held(Struct, frozen=True):
    """A lock that is ours."""

    path: str
    inode: int
    temporary: str
    """The one name under which its holder may write what it then renames; who breaks the lock clears it away."""

    def touch(self) -> None:
        """As if it had just been made. Whoever holds it for minutes does so before it is stale."""
        with suppress(OSError):
            os.utime(self.path)

    def check(self) -> None:
        """Raises if the lock is not ours any more: called right before what it guards is made visible."""
        with suppress(FileNotFoundError):
            if os.lstat(self.path).st_ino == self.inode:
                return
        raise LockedError(errno.EAGAIN, "the lock was taken over", self.path)


@contextmanager
def directory_lock(
    directory: str,
    patience: float = PATIENCE,
    give_up: Callable[[], bool] = lambda: False,
    *,
    name: str = LOCK_NAME,
    stale: float = STALE,
) -> Iterator[Held]:
    """Holds the lock of a directory, or another one in it that has this name, and is ``stale`` after so many seconds.

    Raises ``LockedError`` after ``patience`` seconds, ``GivenUpError`` when ``give_up`` says so, ``OSError`` if the
    directory can't have a lock.
    """
    directory = directory or "."
    lock, unique = os.path.join(directory, name), os.urandom(8).hex()
    private, temporary = names_of(directory, unique)
    content = content_of(unique)
    # It stays open as long as the lock is held: else another lock could get its inode, and look like ours.
    with _private_file(directory, private, content) as own:
        held = Held(lock, _acquire(lock, own, content, patience, give_up, stale=stale), temporary)
        try:
            yield held
        finally:
            with suppress(LockedError, FileNotFoundError):
                held.check()
                _forget(own)  # first: the lock names it to whoever breaks it
                os.unlink(lock)


LONG_STALE = 120.0
"""Seconds after which long work of another host, of which nothing was seen, is taken for dead."""


@contextmanager
def alone(directory: str, name: str) -> Iterator[None]:
    """Meanwhile nobody else does this long work: holds the lock of this name. Raises as ``directory_lock`` does."""
    with directory_lock(directory, 0.0, name=name, stale=LONG_STALE) as held, kept_young(held, LONG_STALE / 8):
        yield


@contextmanager
def kept_young(held: Held, seconds: float) -> Iterator[None]:
    """Touches a lock that is held for long so often, for as long as this process lives: then nobody breaks it."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(seconds):
            held.touch()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def clear_after_the_dead(record: str) -> None:
    """Takes away what a writer of this record left that was killed; a lock that somebody holds stays."""
    directory = os.path.dirname(os.path.realpath(record))
    if os.path.lexists(os.path.join(directory, LOCK_NAME)):
        with suppress(OSError), directory_lock(directory, 0.0):
            pass


class _Private(Struct, frozen=True):
    """The file that becomes the lock. ``path`` None: it has no name, see open(2), O_TMPFILE."""

    fd: int
    path: str | None


@contextmanager
def _private_file(directory: str, path: str, content: str) -> Iterator[_Private]:
    private = _nameless(directory) or _Private(_new(path), path)
    try:
        os.write(private.fd, content.encode("utf-8", "replace"))
        yield private
    finally:
        _forget(private)
        os.close(private.fd)


def _forget(private: _Private) -> None:
    if private.path is not None:
        with suppress(FileNotFoundError):
            os.unlink(private.path)


def _nameless(directory: str) -> _Private | None:
    """None: this file system can't."""
    try:
        return _Private(os.open(directory, os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC, 0o666), None)
    except OSError as error:
        if error.errno not in _NOT_NAMELESS:
            raise
        return None


def _new(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)


def _acquire(
    lock: str, private: _Private, content: str, patience: float, give_up: Callable[[], bool], *, stale: float
) -> int:
    deadline, pause = time.monotonic() + patience, 0.001
    while True:
        inode = _try(lock, private, content)
        if inode is not None:
            return inode
        if break_if_stale(lock, private.fd, stale):
            continue
        if give_up():
            raise GivenUpError(errno.EINTR, "interrupted by a signal", lock)
        if time.monotonic() >= deadline:
            raise LockedError(errno.EAGAIN, "another command is changing this directory", lock)
        time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def _try(lock: str, private: _Private, content: str) -> int | None:
    """The inode of the lock, if we got it."""
    try:
        _link(private, lock)
    except FileExistsError:
        return None
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        return _try_without_links(lock, content)
    return os.fstat(private.fd).st_ino


def _link(private: _Private, lock: str) -> None:
    if private.path is not None:
        os.link(private.path, lock)
        return
    above = os.open(os.path.dirname(lock), os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:  # with a descriptor, or Python calls link(2), which does not follow this name to the file
        os.link(f"/proc/self/fd/{private.fd}", os.path.basename(lock), dst_dir_fd=above, follow_symlinks=True)
    finally:
        os.close(above)


def _try_without_links(lock: str, content: str) -> int | None:
    try:
        fd = _new(lock)
    except FileExistsError:
        return None
    try:
        os.write(fd, content.encode("utf-8", "replace"))
        return os.fstat(fd).st_ino
    finally:
        os.close(fd)
