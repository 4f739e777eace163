"""``replace``: the same record with other values in some fields, which mypy checks as it does those of data classes."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import replace
else:
    from msgspec.structs import replace

__all__ = ["replace"]
