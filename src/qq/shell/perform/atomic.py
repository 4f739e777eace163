"""Small files that are there whole or not at all, and are read only if they are the user's own."""

import errno
import os
import stat
from collections.abc import Iterable
from contextlib import suppress

from qq.core.names import TEMPORARY_PREFIX
from qq.core.paths import to_bytes


def write_atomic(path: bytes, pieces: Iterable[bytes], *, durable: bool = False) -> None:
    """Replaces a file. ``durable``: it is on disk when this returns."""
    directory, name = os.path.split(path)
    temporary = os.path.join(directory, _temporary(name))
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    try:
        try:
            for piece in pieces:
                write_all(fd, piece)
            if durable:
                os.fsync(fd)
        finally:
            os.close(fd)
        os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    if durable:
        sync_directory(directory)


def write_all(fd: int, data: bytes) -> None:
    """Writes all of it."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _temporary(name: bytes) -> bytes:
    return temporary_prefix(name) + to_bytes(str(os.getpid()))


def temporary_prefix(name: bytes) -> bytes:
    """How the names begin under which a file is written: short ones, since its own with a suffix may be too long."""
    from hashlib import sha256  # who writes a record has another name for it, and it loads all of OpenSSL

    return to_bytes(f"{TEMPORARY_PREFIX}{sha256(name).hexdigest()[:12]}-")


def clear_temporaries(directory: bytes, names: Iterable[bytes]) -> None:
    """Removes what writers of these files left that were killed. Raises OSError."""
    prefixes = tuple(map(temporary_prefix, names))
    with suppress(FileNotFoundError):
        for name in filter(lambda each: each.startswith(prefixes), os.listdir(directory or b".")):
            os.unlink(os.path.join(directory, name))


def sync_directory(directory: bytes) -> None:
    """Names in this directory are on disk when this returns."""
    fd = os.open(directory or b".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def read_own(path: bytes) -> bytes | None:
    """The content of a regular file that belongs to the user; None: there is none, or a link, or not the user's own."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            raise
        return None
    with os.fdopen(fd, "rb") as file:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
            return None
        return file.read()
