"""The bytes, mode and times of one file, from one open directory into another, whole or not at all.

Below 256 KiB read and write; above, ``copy_file_range``, which shares blocks where the file system can, then sendfile,
then read and write. Holes stay holes. A file that changes meanwhile is read again, at most three times.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator

from qq.shell.perform.failing import go_on
from qq.shell.perform.listing import READ
from qq.shell.perform.watch import Watch

SMALL = 256 << 10
PIECE = 16 << 20
TRIES = 3
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_CANT = frozenset((errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM))

Step = Callable[[int], None]
"""Called with the number of bytes between two pieces; may raise to end the work."""
Mover = Callable[[int, int, int, int], int]
"""(from, to, offset, at most so many bytes) → bytes moved; 0: the end."""


class Restless(Exception):  # noqa: N818
    """A file that changed each time it was read."""


def make_name(make: Callable[[], None], directory: int, name: bytes) -> None:
    """Makes a name; what stands there, unless it is a directory, gives way."""
    try:
        make()
    except FileExistsError:
        os.unlink(name, dir_fd=directory)
        make()


def copy_file(src_dir: int, src_name: bytes, dst_dir: int, name: bytes, step: Step) -> os.stat_result:
    """Copies a regular file; gives its state from before. On any error nothing has the name."""
    source = os.open(src_name, READ, dir_fd=src_dir)
    try:
        status = os.fstat(source)
        if not stat.S_ISREG(status.st_mode):
            raise Restless
        target = _created(dst_dir, name)
        try:
            status = _copied(source, target, status, step)
        except BaseException:
            os.close(target)
            os.unlink(name, dir_fd=dst_dir)
            raise
        _close(target, dst_dir, name)
    finally:
        os.close(source)
    return status


def _created(directory: int, name: bytes) -> int:
    try:
        return os.open(name, _WRITE, 0o600, dir_fd=directory)
    except FileExistsError:
        os.unlink(name, dir_fd=directory)
        return os.open(name, _WRITE, 0o600, dir_fd=directory)


def _close(target: int, directory: int, name: bytes) -> None:
    """Some servers say only now that the disk is full."""
    try:
        os.close(target)
    except OSError:
        os.unlink(name, dir_fd=directory)
        raise


def _copied(source: int, target: int, status: os.stat_result, step: Step) -> os.stat_result:
    for attempt in range(TRIES):
        if attempt:
            os.lseek(source, 0, os.SEEK_SET)
            os.ftruncate(target, 0)
            os.lseek(target, 0, os.SEEK_SET)
            status = os.fstat(source)
        moved = _move(source, target, status, step)
        after = os.fstat(source)
        if moved and _unmoved(status, after):
            dress(target, status)
            return status
    raise Restless


def dress(target: int, status: os.stat_result) -> None:
    """Mode and times, as far as they are allowed here (a vfat knows no modes)."""
    try:
        os.fchmod(target, stat.S_IMODE(status.st_mode))
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP):
            raise
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def _unmoved(before: os.stat_result, after: os.stat_result) -> bool:
    return (before.st_size, before.st_mtime_ns, before.st_ctime_ns) == (
        after.st_size,
        after.st_mtime_ns,
        after.st_ctime_ns,
    )


def _move(source: int, target: int, status: os.stat_result, step: Step) -> bool:
    """Moves all bytes; whether there were as many as the file had."""
    size = status.st_size
    if size == 0:
        return True
    if size < SMALL:
        data = _read(source, size + 1)
        _write(target, data)
        step(len(data))
        return len(data) == size
    if status.st_blocks * 512 < size:
        whole = all(_range(source, target, start, end, step) for start, end in _data(source, size))
        os.ftruncate(target, size)
        return whole
    return _range(source, target, 0, size, step)


def _data(source: int, size: int) -> Iterator[tuple[int, int]]:
    """Where a file with holes has data."""
    position = 0
    while position < size:
        try:
            start = os.lseek(source, position, os.SEEK_DATA)
            end = os.lseek(source, start, os.SEEK_HOLE)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            return  # nothing but a hole from here on
        yield start, end
        position = end


def _range(source: int, target: int, start: int, end: int, step: Step) -> bool:
    movers: list[Mover] = [_by_range, _by_sendfile, _by_reading]
    position = start
    while position < end:
        try:
            count = movers[0](source, target, position, min(PIECE, end - position))
        except OSError as error:
            if error.errno not in _CANT or len(movers) == 1:
                raise
            del movers[0]
            continue
        if count == 0:
            if len(movers) == 1:
                return False
            del movers[0]  # some file systems say so instead of refusing
            continue
        position += count
        step(count)
    return True


def _by_range(source: int, target: int, offset: int, count: int) -> int:
    return os.copy_file_range(source, target, count, offset, offset)


def _by_sendfile(source: int, target: int, offset: int, count: int) -> int:
    os.lseek(target, offset, os.SEEK_SET)
    return os.sendfile(target, source, offset, count)


def _by_reading(source: int, target: int, offset: int, count: int) -> int:
    data = os.pread(source, min(count, 1 << 20), offset)
    os.lseek(target, offset, os.SEEK_SET)
    _write(target, data)
    return len(data)


def _read(source: int, count: int) -> bytes:
    data = os.read(source, count)
    while 0 < len(data) < count - 1 and (more := os.read(source, count - len(data))):
        data += more
    return data


def _write(target: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(target, view) :]


def same_content(a_dir: int, a: bytes, b_dir: int, b: bytes, watch: Watch) -> bool:
    """Whether two files hold the same bytes."""
    first = os.open(a, READ, dir_fd=a_dir)
    try:
        second = os.open(b, READ, dir_fd=b_dir)
        try:
            while True:
                go_on(watch)
                piece = os.read(first, 1 << 20)
                if piece != os.read(second, 1 << 20):
                    return False
                if not piece:
                    return True
        finally:
            os.close(second)
    finally:
        os.close(first)
