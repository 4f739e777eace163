"""Deletes what is proved to stand elsewhere, and nothing else; and what qq itself made and needs no more.

Looking comes first, for all of it; then each name once more, right before it goes.
"""

import errno
import os
import stat
from collections.abc import Callable

from qq.core.changes import pairs, proves, several_names
from qq.core.effects import ClearTemporary, Consented, RemoveFiles, RemoveTree
from qq.core.listing import Entry, Listing, sort_key
from qq.core.moments import Ok, Removed
from qq.core.names import TEMPORARY_PREFIX
from qq.core.paths import roots, to_bytes, under
from qq.core.replacing import replace
from qq.core.result import Result
from qq.core.troubles import Reason, Trouble
from qq.shell.perform.descent import Descent
from qq.shell.perform.failing import Halt, answered, go_on, halt, named, trouble_of
from qq.shell.perform.listing import list_tree, looked_at
from qq.shell.perform.mark import discard_mark, noted_proof, token_of
from qq.shell.perform.watch import Watch

_FULL = frozenset((errno.ENOTEMPTY, errno.EEXIST))

Holds = Callable[[Entry, Entry], bool]
"""(as it was, as it is now) → whether it may go."""


def remove_files(effect: RemoveFiles, watch: Watch) -> Result[Removed, Trouble]:
    """Performs ``RemoveFiles``. Directories go if they are empty by then; what differs from its proof is kept."""
    root = to_bytes(effect.at.path)

    def work() -> Removed:
        if not os.path.isdir(root):
            return Removed()
        with Descent(root) as tree:
            kept, _full = _remove(tree, effect.proof, _proving(effect.proof), watch)
        return Removed(_sorted(kept))

    return answered(work, f"can't remove files from {named(root)}")


def remove_tree(effect: RemoveTree, watch: Watch) -> Result[Removed, Trouble]:
    """Performs ``RemoveTree``. A tree that is gone was removed before: then mark and lists go too."""
    mark, root = to_bytes(effect.mark.path), to_bytes(effect.work_dir)

    def work() -> Removed:
        whose = token_of(mark)
        if effect.consented:
            _remove_consented(root, mark, effect, effect.consented, watch)
            return Removed()
        if not os.path.lexists(root) and whose in (None, effect.token):
            discard_mark(mark)
            return Removed()
        if whose != effect.token:
            halt(Reason.NOT_VERIFIED, f"{named(root)} does not carry the mark of this job; nothing was removed")
        if os.path.islink(root):  # the script put it there, and it may lead anywhere
            halt(Reason.PLACE_TAKEN, f"{named(root)} is a link; what it leads to was not touched")
        proof = noted_proof(mark, effect.token)
        if proof is None:
            halt(Reason.NOT_VERIFIED, f"nothing proves that what is in {named(root)} has arrived; nothing was removed")
        kept = _remove_proved(root, proof, roots(effect.unproved), watch)
        if not kept:
            discard_mark(mark)
        return Removed(_sorted(kept))

    return answered(work, f"can't remove {named(root)}")


def _remove_consented(root: bytes, mark: bytes, effect: RemoveTree, consented: Consented, watch: Watch) -> None:
    if os.path.islink(root):
        halt(Reason.PLACE_TAKEN, f"{named(root)} is a link; what it leads to was not touched")
    inside = _of_the_user(root, [*_homes(), *map(to_bytes, consented.protected)])
    if inside is not None:
        halt(Reason.PERMISSION, f"{named(root)} is, or contains, {named(inside)}; nothing was removed")
    if token_of(mark) != (effect.token if consented.marked else None):
        halt(Reason.DISOWNED, f"{named(root)} does not carry the mark of this job; nothing was removed")
    clear_tree(root, watch)
    discard_mark(mark)


def _of_the_user(root: bytes, protected: list[bytes]) -> bytes | None:
    """The first of these directories that is this one, or lies in it, wherever links lead."""
    real = os.path.realpath(root)
    return next((path for path in protected if os.path.commonpath([real, os.path.realpath(path)]) == real), None)


def _homes() -> list[bytes]:
    """The homes of whoever runs this: as the environment says, and as the system knows it."""
    import pwd

    try:
        known = [pwd.getpwuid(os.getuid()).pw_dir]
    except KeyError:
        known = []
    return [to_bytes(home) for home in (os.environ.get("HOME", ""), *known) if home.startswith("/")]


def clear_temporary(effect: ClearTemporary, watch: Watch) -> Result[Ok, Trouble]:
    """Performs ``ClearTemporary``, for names of qq's own only."""
    root = to_bytes(effect.at.path)

    def work() -> Ok:
        if not os.path.basename(root).startswith(to_bytes(TEMPORARY_PREFIX)):
            halt(Reason.BUG, f"{named(root)} is no temporary directory of qq; nothing was removed")
        clear_tree(root, watch, frozenset(map(to_bytes, effect.but)))
        return Ok()

    return answered(work, f"can't clear {named(root)}")


def clear_tree(root: bytes, watch: Watch, but: frozenset[bytes] = frozenset()) -> None:
    """Removes a directory with all that is in it, following no link; one that is gone is fine.

    ``but``: names in it that stay, and the directory then too. Raises OSError and ``Halt``.
    """
    if os.path.islink(root):
        os.unlink(root)
        return
    listing = list_tree(root, without=but, own=True, digests=False, watch=watch)
    if listing is None:
        return
    with Descent(root) as tree:
        _remove(tree, listing, lambda was, now: was.kind == now.kind, watch)
    try:
        os.rmdir(root)
    except OSError as error:
        if not but or error.errno not in _FULL:
            raise


def _sorted(paths: list[bytes]) -> tuple[bytes, ...]:
    return tuple(sorted(paths, key=sort_key))


def _remove_proved(root: bytes, proof: Listing, unproved: frozenset[bytes], watch: Watch) -> list[bytes]:
    """Removes a tree that is proved as a whole; gives what was not, and then nothing of it is removed."""
    now = list_tree(root, own=True, watch=watch) or Listing()
    holds = _proving(proof)
    kept = [
        there.path
        for proved, there in pairs(proof, now)
        if there and not under(there.path, unproved) and not (proved and holds(proved, there))
    ]
    if kept:
        return kept
    seen = _proving(now)
    with Descent(root) as tree:
        kept, full = _remove(tree, now, lambda was, is_: under(was.path, unproved) or seen(was, is_), watch)
    if not kept and not full:
        os.rmdir(root)
    return kept or full


def _proving(proof: Listing) -> Holds:
    """``proves``, but for the ctime of a file with several names in the proof: it moves when one of them is removed."""
    several = several_names(proof)

    def holds(was: Entry, now: Entry) -> bool:
        return proves(replace(was, ctime=now.ctime) if was.inode in several and was.ctime else was, now)

    return holds


def _remove(tree: Descent, listing: Listing, holds: Holds, watch: Watch) -> tuple[list[bytes], list[bytes]]:
    """Removes files, then directories from the innermost; gives what did not hold, and directories not empty then."""
    kept: list[bytes] = []
    directories: list[Entry] = []
    for entry in listing:
        go_on(watch)
        if entry.kind == b"d":
            directories.append(entry)
        elif not _gone(tree, entry, holds, watch):
            kept.append(entry.path)
        watch.progress(0, 1)
    full = [entry.path for entry in reversed(directories) if not _gone(tree, entry, holds, watch)]
    return kept, full


def _gone(tree: Descent, entry: Entry, holds: Holds, watch: Watch) -> bool:
    """Removes one entry if it holds; whether it is gone now."""
    directory, _, name = entry.path.rpartition(b"/")
    try:
        parent = tree.at(directory)
        now = looked_at(parent, name, entry.path, watch=watch if entry.digest else None)
        return now is None or (holds(entry, now) and _unlinked(parent, name, entry.kind))
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError as error:
        raise Halt(trouble_of(error, f"can't remove {named(tree.name(entry.path))}")) from error


def _unlinked(directory: int, name: bytes, kind: bytes) -> bool:
    """False: a directory with something in it."""
    remove = os.rmdir if kind == b"d" else os.unlink
    try:
        try:
            remove(name, dir_fd=directory)
        except PermissionError:
            _make_writable(directory)
            remove(name, dir_fd=directory)
    except OSError as error:
        if kind == b"d" and error.errno in _FULL:
            return False
        raise
    return True


def _make_writable(directory: int) -> None:
    """For a directory that its owner made read-only."""
    os.fchmod(directory, stat.S_IMODE(os.fstat(directory).st_mode) | 0o700)
