"""Looks at both ends of a copy afresh, once it is on disk. Only this gives a proof of arrival."""

import os
import stat
from collections.abc import Iterator

from qq.core.changes import linked, same
from qq.core.effects import VerifyCopy
from qq.core.listing import Entry, Listing
from qq.core.moments import Verified
from qq.core.paths import to_bytes
from qq.core.placing import has_arrived
from qq.core.replacing import replace
from qq.core.result import Result
from qq.core.troubles import Reason, Trouble
from qq.shell.perform.content import same_content
from qq.shell.perform.descent import Descent
from qq.shell.perform.failing import answered, go_on, halt, named
from qq.shell.perform.libc import sync
from qq.shell.perform.listing import looked_at
from qq.shell.perform.watch import Watch

_SECOND = 1_000_000_000


def verify(effect: VerifyCopy, watch: Watch) -> Result[Verified, Trouble]:
    """Performs ``VerifyCopy``: syncs the target's file system once, then looks at every entry here and there."""
    src, dst = to_bytes(effect.src.path), to_bytes(effect.dst.path)

    def work() -> Verified:
        if not effect.entries.count:
            return Verified(Listing())
        with Descent(src) as source, Descent(dst) as target:
            sync(target.at(b""), watch)
            return Verified(Listing.of_sorted(_proofs(source, target, effect.entries, watch)))

    return answered(work, f"can't verify the copy of {named(src)} at {named(dst)}")


def _proofs(source: Descent, target: Descent, entries: Listing, watch: Watch) -> Iterator[Entry]:
    for entry in entries:
        go_on(watch)
        yield entry if _plainly_right(source, target, entry) else _proof(source, target, entry, watch)


def _plainly_right(source: Descent, target: Descent, entry: Entry) -> bool:
    """The same answer as ``_proof`` gives for nearly every file, in two system calls."""
    directory, _, name = entry.path.rpartition(b"/")
    if entry.kind != b"f" or entry.digest:
        return False
    try:
        now = os.stat(name, dir_fd=source.at(directory), follow_symlinks=False)
        there = os.stat(name, dir_fd=target.at(directory), follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return (
        stat.S_ISREG(now.st_mode)
        and stat.S_ISREG(there.st_mode)
        and (now.st_size, now.st_ino) == (entry.size, entry.inode)
        and (now.st_mtime_ns, now.st_ctime_ns) == (entry.mtime, entry.ctime)
        and there.st_size == entry.size
        and there.st_mtime_ns // _SECOND == entry.mtime // _SECOND
        and now.st_ino != there.st_ino
    )


def _proof(source: Descent, target: Descent, entry: Entry, watch: Watch) -> Entry:
    now, there = _look(source, entry, watch), _look(target, entry, watch)
    if now is None:
        halt(Reason.NOT_VERIFIED, f"{named(source.name(entry.path))} went away meanwhile", transient=True)
    if there is None:
        if entry.kind == b"s":
            return entry  # nothing without the process that made it, and not every file system takes one
        halt(Reason.NOT_VERIFIED, f"{named(target.name(entry.path))} did not arrive", transient=True)
    if entry.kind == b"d":
        _insist(now.kind == there.kind == b"d", target, entry)
        return entry
    if now.kind == there.kind and now.inode == there.inode and _one_file(source, target, entry):
        return linked(now)
    if not same(entry, now) and not _same_content(source, target, entry, now, there, watch=watch):
        halt(Reason.NOT_VERIFIED, f"{named(source.name(entry.path))} was changed meanwhile", transient=True)
    _insist(has_arrived(entry, there), target, entry)
    return entry if same(entry, now) else now


def _same_content(source: Descent, target: Descent, entry: Entry, now: Entry, there: Entry, *, watch: Watch) -> bool:
    """Whether only the ctime moved, as when another name of it is made or removed, and the content is the same."""
    if not same(replace(entry, ctime=now.ctime), now):
        return False
    if entry.kind != b"f" or there.kind != b"f":
        return entry.kind == there.kind  # whether a link points there, too, is looked at for all
    directory, _, name = entry.path.rpartition(b"/")
    return same_content(source.at(directory), name, target.at(directory), name, watch)


def _look(tree: Descent, entry: Entry, watch: Watch) -> Entry | None:
    directory, _, name = entry.path.rpartition(b"/")
    try:
        return looked_at(tree.at(directory), name, entry.path, watch=watch if entry.digest else None)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _one_file(source: Descent, target: Descent, entry: Entry) -> bool:
    """Whether both ends are names of one inode of one file system."""
    directory, _, name = entry.path.rpartition(b"/")
    here = os.stat(name, dir_fd=source.at(directory), follow_symlinks=False)
    there = os.stat(name, dir_fd=target.at(directory), follow_symlinks=False)
    return os.path.samestat(here, there)


def _insist(right: bool, target: Descent, entry: Entry) -> None:
    if not right:
        halt(Reason.NOT_VERIFIED, f"{named(target.name(entry.path))} is not what was copied there", transient=True)
