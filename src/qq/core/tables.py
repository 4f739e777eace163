"""Reading values from tables of a configuration (TOML, parsed already): each of the type that is wanted, or a fault."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from pyrsistent import PMap, PVector, pmap, pvector

from qq.core.choices import Choices, Written, read_choices
from qq.core.options import FLAG_SET, Option, Takes, find_option
from qq.core.result import Failure, Faults, Result, Success, collect, fault

Table = Mapping[str, object]
T = TypeVar("T")


def table(raw: object, place: str) -> Result[Table, Faults]:
    """A table."""
    return Success(raw) if isinstance(raw, Mapping) else _wrong(raw, "a table", place)


def text(raw: object, place: str) -> Result[str, Faults]:
    """A text."""
    return Success(raw) if isinstance(raw, str) else _wrong(raw, "a text in quotes", place)


def texts(raw: object, place: str) -> Result[PVector[str], Faults]:
    """A list of texts; one text is a list of one."""
    if isinstance(raw, str):
        return Success(pvector([raw]))
    if isinstance(raw, list | PVector) and all(isinstance(one, str) for one in raw):
        return Success(pvector(raw))
    return _wrong(raw, "a list of texts", place)


def flag(raw: object, place: str) -> Result[bool, Faults]:
    """True or false."""
    return Success(raw) if isinstance(raw, bool) else _wrong(raw, "true or false", place)


def count(raw: object, place: str) -> Result[int, Faults]:
    """A whole number, 1 or more."""
    if isinstance(raw, int) and not isinstance(raw, bool) and raw >= 1:
        return Success(raw)
    return _wrong(raw, "a whole number of 1 or more", place)


def seconds(raw: object, place: str) -> Result[float, Faults]:
    """A time in seconds, 0 or more."""
    if isinstance(raw, int | float) and not isinstance(raw, bool) and 0 <= raw < float("inf"):
        return Success(float(raw))
    return _wrong(raw, "a time in seconds, 0 or more", place)


def text_map(raw: object, place: str) -> Result[PMap[str, str], Faults]:
    """A table of texts."""
    if isinstance(raw, Mapping) and all(isinstance(value, str) for value in raw.values()):
        return Success(pmap(dict(raw)))
    return _wrong(raw, "a table of texts", place)


def texts_map(raw: object, place: str) -> Result[PMap[str, PVector[str]], Faults]:
    """A table of lists of texts."""
    if not isinstance(raw, Mapping):
        return _wrong(raw, "a table of lists of texts", place)
    lists = collect(texts(value, f"{place}.{key}") for key, value in raw.items())
    return lists.map(lambda values: pmap(dict(zip(raw, values, strict=True))))


def choices_from(raw: object, place: str) -> Result[Choices, Faults]:
    """Options of a submission, by their names; names that are no options are left out."""
    options = table(raw, place)
    if isinstance(options, Failure):
        return options
    named = [(find_option(key), value) for key, value in options.unwrap().items()]
    written = collect(_written(option, value, f"{place}.{option.name}") for option, value in named if option)
    return written.bind(read_choices)


def _written(option: Option, raw: object, place: str) -> Result[Written, Faults]:
    if isinstance(raw, bool):
        return Success(Written(option, FLAG_SET if raw else "false", place))
    if isinstance(raw, int):
        return Success(Written(option, str(raw), place))
    return texts(raw, place).map(lambda values: Written(option, _joined(option, values, raw), place))


def _joined(option: Option, values: Iterable[str], raw: object) -> str:
    if option.takes is Takes.FILES and not isinstance(raw, str):
        return " ".join("'" + value.replace("'", "'\\''") + "'" for value in values)
    return " ".join(values)


def _wrong(raw: object, wanted: str, place: str) -> "Result[T, Faults]":
    return fault(place, f"{raw!r:.60} is not {wanted}")
