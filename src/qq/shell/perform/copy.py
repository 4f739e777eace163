"""Copies entries from below one directory to below another, and included paths: everything that has a name, no link
followed, nothing but what was asked for. What is copied to is a fresh working directory or a temporary one.
"""

import errno
import os
import stat

from msgspec import Struct, field

from qq.core.changes import several_names
from qq.core.effects import Copy, Include
from qq.core.listing import Entry, Listing
from qq.core.moments import Ok
from qq.core.names import TEMPORARY_PREFIX
from qq.core.paths import to_bytes
from qq.core.result import Result
from qq.core.troubles import Reason, Trouble
from qq.shell.perform.content import Restless, copy_file, make_name
from qq.shell.perform.descent import Descent, open_directory
from qq.shell.perform.failing import Halt, answered, go_on, halt, named, trouble_of
from qq.shell.perform.listing import kind_of, list_tree
from qq.shell.perform.watch import Watch

_CANT_LINK = frozenset((errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EACCES))
_NO_SOCKETS = frozenset((errno.EPERM, errno.EOPNOTSUPP, errno.EINVAL))


class _Copying(Struct):
    """What one copy knows while it goes on."""

    src: Descent
    dst: Descent
    watch: Watch
    vanished_ok: bool
    may_link: bool
    several: frozenset[int] = frozenset()
    """Inodes of which more than one name is copied."""
    names: dict[tuple[int, int], bytes] = field(default_factory=dict)
    """Device and inode of a file with several names → the path of its first copy."""

    def step(self, count: int) -> None:
        """Between two pieces."""
        self.watch.progress(count, 0)
        go_on(self.watch)


def copy(effect: Copy, watch: Watch) -> Result[Ok, Trouble]:
    """Performs ``Copy``. Interrupted or failed: what has a name is whole, but for directories."""
    src, dst = to_bytes(effect.src.path), to_bytes(effect.dst.path)

    def work() -> Ok:
        make_target(dst)
        if effect.entries.count:
            copy_entries(src, dst, effect.entries, watch, vanished_ok=effect.vanished_ok, may_link=effect.may_link)
        return Ok()

    return answered(work, f"can't copy {named(src)} to {named(dst)}")


def make_target(dst: bytes) -> None:
    """Makes the directory to copy to, not its parents: where home is gone nothing is made in its place."""
    temporary = os.path.basename(dst).startswith(to_bytes(TEMPORARY_PREFIX))
    try:
        os.mkdir(dst, 0o700 if temporary else 0o777)
    except FileExistsError:
        if not stat.S_ISDIR(os.stat(dst, follow_symlinks=not temporary).st_mode):
            halt(Reason.PLACE_TAKEN, f"{named(dst)} is in the way: a directory has to go there")


def copy_entries(
    src: bytes, dst: bytes, entries: Listing, watch: Watch, *, vanished_ok: bool = False, may_link: bool = False
) -> None:
    """Copies entries. Raises ``Halt`` and OSError. Directories get their modes and times when all in them is done."""
    with Descent(src) as source:
        modes = _Modes(source)
        with Descent(dst, enter=modes.enter, leave=modes.leave) as target:
            copying = _Copying(source, target, watch, vanished_ok, may_link, several_names(entries))
            for entry in entries:
                go_on(watch)
                _copy_entry(copying, entry)
                watch.progress(0, 1)


class _Modes(Struct):
    """Makes directories as they are visited, and gives them the source's mode and times when they are left."""

    source: Descent
    known: dict[bytes, os.stat_result] = field(default_factory=dict)

    def enter(self, parent: int, name: bytes, path: bytes) -> int:
        """Makes and opens a directory; a link or a file in its place is an error."""
        self.known[path] = os.fstat(self.source.at(path))
        try:
            os.mkdir(name, 0o700, dir_fd=parent)
        except FileExistsError:
            _writable(parent, name)
        try:
            return open_directory(parent, name)
        except NotADirectoryError:
            raise FileExistsError(errno.EEXIST, "not a directory") from None

    def leave(self, fd: int, path: bytes) -> None:
        """All that goes in it is there. What a project directory hands down (setgid) stays."""
        status = self.known.pop(path)
        os.fchmod(fd, stat.S_IMODE(status.st_mode) | os.fstat(fd).st_mode & stat.S_ISGID)
        os.utime(fd, ns=(status.st_atime_ns, status.st_mtime_ns))


def _writable(parent: int, name: bytes) -> None:
    """A directory that an earlier try left read-only has to be filled."""
    status = os.stat(name, dir_fd=parent, follow_symlinks=False)
    if stat.S_ISDIR(status.st_mode) and status.st_mode & 0o700 != 0o700:
        os.chmod(name, 0o700 | stat.S_IMODE(status.st_mode), dir_fd=parent)


def _copy_entry(copying: _Copying, entry: Entry) -> None:
    directory, _, name = entry.path.rpartition(b"/")
    try:
        if entry.kind == b"d":
            copying.dst.at(entry.path)
        else:
            target = copying.dst.at(directory)  # this first: making it moves the visitor of the source
            _copy_one(copying, entry, name, copying.src.at(directory), target)
    except FileNotFoundError as error:
        if not copying.vanished_ok or _there(copying.src, directory, name):
            raise Halt(_trouble(copying, entry, error)) from error
    except OSError as error:
        raise Halt(_trouble(copying, entry, error)) from error
    except Restless:
        words = f"can't copy {named(copying.src.name(entry.path))}: it changes while it is being copied"
        raise Halt(Trouble(Reason.IO_ERROR, words, transient=True)) from None


def _there(tree: Descent, directory: bytes, name: bytes) -> bool:
    try:
        os.stat(name, dir_fd=tree.at(directory), follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _trouble(copying: _Copying, entry: Entry, error: OSError) -> Trouble:
    source, target = named(copying.src.name(entry.path)), named(copying.dst.name(entry.path))
    if error.errno in (errno.EEXIST, errno.EISDIR, errno.EBUSY, errno.ENOTEMPTY):
        return Trouble(Reason.PLACE_TAKEN, f"{target} is in the way: {source} can't be copied there")
    return trouble_of(error, f"can't copy {source} to {target}")


def _copy_one(copying: _Copying, entry: Entry, name: bytes, source: int, target: int) -> None:
    """Anything but a directory."""
    if copying.may_link and _linked(source, target, name):
        return
    if entry.kind == b"f":
        _copy_regular(copying, entry, name, source, target)
    else:
        _make_again(entry, name, source, target)


def _linked(source: int, target: int, name: bytes) -> bool:
    def link() -> None:
        try:
            os.link(name, name, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
        except FileExistsError:
            statuses = (os.stat(name, dir_fd=each, follow_symlinks=False) for each in (source, target))
            if not os.path.samestat(*statuses):
                raise  # else it must not give way: it may be the very name that is to be linked

    try:
        make_name(link, target, name)
    except OSError as error:
        if error.errno not in _CANT_LINK:
            raise
        return False
    return True


def _copy_regular(copying: _Copying, entry: Entry, name: bytes, source: int, target: int) -> None:
    if entry.inode not in copying.several:
        copy_file(source, name, target, name, copying.step)
        return
    status = os.stat(name, dir_fd=source, follow_symlinks=False)
    first = copying.names.get((status.st_dev, status.st_ino))
    if first is None or not _same_name(copying, first, name, target):
        copied = copy_file(source, name, target, name, copying.step)
        copying.names[copied.st_dev, copied.st_ino] = entry.path


def _same_name(copying: _Copying, first: bytes, name: bytes, target: int) -> bool:
    """A second name for a file that was copied already; where that can't be, it is copied again."""
    try:
        whole = copying.dst.name(first)
        make_name(lambda: os.link(whole, name, dst_dir_fd=target, follow_symlinks=False), target, name)
    except OSError as error:
        if error.errno in (errno.EISDIR, errno.EBUSY):
            raise
        return False
    return True


def _make_again(entry: Entry, name: bytes, source: int, target: int) -> None:
    """Links, FIFOs, sockets and devices have no content: they are made anew."""
    status = os.stat(name, dir_fd=source, follow_symlinks=False)
    if kind_of(status) != entry.kind:
        raise Restless
    mode = stat.S_IMODE(status.st_mode)
    if entry.kind == b"l":
        content = os.readlink(name, dir_fd=source)
        make_name(lambda: os.symlink(content, name, dir_fd=target), target, name)
    elif not _node(status, name, target):
        return
    else:
        os.chmod(name, mode, dir_fd=target)
    os.utime(name, ns=(status.st_atime_ns, status.st_mtime_ns), dir_fd=target, follow_symlinks=False)


def _node(status: os.stat_result, name: bytes, target: int) -> bool:
    """A socket is nothing without the process that made it: where none can be made, it is left out."""
    try:
        make_name(lambda: os.mknod(name, status.st_mode, status.st_rdev, dir_fd=target), target, name)
    except OSError as error:
        if not stat.S_ISSOCK(status.st_mode) or error.errno not in _NO_SOCKETS:
            raise
        return False
    return True


def include(effect: Include, watch: Watch) -> Result[Ok, Trouble]:
    """Performs ``Include``. A path that is a link brings what it points to: a relative one would lead nowhere.

    All are looked for before any is copied.
    """
    dst = to_bytes(effect.dst.path)

    def work() -> Ok:
        found = [(os.path.basename(path), _included(path)) for path in map(to_bytes, effect.paths)]
        make_target(dst)
        for name, real in found:
            _include(name, real, dst, watch)
        return Ok()

    return answered(work, f"can't copy included paths to {named(dst)}")


def _included(path: bytes) -> bytes:
    """Where an included path really is."""
    try:
        return os.path.realpath(path, strict=True)
    except OSError as error:
        trouble = trouble_of(error, f"can't copy the included path {named(path)}")
        missing = trouble.reason is Reason.NO_SUCH_FILE
        raise Halt(Trouble(Reason.INCLUDED_MISSING, trouble.words) if missing else trouble) from error


def _include(name: bytes, real: bytes, dst: bytes, watch: Watch) -> None:
    directory, real_name = os.path.split(real)
    if real_name == name:
        entries = list_tree(directory, paths=frozenset([name]), watch=watch)
        if not entries:
            halt(Reason.INCLUDED_MISSING, f"the included path {named(real)} went away meanwhile")
        copy_entries(directory, dst, entries, watch)
    else:
        _include_linked(real, os.path.join(dst, name), watch)


def _include_linked(real: bytes, dst: bytes, watch: Watch) -> None:
    """What a link of another name points to."""
    entries = list_tree(real, own=True, watch=watch) if os.path.isdir(real) else None
    if entries is not None:
        if os.path.islink(dst):
            halt(Reason.PLACE_TAKEN, f"{named(dst)} is in the way: a directory has to go there")
        make_target(dst)
        copy_entries(real, dst, entries, watch)
        status = os.stat(real)
        os.chmod(dst, stat.S_IMODE(status.st_mode))
        os.utime(dst, ns=(status.st_atime_ns, status.st_mtime_ns))
        return
    with Descent(os.path.dirname(real)) as source, Descent(os.path.dirname(dst)) as target:
        names = os.path.basename(real), os.path.basename(dst)
        copying = _Copying(source, target, watch, vanished_ok=False, may_link=False)
        try:
            copy_file(source.at(b""), names[0], target.at(b""), names[1], copying.step)
        except OSError as error:
            raise Halt(trouble_of(error, f"can't copy {named(real)} to {named(dst)}")) from error
        except Restless:
            halt(Reason.IO_ERROR, f"can't copy {named(real)}: it changes while it is being copied", transient=True)
