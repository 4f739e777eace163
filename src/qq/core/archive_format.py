"""Archive formats: which names belong to which cycle of a loop job (SPEC 3, "Archive format").

A format is literal text with exactly one integer placeholder, as in printf: ``%d``, ``%4d``, ``%04d``; ``%%`` is a
percent sign. A name matches if it belongs to any cycle: if, without its last suffix, it contains the format filled with
a number, and no further digit stands at either end of that number (digits of the format itself are part of it).
Names are bytes, one component each; a job's runtime files are the caller's to leave out, by their exact names.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from qq.core.names import TEMPORARY_PREFIX
from qq.core.paths import to_bytes
from qq.core.result import Faults, Result, Success, fault

MAX_WIDTH = 100
MAX_BYTES = 200
"""Of a format: suffixes must still fit into the 255 bytes of a name."""

_TOKEN = re.compile(r"%(?:(?P<literal>%)|(?P<zero>0?)(?P<width>[0-9]{0,4})d)?")
_ASIDE = re.compile(rb"\.before-.+-[0-9]+(?:[\[._].*)?\Z", re.DOTALL)
"""``<name>.before-<job name>-<job id>``: what was set aside when a job's version took its name."""


class _Parts(NamedTuple):
    """A format, taken apart."""

    prefix: str
    zeros: bool
    width: int
    suffix: str


def parse_format(text: str, place: str) -> Result[str, Faults]:
    """The format itself, if it is one."""
    parts = _parts(text)
    if isinstance(parts, str):
        return fault(place, parts)
    wrong = _wrong(text, parts)
    return fault(place, wrong) if wrong else Success(text)


def filled(fmt: str, number: int) -> str:
    """The format with this number in its placeholder; a width is a minimum."""
    prefix, zeros, width, suffix = _split(fmt)
    digits = str(number)
    return prefix + (digits.zfill(width) if zeros else digits.rjust(width)) + suffix


def matches(fmt: str) -> Callable[[bytes], bool]:
    """Whether a name belongs to any cycle."""
    search, prefix = _anywhere(fmt).search, to_bytes(_split(fmt).prefix)
    # Nearly every other name fails at the first look, so that one is all it costs.
    return lambda name: name.find(prefix) >= 0 and search(stem(name)) is not None and not never_matches(name)


def belongs_to(fmt: str, cycles: Iterable[int]) -> Callable[[bytes], bool]:
    """Whether a name belongs to one of these cycles."""
    wanted = frozenset(cycles)
    words = [to_bytes(filled(fmt, cycle)) for cycle in wanted]

    def test(name: bytes) -> bool:
        for word in words:
            if name.find(word) >= 0:  # of nearly every name of a big archive this is all that is asked
                return not wanted.isdisjoint(_cycles(fmt, name))
        return False

    return test


def cycle_of(fmt: str, name: bytes) -> int | None:
    """The number at the placeholder: of the first place where the name contains the format. None: it does not match."""
    return next(iter(_cycles(fmt, name)), None)


def highest_cycle(fmt: str, names: Iterable[bytes], start: int) -> int:
    """The highest cycle that any of these names belongs to, and at least ``start``."""
    return max(start, *(cycle for name in names for cycle in _cycles(fmt, name)), start)


def stem(name: bytes) -> bytes:
    """A name without its last suffix; a dot at its beginning starts no suffix."""
    dot = name.rfind(b".")
    return name[:dot] if dot > 0 else name


def never_matches(name: bytes) -> bool:
    """Whether qq made this name itself: for a copy under way, or for what it set aside."""
    return name.startswith(_TEMPORARY) or (name.find(_BEFORE) >= 0 and _ASIDE.search(name) is not None)


_TEMPORARY, _BEFORE = to_bytes(TEMPORARY_PREFIX), b".before-"


def _cycles(fmt: str, name: bytes) -> list[int]:
    """The numbers at every place where the name contains the format, from the left; places may overlap."""
    if never_matches(name):
        return []
    text, search, numbers = stem(name), _anywhere(fmt).search, []
    found = search(text)
    while found is not None:
        numbers.append(int(found[found.lastindex or 0]))
        found = search(text, found.start() + 1)
    return numbers


@lru_cache(maxsize=16)
def _anywhere(fmt: str) -> re.Pattern[bytes]:
    return re.compile(_pattern(_split(fmt)))


def _pattern(parts: _Parts) -> bytes:
    """The format with any number: what starts with a digit, or with the blanks that fill it up to its width."""
    width = max(parts.width, 1)
    if parts.zeros and width > 1:
        return _fenced(parts, b"([0-9]{%d}|[1-9][0-9]{%d,})" % (width, width))
    if width == 1:
        return _fenced(parts, b"(0|[1-9][0-9]*)")
    blanks = b"|".join([b" {%d}[0-9]" % (width - 1), *(_blanks(width, digits) for digits in range(2, width))])
    return b"%s|%s" % (
        _fenced(parts, b"(%s)" % blanks, blank=True),
        _fenced(parts, b"([1-9][0-9]{%d,})" % (width - 1)),
    )


def _blanks(width: int, digits: int) -> bytes:
    return b" {%d}[1-9][0-9]{%d}" % (width - digits, digits - 1)


def _fenced(parts: _Parts, number: bytes, *, blank: bool = False) -> bytes:
    """Literals around the number, and no digit where no literal keeps digits away. ``blank``: one stands before it."""
    before = b"" if blank or not _only_digits(parts.prefix) else b"(?<![0-9])"
    after = b"(?![0-9])" if _only_digits(parts.suffix) else b""
    return before + re.escape(to_bytes(parts.prefix)) + number + re.escape(to_bytes(parts.suffix)) + after


def _only_digits(literal: str) -> bool:
    return re.fullmatch("[0-9]*", literal) is not None


@lru_cache(maxsize=16)
def _split(fmt: str) -> _Parts:
    parts = _parts(fmt)
    if isinstance(parts, str):
        raise ValueError(f"{fmt!r}: {parts}")  # only a format that parse_format refused
    return parts


def _parts(text: str) -> _Parts | str:
    """The parts of a format, or what is wrong with it."""
    literals, numbers, position = [""], [], 0
    for token in _TOKEN.finditer(text):
        literals[-1] += text[position : token.start()]
        position = token.end()
        if token["literal"]:
            literals[-1] += "%"
        elif token["width"] is None:
            return (
                f"'{text}': '{text[token.start() :][:4]}' is no integer placeholder (write %04d; %% for a percent sign)"
            )
        else:
            numbers.append((bool(token["zero"]), int(token["width"] or 0)))
            literals.append("")
    literals[-1] += text[position:]
    if len(numbers) != 1:
        return f"'{text}' has {len(numbers) or 'no'} placeholders; exactly one is needed, as in job%04d"
    return _Parts(literals[0], *numbers[0], literals[1])


def _wrong(text: str, parts: _Parts) -> str | None:
    """What is wrong with a format that has one placeholder."""
    if parts.width > MAX_WIDTH or len(to_bytes(text)) > MAX_BYTES:
        return "the archive format is too long for a file name"
    if "/" in text or any(character < " " for character in text):
        return f"{text!r}: a file name can't contain '/' or control characters"
    if parts.prefix.startswith(TEMPORARY_PREFIX):
        return f"'{text}': names that start with '{TEMPORARY_PREFIX}' belong to qq"
    return None
