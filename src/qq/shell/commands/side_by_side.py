"""Work on many jobs at the same time, where it waits for something: bounded, and in the order of the jobs."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from qq.shell.commands.face import Bar
from qq.shell.signals import interrupt_held_back

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 16
"""So many jobs are submitted, or have their records changed, at the same time."""
COPIES = 4
"""So many are copied or deleted at the same time."""


def side_by_side(
    name: str, things: Sequence[T], work: Callable[[T], R], bar: Bar, *, at_once: int = AT_ONCE
) -> Iterator[R]:
    """What came of each, in order, as soon as it is known. Whoever stops listening stops what has not begun."""
    if len(things) < 2:
        yield from map(work, things)
        return
    from concurrent.futures import ThreadPoolExecutor

    threads = ThreadPoolExecutor(min(at_once, len(things)))
    try:
        with bar(name, len(things)) as done:
            with interrupt_held_back():  # a thread whose start is interrupted is one that nobody waits for
                results = threads.map(work, things)
            for result in results:
                done()
                yield result
    finally:
        threads.shutdown(cancel_futures=True)
