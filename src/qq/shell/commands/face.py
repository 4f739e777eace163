"""What a command shows while it works, and whether it may go on: decided by whoever calls it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from msgspec import Struct

from qq.core.report import Report

Bar = Callable[[str, int], AbstractContextManager[Callable[[], None]]]
"""A name and how many things there are → what is called for each that is done."""


def _nothing(_said: object) -> None:
    return None


@contextmanager
def _no_bar(_name: str, _total: int) -> Iterator[Callable[[], None]]:
    yield lambda: None


@contextmanager
def _no_progress(_name: str) -> Iterator["Flow"]:
    yield Flow()


class Flow(Struct, frozen=True):
    """Who is told of bytes: how many more there will be, and how many more there are."""

    expect: Callable[[int], None] = _nothing
    advance: Callable[[int], None] = _nothing


class Face(Struct, frozen=True, kw_only=True):
    """Who is told what."""

    tell: Callable[[Report[Any]], None] = _nothing
    """Of each job as soon as there is something to say."""
    complain: Callable[[str], None] = _nothing
    """Of what was named and is no job."""
    bar: Bar = _no_bar
    progress: Callable[[str], AbstractContextManager[Flow]] = _no_progress


SILENT = Face()
"""For notebooks and scripts, which get everything in what comes back."""


def always(_plans: object) -> bool:
    """Nobody is asked."""
    return True
