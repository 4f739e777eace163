"""What differs between listings, and parts of a listing: merge joins over sorted entries, linear in their number.

Directories are entries like any other here. A directory whose time or mode moved, because something in it was made or
because of a chmod, is changed itself and has to travel so that its time and mode arrive; what is *in* it is judged
entry by entry, and a copied directory entry brings nothing along.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain

from qq.core.listing import FEW, Entry, Listing, sort_key
from qq.core.replacing import replace

LINKED = 0
"""The ``ctime`` of a proof whose file is one inode at both ends: giving one name up loses nothing."""


def same(a: Entry, b: Entry) -> bool:
    """Whether nothing was done to a file: kind, size, inode, both times and link target are equal, and so is the digest
    of the content where both sides have one."""
    return a == b or (a.digest != b.digest and _digests_agree(a, b) and replace(a, digest=b.digest) == b)


def proves(proof: Entry, now: Entry) -> bool:
    """Whether what stands there now is what ``proof`` saw arrive elsewhere. Of a directory only the kind counts: what
    is new in it is an entry of its own. What is no file holds nothing but where it points."""
    if proof.kind == b"d" or proof.kind != now.kind:
        return proof.kind == now.kind
    if proof.kind != b"f":
        return proof.target == now.target
    if proof.ctime == LINKED:
        return proof.inode == now.inode
    return same(proof, now if now.path == proof.path else replace(now, path=proof.path))


def several_names(listing: Listing) -> frozenset[int]:
    """Inodes that have more than one name in a listing: removing one name moves the ctime of the others."""
    inodes = [*listing.file_inodes()]
    if len({*inodes}) == len(inodes):
        return frozenset()
    return frozenset(inode for inode, names in Counter(inodes).items() if names > 1)


def linked(now: Entry) -> Entry:
    """The proof for a file whose other name is at the target already."""
    return Entry(now.path, now.kind, now.size, now.inode, now.mtime, LINKED, now.target)


def _digests_agree(a: Entry, b: Entry) -> bool:
    return not a.digest or not b.digest or a.digest == b.digest


def pairs(left: Listing, right: Listing) -> Iterator[tuple[Entry | None, Entry | None]]:
    """Both listings side by side in the order of their components; None where one lacks a path."""
    lefts, rights = iter(left), iter(right)
    a, b = next(lefts, None), next(rights, None)
    while a is not None or b is not None:
        if a is not None and b is not None and a.path == b.path:
            yield a, b
            a, b = next(lefts, None), next(rights, None)
        elif b is None or (a is not None and sort_key(a.path) < sort_key(b.path)):
            yield a, None
            a = next(lefts, None)
        else:
            yield None, b
            b = next(rights, None)


def changed(before: Listing, now: Listing) -> Listing:
    """The entries of ``now`` that are new or differ."""
    return Listing.of_sorted(n for b, n in pairs(before, now) if n is not None and (b is None or not same(b, n)))


def parted(before: Listing, now: Listing) -> tuple[Listing, Listing]:
    """``changed`` and ``unchanged``; of few entries at once."""
    if before.count > FEW or now.count > FEW:
        return changed(before, now), unchanged(before, now)
    new: list[Entry] = []
    old: list[Entry] = []
    there = {entry.path: entry for entry in before}
    for n in now:
        b = there.get(n.path)
        (old if b is n or (b is not None and same(b, n)) else new).append(n)
    return Listing.of_sorted(new), Listing.of_sorted(old)


def unchanged(before: Listing, now: Listing) -> Listing:
    """The entries of ``now`` that were there before and are the same."""
    return Listing.of_sorted(n for b, n in pairs(before, now) if n is not None and b is not None and same(b, n))


def union(first: Listing, second: Listing) -> Listing:
    """The entries of both; where both have a path, that of ``second``."""
    if not first.count or not second.count:
        return second if second.count else first
    if first.count <= FEW and second.count <= FEW:
        both = {entry.path: entry for entry in chain(first, second)}
        return Listing.of_sorted([both[path] for path in sorted(both, key=sort_key)])
    return Listing.of_sorted(entry for a, b in pairs(first, second) if (entry := b or a) is not None)


def without(listing: Listing, roots: frozenset[bytes]) -> Listing:
    """Leaves out these paths and all that is below them."""
    return listing if not roots else Listing.of_sorted(e for e, inside in _inside(listing, roots) if not inside)


def select(listing: Listing, paths: frozenset[bytes]) -> Listing:
    """Only these paths and all that is below them."""
    return Listing.of_sorted(e for e, inside in _inside(listing, paths) if inside)


def only(listing: Listing, wanted: Callable[[bytes], bool], never: frozenset[bytes]) -> Listing:
    """The top-level names that are wanted, with all that is below them. ``never``: names that are not asked about."""

    def chosen() -> Iterator[Entry]:
        top, answer = b"", False
        for entry in listing:
            name = entry.path.partition(b"/")[0]
            if name != top:
                top, answer = name, name not in never and wanted(name)
            if answer:
                yield entry

    return Listing.of_sorted(chosen())


def _inside(listing: Listing, roots: frozenset[bytes]) -> Iterator[tuple[Entry, bool]]:
    """Each entry, and whether it is one of the roots or below one. A root needs no entry of its own."""
    parent, parent_inside = b"", False
    for entry in listing:
        directory = entry.path.rpartition(b"/")[0]
        if directory != parent:
            parent, parent_inside = directory, any(above in roots for above in (directory, *parents(directory)))
        yield entry, parent_inside or entry.path in roots


def parents(path: bytes) -> Iterator[bytes]:
    """The directories above a path, the nearest first; not the top itself."""
    while path := path.rpartition(b"/")[0]:
        yield path


def with_parents(subset: Listing, *wholes: Listing) -> Listing:
    """A part of some listings with the directories of these that its entries lie in."""
    directories = {entry.path.rpartition(b"/")[0] for entry in subset} - {b""}
    if not directories:
        return subset
    needed = directories | {above for directory in directories for above in parents(directory)}
    return union(Listing.of(e for whole in wholes for e in whole if e.kind == b"d" and e.path in needed), subset)


def portions(listing: Listing, max_bytes: int, max_files: int) -> Iterator[Listing]:
    """Cuts a listing into parts of at most so many bytes and entries; what must travel together may be more than that.

    Names of one inode stay together, or they would arrive as several files. Every part carries the directories that its
    entries lie in, as far as the listing has them: they get their times anew after each part.
    """
    if listing.count <= max_files and listing.bytes <= max_bytes:
        yield from [listing] if listing.count else []
        return
    part: dict[bytes, Entry] = {}
    size = 0
    for group in _groups(listing):
        more = group[-1].size
        if part and (size + more > max_bytes or len(part) + len(group) > max_files):
            yield Listing.of(part.values())
            part, size = {}, 0
        part.update((entry.path, entry) for entry in group)
        size += more
    yield Listing.of(part.values())


def _groups(listing: Listing) -> Iterator[list[Entry]]:
    """What has to travel together: a file with its directories, or all names of one inode with theirs."""
    twins = _twins(listing)
    for entry, above in with_above(listing):
        if entry.kind != b"f" or entry.inode not in twins:
            yield [*above, entry]
        elif group := twins[entry.inode]:
            yield group
            twins[entry.inode] = []


def _twins(listing: Listing) -> dict[int, list[Entry]]:
    """Inodes of which the listing has several names → these, with their directories."""
    groups: dict[int, list[Entry]] = {inode: [] for inode in several_names(listing)}
    if groups:
        for entry, above in with_above(listing):
            if entry.kind == b"f" and entry.inode in groups:
                groups[entry.inode] += [*above, entry]
    return groups


def with_above(listing: Listing) -> Iterator[tuple[Entry, list[Entry]]]:
    """Each entry with the directories of the listing that it lies in."""
    above: list[Entry] = []
    for entry in listing:
        while above and not entry.path.startswith(above[-1].path + b"/"):
            above.pop()
        yield entry, above
        if entry.kind == b"d":
            above.append(entry)
