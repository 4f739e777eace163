"""Reaching directories below a root one component at a time, so that no link is ever followed and any depth goes.

Sorted entries are visited directory by directory: going from one to the next costs an ``open`` per component that
differs, and nothing while the directory stays the same. Only the innermost directories are held open; on the way up a
closed one is reached by ``..`` again, and is refused if it is another one by now.
"""

import errno
import os
from collections.abc import Callable
from types import TracebackType

_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_HELD = 48
"""Directories held open at a time: a copy has two descents, and 1,024 open files are allowed to most."""

Enter = Callable[[int, bytes, bytes], int]
"""(fd of the parent, name, path below the root) → fd of the directory."""
Leave = Callable[[int, bytes], None]
"""Called with fd and path when the last entry of a directory has been visited."""


def open_directory(parent: int, name: bytes, _path: bytes = b"") -> int:
    """Opens a directory, not through a link."""
    return os.open(name, _OPEN, dir_fd=parent)


def _open_root(root: bytes) -> int:
    """The root may be reached through links; one that may only be passed through will do for names that are known."""
    try:
        return os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:
        return os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)


def _stay(_fd: int, _path: bytes) -> None:
    return None


class Descent:
    """Where one visitor of a tree stands. Closes what it opened, without ``leave``, when its block ends by an error."""

    def __init__(self, root: bytes, *, enter: Enter = open_directory, leave: Leave = _stay) -> None:
        self.root = root
        self._enter, self._leave = enter, leave
        self._path = b""
        self._names: list[bytes] = []
        self._fds = [_open_root(root)]
        self._closed: list[tuple[int, int]] = []  # device and inode of those not held open, outermost first

    def __enter__(self) -> "Descent":
        return self

    def __exit__(self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        try:
            while kind is None and self._names:
                self._up()
        finally:
            for fd in self._fds:
                os.close(fd)

    def at(self, path: bytes) -> int:
        """The fd of a directory below the root (``b""``: the root); valid until the next call."""
        if path != self._path:
            self._go(path)
        return self._fds[-1]

    def name(self, path: bytes) -> bytes:
        """A path below the root, in full."""
        return os.path.join(self.root, path)

    def _go(self, path: bytes) -> None:
        wanted = path.split(b"/") if path else []
        common = 0
        for mine, its in zip(self._names, wanted, strict=False):
            if mine != its:
                break
            common += 1
        while len(self._names) > common:
            self._up()
        for name in wanted[common:]:
            self._down(name)

    def _down(self, name: bytes) -> None:
        path = self._path + b"/" + name if self._path else name
        fd = self._enter(self._fds[-1], name, path)
        self._fds.append(fd)
        self._names.append(name)
        self._path = path
        if len(self._fds) > _HELD:
            outermost = self._fds.pop(0)
            status = os.fstat(outermost)
            self._closed.append((status.st_dev, status.st_ino))
            os.close(outermost)

    def _up(self) -> None:
        self._leave(self._fds[-1], self._path)
        if len(self._fds) == 1:
            self._fds.insert(0, self._reopened(self._fds[0]))
        os.close(self._fds.pop())
        self._names.pop()
        self._path = self._path.rpartition(b"/")[0]

    def _reopened(self, below: int) -> int:
        fd = os.open(b"..", _OPEN, dir_fd=below)
        status = os.fstat(fd)
        if self._closed and (status.st_dev, status.st_ino) == self._closed[-1]:
            self._closed.pop()
            return fd
        os.close(fd)
        raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
