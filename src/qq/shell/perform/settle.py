"""One name at its target: taken if it is free, else what ``qq.core.placing`` decides about what stands there."""

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import assert_never

from msgspec import Struct, field

from qq.core.changes import several_names
from qq.core.effects import Guard, Place
from qq.core.listing import Entry, Listing, sort_key
from qq.core.paths import to_bytes
from qq.core.placing import (
    Action,
    aside_names,
    in_the_way,
    is_nobodys,
    of_same_content,
    only_ctime_moved,
    placing,
)
from qq.core.replacing import replace
from qq.core.troubles import Reason
from qq.shell.perform.content import same_content
from qq.shell.perform.descent import Descent, open_directory
from qq.shell.perform.failing import Halt, halt, named
from qq.shell.perform.listing import content_digest, looked_at
from qq.shell.perform.renaming import rename_new
from qq.shell.perform.watch import Watch

_LOOKS = 10
"""How often something may appear between a look and what follows from it."""


class Beside:
    """A sorted listing read along with another one."""

    def __init__(self, listing: Listing) -> None:
        self._rest = iter(listing)
        self._next = next(self._rest, None)

    def at(self, path: bytes) -> list[Entry]:
        """The entries of this path; paths must be asked for in their order."""
        found: list[Entry] = []
        key = sort_key(path)
        while self._next is not None and (its := sort_key(self._next.path)) <= key:
            if its == key:
                found.append(self._next)
            self._next = next(self._rest, None)
        return found


class Target(Struct):
    """Both ends of a placing, and what it found out on its way."""

    effect: Place
    mine: Descent
    dst: Descent
    before: Beside
    synced: Beside
    widened: dict[bytes, int]
    """Directories at the target that had to be made writable → the mode that they get back."""
    watch: Watch
    several: frozenset[int]
    """Inodes of which more than one name is placed."""
    shared: frozenset[int] | None = None
    """Inodes that had more than one name at the target when the job began; None: nobody has asked yet."""
    aside: list[tuple[bytes, bytes]] = field(default_factory=list)
    kept: list[bytes] = field(default_factory=list)


def split(path: bytes) -> tuple[bytes, bytes]:
    """Directory (empty: the top) and name."""
    directory, _, name = path.rpartition(b"/")
    return directory, name


def settle(t: Target, entry: Entry, *, free: Callable[[Target, Entry], bool]) -> bool:
    """Brings one entry to its name; ``free`` does it, as long as nothing has that name (else FileExistsError).

    Gives what ``free`` gave, False where directories merge, True where nothing more is to be done.
    """
    known = next(iter(t.before.at(entry.path)), None), t.synced.at(entry.path)
    for _ in range(_LOOKS):
        with suppress(FileExistsError):
            return free(t, entry)
        action = _action(t, entry, *known)
        if action is Action.MERGE:
            _merged(t, entry, known[0])
            return False
        if _acted(t, entry, action):
            return True
    return halt(Reason.PLACE_TAKEN, f"{named(t.dst.name(entry.path))} keeps changing while a file has to go there")


def put(t: Target, entry: Entry) -> bool:
    """Gives a file its name, if that is free."""
    directory, name = split(entry.path)
    target = t.dst.at(directory)
    try:
        source = t.mine.at(directory)
        insisting(t, directory, lambda: rename_new(source, name, target, name))
    except FileNotFoundError:
        _missing(t, entry)
    return True


def _missing(t: Target, entry: Entry) -> None:
    """Mine is not in the temporary directory: it was placed before, or is a socket that could not be made."""
    directory, name = split(entry.path)
    if looked_at(t.dst.at(directory), name, entry.path) is not None:
        raise FileExistsError
    if entry.kind != b"s":
        words = f"{named(t.mine.name(entry.path))} is gone, and {named(t.dst.name(entry.path))} is not there"
        halt(Reason.NOT_VERIFIED, words, transient=True)


def _action(t: Target, entry: Entry, before: Entry | None, synced: list[Entry]) -> Action:
    directory, name = split(entry.path)
    target = t.dst.at(directory)
    there = looked_at(target, name, entry.path, watch=t.watch if before is not None and before.digest else None)
    if there and before and only_ctime_moved(there, before) and there.inode in _shared(t):
        there = replace(there, ctime=before.ctime)
    mine = _mine(t, entry)

    always, keep = entry.path in t.effect.always, entry.path in t.effect.keep

    def decided(there: Entry | None, mine: Entry) -> Action:
        return placing(there, mine, before, synced, always=always, keep=keep)

    action = decided(there, mine or entry)
    if action is Action.DONE and mine and there and mine.kind == b"f" and mine.inode != there.inode:
        # The same size and time on both sides, as after a crash; or an edit within the same tick of the clock.
        source = t.mine.at(directory)
        if not same_content(source, name, target, name, t.watch):
            theirs = replace(there, digest=content_digest(target, name, t.watch))
            return decided(theirs, replace(mine, digest=content_digest(source, name, t.watch)))
        other_mode = _mode(source, name) != _mode(target, name)
        several = entry.inode in t.several
        return of_same_content(there, before, synced, several=several, other_mode=other_mode, always=always)
    if mine is None and action in (Action.REPLACE, Action.REPLACE_IF_OURS, Action.ASIDE):
        words = f"{named(t.mine.name(entry.path))} is gone, and another file is at {named(t.dst.name(entry.path))}"
        halt(Reason.NOT_VERIFIED, words, transient=True)
    return action


def _shared(t: Target) -> frozenset[int]:
    if t.shared is None:
        t.shared = several_names(t.effect.before)
    return t.shared


def _mode(directory: int, name: bytes) -> int:
    return stat.S_IMODE(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode)


def _merged(t: Target, entry: Entry, before: Entry | None) -> None:
    """An own directory that nobody touched at home gets the mode of mine. What a project directory hands down stays."""
    directory, name = split(entry.path)
    there = looked_at(t.dst.at(directory), name, entry.path)
    if there is None or not is_nobodys(there, before, ()):
        return
    fd = t.dst.at(entry.path)
    status = os.fstat(fd)
    if status.st_uid != os.geteuid():
        return
    with suppress(FileNotFoundError):  # mine is gone: it was placed before
        mine, now = os.fstat(t.mine.at(entry.path)), stat.S_IMODE(status.st_mode)
        wanted = stat.S_IMODE(mine.st_mode) & ~stat.S_ISGID | now & stat.S_ISGID
        if wanted != now:
            os.fchmod(fd, wanted)


def _mine(t: Target, entry: Entry) -> Entry | None:
    directory, name = split(entry.path)
    try:
        return looked_at(t.mine.at(directory), name, entry.path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _acted(t: Target, entry: Entry, action: Action) -> bool:
    """Whether the entry is settled now; else it is to be tried again, with the name free or the look stale."""
    match action:
        case Action.DONE:
            _drop(t, entry)
            return True
        case Action.KEEP_THEIRS:
            t.kept.append(entry.path)
            _drop(t, entry)
            return True
        case Action.REPLACE:
            return _replaced(t, entry)
        case Action.REPLACE_IF_OURS:
            _still_ours(t.effect.guard, "nothing was replaced")
            return _replaced(t, entry)
        case Action.ASIDE:
            _still_ours(t.effect.guard, "nothing was moved aside")
            _set_aside(t, entry.path)
            return False
        case Action.TAKEN:
            return halt(Reason.PLACE_TAKEN, in_the_way(named(t.dst.name(entry.path)), entry))
        case Action.PUT | Action.MERGE:
            return False
        case _:
            assert_never(action)


def _drop(t: Target, entry: Entry) -> None:
    """Mine is not needed any more. A directory goes at the end, if it is empty then."""
    if entry.kind == b"d":
        return
    directory, name = split(entry.path)
    with suppress(FileNotFoundError):
        source = t.mine.at(directory)
        insisting(t, directory, lambda: os.unlink(name, dir_fd=source))


def _replaced(t: Target, entry: Entry) -> bool:
    directory, name = split(entry.path)
    target = t.dst.at(directory)
    if entry.kind == b"d":
        insisting(t, directory, lambda: os.unlink(name, dir_fd=target))
        return False
    source = t.mine.at(directory)
    insisting(t, directory, lambda: os.rename(name, name, src_dir_fd=source, dst_dir_fd=target))
    return True


def _set_aside(t: Target, path: bytes) -> None:
    """Somebody else's version gets the first name that is free, or that holds the very same already."""
    directory, name = split(path)
    target = t.dst.at(directory)
    for candidate in aside_names(name, to_bytes(t.effect.aside)):
        try:
            insisting(t, directory, partial(rename_new, target, name, target, candidate))
        except FileNotFoundError:
            return  # its owner took it away
        except FileExistsError:
            continue
        t.aside.append((path, directory + b"/" + candidate if directory else candidate))
        return


def _still_ours(guard: Guard, otherwise: str) -> None:
    from qq.shell.perform.record import disowned

    trouble = disowned(guard, otherwise)
    if trouble is not None:
        raise Halt(trouble)


def insisting(t: Target, directory: bytes, action: Callable[[], None]) -> None:
    """Does something in this directory of both ends, even if the user's own directory is read-only."""
    try:
        action()
    except PermissionError:
        _widen(t.mine.at(directory))
        fd = t.dst.at(directory)
        mode = _widen(fd)
        if mode is not None:
            t.widened.setdefault(directory, mode)
        action()


def _widen(fd: int) -> int | None:
    """Makes an own directory writable; gives its mode from before, if that was needed."""
    status = os.fstat(fd)
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o700 == 0o700 or status.st_uid != os.geteuid():
        return None
    os.fchmod(fd, mode | 0o700)
    return mode


def narrow(dst: bytes, widened: dict[bytes, int]) -> None:
    """Gives directories their modes back."""
    if not widened:
        return
    with Descent(dst) as target:
        for path in sorted(widened, key=sort_key, reverse=True):
            os.fchmod(target.at(path), widened[path])


def whole_directory(t: Target, entry: Entry) -> None:
    """Gives a directory of the temporary one its name, with all that is in it; FileExistsError if something has it."""
    directory, name = split(entry.path)
    target = t.dst.at(directory)
    source = t.mine.at(directory)
    try:
        insisting(t, directory, lambda: rename_new(source, name, target, name))
    except PermissionError:
        fd = open_directory(source, name)  # its entry for .. changes: it has to be writable itself
        try:
            mode = _widen(fd)
            rename_new(source, name, target, name)
            if mode is not None:
                os.fchmod(fd, mode)
        finally:
            os.close(fd)
