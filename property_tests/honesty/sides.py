"""What two worlds have in common: somebody's doings, how files are told apart, what is seen of a whole tree."""

from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from property_tests.honesty.shapes import when
from qq.core import effects as e
from qq.core.moments import Answer, FoundJob, Submitted
from qq.core.simulate.records import Refusal
from qq.core.simulate.world import SECOND
from qq.core.troubles import Trouble

HERE = "here"
Picture = dict[bytes, tuple[object, ...]]
Outcome = Answer | Refusal | Trouble


class Happens(Struct, frozen=True):
    """Somebody else changes a name: ``what`` is written, changed in place, a directory, a link, gone, a second name…

    ``stamp``: the time of the change, in seconds; ``other``: the target of a link, the other name of a file.
    """

    what: str
    path: str
    stamp: int = 0
    size: int = 0
    other: str = ""
    host: str = ""
    """Where; empty: on this one."""


class Side(Protocol):
    """One of the two worlds."""

    def perform(self, effect: e.Effect) -> Outcome:
        """Performs an effect."""

    def happen(self, event: Happens) -> None:
        """What somebody else does."""

    def picture(self) -> Picture:
        """All that stands below the top, by relative path."""


def batch_system(effect: e.Effect) -> Outcome | None:
    """What the batch system answers: it is neither world's. None: it is not asked."""
    match effect:
        case e.FindJob():
            return FoundJob(None)
        case e.SubmitJob():
            return Submitted("2.model")
        case _:
            return None


def text_of(event: Happens) -> bytes:
    """What is in a file that was written: its identity, filled up to its size."""
    return f"at {event.stamp}".encode().ljust(event.size, b".") if event.size else b""


def identity(content: bytes) -> str:
    """What ``text_of`` and scripts fill up."""
    return content.rstrip(b".").decode()


def time_of(event: Happens) -> int:
    """Nanoseconds, not whole seconds."""
    return (1_600_000_000 + event.stamp) * SECOND + event.stamp


def several_of(inodes: Iterable[int]) -> frozenset[int]:
    """Inodes that have more than one name."""
    once: set[int] = set()
    twice: set[int] = set()
    for inode in inodes:
        (twice if inode in once else once).add(inode)
    return frozenset(twice)


def seen(kind: bytes, size: int, mtime: int, content: object, twin: bytes) -> tuple[object, ...]:
    """What is compared of one name."""
    if kind == b"d":
        return (kind,)
    if not isinstance(content, str | bytes | None):
        return kind, content  # records, marks and lists are compared by what they say
    return kind, size if kind == b"f" else 0, when(mtime), content, twin
