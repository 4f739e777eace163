"""Records as mappings: one table per record says which key holds which field, how it is read and how it is written."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from pyrsistent import PMap, PVector, pmap, pvector

from qq.core.records.parse import shown
from qq.core.records.reading import Reader
from qq.core.result import Failure, Fault, Faults, Result, Success, fault

R = TypeVar("R")
Tree = dict[str, object]


def _unchanged(value: object) -> object:
    return value


class Field(NamedTuple):
    """One key of a mapping. ``write`` gives what YAML holds: text, numbers, lists, mappings; None is left out."""

    key: str
    name: str
    read: Reader[Any]
    write: Callable[[Any], object] = _unchanged
    required: bool = False
    empty: bool = False
    """Whether an empty collection is written: where leaving it out would mean something else."""


def same(
    key: str,
    read: Reader[Any],
    write: Callable[[Any], object] = _unchanged,
    *,
    required: bool = False,
    empty: bool = False,
) -> Field:
    """A field that is called like its key."""
    return Field(key, key, read, write, required, empty)


def read_fields(build: Callable[..., R], table: Sequence[Field], raw: object, place: str) -> Result[R, Faults]:
    """The record, or all that is wrong with it. Keys that no field has don't matter here (``rest``)."""
    if not isinstance(raw, Mapping):
        return fault(place, f"{shown(raw)} is no mapping")
    values, faults = read_values(table, raw, place)
    return Failure(pvector(faults)) if faults else Success(build(**values))


def read_values(table: Sequence[Field], raw: Mapping[object, object], place: str) -> tuple[dict[str, Any], list[Fault]]:
    """Field → value, as far as there is one, and all that is wrong. A key without a value counts as absent."""
    values: dict[str, Any] = {}
    faults = [Fault(place, f"the key {shown(key)} is no text") for key in raw if not isinstance(key, str)]
    for field in table:
        item = raw.get(field.key)
        where = f"{place}.{field.key}" if place else field.key
        if item is not None:
            result = field.read(item, where)
            if isinstance(result, Failure):
                faults.extend(result.failure())
            else:
                values[field.name] = result.unwrap()
        elif field.required:
            faults.append(Fault(where, "is missing"))
    return values, faults


def rest(table: Sequence[Field], raw: object) -> dict[str, object]:
    """The keys that no field has, with what they hold, frozen."""
    known = {field.key for field in table}
    return {key: frozen(value) for key, value in raw.items() if key not in known} if isinstance(raw, Mapping) else {}


def write_fields(record: object, table: Sequence[Field]) -> Tree:
    """The mapping: fields in the order of the table; what is None or empty is left out."""
    tree: Tree = {}
    for field in table:
        value = getattr(record, field.name)
        written = None if value is None else thawed(field.write(value))
        if written is not None and (field.empty or written not in ([], {})):
            tree[field.key] = written
    return tree


def nested(build: Callable[..., R], table: Sequence[Field]) -> Reader[R]:
    """Reads a mapping that is a record of its own."""
    return lambda raw, place: read_fields(build, table, raw, place)


def writes(table: Sequence[Field]) -> Callable[[object], object]:
    """Writes a record of its own as a mapping."""
    return lambda record: write_fields(record, table)


def frozen(value: object) -> object:
    """The same, immutable."""
    if isinstance(value, Mapping):
        return pmap({key: frozen(item) for key, item in value.items()})
    if isinstance(value, list | tuple | PVector):
        return pvector(frozen(item) for item in value)
    return value


def thawed(value: object) -> object:
    """The same as YAML and JSON hold it; the keys of a map without an order are sorted."""
    if isinstance(value, PMap):
        return {key: thawed(value[key]) for key in sorted(value, key=_key_order)}
    if isinstance(value, dict):
        return {key: thawed(item) for key, item in value.items()}
    if isinstance(value, list | tuple | PVector):
        return [thawed(item) for item in value]
    return value


def _key_order(key: object) -> tuple[str, str]:
    return type(key).__name__, str(key)
