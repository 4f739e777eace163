"""Readers of single values in a record's tree: each gives the value, or a fault with its place. None coerces types."""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from pyrsistent import PMap, PVector, pmap

from qq.core.records.parse import parse_int, shown
from qq.core.result import Faults, Result, Success, collect, fault

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
Reader = Callable[[object, str], Result[T, Faults]]

MAX_NAME = 255
"""Bytes of a file name."""
_TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2})")
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?")
_TOKEN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,99}")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\[\]@-]{0,199}")
_OCTAL = re.compile(r"[0-7]{1,4}")


def prose(raw: object, place: str) -> Result[str, Faults]:
    """Any text."""
    return Success(raw) if isinstance(raw, str) else fault(place, f"{shown(raw)} is no text")


def text(raw: object, place: str) -> Result[str, Faults]:
    """Text that says something: a name, a command line. It may end up in an argument list, so no null character."""
    if isinstance(raw, str) and raw and "\0" not in raw:
        return Success(raw)
    return fault(place, f"{shown(raw)} is no text" if raw != "" else "is empty")


def command_line(raw: object, place: str) -> Result[str, Faults]:
    """A command line that can be split as a shell splits words, and names a program."""
    return text(raw, place).bind(lambda line: _splits(line, place))


def _splits(line: str, place: str) -> Result[str, Faults]:
    try:
        words = shlex.split(line)
    except ValueError as error:
        return fault(place, f"{shown(line)} is no command line: {str(error).lower()}")
    return Success(line) if words and words[0] else fault(place, f"{shown(line)} names no program")


def file_name(raw: object, place: str) -> Result[str, Faults]:
    """A plain file name, not a path."""
    if not isinstance(raw, str) or raw in ("", ".", "..") or "/" in raw or "\0" in raw or _too_long(raw):
        return fault(place, f"{shown(raw)} is no plain file name")
    return Success(raw)


def _too_long(name: str) -> bool:
    return len(name.encode("utf-8", "replace")) > MAX_NAME  # a surrogate escape becomes one byte, as it is one


def absolute_path(raw: object, place: str) -> Result[str, Faults]:
    """A path from the root."""
    if not isinstance(raw, str) or not raw.startswith("/") or "\0" in raw:
        return fault(place, f"{shown(raw)} is no absolute path")
    return Success(raw)


def host(raw: object, place: str) -> Result[str, Faults]:
    """A host name that ssh may be given: nothing that could be taken for an option or a user."""
    return _matching(_HOST, raw, place, "host name")


def token(raw: object, place: str) -> Result[str, Faults]:
    """A token: it becomes part of file names."""
    return _matching(_TOKEN, raw, place, "token")


def job_id(raw: object, place: str) -> Result[str, Faults]:
    """The id of a batch job: it becomes part of file names and argument lists."""
    return _matching(_ID, raw, place, "job id")


def _matching(pattern: re.Pattern[str], raw: object, place: str, what: str) -> Result[str, Faults]:
    if isinstance(raw, str) and pattern.fullmatch(raw):
        return Success(raw)
    return fault(place, f"{shown(raw)} is no {what}")


def natural(raw: object, place: str) -> Result[int, Faults]:
    """A whole number that is not negative."""
    return parse_int(raw, place, least=0)


def positive(raw: object, place: str) -> Result[int, Faults]:
    """A whole number above zero."""
    return parse_int(raw, place, least=1)


def exit_code(raw: object, place: str) -> Result[int, Faults]:
    """An exit code; −N of an older record is signal N, so 128 + N."""
    if not isinstance(raw, int) or isinstance(raw, bool) or not -127 <= raw <= 255:
        return fault(place, f"{shown(raw)} is no exit code")
    return Success(raw if raw >= 0 else 128 - raw)


def umask(raw: object, place: str) -> Result[int, Faults]:
    """A umask in octal digits, as text; a number is one."""
    if isinstance(raw, str) and _OCTAL.fullmatch(raw):
        raw = int(raw, 8)
    if not isinstance(raw, int) or isinstance(raw, bool) or not 0 <= raw <= 0o777:
        return fault(place, f"{shown(raw)} is no umask; write it as '0022'")
    return Success(raw)


def seconds(raw: object, place: str) -> Result[float, Faults]:
    """A time span, 0 or more."""
    if not isinstance(raw, int | float) or isinstance(raw, bool) or not 0 <= raw < 1e9:
        return fault(place, f"{shown(raw)} is no number of seconds")
    return Success(float(raw))


def flag(raw: object, place: str) -> Result[bool, Faults]:
    """``true`` or ``false``."""
    return Success(raw) if isinstance(raw, bool) else fault(place, f"{shown(raw)} is neither true nor false")


def time(raw: object, place: str) -> Result[datetime, Faults]:
    """``YYYY-MM-DD HH:MM:SS``, local."""
    found = _TIME.fullmatch(raw) if isinstance(raw, str) else None
    try:
        if found is not None:
            year, month, day, hour, minute, second = map(int, found.groups())
            return Success(datetime(year, month, day, hour, minute, second))
    except ValueError:
        pass
    return fault(place, f"{shown(raw)} is no time as in '2026-01-31 23:59:59'")


def time_text(when: datetime) -> str:
    """As ``time`` reads it; whole seconds."""
    return f"{when.year:04}-{when:%m-%d %H:%M:%S}"


def one_of(kind: type[E]) -> Reader[E]:
    """One of the words of an enumeration."""

    def read(raw: object, place: str) -> Result[E, Faults]:
        found = next((member for member in kind if member.value == raw), None)
        return fault(place, f"{shown(raw)} is none of {', '.join(kind)}") if found is None else Success(found)

    return read


def many(read: Reader[T]) -> Reader[PVector[T]]:
    """A list of these."""

    def read_all(raw: object, place: str) -> Result[PVector[T], Faults]:
        if not isinstance(raw, Sequence) or isinstance(raw, str | bytes):
            return fault(place, f"{shown(raw)} is no list")
        return collect(read(item, f"{place}[{number}]") for number, item in enumerate(raw))

    return read_all


def mapping(read: Reader[T]) -> Reader[PMap[str, T]]:
    """Names with one of these each."""

    def pair(name: object, item: object, place: str) -> Result[tuple[str, T], Faults]:
        key = text(name, place)
        return key.bind(lambda k: read(item, f"{place}.{k}").map(lambda value: (k, value)))

    def read_all(raw: object, place: str) -> Result[PMap[str, T], Faults]:
        if not isinstance(raw, Mapping):
            return fault(place, f"{shown(raw)} is no mapping")
        return collect(pair(name, item, place) for name, item in raw.items()).map(lambda pairs: pmap(dict(pairs)))

    return read_all
