"""What stands below a directory, as one compact, sorted, immutable value.

A listing of 100,000 entries is one bytes object, never an object per file: it is iterated, merged and filtered.
Entries are sorted by their path's components, so a directory comes right before what is in it.
"""

import struct
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from operator import methodcaller

from msgspec import Struct

_HEAD = struct.Struct("<cqQqqIII")


class Entry(Struct, frozen=True, order=True, gc=False):
    """One name below a directory, as lstat(2) saw it. ``kind``: f file, d directory, l link, p FIFO, s socket."""

    path: bytes
    """Relative to the directory; components joined by ``/``."""
    kind: bytes
    size: int
    """Bytes; 0 for what is no file."""
    inode: int
    mtime: int
    """Nanoseconds."""
    ctime: int
    """Nanoseconds."""
    target: bytes = b""
    """Where a link points."""
    digest: bytes = b""
    """Of the content, only where times can't be trusted (tmpfs)."""


sort_key: Callable[[bytes], bytes] = methodcaller("replace", b"/", b"\0")
"""Sorting paths by this key is sorting by components."""


FEW = 256
"""Entries that a listing keeps as they are; more are packed, or they would take four times the memory."""


class Listing:
    """Sorted entries, immutable: many as one packed bytes object, few as a tuple, which is faster."""

    __slots__ = ("_few", "_packed", "count")

    def __init__(self, data: bytes = b"", count: int = 0) -> None:
        """From what ``data`` gave, of so many entries."""
        self._packed: bytes | None = data if count else None
        self._few: tuple[Entry, ...] = ()
        self.count = count

    @staticmethod
    def of(entries: Iterable[Entry]) -> "Listing":
        """Of entries in any order; they are sorted here."""
        return Listing.of_sorted(sorted(entries, key=lambda e: e.path.replace(b"/", b"\0")))

    @staticmethod
    def of_sorted(entries: Iterable[Entry]) -> "Listing":
        """Of entries that come in the order of their components already."""
        if type(entries) is list and len(entries) <= FEW:
            return Listing._of_few(tuple(entries))
        entries = iter(entries)
        few = tuple(islice(entries, FEW + 1))
        return Listing._of_few(few) if len(few) <= FEW else Listing(*_packed(chain(few, entries)))

    @staticmethod
    def _of_few(entries: tuple[Entry, ...]) -> "Listing":
        listing = Listing.__new__(Listing)
        listing._packed, listing._few, listing.count = None, entries, len(entries)
        return listing

    @property
    def data(self) -> bytes:
        """All entries as bytes, as they are stored and sent."""
        return _packed(self._few)[0] if self._packed is None else self._packed

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._few) if self._packed is None else _unpacked(self._packed)

    def file_inodes(self) -> Iterator[int]:
        """The inodes of the files, without unpacking the rest."""
        if self._packed is None:
            return iter([entry.inode for entry in self._few if entry.kind == b"f"])
        return _file_inodes(self._packed)

    def __len__(self) -> int:
        return self.count

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Listing) or self.count != other.count:
            return False
        if self._packed is None and other._packed is None:
            return self._few == other._few
        return self.data == other.data

    def __hash__(self) -> int:
        return hash(self.data)

    def __repr__(self) -> str:
        return f"<{self.count} entries>"

    def where(self, wanted: Callable[[Entry], bool]) -> "Listing":
        """The entries for which ``wanted`` is true."""
        if self._packed is None:
            return Listing._of_few(tuple(filter(wanted, self._few)))
        return Listing.of_sorted(filter(wanted, self))

    @property
    def bytes(self) -> int:
        """Sum of the sizes of the files."""
        return sum([entry.size for entry in self])


def _packed(entries: Iterable[Entry]) -> tuple[bytes, int]:
    packed = bytearray()
    count = 0
    for e in entries:
        path, target, digest = e.path, e.target, e.digest
        packed += _HEAD.pack(e.kind, e.size, e.inode, e.mtime, e.ctime, len(path), len(target), len(digest))
        packed += path
        packed += target
        packed += digest
        count += 1
    return bytes(packed), count


def _unpacked(data: bytes) -> Iterator[Entry]:
    position, end = 0, len(data)
    unpack, head = _HEAD.unpack_from, _HEAD.size
    while position < end:
        kind, size, inode, mtime, ctime, of_path, of_target, of_digest = unpack(data, position)
        start = position + head
        middle = start + of_path
        last = middle + of_target
        position = last + of_digest
        yield Entry(data[start:middle], kind, size, inode, mtime, ctime, data[middle:last], data[last:position])


def _file_inodes(data: bytes) -> Iterator[int]:
    position, end, unpack, head = 0, len(data), _HEAD.unpack_from, _HEAD.size
    while position < end:
        kind, _, inode, _, _, of_path, of_target, of_digest = unpack(data, position)
        position += head + of_path + of_target + of_digest
        if kind == b"f":
            yield inode
