"""Frozen values that are made often, made twice as fast: ``dataclass`` as in the standard library, ``new`` for tuples.

A simulated cycle makes a hundred data classes, with four hundred fields, and two hundred named tuples. The standard
constructor of a frozen data class calls ``object.__setattr__`` for every field, which looks for its place each time;
here the place itself takes the value.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses

    _NONE = dataclasses.MISSING

    def dataclass(**options):
        """As ``dataclasses.dataclass``. What is left out: a ``__post_init__``, which no value of qq has."""

        def made(cls):
            made = dataclasses.dataclass(init=False, **options)(cls)
            made.__init__ = _constructor(made)
            return made

        return made

    def _constructor(cls):
        """One with the parameters of the standard one, in its order."""
        fields, own = dataclasses.fields(cls), vars(cls)
        names = {f"default_{field.name}": field.default for field in fields}
        names |= {f"make_{field.name}": field.default_factory for field in fields}
        if "__slots__" in own:
            names |= {f"set_{field.name}": own[field.name].__set__ for field in fields}
            lines = [f"set_{field.name}(self, {_value(field)})" for field in fields]
        else:
            names["set_all"] = own["__dict__"].__set__
            lines = [f"set_all(self, dict({', '.join(f'{field.name}={_value(field)}' for field in fields)}))"]
        by_place = [_parameter(field) for field in fields if not field.kw_only]
        by_name = [_parameter(field) for field in fields if field.kw_only]
        parameters = ", ".join(["self", *by_place, *(["*", *by_name] if by_name else [])])
        exec("\n ".join([f"def __init__({parameters}):", *lines, "pass"]), names)  # noqa: PLW0122
        made = names["__init__"]
        made.__qualname__, made.__module__ = f"{cls.__qualname__}.__init__", cls.__module__
        made.__annotations__ = {field.name: field.type for field in fields} | {"return": None}
        return made

    def _parameter(field):
        if field.default is _NONE and field.default_factory is _NONE:
            return field.name
        return f"{field.name}=default_{field.name}"

    def _value(field):
        if field.default_factory is _NONE:
            return field.name
        return f"make_{field.name}() if {field.name} is default_{field.name} else {field.name}"


new = tuple.__new__
"""Makes a named tuple of all its values: ``new(Entry, (path, …))``."""

__all__ = ["dataclass", "new"]
