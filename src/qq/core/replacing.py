"""Values made fast: ``replace`` for frozen records, that of ``dataclasses`` but three times as fast for those without
slots; ``new`` for named tuples.

A job's life changes its record and what is remembered of it some forty times, and a simulated one has a millisecond.
What is left out: a ``__post_init__``, which no record of qq has.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import replace
else:
    import dataclasses

    _new, _set = object.__new__, object.__setattr__

    def replace(record, /, **changes):
        """The same record with other values in these fields. An unknown name is an error."""
        old = getattr(record, "__dict__", None)
        if old is None:
            return dataclasses.replace(record, **changes)
        values = old | changes  # one merge of two mappings: 1.4 µs for 46 fields, not 7
        if len(values) > len(old):
            raise TypeError(f"{type(record).__name__} has no such fields: {', '.join(changes)}")
        copy = _new(record.__class__)
        _set(copy, "__dict__", values)
        return copy


new = tuple.__new__
"""A named tuple of all its values, ``new(Entry, (path, …))``: twice as fast as by its own constructor."""

__all__ = ["new", "replace"]
