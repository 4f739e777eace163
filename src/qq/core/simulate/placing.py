"""Placing in the model world: the rule is ``qq.core.placing``, carried out name by name.

A directory that is not there yet gets its name in one piece, as in the real world.
"""

from collections import Counter
from functools import cached_property, partial

from qq.core.changes import several_names
from qq.core.effects import Place
from qq.core.listing import Entry, Listing
from qq.core.moments import Placed
from qq.core.paths import to_bytes
from qq.core.placing import Action, aside_names, in_the_way, of_same_content, placing
from qq.core.replacing import replace
from qq.core.simulate import at_once
from qq.core.simulate.draft import Draft
from qq.core.simulate.records import is_ours, still_ours
from qq.core.simulate.spots import HaltError, Spot, halt, placed
from qq.core.simulate.tree import Directory, Node, entry_of
from qq.core.troubles import Reason


class _Placing:
    """What one placing knows while it goes on."""

    def __init__(self, draft: Draft, effect: Place) -> None:
        self.draft = draft
        self.effect = effect
        self.mine = draft.spot(effect.staging)
        self.dst = draft.spot(effect.dst)
        self.before = {entry.path: entry for entry in effect.before}
        self.synced: dict[bytes, list[Entry]] = {}
        for entry in effect.synced:
            self.synced.setdefault(entry.path, []).append(entry)
        self.aside: list[tuple[bytes, bytes]] = []
        self.kept: list[bytes] = []
        self.moved = b""
        """What came with the directory that was moved last: all that begins with this."""

    @cached_property
    def several(self) -> frozenset[int]:
        """Inodes of which more than one name is placed."""
        return several_names(self.effect.entries)

    @cached_property
    def below(self) -> Counter[bytes]:
        """Directory → how many names the entries have in it."""
        return Counter(entry.path.rpartition(b"/")[0] for entry in self.effect.entries)


def place(draft: Draft, effect: Place) -> Placed:
    """Performs ``Place``."""
    if not effect.entries.count:
        return Placed()
    p = _Placing(draft, effect)
    draft.make_directory(p.mine)
    if draft.names(p.dst) is None:
        halt(Reason.NO_SUCH_FILE, f"{p.dst}: no such directory")
    if at_once.placed(draft, p.mine, p.dst, effect.entries, partial(_undisputed, p)):
        _drop_empty(p, p.mine)
        draft.step()
        return Placed()
    try:
        each = placed(effect.entries, p.mine, p.dst)
        merged = [entry for entry, places in each if _place_one(p, entry, places)]
        for entry in reversed(merged):
            draft.set_times(p.dst.at(entry.path), entry.mtime)
        _tidy(p, effect.entries)
    except HaltError:
        _drop_empty(p, p.mine)
        raise
    return Placed(tuple(p.aside), tuple(p.kept))


def _tidy(p: _Placing, entries: Listing) -> None:
    """Directories that are empty by now go, the temporary one too."""
    paths = {entry.path for entry in entries if entry.kind == b"d"}
    paths |= {entry.path.rpartition(b"/")[0] for entry in entries} - {b""}
    spots = [p.mine.at(path) for path in sorted(paths, reverse=True)]
    for spot in [*spots, p.mine]:
        _drop_empty(p, spot)
    p.draft.step()


def _drop_empty(p: _Placing, spot: Spot) -> None:
    names = p.draft.names(spot)
    if names is not None and not len(names):
        p.draft.drop(spot)


def _place_one(p: _Placing, entry: Entry, places: tuple[Spot, Spot, bytes]) -> bool:
    """Places one entry; True: a directory that is filled name by name."""
    if p.moved and entry.path.startswith(p.moved):
        return False
    source, target, name = places
    p.draft.make_directories(target)
    there, mine = p.draft.child(target, name), p.draft.child(source, name)
    match _action(p, entry, there, mine):
        case Action.REPLACE_IF_OURS:
            still_ours(p.draft, p.effect.guard, "nothing was replaced")
            _put(p, entry, places, mine)
        case Action.PUT | Action.REPLACE:
            _put(p, entry, places, mine)
        case Action.MERGE:
            return True
        case Action.DONE:
            _drop_mine(p, entry, mine)
        case Action.KEEP_THEIRS:
            p.kept.append(entry.path)
            _drop_mine(p, entry, mine)
        case Action.TAKEN:
            halt(Reason.PLACE_TAKEN, in_the_way(str(p.dst.at(entry.path)), entry))
        case Action.ASIDE:
            still_ours(p.draft, p.effect.guard, "nothing was moved aside")
            _set_aside(p, entry.path)
            _put(p, entry, places, mine)
    return entry.kind == b"d" and p.moved != entry.path + b"/"


def _action(p: _Placing, entry: Entry, there: Node | None, mine: Node | None) -> Action:
    if there is None:
        return placing(None, entry)
    seen = entry_of(entry.path, there)
    own = entry if mine is None else entry_of(entry.path, mine)
    before, synced = p.before.get(entry.path), p.synced.get(entry.path, [])
    always, keep = entry.path in p.effect.always, entry.path in p.effect.keep
    action = placing(seen, own, before, synced, always=always, keep=keep)
    if action is Action.DONE and mine is not None and mine.content != there.content:
        seen, own = replace(seen, digest=b"theirs"), replace(own, digest=b"mine")
        action = placing(seen, own, before, synced, always=always, keep=keep)
    elif action is Action.DONE and mine is not None and mine.kind == b"f" and mine.inode != there.inode:
        return of_same_content(seen, before, synced, several=entry.inode in p.several, other_mode=False, always=always)
    if mine is None and action in (Action.REPLACE, Action.REPLACE_IF_OURS, Action.ASIDE):
        halt(Reason.NOT_VERIFIED, f"{p.mine.at(entry.path)} is gone, and another file is in its place", transient=True)
    return action


def _undisputed(p: _Placing, entry: Entry, there: Node, mine: Node) -> Action | None:
    """What is to be done; None: not that, the record is another's by now."""
    action = _action(p, entry, there, mine)
    if action is Action.REPLACE_IF_OURS:
        return Action.REPLACE if is_ours(p.draft, p.effect.guard) else None
    return action


def _put(p: _Placing, entry: Entry, places: tuple[Spot, Spot, bytes], mine: Node | None) -> None:
    """Moves mine. ``places``: the directory that it is in, the one it goes to, and its name in both."""
    if mine is None:
        if entry.kind == b"d":
            halt(Reason.NO_SUCH_FILE, f"{p.mine.at(entry.path)} is gone")
        if entry.kind != b"s":
            source, target = p.mine.at(entry.path), p.dst.at(entry.path)
            halt(Reason.NOT_VERIFIED, f"{source} is gone, and {target} is not there", transient=True)
    elif isinstance(mine, Directory):
        target = p.dst.at(entry.path)
        if p.draft.look(target) is not None:
            p.draft.drop(target)
        if _is_just(p, entry.path):
            source, above, name = places
            p.draft.rename(source, name, above, name)
            p.moved = entry.path + b"/"
        else:
            p.draft.make_directory(target)
    else:
        source, target, name = places
        mine = mine.changed(name, p.draft.tick())
        p.draft.take(source, name)
        p.draft.give(target, name, mine)
        p.draft.step()


def _is_just(p: _Placing, path: bytes) -> bool:
    """Whether a directory of mine holds just the entries, on every level: as many names as they have there."""
    waiting = [path]
    while waiting:
        above = waiting.pop()
        inside = p.draft.names(p.mine.at(above))
        if inside is None or len(inside) != p.below[above]:
            return False
        waiting += [above + b"/" + name for name, node in inside.items() if isinstance(node, Directory)]
    return True


def _drop_mine(p: _Placing, entry: Entry, mine: Node | None) -> None:
    if mine is not None and mine.kind != b"d":
        p.draft.tick()
        p.draft.take(*p.mine.inside(entry.path))


def _set_aside(p: _Placing, path: bytes) -> None:
    directory, _, name = path.rpartition(b"/")
    at = p.dst.at(directory)
    for candidate in aside_names(name, to_bytes(p.effect.aside)):
        if p.draft.child(at, candidate) is None:
            p.draft.rename(at, name, at, candidate)
            p.aside.append((path, directory + b"/" + candidate if directory else candidate))
            return
