"""Files side by side, written, copied, proved, placed and removed at once: what one after another comes to, faster.

Nearly all that a job writes and copies is so, and nobody watches. Each function says whether it was; where it wasn't,
it has changed nothing.
"""

from collections.abc import Callable, Iterable, Mapping

from qq.core.listing import Entry, Listing
from qq.core.paths import to_bytes
from qq.core.placing import Action
from qq.core.simulate.draft import TICK, Draft
from qq.core.simulate.spots import Spot
from qq.core.simulate.tree import Directory, File, Node, new_file
from qq.core.simulate.world import SECOND

SPEED = 200_000_000
"""Bytes per second, of every copy."""


def time_for(size: int) -> int:
    """Nanoseconds that copying so many bytes takes."""
    return size * SECOND // SPEED


def content_of(name: str, inode: int, token: str) -> str:
    """What a script writes: no two files have the same."""
    return f"{name}#{inode}@{token}"


def written(draft: Draft, work: Spot, writes: Mapping[str, int], each: int, token: str) -> Mapping[str, str] | None:
    """Writes files (name → bytes), each after so many nanoseconds, where no directory has these names and the user
    wrote nothing at home. Their contents; None: it was not so."""
    target = draft.names(work)
    if draft.watched or draft.full or draft.edited or target is None:
        return None
    now, inode, steps = draft.now, draft.inode, 0
    files: dict[bytes, File] = {}
    contents: dict[str, str] = {}
    for name, size in writes.items():
        path = to_bytes(name)
        old = target.names.get(path)
        if b"/" in path or isinstance(old, Directory):
            return None
        times = 2 if size else 1  # half of it, then all of it
        now += each + times * TICK
        contents[name] = content = content_of(name, inode + times - 1, token)
        files[path] = new_file(b"f", size, inode if old is None else old.inode, now, now, b"", content)
        inode += times
        steps += times
    if draft.deadline is not None and now > draft.deadline:
        return None
    draft.unseen(steps, now, inode)
    if files:
        draft.own(work).put_files(files, now)
    return contents


def copied(draft: Draft, src: Spot, dst: Spot, entries: Iterable[Entry]) -> bool:
    """Copies files that are all there to where nothing has their names, each with an inode of its own."""
    source, target = draft.names(src), draft.names(dst)
    if draft.watched or draft.full or source is None or target is None:
        return False
    now, inode, steps = draft.now, draft.inode, 0
    inodes: set[int] = set()
    copies: dict[bytes, File] = {}
    for path, kind, *_ in entries:
        file = source.names.get(path)
        if not isinstance(file, File) or not kind == file.kind == b"f" or target.names.get(path) is not None:
            return False
        _, size, old_inode, mtime, _, _, content = file
        now += time_for(size) + TICK
        copies[path] = new_file(b"f", size, inode, mtime, now, b"", content)
        steps += 2 if size else 1
        inode += 1
        inodes.add(old_inode)
    if len(inodes) < len(copies) or (draft.deadline is not None and now > draft.deadline):
        return False
    draft.unseen(steps, now, inode)
    draft.own(dst).put_files(copies, now)
    return True


def placed(
    draft: Draft, mine: Spot, dst: Spot, entries: Iterable[Entry], action: Callable[[Entry, Node, Node], Action]
) -> bool:
    """Moves files that are all there to where nothing has their names, or what is theirs or may be replaced."""
    source, target = draft.names(mine), draft.names(dst)
    if draft.watched or source is None or target is None:
        return False
    now = put_at = draft.now
    names: list[bytes] = []
    moved: dict[bytes, File] = {}
    for entry in entries:
        path = entry.path
        file, there = source.names.get(path), target.names.get(path)
        if not isinstance(file, File):
            return False
        what = Action.PUT if there is None else action(entry, there, file)
        now += TICK
        if what is Action.PUT or what is Action.REPLACE:
            moved[path], put_at = file.changed(now), now
        elif what is not Action.DONE:
            return False
        names.append(path)
    draft.unseen(len(moved), now, draft.inode)
    if moved:
        draft.own(dst).put_files(moved, put_at)
    draft.own(mine).drop_files(names, now)
    return True


def removed(draft: Draft, spot: Spot, proof: Listing) -> bool:
    """Removes files that are all just what was proved."""
    directory, paths = draft.names(spot), [entry.path for entry in proof]
    if draft.watched or directory is None or not paths:
        return False
    for entry in proof:
        file = directory.names.get(entry.path)
        if not isinstance(file, File) or entry[1:7] != file[:6]:
            return False
    now = draft.now + len(paths) * TICK
    draft.unseen(len(paths), now, draft.inode)
    draft.own(spot).drop_files(paths, now)
    return True


def proved(source: Directory, target: Directory, entries: Iterable[Entry]) -> bool:
    """Whether the entries are files that are what they were, and stand at the target as they were copied there."""
    for entry in entries:
        path, kind, size, inode, mtime, _, _, digest = entry
        one, other = source.names.get(path), target.names.get(path)
        if not isinstance(one, File) or not isinstance(other, File) or digest or entry[1:7] != one[:6]:
            return False
        if not kind == other.kind == b"f" or size != other.size or mtime != other.mtime or inode == other.inode:
            return False
    return True
