"""Effects and answers as lines of JSON: how one host asks another to act (DESIGN, "The other host").

What JSON has no word for is an object with one key that says what it is. Both ends are qq; a line that is none gives a
fault, never an exception.
"""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from types import MappingProxyType, ModuleType

from msgspec import Struct
from pyrsistent import PMap, PVector, pmap, pvector

from qq.core import evidence, listing, moments, states, troubles
from qq.core.effects import beside, record, running, trees
from qq.core.records import job, site, values, version
from qq.core.result import Faults, Result, Success, fault


def _classes(*modules: ModuleType) -> Mapping[str, type]:
    found = {
        name: thing
        for module in modules
        for name, thing in vars(module).items()
        if isinstance(thing, type) and thing.__module__ == module.__name__
    }
    return MappingProxyType(found)


_KNOWN = _classes(
    record, trees, beside, running, moments, listing, evidence, troubles, job, site, values, version, states
)


def encode(value: object) -> str:
    """One line of JSON, ASCII only, without a line break."""
    return json.dumps(_plain(value), separators=(",", ":"))


def decode(line: str) -> Result[object, Faults]:
    """What was encoded."""
    try:
        return Success(_value(json.loads(line)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return fault("", f"not a message of qq: {type(error).__name__}: {error}")


def _plain(value: object) -> object:
    match value:
        case Enum():
            return {"enum": [type(value).__name__, value.name]}
        case None | bool() | int() | float() | str():
            return value
        case bytes():
            return {"bytes": base64.b64encode(value).decode("ascii")}
        case datetime():
            return {"time": value.isoformat()}
        case PMap() | dict():
            return {"map": [[_plain(key), _plain(item)] for key, item in value.items()]}
        case frozenset():
            return {"set": [_plain(item) for item in sorted(value)]}
        case tuple() if value and all(type(item) is bytes and b"\0" not in item for item in value):
            return {"paths": base64.b64encode(b"\0".join(value)).decode("ascii")}
        case tuple():
            return {"tuple": [_plain(item) for item in value]}
        case PVector() | list():
            return [_plain(item) for item in value]
        case listing.Listing():
            return {"Listing": {"data": _plain(value.data), "count": value.count}}
        case _:
            return _record(value)


def _record(value: object) -> object:
    name = type(value).__name__
    if _KNOWN.get(name) is not type(value) or not isinstance(value, Struct):
        raise TypeError(f"{name} does not travel")
    return {name: {field: _plain(getattr(value, field)) for field in value.__struct_fields__}}


def _value(plain: object) -> object:
    if isinstance(plain, list):
        return pvector(_value(item) for item in plain)
    if not isinstance(plain, dict):
        return plain
    ((kind, content),) = plain.items()
    read = _READERS.get(kind)
    if read is not None:
        return read(content)
    return _KNOWN[kind](**{name: _value(item) for name, item in content.items()})


def _enum(content: list[str]) -> object:
    return getattr(_KNOWN[content[0]], content[1])


_READERS: Mapping[str, Callable[..., object]] = {
    "enum": _enum,
    "bytes": lambda text: base64.b64decode(text, validate=True),
    "paths": lambda text: tuple(base64.b64decode(text, validate=True).split(b"\0")),
    "time": datetime.fromisoformat,
    "map": lambda items: pmap({_value(key): _value(item) for key, item in items}),
    "set": lambda items: frozenset(_value(item) for item in items),
    "tuple": lambda items: tuple(_value(item) for item in items),
}
