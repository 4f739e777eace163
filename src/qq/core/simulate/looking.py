"""Listing directories of the model world."""

import re

from qq.core.archive_format import belongs_to
from qq.core.effects import ArchiveQuestion, List, Names
from qq.core.listing import Entry, Listing
from qq.core.moments import Listed
from qq.core.simulate.draft import Draft
from qq.core.simulate.spots import Spot, disk_of, parts_of
from qq.core.simulate.tree import OWN, Directory, Node, add, add_all, is_own
from qq.core.simulate.world import World

_DIGITS_BESIDE = re.compile(r"[0-9]%[0-9]*d|%[0-9]*d[0-9]")


def node_in(world: World, path: str, host: str) -> Node | None:
    """What has this path in a world, as this host has it."""
    node: Node | None = world.disks[disk_of(world.hosts[host], path)]
    for name in parts_of(path):
        node = node.get(name) if isinstance(node, Directory) else None
    return node


def listing_of(
    draft: Draft, spot: Spot, without: frozenset[bytes] = frozenset(), *, own: bool = False
) -> Listing | None:
    """Everything below a directory; None: it is not there. ``own``: also temporary names of qq at the top."""
    names = draft.names(spot)
    if names is None:
        return None
    entries: list[Entry] = []
    add_all(entries, b"", names, without)
    if not own and b"/".join(names.names).find(OWN) >= 0:  # else there is nothing to leave out
        entries = [entry for entry in entries if not entry.path.startswith(OWN)]
    return Listing.of_sorted(entries)


def list_files(draft: Draft, effect: List) -> Listed:
    """Performs ``List``."""
    spot, without = draft.spot(effect.at), frozenset(effect.without)
    match effect.only:
        case None:
            return Listed(listing_of(draft, spot, without, own=effect.own))
        case ArchiveQuestion():
            return Listed(_of_cycles(draft, spot, without, effect.only))
        case Names(paths):
            return Listed(_named(draft, spot, without, frozenset(paths)))


def _of_cycles(draft: Draft, spot: Spot, without: frozenset[bytes], question: ArchiveQuestion) -> Listing | None:
    names = draft.names(spot)
    if names is None:
        return None
    wanted = belongs_to(question.archive_format, question.cycles)
    entries: list[Entry] = []
    # Where digits of the format stand beside the number, the number is no whole run of digits.
    beside = _DIGITS_BESIDE.search(question.archive_format)
    for name, node in names.items() if beside else names.with_number(frozenset(question.cycles)):
        if name not in without and not is_own(name) and wanted(name):
            add(entries, name, node, without)
    return Listing.of(entries)


def _named(draft: Draft, spot: Spot, without: frozenset[bytes], paths: frozenset[bytes]) -> Listing | None:
    if draft.names(spot) is None:
        return None
    entries: dict[bytes, Entry] = {}
    for path in paths - without:
        node = draft.look(spot.at(path))
        if node is not None:
            found: list[Entry] = []
            add(found, path, node, without)
            entries.update((entry.path, entry) for entry in found)
    return Listing.of(entries.values())
