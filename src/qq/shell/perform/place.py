"""Gives what was copied and verified its final names, one by one; what a user made there meanwhile is kept.

The decision is ``qq.core.placing``; here it is carried out, and taken anew when something appeared in between. Placed
again after a crash, everything that stands there already is found done. A directory that is not there yet gets its
name in one piece; one that is there gets mine's mode, unless it was touched since the job began.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress

from msgspec import Struct

from qq.core.changes import parents, several_names
from qq.core.effects import Place
from qq.core.listing import Entry, Listing, sort_key
from qq.core.moments import Placed
from qq.core.paths import to_bytes
from qq.core.result import Result
from qq.core.troubles import Reason, Trouble
from qq.shell.perform.copy import make_target
from qq.shell.perform.descent import Descent, Enter, open_directory
from qq.shell.perform.failing import Halt, answered, go_on, halt, named, trouble_of
from qq.shell.perform.libc import sync
from qq.shell.perform.settle import Beside, Target, narrow, put, settle, split, whole_directory
from qq.shell.perform.watch import Watch


class Shape(Struct, frozen=True):
    """Directory (empty: the top) → how many names are listed in it, and its directories among them."""

    names: Mapping[bytes, int]
    directories: Mapping[bytes, list[bytes]]


def place(effect: Place, watch: Watch) -> Result[Placed, Trouble]:
    """Performs ``Place``. What has its final name stays there when the work ends early; it is found done next time.

    Trouble ``DISOWNED``: the record is another job's or attempt's, and something would have had to be moved aside, or
    replaced without asking.
    """
    staging, dst = to_bytes(effect.staging.path), to_bytes(effect.dst.path)

    def work() -> Placed:
        if not effect.entries.count:
            return Placed()
        make_target(staging)  # gone: everything was placed before
        widened: dict[bytes, int] = {}
        try:
            return _place(effect, staging, dst, widened, watch)
        finally:
            narrow(dst, widened)
            with suppress(OSError):
                os.rmdir(staging)  # empty; what is left in it waits for the next try, or for its clearing

    return answered(work, f"can't bring files from {named(staging)} to {named(dst)}")


def _place(effect: Place, staging: bytes, dst: bytes, widened: dict[bytes, int], watch: Watch) -> Placed:
    with Descent(staging) as mine, Descent(dst, enter=_entering(mine, dst, widened)) as there:
        target = Target(
            effect,
            mine,
            there,
            Beside(effect.before),
            Beside(effect.synced),
            widened,
            watch,
            several_names(effect.entries),
        )
        shape = _shape(effect.entries)
        merged = list(_each(target, shape, watch))
        _set_times(there, merged)
        _remove_empty(mine, shape)
        sync(there.at(b""), watch)
    return Placed(tuple(target.aside), tuple(target.kept))


def _entering(mine: Descent, dst: bytes, widened: dict[bytes, int]) -> Enter:
    """Opens a directory at the target; one that is missing, between two that are listed, is made like mine."""

    def enter(parent: int, name: bytes, path: bytes) -> int:
        try:
            return open_directory(parent, name)
        except FileNotFoundError:
            mode = stat.S_IMODE(os.fstat(mine.at(path)).st_mode)
            os.mkdir(name, 0o700, dir_fd=parent)
            widened[path] = mode
            return open_directory(parent, name)
        except NotADirectoryError:
            halt(Reason.PLACE_TAKEN, f"{named(os.path.join(dst, path))} is in the way: a directory has to go there")

    return enter


def _each(t: Target, shape: Shape, watch: Watch) -> Iterator[Entry]:
    """Places every entry; gives the directories that were there already."""
    moved = b""
    for entry in t.effect.entries:
        go_on(watch)
        if not moved or not entry.path.startswith(moved):
            moved = _placed(t, entry, shape)
            if entry.kind == b"d" and not moved:
                yield entry


def _placed(t: Target, entry: Entry, shape: Shape) -> bytes:
    """Places one entry; gives the prefix of all that came with it."""
    try:
        if entry.kind != b"d":
            settle(t, entry, free=put)
            return b""
        came = settle(t, entry, free=lambda t, entry: _put_directory(t, entry, shape))
        return entry.path + b"/" if came else b""
    except OSError as error:
        doing = f"can't give {named(t.mine.name(entry.path))} its name {named(t.dst.name(entry.path))}"
        raise Halt(trouble_of(error, doing)) from error


def _put_directory(t: Target, entry: Entry, shape: Shape) -> bool:
    """Gives a directory its name with all that is in it, if these are just the entries; else makes it, to be filled."""
    directory, name = split(entry.path)
    if _is_just(t.mine, entry.path, shape):
        whole_directory(t, entry)
        return True
    _look_free(t.dst.at(directory), name)
    t.dst.at(entry.path)
    return False


def _is_just(mine: Descent, path: bytes, shape: Shape) -> bool:
    """Whether a directory holds as many names as the entries say, on every level: they were verified to be there."""
    waiting = [path]
    while waiting:
        directory = waiting.pop()
        try:
            if len(os.listdir(mine.at(directory))) != shape.names.get(directory, 0):
                return False
        except FileNotFoundError:
            return False
        waiting += shape.directories.get(directory, [])
    return True


def _look_free(directory: int, name: bytes) -> None:
    try:
        os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return
    raise FileExistsError


def _shape(entries: Listing) -> Shape:
    names: dict[bytes, int] = {}
    directories: dict[bytes, list[bytes]] = {}
    for entry in entries:
        above = entry.path.rpartition(b"/")[0]
        names[above] = names.get(above, 0) + 1
        if entry.kind == b"d":
            directories.setdefault(above, []).append(entry.path)
    return Shape(names, directories)


def _set_times(there: Descent, merged: list[Entry]) -> None:
    """Directories that were filled get the times of mine, the innermost first."""
    for entry in reversed(merged):
        fd = there.at(entry.path)
        with suppress(PermissionError):  # somebody else's directory
            os.utime(fd, ns=(os.fstat(fd).st_atime_ns, entry.mtime))


def _remove_empty(mine: Descent, shape: Shape) -> None:
    """What is left of the temporary directory: nothing, if all went well; else its next clearing sees to it."""
    directories = {path for below in shape.directories.values() for path in below}
    directories |= {above for path in shape.names for above in (path, *parents(path)) if above}
    for path in sorted(directories, key=sort_key, reverse=True):
        directory, name = split(path)
        with suppress(OSError):
            os.rmdir(name, dir_fd=mine.at(directory))
