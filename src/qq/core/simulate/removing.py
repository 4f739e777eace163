"""Deleting in the model world: only what is proved, each name looked at right before it goes."""

from collections.abc import Callable

from qq.core.changes import pairs, proves, several_names
from qq.core.effects import ClearTemporary, Location, RemoveFiles, RemoveTree
from qq.core.listing import Entry, Listing, sort_key
from qq.core.moments import Ok, Removed
from qq.core.paths import roots, to_bytes, under
from qq.core.replacing import replace
from qq.core.simulate import at_once
from qq.core.simulate.beside import discard_mark, mark_at, noted
from qq.core.simulate.draft import TICK, Draft
from qq.core.simulate.looking import listing_of
from qq.core.simulate.spots import Spot, halt
from qq.core.simulate.tree import entry_of, is_own
from qq.core.troubles import Reason

Holds = Callable[[Entry, Entry], bool]
"""Whether what stands there now is what was proved."""


def remove_files(draft: Draft, effect: RemoveFiles) -> Removed:
    """Performs ``RemoveFiles``."""
    spot = draft.spot(effect.at)
    if draft.names(spot) is None or at_once.removed(draft, spot, effect.proof):
        return Removed()
    kept, _full = _remove(draft, spot, effect.proof, _proving(effect.proof))
    return Removed(tuple(sorted(kept, key=sort_key)))


def remove_tree(draft: Draft, effect: RemoveTree) -> Removed:
    """Performs ``RemoveTree``."""
    mark_spot, mark = mark_at(draft, effect.mark)
    root = draft.spot(Location(effect.work_dir, effect.mark.host))
    whose = mark.token if mark is not None else None
    if draft.look(root) is None and whose in (None, effect.token):
        discard_mark(draft, mark_spot)
        return Removed()
    if whose != effect.token:
        halt(Reason.NOT_VERIFIED, f"{root} does not carry the mark of this job; nothing was removed")
    proof = noted(draft, mark_spot, b".proof", effect.token)
    if proof is None:
        halt(Reason.NOT_VERIFIED, f"nothing proves that what is in {root} has arrived; nothing was removed")
    kept = _remove_proved(draft, root, proof, roots(effect.unproved))
    if not kept:
        discard_mark(draft, mark_spot)
    return Removed(tuple(sorted(kept, key=sort_key)))


def _remove_proved(draft: Draft, root: Spot, proof: Listing, unproved: frozenset[bytes]) -> list[bytes]:
    directory, now = draft.names(root), proof
    if directory is None or len(directory) != proof.count or not at_once.stand(directory, proof):
        now = listing_of(draft, root, own=True) or Listing()
        kept = _not_proved(proof, now, unproved)
        if kept:
            return kept
    if not draft.watched:
        draft.unseen(now.count, draft.now + now.count * TICK, draft.inode)
    else:
        kept, full = _remove(draft, root, now, None)
        if kept or full:
            return kept or full
    draft.tick()
    draft.drop(root)
    draft.step()
    return []


def _not_proved(proof: Listing, now: Listing, unproved: frozenset[bytes]) -> list[bytes]:
    holds = _proving(proof)
    return [
        there.path
        for proved, there in pairs(proof, now)
        if there and proved != there and not under(there.path, unproved) and not (proved and holds(proved, there))
    ]


def _proving(proof: Listing) -> Holds:
    several = several_names(proof)

    def holds(was: Entry, now: Entry) -> bool:
        return proves(replace(was, ctime=now.ctime) if was.inode in several and was.ctime else was, now)

    return holds


def _remove(draft: Draft, root: Spot, listing: Listing, holds: Holds | None) -> tuple[list[bytes], list[bytes]]:
    kept: list[bytes] = []
    directories: list[Entry] = []
    for entry in listing:
        if entry.kind == b"d":
            directories.append(entry)
        elif not _gone(draft, root, entry, holds):
            kept.append(entry.path)
    full = [e.path for e in reversed(directories) if not _gone(draft, root, e, holds)]
    return kept, full


def _gone(draft: Draft, root: Spot, entry: Entry, holds: Holds | None) -> bool:
    above, name = root.inside(entry.path)
    now = draft.child(above, name)
    if now is None:
        return True
    if (holds is not None and not holds(entry, entry_of(entry.path, now))) or now.below:
        return False
    draft.tick()
    draft.take(above, name)
    draft.step()
    return True


def clear_temporary(draft: Draft, effect: ClearTemporary) -> Ok:
    """Performs ``ClearTemporary``: files first, so that it may stop in the middle."""
    root = draft.spot(effect.at)
    if not is_own(root.name):
        halt(Reason.BUG, f"{root} is no temporary directory of qq; nothing was removed")
    listing = listing_of(draft, root, frozenset(map(to_bytes, effect.but)), own=True)
    if listing is not None:
        _remove(draft, root, listing, None)
        if not draft.names(root):
            draft.drop(root)
            draft.step()
    return Ok()
