"""A list that only grows, as a value: what is added to it does not change those that were there before."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Generic, TypeVar, overload

T = TypeVar("T")


class Log(Generic[T]):
    """The first ``count`` of some items. Logs that grew from one another share one list, as long as none branches."""

    __slots__ = ("_count", "_items")

    def __init__(self, items: Iterable[T] = ()) -> None:
        self._items = list(items)
        self._count = len(self._items)

    def extend(self, items: Iterable[T]) -> "Log[T]":
        """The log with these at its end. Only the longest log of a list writes into it: it is the only one that can't
        tell."""
        longer: Log[T] = Log.__new__(Log)
        longer._items = self._items if len(self._items) == self._count else self._items[: self._count]
        longer._items.extend(items)
        longer._count = len(longer._items)
        return longer

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[T]:
        return islice(self._items, self._count)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return [self._items[number] for number in range(self._count)[index]]
        return self._items[range(self._count)[index]]
