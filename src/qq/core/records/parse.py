"""Small values from what people and files say: sizes, walltimes, modes, dependencies, properties.

Each parser takes what stands there and its place, and gives the value or all that is wrong with it. None of them
guesses: a size without a unit or a number that is too long to be one is a fault, not something near it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from pyrsistent import PMap, PVector, pmap, pvector

from qq.core.nearest import did_you_mean
from qq.core.one_line import one_line
from qq.core.records.values import DEPENDENCY_KINDS, Dependency, Modes, ModeWord, Size
from qq.core.result import Failure, Faults, Result, Success, collect, fault

T = TypeVar("T")

MAX_KB = 2**53
"""kB; 8 EB, more than there is."""
MAX_SECONDS = 10 * 366 * 86400
MAX_COUNT = 2**31 - 1

_UNITS = {"k": 1, "m": 1024, "g": 1024**2, "t": 1024**3, "p": 1024**4}
"""First letter of the unit → kB."""
_SIZE = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,6}))?\s*(b|[kmgtp]b?)", re.IGNORECASE | re.ASCII)
_UNIT_HELP = "write a whole number and b, kb, mb, gb, tb or pb, as in 8gb"

_PARTS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
"""Letter of a part of a walltime → seconds."""
_LETTERS = re.compile("".join(rf"(?:([0-9]{{1,9}})\s*{letter}\s*)?" for letter in _PARTS), re.IGNORECASE | re.ASCII)
_CLOCK = re.compile(r"([0-9]{1,9}):([0-5][0-9]):([0-5][0-9])")
_WALLTIME_HELP = "write 1d12h, 90m or 36:00:00"

MODE_WORDS = ("success", "failure", "always", "never")
_CODE = re.compile(r"-?[0-9]{1,9}")
_SEPARATORS = re.compile(r"[:,\s]+")

_JOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\[\]@-]*")

_PROP_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@+-]*")
_PROP_VALUE = re.compile(r"\^?[^\s:,=^]+")

# --- sizes ------------------------------------------------------------------------------------------------------------


def parse_size(raw: object, place: str) -> Result[Size, Faults]:
    """A size as text (``8gb``), or as records keep it: a mapping ``{value: <kB>}``. Bytes are rounded up."""
    match raw:
        case str():
            return _size_of_text(raw.strip(), place)
        case Mapping() if set(raw) == {"value"}:
            return parse_int(raw["value"], f"{place}.value", least=0, most=MAX_KB).map(Size)
        case int() if not isinstance(raw, bool):
            return fault(place, f"{shown(raw)} has no unit; {_UNIT_HELP}")
        case _:
            return fault(place, f"{shown(raw)} is no size; {_UNIT_HELP}")


def _size_of_text(text: str, place: str) -> Result[Size, Faults]:
    found = _SIZE.fullmatch(text)
    if found is None:
        without_unit = text.isascii() and text.isdigit()
        return fault(place, f"{shown(text)} {'has no unit' if without_unit else 'is no size'}; {_UNIT_HELP}")
    whole, decimals, unit = found.group(1), found.group(2), found.group(3)[0].lower()
    if decimals is not None:
        return fault(place, f"{shown(text)}: sizes are whole numbers; {_in_smaller_unit(whole, decimals, unit)}")
    kb = -(-int(whole) // 1024) if unit == "b" else int(whole) * _UNITS[unit]
    return Success(Size(kb)) if kb <= MAX_KB else fault(place, f"{shown(text)} is too much")


def _in_smaller_unit(whole: str, decimals: str, unit: str) -> str:
    """What to write instead of a decimal: the next smaller unit, rounded up."""
    units = "bkmgtp"
    smaller = units[max(units.index(unit) - 1, 0)]
    amount = -(-int(whole + decimals) * (1 if unit == "b" else 1024) // 10 ** len(decimals))
    return f"write {amount}{smaller if smaller == 'b' else smaller + 'b'}"


# --- walltimes --------------------------------------------------------------------------------------------------------


def parse_walltime(raw: object, place: str) -> Result[int, Faults]:
    """Seconds, from ``1w2d3h4m5s`` in any part or ``H:MM:SS`` with any number of hours. Zero is a fault."""
    if not isinstance(raw, str):
        return fault(place, f"{shown(raw)} is no walltime; {_WALLTIME_HELP}")
    seconds = _seconds(raw.strip())
    if seconds is None:
        return fault(place, f"{shown(raw)} is no walltime; {_WALLTIME_HELP}")
    if seconds == 0:
        return fault(place, "a walltime of zero lets nothing run")
    return Success(seconds) if seconds <= MAX_SECONDS else fault(place, f"{shown(raw)} is too long")


def _seconds(text: str) -> int | None:
    clock = _CLOCK.fullmatch(text)
    if clock:
        return int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3])
    parts = _LETTERS.fullmatch(text)
    if not text or parts is None:
        return None
    return sum(int(number or 0) * seconds for number, seconds in zip(parts.groups(), _PARTS.values(), strict=True))


def format_walltime(seconds: int) -> str:
    """``24:00:00``: hours (two digits or more), minutes, seconds."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest:02}"


# --- modes ------------------------------------------------------------------------------------------------------------


def parse_modes(raw: object, place: str) -> Result[Modes, Faults]:
    """Modes as text (separated by colon, comma or blank, any letter case), or as a list of words."""
    return _words(raw, _SEPARATORS, place).bind(
        lambda words: collect(_mode(word, place) for word in words).map(lambda modes: Modes(tuple(_once(modes))))
    )


def _mode(raw: object, place: str) -> Result[ModeWord, Faults]:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return Success(raw)
    word = raw.strip().lower() if isinstance(raw, str) else ""
    if word in MODE_WORDS:
        return Success(word)
    if _CODE.fullmatch(word):
        return Success(int(word))
    hint = did_you_mean(word, MODE_WORDS)
    return fault(place, f"{shown(raw)} is no mode; allowed are {', '.join(MODE_WORDS)} and exit codes{hint}")


# --- dependencies -----------------------------------------------------------------------------------------------------


def parse_depend(raw: object, place: str) -> Result[PVector[Dependency], Faults]:
    """Dependencies ``<kind>=<id>[:<id>…]`` as text (separated by comma or blank), or as a list of such words."""
    return _words(raw, re.compile(r"[,\s]+"), place).bind(
        lambda words: collect(_dependency(word, place) for word in words)
    )


def _dependency(raw: object, place: str) -> Result[Dependency, Faults]:
    kind, _, ids = raw.strip().partition("=") if isinstance(raw, str) else ("", "", "")
    if kind.lower() not in DEPENDENCY_KINDS:
        hint = did_you_mean(kind, DEPENDENCY_KINDS)
        return fault(place, f"{shown(raw)} is no dependency; write {', '.join(DEPENDENCY_KINDS)} and =ID[:ID…]{hint}")
    if not ids:
        return fault(place, f"{shown(raw)} names no job; write {kind.lower()}=ID[:ID…]")
    wrong = [one for one in ids.split(":") if not _JOB_ID.fullmatch(one)]
    if wrong:
        return fault(place, f"{shown(raw)}: {shown(wrong[0])} is no job id")
    return Success(Dependency(kind.lower(), pvector(ids.split(":"))))


# --- properties -------------------------------------------------------------------------------------------------------


def parse_props(raw: object, place: str) -> Result[PMap[str, str], Faults]:
    """Properties of nodes: text (``name``, ``^name``, ``name=value``, ``name=^value``), or a mapping name → value.

    In the mapping ``true`` and ``false`` stand for ``name`` and ``^name``.
    """
    if isinstance(raw, Mapping):
        return _unique(collect(_named(name, value, place) for name, value in raw.items()), place)
    return _words(raw, _SEPARATORS, place).bind(
        lambda words: _unique(collect(_prop(word, place) for word in words), place)
    )


def _prop(raw: object, place: str) -> Result[tuple[str, str], Faults]:
    if not isinstance(raw, str):
        return fault(place, f"{shown(raw)} is no property")
    name, equals, value = raw.partition("=")
    if equals:
        return _named(name, value, place)
    return _named(name.removeprefix("^"), "false" if name.startswith("^") else "true", place)


def _named(name: object, value: object, place: str) -> Result[tuple[str, str], Faults]:
    if isinstance(value, bool):
        value = "true" if value else "false"
    if not isinstance(name, str) or not _PROP_NAME.fullmatch(name):
        return fault(place, f"{shown(name)} is no name of a property; write name, ^name, name=value or name=^value")
    if not isinstance(value, str) or not _PROP_VALUE.fullmatch(value):
        return fault(f"{place}.{name}", f"{shown(value)} is no value of a property")
    return Success((name, value))


def _unique(pairs: Result[PVector[tuple[str, str]], Faults], place: str) -> Result[PMap[str, str], Faults]:
    if isinstance(pairs, Failure):
        return pairs
    names = [name for name, _ in pairs.unwrap()]
    twice = sorted({name for name in names if names.count(name) > 1})
    return fault(place, f"{', '.join(twice)} is given twice") if twice else Success(pmap(dict(pairs.unwrap())))


# --- pieces -----------------------------------------------------------------------------------------------------------


def parse_int(raw: object, place: str, *, least: int = 0, most: int = MAX_COUNT) -> Result[int, Faults]:
    """A whole number that is one already (text and true are none)."""
    if not isinstance(raw, int) or isinstance(raw, bool) or not least <= raw <= most:
        return fault(place, f"{shown(raw)} is no whole number" + (f" of {least} or more" if least in (0, 1) else ""))
    return Success(raw)


def shown(raw: object) -> str:
    """A value as faults quote it: short, on one line, in quotation marks if it is text."""
    try:
        text = one_line(repr(raw))
    except ValueError:  # an integer of more digits than Python writes
        text = "a number of thousands of digits"
    return text if len(text) <= 60 else text[:57] + "…" + text[-1]


def _words(raw: object, separators: re.Pattern[str], place: str) -> Result[Sequence[object], Faults]:
    """The words of a text (at least one), or the items of a list (none is allowed there)."""
    if isinstance(raw, str):
        words = [word for word in separators.split(raw) if word]
        return Success(words) if words else fault(place, "the value is empty")
    if isinstance(raw, list | tuple | PVector):
        return Success(raw)
    return fault(place, f"{shown(raw)} is neither text nor a list")


def _once(words: Iterable[T]) -> PVector[T]:
    """Without repetitions, in the order of first appearance."""
    return pvector(dict.fromkeys(words))
