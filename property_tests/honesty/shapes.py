"""What can be compared of two worlds: values without inodes, digests, words, and times that nobody set."""

from collections.abc import Iterable
from enum import Enum

from msgspec import Struct
from msgspec.structs import fields

from qq.core.changes import LINKED, several_names
from qq.core.effects import Say, Version
from qq.core.listing import Entry, Listing
from qq.core.records.job import JobInfo, WhyFailed
from qq.core.replacing import replace
from qq.core.troubles import Trouble

SET_UNTIL = 1_700_000_000_000_000_000
"""Times up to this one were set on purpose, the same in both worlds; later ones are a clock's."""


_WRITTEN = (b".qqinfo", b".qqmark", b".qqmark.list", b".qqmark.synced", b".qqmark.proof")
"""Their text is no world's: only what they say."""


def when(mtime: int) -> object:
    """A time, if it was set on purpose."""
    return mtime if mtime < SET_UNTIL else "now"


def entries(listing: Listing) -> tuple[object, ...]:
    """Entries without what differs by nature; names of one file are known by the first of them."""
    several, first = several_names(listing), dict[int, bytes]()
    return tuple(
        _entry(each, first.setdefault(each.inode, each.path) if each.inode in several else b"") for each in listing
    )


def _entry(each: Entry, twin: bytes) -> object:
    if each.kind == b"d":
        return each.path, each.kind
    size = -1 if each.path.endswith(_WRITTEN) else each.size
    return each.path, each.kind, size, each.target, when(each.mtime), each.ctime == LINKED, twin


def shape(value: object) -> object:
    """A value of either world."""
    match value:
        case Listing():
            return entries(value)
        case Version():
            return value.token, value.attempt
        case Trouble():
            return "trouble", value.reason.name, value.transient
        case JobInfo():
            return replace(value, failure=value.failure and WhyFailed(value.failure.number, ""))
        case Say():
            return "say"
        case Enum() | str() | bytes() | int() | None:
            return value
        case frozenset():
            return frozenset(map(shape, value))
        case Entry():
            return _entry(value, b"")
        case Struct():
            return type(value).__name__, tuple((f.name, shape(getattr(value, f.name))) for f in fields(value))
        case Iterable():
            return tuple(map(shape, value))
        case _:
            return value
