"""What a record says, field by field, for whoever looks at one: what is not set, or is as always, is left out."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import NODEFAULT, Struct
from msgspec.structs import FieldInfo, fields


def said(record: Struct) -> Iterator[tuple[str, str]]:
    """Names and values of the fields that say something."""
    for field in fields(record):
        value = getattr(record, field.name)
        text = "" if value is None or value == _usual(field) else _text(value)
        if text:
            yield field.name, text


def _usual(field: FieldInfo) -> object:
    return field.default if field.default_factory is NODEFAULT else field.default_factory()


def _text(value: object) -> str:
    if isinstance(value, Struct):
        if "__str__" in vars(type(value)):
            return str(value)
        return ", ".join(f"{name}={text}" for name, text in said(value))
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={_text(each)}" for name, each in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(_text, value))
    return str(value)
