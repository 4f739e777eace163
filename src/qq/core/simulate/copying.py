"""Copying and verifying in the model world, entry by entry, so that a fault can come between any two.

A file that is being written has a temporary name until it is whole: an end in the middle leaves that behind, an error
does not.
"""

from typing import NoReturn

from msgspec import Struct, field

from qq.core.changes import linked, same
from qq.core.effects import Copy, Include, Location, VerifyCopy
from qq.core.listing import Entry, Listing
from qq.core.moments import Ok, Verified
from qq.core.names import TEMPORARY_PREFIX
from qq.core.paths import to_bytes
from qq.core.placing import has_arrived
from qq.core.replacing import replace
from qq.core.simulate import at_once
from qq.core.simulate.draft import Draft, StoppedError
from qq.core.simulate.links import real_spot
from qq.core.simulate.looking import listing_of
from qq.core.simulate.spots import HaltError, Spot, halt, placed
from qq.core.simulate.tree import Directory, File, Node, entry_of
from qq.core.troubles import Reason

_PART = to_bytes(f"{TEMPORARY_PREFIX}part")


def copy(draft: Draft, effect: Copy) -> Ok:
    """Performs ``Copy``."""
    src, dst = draft.spot(effect.src), draft.spot(effect.dst)
    _make_target(draft, dst)
    if not effect.entries.count:
        return Ok()
    _insist_on(draft, src)
    across = effect.src.host != effect.dst.host
    may_link = effect.may_link and draft.same_disk(src, dst)
    if may_link or not at_once.copied(draft, src, dst, effect.entries):
        _copy_entries(_Copying(draft, src, dst, across, effect.vanished_ok, may_link), effect.entries)
    return Ok()


class _Copying(Struct):
    draft: Draft
    src: Spot
    dst: Spot
    across: bool
    """Between two hosts, as rsync does it: whatever stands there by now, and one failure keeps no other file back."""
    vanished_ok: bool = False
    may_link: bool = False
    directories: list[tuple[Spot, int]] = field(default_factory=list)
    copies: dict[int, tuple[Spot, bytes]] = field(default_factory=dict)
    made: Spot | None = None


def _copy_entries(c: _Copying, entries: Listing) -> None:
    first: HaltError | None = None
    for entry, places in placed(entries, c.src, c.dst):
        try:
            _copy_entry(c, entry, places)
        except HaltError as error:
            if not c.across or error.trouble.reason not in (Reason.NO_SUCH_FILE, Reason.PLACE_TAKEN):
                raise
            first = first or error
    for spot, mtime in reversed(c.directories):
        c.draft.set_times(spot, mtime)
    if first is not None:
        raise first


def _copy_entry(c: _Copying, entry: Entry, places: tuple[Spot, Spot, bytes]) -> None:
    """Copies one entry. ``places``: the directory that it is in, the one it goes to, and its name in both."""
    draft, (src_above, dst_above, name) = c.draft, places
    node = draft.child(src_above, name)
    if node is None:
        if not c.vanished_ok:
            halt(Reason.NO_SUCH_FILE, f"{c.src.at(entry.path)}: no such file or directory")
        return
    linked = c.may_link and b"d" not in (entry.kind, node.kind)
    if entry.kind != node.kind and not c.across and not linked:  # a name is given to whatever it is by now
        _another_kind(c.src.at(entry.path), entry, node)
    if dst_above is not c.made and dst_above is not c.dst:
        draft.make_directories(dst_above)  # as the source has them, where the listing does not
        c.made = dst_above
    if isinstance(node, Directory):
        draft.make_directory(c.dst.at(entry.path))
        c.directories.append((c.dst.at(entry.path), node.mtime))
    elif draft.child(dst_above, name) is not None and _is_taken(draft, dst_above, name, c.across):
        source, target = c.src.at(entry.path), c.dst.at(entry.path)
        halt(Reason.PLACE_TAKEN, f"{target} is in the way: {source} can't be copied there")
    elif linked:
        _link(draft, src_above, dst_above, name, node)
    elif node.inode in c.copies:
        _second_name(draft, c.copies[node.inode], dst_above, name)
    else:
        _copy_one(draft, dst_above, name, node)
        c.copies[node.inode] = dst_above, name


def _is_taken(draft: Draft, above: Spot, name: bytes, across: bool) -> bool:
    """Whether a directory is in the way of a file. Across hosts one that is empty gives way, as rsync does it."""
    there = draft.child(above, name)
    if not isinstance(there, Directory):
        return False
    if across and not there.names:
        draft.take(above, name)
        return False
    return True


def _another_kind(source: Spot, entry: Entry, node: Node) -> NoReturn:
    """What is to be copied is something else by now."""
    if entry.kind == b"d" or (entry.kind == b"f" and node.kind == b"l"):
        halt(Reason.NO_SUCH_FILE, f"{source} is not what it was")
    halt(Reason.IO_ERROR, f"{source}: it changes while it is being copied", transient=True)


def _insist_on(draft: Draft, spot: Spot) -> Directory:
    directory = draft.names(spot)
    if directory is None:
        halt(Reason.NO_SUCH_FILE, f"{spot}: no such directory")
    return directory


def _second_name(draft: Draft, first: tuple[Spot, bytes], dst: Spot, name: bytes) -> None:
    """A second name for a file that was copied already."""
    copied = draft.child(*first)
    assert type(copied) is File
    now = draft.tick()
    draft.give(*first, copied.changed(first[1], now))
    draft.give(dst, name, copied.changed(name, now))
    draft.step()


def _make_target(draft: Draft, dst: Spot) -> None:
    if dst.above is not None and draft.names(dst.above) is None:
        halt(Reason.NO_SUCH_FILE, f"{dst.above}: no such file or directory")
    draft.make_directory(dst)


def _link(draft: Draft, src: Spot, dst: Spot, name: bytes, file: File) -> None:
    there = draft.child(dst, name)
    if there is not None and there.inode == file.inode:
        return
    file = file.changed(name, draft.tick())
    draft.give(dst, name, file)
    draft.own(src).put(name, file)
    draft.step()


def _copy_one(draft: Draft, dst: Spot, name: bytes, file: File) -> None:
    seen = file.entry
    size = seen.size
    if draft.full:
        draft.space(dst, size)
    draft.spend(size * at_once.PER_BYTE)
    now, inode = draft.tick(), draft.new_inode()
    if seen.kind == b"f" and size:
        if draft.watched:
            part = b"%s%d" % (_PART, inode)
            half = File(Entry(part, b"f", size // 2, inode, seen.mtime, now), ("part", file.content))
            _write_half(draft, dst, half)
        else:
            draft.steps += 1
    entry = Entry(name, seen.kind, size, inode, seen.mtime, now, seen.target)
    draft.give(dst, name, File(entry, file.content))
    draft.step()


def _write_half(draft: Draft, dst: Spot, half: File) -> None:
    """Under a name that no later copy uses again, as rsync's: only clearing takes away what an end leaves there."""
    part = half.entry.path
    draft.give(dst, part, half)
    try:
        draft.step()
    except StoppedError:
        if draft.tidy:
            draft.take(dst, part)
        raise
    draft.take(dst, part)


def include(draft: Draft, effect: Include) -> Ok:
    """Performs ``Include``. A path that is a link brings what it points to. All are looked for before any is copied."""
    found = [(path, *_included(draft, Location(path, effect.host))) for path in effect.paths]
    dst, across = draft.spot(effect.dst), effect.host != effect.dst.host
    _make_target(draft, dst)
    for path, src, node in found:
        _include(_Copying(draft, src, dst.at(to_bytes(path.rpartition("/")[2])), across), node)
    return Ok()


def _included(draft: Draft, at: Location) -> tuple[Spot, Node]:
    src = real_spot(draft, at)
    node = None if src is None else draft.look(src)
    if src is None or node is None:
        halt(Reason.INCLUDED_MISSING, f"the included path {at} is not there")
    return src, node


def _include(c: _Copying, node: Node) -> None:
    draft, above, name = c.draft, c.dst.above, c.dst.name
    assert above is not None  # no disk is included
    if isinstance(node, Directory):
        draft.make_directory(c.dst)
        _copy_entries(c, listing_of(draft, c.src, own=True) or Listing())
        draft.set_times(c.dst, node.mtime)
    elif _is_taken(draft, above, name, c.across):
        halt(Reason.PLACE_TAKEN, f"{c.dst} is in the way of a file")
    elif node.kind != b"f" and c.src.name != name and not c.across:
        halt(Reason.IO_ERROR, f"{c.src} is no file that could be copied", transient=True)
    else:
        _copy_one(draft, above, name, node)


def verify(draft: Draft, effect: VerifyCopy) -> Verified:
    """Performs ``VerifyCopy``."""
    if not effect.entries.count:
        return Verified(Listing())
    src, dst = draft.spot(effect.src), draft.spot(effect.dst)
    if at_once.proved(_insist_on(draft, src), _insist_on(draft, dst), effect.entries):
        return Verified(effect.entries)
    return Verified(one_by_one(draft, src, dst, effect.entries))


def one_by_one(draft: Draft, src: Spot, dst: Spot, entries: Listing) -> Listing:
    """The proof, with a look at each entry; halts at the first that did not arrive."""
    each = placed(entries, src, dst)
    return Listing.of_sorted(_proof(draft, (src, dst), entry, places) for entry, places in each)


def _proof(draft: Draft, ends: tuple[Spot, Spot], entry: Entry, places: tuple[Spot, Spot, bytes]) -> Entry:
    (src, dst), (src_above, dst_above, name) = ends, places
    one, other = draft.child(src_above, name), draft.child(dst_above, name)
    if one is None:
        halt(Reason.NOT_VERIFIED, f"{src.at(entry.path)} went away meanwhile", transient=True)
    if other is None:
        halt(Reason.NOT_VERIFIED, f"{dst.at(entry.path)} did not arrive", transient=True)
    if entry.kind == b"d":
        if not one.kind == other.kind == b"d":
            _not_arrived(dst, entry)
        return entry
    now, there = entry_of(entry.path, one), entry_of(entry.path, other)
    if one.kind == other.kind and one.inode == other.inode and draft.same_disk(src, dst):
        return linked(now)
    unchanged = same(entry, now)
    if not unchanged and not (same(replace(entry, ctime=now.ctime), now) and one.content == other.content):
        halt(Reason.NOT_VERIFIED, f"{src.at(entry.path)} was changed meanwhile", transient=True)
    if not has_arrived(entry, there):
        _not_arrived(dst, entry)
    return entry if unchanged else now


def _not_arrived(dst: Spot, entry: Entry) -> None:
    halt(Reason.NOT_VERIFIED, f"{dst.at(entry.path)} is not what was copied there", transient=True)
