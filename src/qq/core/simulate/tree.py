"""A file tree: directories, and all that is no directory. Shared between worlds as far as nothing changed.

Big directories, archives of thousands of cycles, have an index of numbers: asking for one cycle does not look at
all names.
"""

from collections.abc import ItemsView, Iterable, Mapping
from typing import cast

from msgspec import Struct

from qq.core.listing import Entry
from qq.core.names import TEMPORARY_PREFIX
from qq.core.paths import to_bytes
from qq.core.simulate.layered import Table, copied, whole

_ONLY_DIGITS = bytes(code if chr(code) in "0123456789" else ord(" ") for code in range(256))
_FEW = 16
"""Names that are looked at without an index."""
OWN = to_bytes(TEMPORARY_PREFIX)


class File(Struct, frozen=True, gc=False):
    """What has a name and is no directory. Two files hold the same bytes if their contents are equal values."""

    entry: Entry
    """As a listing of the directory that it lies in shows it: the path is its name."""
    content: object = None
    """What is in a file: an identity, a record, a mark."""

    @property
    def kind(self) -> bytes:
        """As in ``Entry``."""
        return self.entry.kind

    @property
    def size(self) -> int:
        """Bytes."""
        return self.entry.size

    @property
    def inode(self) -> int:
        """It tells files apart."""
        return self.entry.inode

    @property
    def mtime(self) -> int:
        """Nanoseconds."""
        return self.entry.mtime

    @property
    def ctime(self) -> int:
        """Nanoseconds."""
        return self.entry.ctime

    @property
    def target(self) -> bytes:
        """Where a link points."""
        return self.entry.target

    @property
    def below(self) -> None:
        """Nothing is."""
        return None

    def changed(self, name: bytes, now: int) -> "File":
        """The same under this name, with a new ctime."""
        e = self.entry
        return File(Entry(name, e.kind, e.size, e.inode, e.mtime, now, e.target), self.content)


class Directory:
    """A directory. It is frozen, unless a draft is its ``owner``: that one may change it."""

    __slots__ = ("_index", "ctime", "inode", "mtime", "names", "owner", "plain")
    kind = b"d"
    size = 0
    target = b""
    content: object = None

    def __init__(self, now: int, inode: int, owner: object = None) -> None:
        self.inode = inode
        self.mtime = self.ctime = now
        self.owner = owner
        self.names: Table[bytes, Node] = {}
        self.plain = True
        """Whether there are only files in it, and no index."""
        self._index: dict[int, set[bytes]] | None = None

    @property
    def below(self) -> "Directory":
        """Itself: it is what has names."""
        return self

    def owned(self, owner: object) -> "Directory":
        """One that its owner may change."""
        other = Directory(self.mtime, self.inode, owner)
        other.ctime, other.names = self.ctime, copied(self.names)
        other.plain, other._index = self.plain, self._index
        return other

    def get(self, name: bytes) -> "Node | None":
        """What has this name."""
        return self.names.get(name)

    def items(self) -> ItemsView[bytes, "Node"]:
        """All that is in it, in no order."""
        return self.names.items()

    def __len__(self) -> int:
        return len(self.names)

    def put(self, name: bytes, node: "Node") -> bool:
        """Gives a name to a node, whatever had it. Whether a directory came or went with that."""
        names = self.names
        there = names.get(name)
        if there is None and self._index is not None:
            _file(self._index, name)
        names[name] = node
        if type(node) is Directory or type(there) is Directory:
            self.plain = False
            return True
        return False

    def put_files(self, files: Mapping[bytes, File], now: int | None) -> None:
        """Gives many files their names at once, where no directory has these. ``now`` None: all were there."""
        if self._index is not None:
            for name in files:
                if name not in self.names:
                    _file(self._index, name)
        self.names.update(files)
        if now is not None:
            self.mtime = self.ctime = now

    def drop_files(self, names: Iterable[bytes], now: int) -> None:
        """Takes the names of many files away at once."""
        for name in names:
            self.names.pop(name, None)
        self.mtime = self.ctime = now

    def with_number(self, numbers: frozenset[int]) -> Iterable[tuple[bytes, "Node"]]:
        """At least the names in which one of these numbers stands as a whole run of digits.

        The index holds every name that ever was in a directory that this one comes from: names are looked up again.
        """
        if len(self.names) <= _FEW:
            return self.items()
        if self._index is None:
            self._index, self.plain = {}, False
            for name in self.names:
                _file(self._index, name)
        found = {name for number in numbers for name in self._index.get(number, ())}
        return [(name, node) for name in found if (node := self.names.get(name)) is not None]


Node = File | Directory
"""What has a name."""


def _file(index: dict[int, set[bytes]], name: bytes) -> None:
    for digits in name.translate(_ONLY_DIGITS).split():
        number = int(digits)
        if number in index:
            index[number].add(name)
        else:
            index[number] = {name}


def entry_of(path: bytes, node: Node) -> Entry:
    """A node as a listing shows it. ``path``: relative to where that begins."""
    if type(node) is not File:
        return Entry(path, b"d", 0, node.inode, node.mtime, node.ctime)
    seen = node.entry
    return seen if seen.path == path else _at(path, seen)


def add(entries: list[Entry], path: bytes, node: Node, without: frozenset[bytes]) -> None:
    """Adds a node and all below, in the order of a listing. ``without``: exact paths, left out with all below."""
    entries.append(entry_of(path, node))
    if isinstance(node, Directory):
        add_all(entries, path + b"/", node, without)


def add_all(entries: list[Entry], prefix: bytes, directory: Directory, without: frozenset[bytes]) -> None:
    """Adds all that is in a directory, but not itself."""
    names = whole(directory.names)
    if directory.plain and not without:
        files = cast("dict[bytes, File]", names)
        found = [files[name].entry for name in sorted(files)]
        entries += [_at(prefix + entry.path, entry) for entry in found] if prefix else found
        return
    for name in sorted(names):
        path, each = prefix + name, names[name]
        if path in without:
            continue
        if type(each) is File:
            entries.append(_at(path, each.entry) if prefix else each.entry)
        else:
            add(entries, path, each, without)


def _at(path: bytes, e: Entry) -> Entry:
    return Entry(path, e.kind, e.size, e.inode, e.mtime, e.ctime, e.target)


def is_own(name: bytes) -> bool:
    """Whether qq made this name for something temporary."""
    return name.startswith(OWN)
