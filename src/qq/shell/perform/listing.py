"""What stands below a directory right now: a sorted walk that follows no link and holds the names of few directories.

On a file system in memory every file carries a digest of its content, because a write through a memory map moves no
time there.
"""

import errno
import hashlib
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from operator import methodcaller

from qq.core.archive_format import belongs_to
from qq.core.changes import parents
from qq.core.effects import ArchiveQuestion, List, Names
from qq.core.listing import Entry, Listing, sort_key
from qq.core.moments import Listed
from qq.core.names import LOCK_NAME, TEMPORARY_PREFIX
from qq.core.paths import roots, to_bytes
from qq.core.result import Result
from qq.core.troubles import Trouble
from qq.shell.perform.descent import Descent
from qq.shell.perform.failing import Halt, answered, go_on, named, trouble_of
from qq.shell.perform.libc import in_memory
from qq.shell.perform.watch import Watch

_KINDS = {
    stat.S_IFREG: b"f",
    stat.S_IFDIR: b"d",
    stat.S_IFLNK: b"l",
    stat.S_IFIFO: b"p",
    stat.S_IFSOCK: b"s",
}
DEVICE = b"v"
"""A device: only root makes one, and only root can copy one."""
_OWN = (to_bytes(TEMPORARY_PREFIX), to_bytes(LOCK_NAME))
_PIECE = 1 << 20
_FAR = 9_223_372_036 * 10**9
"""Nanoseconds, until the year 2262: what a listing can hold. A file may be given any time: one that is further away
counts as of then, and that it was changed shows in its ctime."""
_bytes = methodcaller("encode", sys.getfilesystemencoding(), sys.getfilesystemencodeerrors())
"""What ``os.fsencode`` does, at half the price: an archive may have 100,000 names."""
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

Wanted = Callable[[bytes], bool]


def kind_of(status: os.stat_result) -> bytes:
    """The kind of an entry, in one byte."""
    return _KINDS.get(stat.S_IFMT(status.st_mode), DEVICE)


def entry_of(path: bytes, status: os.stat_result, target: bytes = b"", digest: bytes = b"") -> Entry:
    """An entry as lstat(2) saw it."""
    kind = kind_of(status)
    size = status.st_size if kind == b"f" else 0
    mtime = status.st_mtime_ns
    if abs(mtime) > _FAR:
        mtime = _FAR if mtime > 0 else -_FAR
    return Entry(path, kind, size, status.st_ino, mtime, status.st_ctime_ns, target, digest)


def looked_at(directory: int, name: bytes, path: bytes, *, watch: Watch | None = None) -> Entry | None:
    """One name as it stands in an open directory; None: it doesn't. With a ``watch``: its content's digest too."""
    try:
        status = os.stat(name, dir_fd=directory, follow_symlinks=False)
        target = os.readlink(name, dir_fd=directory) if stat.S_ISLNK(status.st_mode) else b""
        content = content_digest(directory, name, watch) if watch and stat.S_ISREG(status.st_mode) else b""
    except FileNotFoundError:
        return None
    return entry_of(path, status, target, content)


def content_digest(directory: int, name: bytes, watch: Watch) -> bytes:
    """The digest of a file's content; empty if it can't be read (whoever copies it will say so)."""
    try:
        fd = os.open(name, READ, dir_fd=directory)
    except PermissionError:
        return b""
    try:
        digest = hashlib.sha256()
        while piece := os.read(fd, _PIECE):
            digest.update(piece)
            go_on(watch)
        return digest.digest()
    finally:
        os.close(fd)


def list_tree(
    root: bytes,
    *,
    without: frozenset[bytes] = frozenset(),
    wanted: Wanted | None = None,
    paths: frozenset[bytes] | None = None,
    own: bool = False,
    digests: bool = True,
    watch: Watch | None = None,
) -> Listing | None:
    """Everything below a directory; None: it is not there.

    ``without``: exact paths, left out with all below. ``wanted``: which top-level names. ``paths``: only these, with
    all below. ``own``: temporary names of qq at the top too. ``digests``: False leaves them out.
    Raises OSError and ``Halt``.
    """
    try:
        with Descent(root) as tree:
            starts = _top(tree, wanted, own) if paths is None else _each(paths)
            return Listing.of_sorted(_walk(tree, starts, without, digests, watch or Watch()))
    except FileNotFoundError:
        return None


def _top(tree: Descent, wanted: Wanted | None, own: bool) -> list[tuple[bytes, list[bytes]]]:
    names: Iterable[bytes] = map(_bytes, _names_at(tree.at(b"")))
    chosen = names if wanted is None else filter(wanted, names)
    return [(b"", sorted((name for name in chosen if own or not name.startswith(_OWN)), reverse=True))]


def _each(paths: frozenset[bytes]) -> list[tuple[bytes, list[bytes]]]:
    outermost = (path for path in paths if not any(above in paths for above in parents(path)))
    split = (path.rpartition(b"/") for path in sorted(outermost, key=sort_key, reverse=True))
    return [(directory, [name]) for directory, _, name in split]


def _names_in(tree: Descent, path: bytes) -> list[bytes]:
    """Backwards, so that the next one is popped."""
    return sorted(map(_bytes, _names_at(tree.at(path))), reverse=True)


def _names_at(directory: int) -> list[str]:
    """The names in an open directory; a root that may only be passed through is open for nothing else."""
    try:
        return os.listdir(directory)
    except OSError as error:
        if error.errno == errno.EBADF:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from error
        raise


def _walk(
    tree: Descent, waiting: list[tuple[bytes, list[bytes]]], without: frozenset[bytes], digests: bool, watch: Watch
) -> Iterator[Entry]:
    """Depth first; ``waiting`` holds the names still to be seen, of each directory on the way down."""
    times_lie: dict[int, bool] = {}  # by device
    while waiting:
        directory, names = waiting[-1]
        if not names:
            waiting.pop()
            continue
        go_on(watch)
        name = names.pop()
        path = directory + b"/" + name if directory else name
        if path in without:
            continue
        try:
            entry = _seen(tree.at(directory), name, path, times_lie if digests else None, watch)
            yield entry
            if entry.kind == b"d":
                waiting.append((path, _names_in(tree, path)))
        except (FileNotFoundError, NotADirectoryError):
            continue  # it went away meanwhile
        except OSError as error:
            raise Halt(trouble_of(error, f"can't look at {named(tree.name(path))}")) from error


def _seen(directory: int, name: bytes, path: bytes, times_lie: dict[int, bool] | None, watch: Watch) -> Entry:
    status = os.stat(name, dir_fd=directory, follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        return entry_of(path, status, os.readlink(name, dir_fd=directory))
    digest = b""
    if times_lie is not None and stat.S_ISREG(status.st_mode):
        if status.st_dev not in times_lie:
            times_lie[status.st_dev] = in_memory(directory)
        digest = content_digest(directory, name, watch) if times_lie[status.st_dev] else b""
    return entry_of(path, status, b"", digest)


def list_files(effect: List, watch: Watch) -> Result[Listed, Trouble]:
    """Performs ``List``. A directory that can't be read is trouble, never an empty listing."""
    root = to_bytes(effect.at.path)

    def work() -> Listed:
        without = roots(effect.without)
        match effect.only:
            case ArchiveQuestion(archive_format=fmt, cycles=cycles):
                return Listed(list_tree(root, without=without, wanted=belongs_to(fmt, cycles), watch=watch))
            case Names(paths=paths):
                return Listed(list_tree(root, without=without, paths=roots(paths), watch=watch))
            case None:
                return Listed(list_tree(root, without=without, own=effect.own, watch=watch))

    return answered(work, f"can't list {named(root)}")
