"""What PBS client programs print of jobs, queues, servers and nodes, as text → attributes. Any text gives a value.

Both forms of ``qstat -f`` are read: with ``-w`` an attribute is one line, without it lines wrap and go on after a tab.
A value may hold line breaks of its own: a line that is neither begins nor continues an attribute belongs to the value
before it. What an attribute says first counts: nobody's variables overwrite a job's state.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from qq.core.records.parse import MAX_KB, parse_size
from qq.core.records.values import Size
from qq.core.result import value_or_none

Attributes = Mapping[str, str]

_ATTRIBUTE = re.compile(r" {4,5}([A-Za-z_][A-Za-z0-9_.-]*) = (.*)", re.DOTALL)
_NODE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\[\]-]*")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_CLOCK = re.compile(r"(?:([0-9]{1,9}):)?([0-9]{1,9}):([0-9]{2})")
_TIME = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (\d{4})", re.ASCII)
_PART = re.compile(r"(?:\\.|[^,\\])+", re.DOTALL)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def blocks(text: str, head: str) -> Iterator[tuple[str, Attributes]]:
    """Name and attributes of each thing in what qstat prints; ``head``: ``Job Id``, ``Queue``, ``Server``."""
    start = f"{head}: "
    return _blocks(text, lambda line: line[len(start) :].strip() if line.startswith(start) else None)


def node_blocks(text: str) -> Iterator[tuple[str, Attributes]]:
    """Name and attributes of each node in what ``pbsnodes -a`` prints."""
    return _blocks(text, lambda line: line if _NODE.fullmatch(line) else None)


def _blocks(text: str, name_in: Callable[[str], str | None]) -> Iterator[tuple[str, Attributes]]:
    """A name stands at the beginning or after an empty line."""
    name: str | None = None
    lines: list[str] = []
    after_empty = True
    for line in text.split("\n"):
        found = name_in(line) if after_empty else None
        after_empty = not line
        if found is None:
            lines.append(line)
            continue
        if name is not None:
            yield name, _attributes(lines)
        name, lines = found, []
    if name is not None:
        yield name, _attributes(lines)


def _attributes(lines: list[str]) -> Attributes:
    found: list[tuple[str, str]] = []
    for line in lines:
        begins = _ATTRIBUTE.fullmatch(line)
        if begins is not None:
            found.append((begins[1], begins[2]))
        elif found:
            key, value = found[-1]
            found[-1] = (key, value + line[1:] if line.startswith("\t") else f"{value}\n{line}")
    return {key: value.rstrip("\n") for key, value in reversed(found)}


# --- values -----------------------------------------------------------------------------------------------------------


def integer(text: str | None) -> int | None:
    """A whole number; None: it is none."""
    return int(text) if text is not None and _INTEGER.fullmatch(text) else None


def size(text: str | None) -> Size | None:
    """A size as PBS writes it: ``500mb``, ``0b``, or a bare number of bytes."""
    if text is None:
        return None
    return value_or_none(parse_size(f"{text}b" if _INTEGER.fullmatch(text) else text, "")) or _words(text)


def _words(text: str) -> Size | None:
    """Machine words of 8 bytes (pbs_resources(7)): ``10kw``."""
    found = re.fullmatch(r"([0-9]{1,15})([kmgtp]?)w", text, re.ASCII)
    if found is None:
        return None
    kb = -(-int(found[1]) * 8 * 1024 ** " kmgtp".index(found[2] or " ") // 1024)
    return Size(kb) if kb <= MAX_KB else None


def seconds(text: str | None) -> int | None:
    """A span of time: ``01:00:00``, ``90:00`` or whole seconds."""
    if text is None:
        return None
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + int(clock[3])
    number = integer(text)
    return None if number is None or number < 0 else number


def time(text: str | None) -> datetime | None:
    """``Sun Nov 22 15:24:52 2026``, in the time zone of the program that printed it."""
    found = _TIME.fullmatch(text or "")
    if found is None or found[1] not in _MONTHS:
        return None
    day, hour, minute, second, year = map(int, found.groups()[1:])
    try:
        return datetime(year, _MONTHS.index(found[1]) + 1, day, hour, minute, second)
    except ValueError:
        return None


def variables(text: str) -> dict[str, str]:
    """Name → value of a ``Variable_List``. What a backslash stands before is meant as it is, but for ``\\n``."""
    pairs = (_unescaped(part).partition("=") for part in _PART.findall(text))
    return {name: value for name, equals, value in pairs if equals}


def _unescaped(part: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], part, flags=re.DOTALL)
