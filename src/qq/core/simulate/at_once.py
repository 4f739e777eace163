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
from qq.core.simulate.tree import Directory, File, Node

PER_BYTE = 5
"""Nanoseconds that a byte takes, in every copy."""


def content_of(name: str, inode: int, token: str) -> str:
    """What a script writes: no two files have the same."""
    return f"{name}#{inode}@{token}"


def written(draft: Draft, work: Spot, writes: Mapping[str, int], each: int, whose: tuple[str, str]) -> bool:
    """Writes files (name → bytes), each after so many nanoseconds, where no directory has these names and the user
    wrote nothing at home. ``whose``: input directory and token of the job."""
    target = draft.names(work)
    if draft.watched or draft.full or draft.edited or target is None:
        return False
    now, inode, steps = draft.now, draft.inode, 0
    input_dir, token = whose
    files: dict[bytes, File] = {}
    contents: dict[tuple[str, str], object] = {}
    made: int | None = None
    """When the last name was made."""
    for name, size in writes.items():
        path = to_bytes(name)
        old = target.names.get(path)
        if "/" in name or type(old) is Directory:
            return False
        times = 2 if size else 1  # half of it, then all of it
        now += each + times * TICK
        contents[input_dir, name] = content = content_of(name, inode + times - 1, token)
        if old is None:
            made = now - (times - 1) * TICK
        files[path] = File(Entry(path, b"f", size, inode if old is None else old.inode, now, now), content)
        inode += times
        steps += times
    if draft.deadline is not None and now > draft.deadline:
        return False
    draft.unseen(steps, now, inode)
    if files:
        draft.own(work).put_files(files, made)
    draft.made().update(contents)
    return True


def copied(draft: Draft, src: Spot, dst: Spot, entries: Iterable[Entry]) -> bool:
    """Copies files that are all there to where nothing has their names, each with an inode of its own."""
    source, target = draft.names(src), draft.names(dst)
    if draft.watched or draft.full or source is None or target is None:
        return False
    now, first, empty = draft.now, draft.inode, 0
    files, taken = source.names, target.names
    inodes: set[int] = set()
    copies: dict[bytes, File] = {}
    for inode, entry in enumerate(entries, first):
        path = entry.path
        file = files.get(path)
        if type(file) is not File or path in taken:
            return False
        seen = file.entry
        if entry.kind != b"f" or seen.kind != b"f":
            return False
        size = seen.size
        now += size * PER_BYTE + TICK
        copies[path] = File(Entry(path, b"f", size, inode, seen.mtime, now), file.content)
        if not size:
            empty += 1
        inodes.add(seen.inode)
    if len(inodes) < len(copies) or (draft.deadline is not None and now > draft.deadline):
        return False
    draft.unseen(2 * len(copies) - empty, now, first + len(copies))
    draft.own(dst).put_files(copies, now)
    return True


def placed(
    draft: Draft, mine: Spot, dst: Spot, entries: Iterable[Entry], action: Callable[[Entry, Node, Node], Action | None]
) -> bool:
    """Moves files that are all there to where nothing has their names, or what is theirs or may be replaced."""
    source, target = draft.names(mine), draft.names(dst)
    if draft.watched or source is None or target is None:
        return False
    now = put_at = draft.now
    files, others = source.names, target.names
    names: list[bytes] = []
    moved: dict[bytes, File] = {}
    for entry in entries:
        path = entry.path
        file, there = files.get(path), others.get(path)
        if type(file) is not File:
            return False
        what = Action.PUT if there is None else action(entry, there, file)
        now += TICK
        if what is Action.PUT or what is Action.REPLACE:
            moved[path], put_at = file.changed(path, now), now
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
    directory = draft.names(spot)
    if draft.watched or directory is None or not proof.count or not stand(directory, proof):
        return False
    now = draft.now + proof.count * TICK
    draft.unseen(proof.count, now, draft.inode)
    draft.own(spot).drop_files([entry.path for entry in proof], now)
    return True


def stand(directory: Directory, proof: Listing) -> bool:
    """Whether files stand right in a directory that are all just what was proved."""
    names = directory.names
    for entry in proof:
        file = names.get(entry.path)
        if type(file) is not File or file.entry != entry:
            return False
    return True


def proved(source: Directory, target: Directory, entries: Iterable[Entry]) -> bool:
    """Whether the entries are files that are what they were, and stand at the target as they were copied there."""
    files, copies = source.names, target.names
    for entry in entries:
        one, other = files.get(entry.path), copies.get(entry.path)
        if type(one) is not File or one.entry != entry or type(other) is not File:
            return False
        copy = other.entry
        if not entry.kind == copy.kind == b"f" or entry.size != copy.size:
            return False
        if entry.mtime != copy.mtime or entry.inode == copy.inode:
            return False
    return True
