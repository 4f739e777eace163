"""What happens to what stands where a job's file has to go: the pure rule of DESIGN, "Placing", and names to set aside.

Nothing of a user's is overwritten. What is equal to what the job began with, or to what ``qq sync`` put there, is
nobody's edit and may be replaced; anything else keeps existing under a name of its own.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from hashlib import sha256

from qq.core.listing import Entry
from qq.core.replacing import replace

_SECOND = 1_000_000_000
_MAX_NAME = 255
_MAX_ASIDE = 120
"""Bytes of ``.before-<job name>-<job id>``; a longer one is cut and told apart by a digest."""


class Action(Enum):
    """What to do with one entry."""

    DONE = "mine stands there already"
    MERGE = "directories merge"
    PUT = "nothing stands there: mine goes there, if that is still so"
    REPLACE = "nobody's edit: mine takes its place"
    REPLACE_IF_OURS = "whatever it is, mine takes its place, if the record still is this attempt's"
    ASIDE = "somebody else's: it is renamed aside, if the record still is this attempt's, then mine goes there"
    KEEP_THEIRS = "mine gives way"
    TAKEN = "a directory where a file must go, or somebody's link where a directory must go: an error"


def placing(
    there: Entry | None,
    mine: Entry,
    before: Entry | None = None,
    synced: Iterable[Entry] = (),
    *,
    always: bool = False,
    keep: bool = False,
) -> Action:
    """What to do with ``mine``, given what stands there now, what stood there when the job began, and what was synced.

    ``always``: replaced, whoever made it; ``keep``: mine gives way to a different file.
    """
    if there is None:
        return Action.PUT
    if mine.kind == b"d" and there.kind == b"d":
        return Action.MERGE
    if there.kind == b"d":
        return Action.TAKEN
    if mine.kind == b"d" and there.kind == b"l" and (keep or not is_nobodys(there, before, synced)):
        return Action.TAKEN
    if arrived(mine, there):
        return Action.DONE
    if keep:
        return Action.KEEP_THEIRS
    if always:
        return Action.REPLACE_IF_OURS
    return Action.REPLACE if is_nobodys(there, before, synced) else Action.ASIDE


def of_same_content(
    there: Entry, before: Entry | None, synced: Iterable[Entry], *, several: bool, other_mode: bool, always: bool
) -> Action:
    """What to do where the very content of mine stands there already, in a file of its own.

    ``several``: mine has several names, which would end as several files; ``other_mode``: the modes differ. A chmod
    alone replaces what is nobody's edit, and what somebody edited keeps its mode. ``always``: as in ``placing``.
    """
    if not several and not (other_mode and is_nobodys(there, before, synced)):
        return Action.DONE
    return Action.REPLACE_IF_OURS if always else Action.REPLACE


_KINDS = {b"d": "directory", b"l": "symbolic link", b"p": "FIFO", b"s": "socket"}


def in_the_way(name: str, mine: Entry) -> str:
    """What is said of a name that has to be mine, and can't be."""
    return f"{name} is in the way of a {_KINDS.get(mine.kind, 'file')} of the job"


def is_nobodys(there: Entry, before: Entry | None, synced: Iterable[Entry]) -> bool:
    """Whether what stands there is nobody's edit: as it was when the job began, or as ``qq sync`` put it there."""
    return _as_it_was(before, there) or any(arrived(entry, there) for entry in synced)


def only_ctime_moved(there: Entry, before: Entry) -> bool:
    """Whether a file may just have lost another name, to a life before this one perhaps: who writes to it moves its
    time, too."""
    alike = (there.kind, there.inode, there.size, there.mtime) == (before.kind, before.inode, before.size, before.mtime)
    return alike and there.ctime != before.ctime


def arrived(sent: Entry, there: Entry) -> bool:
    """Whether what stands there looks like what was sent: kind and size, a file's time, a link's target, digests."""
    if sent.kind != there.kind:
        return False
    if sent.kind == b"l":
        return sent.target == there.target
    if sent.kind != b"f":
        return True
    return sent.size == there.size and times_agree(sent.mtime, there.mtime) and _digests_agree(sent, there)


def has_arrived(sent: Entry, there: Entry) -> bool:
    """The same, right after copying: of times only whole seconds count, no file system keeps less of them."""
    return arrived(_whole_second(sent), _whole_second(there))


def _whole_second(entry: Entry) -> Entry:
    return replace(entry, mtime=entry.mtime // _SECOND * _SECOND)


def times_agree(a: int, b: int) -> bool:
    """Whether two times in ns are equal as far as both are kept: some file systems keep whole seconds only."""
    if a == b or abs(a - b) >= _SECOND:
        return a == b
    return a // _SECOND == b // _SECOND and (a % _SECOND == 0 or b % _SECOND == 0)


def _as_it_was(before: Entry | None, there: Entry) -> bool:
    """Whether nothing happened there since the job began. Inodes are not looked at: some servers change them."""
    return before == there or (
        before is not None
        and before.kind == there.kind
        and before.size == there.size
        and before.mtime == there.mtime
        and before.ctime == there.ctime
        and before.target == there.target
        and _digests_agree(before, there)
    )


def _digests_agree(a: Entry, b: Entry) -> bool:
    return not a.digest or not b.digest or a.digest == b.digest


def aside_names(name: bytes, aside: bytes) -> Iterator[bytes]:
    """Names under which somebody else's version is kept: ``<name>.before-<aside>``, then ``.2``, ``.3``, …

    Within the 255 bytes of a name the front gives way, by whole characters.
    """
    suffix = b".before-" + aside
    if len(suffix) > _MAX_ASIDE:
        suffix = _cut(suffix, _MAX_ASIDE - 9) + b"-" + sha256(aside).hexdigest()[:8].encode()
    yield _cut(name, _MAX_NAME - len(suffix)) + suffix
    number = 2
    while True:
        numbered = b"%s.%d" % (suffix, number)
        yield _cut(name, _MAX_NAME - len(numbered)) + numbered
        number += 1


def _cut(name: bytes, limit: int) -> bytes:
    """The first ``limit`` bytes, without half a UTF-8 character at their end."""
    if len(name) <= limit:
        return name
    while limit and name[limit] & 0xC0 == 0x80:
        limit -= 1
    return name[:limit]
