"""Reads the YAML of info files: text → tree of mappings, lists and scalars, bounded, without YAML's surprises.

Only whole numbers, decimal numbers, ``true``, ``false`` and ``null`` are read as anything but text: ``24:00:00``,
``010``, ``on`` and dates stay what was written. What is read as text is a superset of what other YAML writers leave
without quotes as text. ``!!binary`` is text that is no UTF-8 (file names may be): it is read as surrogate escapes.
"""

import re
from collections.abc import Callable
from typing import Any

import yaml
from msgspec import Struct, field

from qq.core.records.parse import shown
from qq.core.result import Faults, Result, Success, fault

MAX_BYTES = 1 << 20
"""Of an info file: a real one has a few thousand."""
MAX_DEPTH = 20
MAX_NODES = 50_000
MAX_DIGITS = 40

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?[0-9]+\.[0-9]*(?:[eE][-+][0-9]+)?")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    ".inf": float("inf"),
    "-.inf": float("-inf"),
    ".nan": float("nan"),
}
_TAG = "tag:yaml.org,2002:"
_TEXT_TAGS = frozenset({"!", _TAG + "str"})
_OTHER_TAGS = frozenset({None, "!", _TAG + "map", _TAG + "seq"})


class _Wrong(Exception):  # noqa: N818  (it never leaves this module)
    """Ends the reading: at this line, this is wrong."""

    def __init__(self, event: Any, words: str) -> None:
        super().__init__(words)
        self.place, self.words = f"line {event.start_mark.line + 1}", words


class _Reading(Struct):
    """A text that is being read, event by event: composing nodes would recurse without a limit of ours."""

    next_event: Callable[[], Any]
    left: int = MAX_NODES
    """How many values may still come; aliases count as what they stand for."""
    anchors: dict[str, tuple[object, int]] = field(default_factory=dict)
    """Anchor → value and how many values that is."""


def tree_from_text(data: bytes) -> Result[object, Faults]:
    """What the text holds; None if it holds nothing. A fault says in which line the text is no YAML that we read."""
    try:
        return Success(_document(_Reading(_parser(data.decode("utf-8")).get_event)))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return fault(f"line {line}", "not UTF-8")
    except _Wrong as wrong:
        return fault(wrong.place, wrong.words)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return fault(f"line {mark.line + 1}" if mark else "", str(error.problem or error.context))
    except yaml.YAMLError as error:
        return fault("", " ".join(str(error).split()))


def _parser(text: str) -> Any:
    try:
        from yaml._yaml import CParser  # type: ignore[import-untyped, unused-ignore]
    except ImportError:  # PyYAML without its C part
        return yaml.SafeLoader(text)
    return CParser(text)


def _document(reading: _Reading) -> object:
    reading.next_event()  # the stream starts
    if isinstance(reading.next_event(), yaml.StreamEndEvent):
        return None
    tree = _value(reading, reading.next_event(), MAX_DEPTH)
    reading.next_event()  # the document ends
    after = reading.next_event()
    if not isinstance(after, yaml.StreamEndEvent):
        raise _Wrong(after, "a second document begins")
    return tree


def _value(reading: _Reading, event: Any, depth: int) -> object:
    if isinstance(event, yaml.AliasEvent):
        return _alias(reading, event)
    _spend(reading, event, 1)
    before = reading.left
    if isinstance(event, yaml.ScalarEvent):
        value = _scalar(event)
    elif depth == 0:
        raise _Wrong(event, "nested too deeply")
    elif event.tag not in _OTHER_TAGS:
        raise _Wrong(event, f"unknown tag {event.tag}")
    elif isinstance(event, yaml.MappingStartEvent):
        value = _mapping(reading, depth - 1)
    else:
        value = _sequence(reading, depth - 1)
    if event.anchor is not None:
        reading.anchors[event.anchor] = value, before - reading.left + 1
    return value


def _spend(reading: _Reading, event: Any, values: int) -> None:
    reading.left -= values
    if reading.left < 0:
        raise _Wrong(event, "too many values")


def _alias(reading: _Reading, event: Any) -> object:
    if event.anchor not in reading.anchors:
        raise _Wrong(event, f"*{event.anchor} stands for nothing")
    value, size = reading.anchors[event.anchor]
    _spend(reading, event, size)
    return value


def _sequence(reading: _Reading, depth: int) -> list[object]:
    values = []
    while not isinstance(event := reading.next_event(), yaml.SequenceEndEvent):
        values.append(_value(reading, event, depth))
    return values


def _mapping(reading: _Reading, depth: int) -> dict[object, object]:
    values: dict[object, object] = {}
    while not isinstance(event := reading.next_event(), yaml.MappingEndEvent):
        key = _value(reading, event, 0)
        if isinstance(key, list | dict):
            raise _Wrong(event, "a list or mapping can't be a key")
        if key in values:
            raise _Wrong(event, f"the key {shown(key)} stands there twice")
        values[key] = _value(reading, reading.next_event(), depth)
    return values


def _scalar(event: Any) -> object:
    if event.tag is None:
        return event.value if event.style else _resolved(event.value)
    if event.tag in _TEXT_TAGS:
        return event.value
    if event.tag == _TAG + "binary":
        return _binary(event)
    raise _Wrong(event, f"unknown tag {event.tag}")


def _resolved(text: str) -> object:
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > MAX_DIGITS:
        return text
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _binary(event: Any) -> str:
    import base64  # for names that are no UTF-8: few are, and `qq info` is quick

    try:
        return base64.b64decode("".join(event.value.split()), validate=True).decode("utf-8", "surrogateescape")
    except ValueError:  # binascii.Error, and characters that are not ASCII
        raise _Wrong(event, "this is no base64") from None
