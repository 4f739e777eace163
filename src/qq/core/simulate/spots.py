"""Places in the model world: a disk, and the components of an absolute path on it; and how an effect can fail."""

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NoReturn

from msgspec import Struct

from qq.core.listing import Entry, Listing
from qq.core.paths import to_bytes, to_text
from qq.core.simulate.world import Host
from qq.core.troubles import Reason, Trouble

if TYPE_CHECKING:
    from qq.core.simulate.tree import Directory

Parts = tuple[bytes, ...]


class HaltError(Exception):
    """An effect can't go on. Never leaves ``perform``."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


def halt(reason: Reason, words: str, *, transient: bool = False) -> NoReturn:
    """Ends the effect with a trouble."""
    raise HaltError(Trouble(reason, words, transient))


@lru_cache(maxsize=4096)
def parts_of(path: str) -> Parts:
    """The components of an absolute path."""
    return tuple(part for part in to_bytes(path).split(b"/") if part)


class Spot(Struct, eq=False):
    """A place: on which disk, and where there. It is asked for again and again while a draft works there."""

    disk: str
    above: "Spot | None" = None
    """The directory that it lies in; None: it is all of the disk."""
    name: bytes = b""
    """The last component."""
    known: bool = False
    """Whether a draft has looked which directory is there: then it has looked above, too."""
    found: "Directory | None" = None
    _below: "dict[bytes, Spot] | None" = None

    def inside(self, path: bytes) -> tuple["Spot", bytes]:
        """The directory that something below lies in, and its last component."""
        directory, _, name = path.rpartition(b"/")
        return (self.at(directory) if directory else self), name

    def at(self, path: bytes) -> "Spot":
        """What is below, by relative path."""
        if not path:
            return self
        below = self._below
        if below is None:
            below = self._below = {}
        spot = below.get(path)
        if spot is None:
            spot = below[path] = self._at(path) if path.find(b"/") >= 0 else Spot(self.disk, self, path)
        return spot

    def _at(self, path: bytes) -> "Spot":
        directory, _, name = path.rpartition(b"/")
        above = self.at(directory) if directory else self
        return above.at(name) if name else above

    def changed(self, name: bytes) -> None:
        """A directory of this name came or went."""
        spot = None if self._below is None else self._below.get(name)
        if spot is not None:
            spot.forget_directories()

    def forget_directories(self) -> None:
        """Which directories are here and below is not known any more."""
        if self.known:
            self.known, self.found = False, None
            for spot in self._below.values() if self._below else ():
                spot.forget_directories()

    def forget(self) -> None:
        """Lets go of all below: what holds one another would wait for the garbage collector."""
        below, self._below = self._below, None
        for spot in below.values() if below else ():
            if spot._below:
                spot.forget()

    def __str__(self) -> str:
        return "/" + b"/".join(reversed([*self._names()])).decode("utf-8", "replace")

    def _names(self) -> Iterator[bytes]:
        spot = self
        while spot.above is not None:
            yield spot.name
            spot = spot.above


def placed(entries: Listing, src: Spot, dst: Spot) -> Iterator[tuple[Entry, tuple[Spot, Spot, bytes]]]:
    """Each entry, with the directory it is in below ``src``, the one it is in below ``dst``, and its name in both."""
    directory: bytes | None = None
    one, other = src, dst
    for entry in entries:
        above, _, name = entry.path.rpartition(b"/")
        if above != directory:
            directory, one, other = above, src.at(above), dst.at(above)
        yield entry, (one, other, name)


@lru_cache(maxsize=16)
def mount_points(mounts: tuple[tuple[Parts, str], ...]) -> frozenset[str]:
    """The paths at which a host has file systems."""
    return frozenset("/" + to_text(b"/".join(prefix)) for prefix, _ in mounts)


def disk_of(host: Host, path: str) -> str:
    """On which disk a path of a host is."""
    parts = parts_of(path)
    for prefix, disk in host.mounts:
        if parts[: len(prefix)] == prefix:
            return disk
    halt(Reason.NO_SUCH_FILE, f"{path}: nothing is mounted there")
