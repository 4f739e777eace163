"""Whether all that was copied to another host has arrived: the rules of one host, with a look of qq's at each end.

Not rsync's own dry run: the proof needs inodes and ctimes of the source, which rsync never looks at, and a fresh look
names what differs.
"""

from collections.abc import Iterator

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.changes import pairs, parents, same
from qq.core.effects import List, Location, Names, VerifyCopy
from qq.core.listing import Entry, Listing
from qq.core.one_line import one_line
from qq.core.paths import join, to_text
from qq.core.placing import has_arrived
from qq.core.replacing import replace
from qq.core.result import Failure, Result, Success
from qq.core.troubles import Reason, Trouble

_SECOND = 1_000_000_000


class Arrival(Struct, frozen=True):
    """All has arrived. ``proof``: the entries as they are at the source now; ``unsure``: files among them whose ctime
    alone moved since they were listed (another name was removed, or they were written): contents must be compared."""

    proof: Listing
    unsure: Listing


def looks(effect: VerifyCopy) -> tuple[VerifyCopy | None, List, List]:
    """What has to be asked: to have all on disk at the target (None: nothing to sync), the target, the source."""
    names = Names(innermost(effect.entries))
    first = next((entry for entry in effect.entries if entry.kind != b"s"), None)
    on_disk = None if first is None else VerifyCopy(effect.dst, effect.dst, Listing.of([first]))
    return on_disk, List(effect.dst, only=names), List(effect.src, only=names)


def innermost(entries: Listing) -> PVector[bytes]:
    """The entries that none of the others lies in: who lists these sees all, but not what is in a large directory."""
    above = {directory for entry in entries for directory in parents(entry.path)}
    return pvector(entry.path for entry in entries if entry.path not in above)


def arrival(effect: VerifyCopy, at_src: Listing, at_dst: Listing) -> Result[Arrival, Trouble]:
    """What the looks at both ends prove, or the first entry that did not arrive, or changed meanwhile."""
    proof: list[Entry] = []
    unsure: list[Entry] = []
    for entry, now, there in _side_by_side(effect.entries, at_src, at_dst):
        if now == entry and there is not None and _is_plainly_right(entry, there):
            proof.append(entry)
            continue
        wrong = _wrong_with(effect, entry, now, there)
        if wrong is not None:
            return Failure(Trouble(Reason.NOT_VERIFIED, wrong, transient=True))
        if now is None or entry.kind == b"d" or same(entry, now):
            proof.append(entry)
        else:
            proof.append(now)
            unsure += [now] if now.kind == b"f" else []
    return Success(Arrival(Listing.of_sorted(proof), Listing.of_sorted(unsure)))


def _is_plainly_right(entry: Entry, there: Entry) -> bool:
    """The same answer as ``_wrong_with`` gives for nearly every file, in a quarter of the time."""
    return (
        entry.kind == there.kind == b"f"
        and entry.size == there.size
        and entry.mtime // _SECOND == there.mtime // _SECOND
        and not entry.digest
    )


def _side_by_side(
    entries: Listing, at_src: Listing, at_dst: Listing
) -> Iterator[tuple[Entry, Entry | None, Entry | None]]:
    """Each entry with what stands at both ends. A directory with something in it that is there is there itself."""
    sources, targets = (
        ((entry, now) for entry, now in pairs(entries, found) if entry is not None) for found in (at_src, at_dst)
    )
    outer = [_directories_above(found) for found in (at_src, at_dst)]
    for (entry, now), (_, there) in zip(sources, targets, strict=True):
        implied = [entry if entry.kind == b"d" and entry.path in above else None for above in outer]
        yield entry, now or implied[0], there or implied[1]


def _directories_above(found: Listing) -> frozenset[bytes]:
    return frozenset(directory for entry in found for directory in parents(entry.path))


def _wrong_with(effect: VerifyCopy, entry: Entry, now: Entry | None, there: Entry | None) -> str | None:
    if now is None:
        return f"{_named(effect.src, entry)} went away meanwhile"
    if there is None:
        # A socket is nothing without the process that made it, and not every file system takes one.
        return None if entry.kind == b"s" else f"{_named(effect.dst, entry)} did not arrive"
    if entry.kind != b"d" and not same(replace(entry, ctime=now.ctime), now):
        return f"{_named(effect.src, entry)} was changed meanwhile"
    if now.kind != entry.kind:
        return f"{_named(effect.src, entry)} was changed meanwhile"
    if not has_arrived(entry, there):
        return f"{_named(effect.dst, entry)} is not what was copied there"
    return None


def _named(at: Location, entry: Entry) -> str:
    return one_line(str(Location(join(at.path, to_text(entry.path)), at.host)))


def not_the_same(effect: VerifyCopy, unsure: Listing) -> Trouble:
    """The trouble when contents were compared and differ."""
    first = next(iter(unsure))
    words = f"{_named(effect.src, first)}, or what is beside it, was changed meanwhile"
    return Trouble(Reason.NOT_VERIFIED, words, transient=True)
