"""What a core function gives back when its input may be wrong: a value, or all that is wrong with it."""

from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct
from pyrsistent import PVector, pvector
from returns.result import Failure, Result, Success

from qq.core.one_line import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Failure",
    "Fault",
    "Faults",
    "InvalidJob",
    "Result",
    "Success",
    "collect",
    "failed",
    "fault",
    "value_or_none",
]

T = TypeVar("T")
E = TypeVar("E")


class Fault(Struct, frozen=True):
    """One thing that is wrong with an input: where it stands (``resources.mem``, ``line 7``) and what it is.

    ``str()`` is one line, whatever names and values are quoted in it.
    """

    place: str
    words: str

    def __str__(self) -> str:
        return one_line(f"{self.place}: {self.words}" if self.place else self.words)


Faults = PVector[Fault]


class InvalidJob(ValueError):  # noqa: N818  what users catch: a word, not an error
    """A script, a record or an argument of which no job can be made; ``faults`` are all that is wrong with it."""

    def __init__(self, faults: "Iterable[Fault]") -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))


def fault(place: str, words: str) -> "Result[T, Faults]":
    """A failure that consists of one fault."""
    return Failure(pvector([Fault(place, words)]))


def value_or_none(result: "Result[T, E]") -> "T | None":
    """The value of a success, None for a failure."""
    return result.value_or(None)


def failed(result: "Result[T, E]") -> "E | None":
    """The error of a failure, None for a success."""
    return result.failure() if isinstance(result, Failure) else None


def collect(results: "Iterable[Result[T, Faults]]") -> "Result[PVector[T], Faults]":
    """All values, or all faults of all failures (``Fold.collect_all`` would keep only some)."""
    values: list[T] = []
    faults: list[Fault] = []
    for result in results:
        if isinstance(result, Failure):
            faults.extend(result.failure())
        else:
            values.append(result.unwrap())
    return Failure(pvector(faults)) if faults else Success(pvector(values))
