"""Our ``dataclass`` is that of the standard library: the same parameters, defaults, comparisons; nothing can be set."""

import dataclasses
import inspect
from typing import Any

import pytest

from qq.core.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Slotted:
    """With all that a field can have."""

    one: int
    other: str = "b"
    some: list[int] = dataclasses.field(default_factory=list)
    aside: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, kw_only=True)
class Named:
    """With a dictionary of its own, by name only."""

    one: int = 1
    other: str
    some: list[int] = dataclasses.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mixed:
    """Some by place, some by name."""

    one: int
    other: str = dataclasses.field(default="b", kw_only=True)


@dataclass(frozen=True, slots=True)
class Empty:
    """Nothing to tell."""


@pytest.mark.parametrize("ours", [Slotted, Named, Mixed, Empty])
def test_the_parameters_are_those_of_the_standard_one(ours: type) -> None:
    fields = [(each.name, each.type, each) for each in dataclasses.fields(ours)]
    standard = dataclasses.make_dataclass("Standard", [(n, t, dataclasses.field(**_of(f))) for n, t, f in fields])
    mine, theirs = inspect.signature(ours).parameters.values(), inspect.signature(standard).parameters.values()
    assert [(each.name, each.kind) for each in mine] == [(each.name, each.kind) for each in theirs]
    assert [each.default is each.empty for each in mine] == [each.default is each.empty for each in theirs]
    assert [each.annotation for each in mine] == [each.annotation for each in theirs]


def _of(field: "dataclasses.Field[Any]") -> dict[str, Any]:
    return {name: getattr(field, name) for name in ("default", "default_factory", "kw_only")}


def test_values_and_defaults_stand_in_their_fields() -> None:
    assert Slotted(1) == Slotted(one=1, other="b", some=[], aside=7)
    assert Slotted(1).some is not Slotted(1).some
    assert repr(Slotted(2, "c", [3])) == "Slotted(one=2, other='c', some=[3], aside=0)"
    assert vars(Named(other="c")) == {"one": 1, "other": "c", "some": []}
    assert Named(other="c", some=[1]) == dataclasses.replace(Named(other="c"), some=[1]) != Named(other="c")
    assert Mixed(1, other="c") != Mixed(1)
    assert Empty() == Empty()
    assert hash(Mixed(1)) == hash(Mixed(1))


@pytest.mark.parametrize("value", [Slotted(1), Named(other="c"), Mixed(1)])
def test_nothing_can_be_set(value: Slotted | Named | Mixed) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.one = 2  # type: ignore[misc]


def test_a_field_that_is_missing_or_unknown_is_an_error() -> None:
    with pytest.raises(TypeError, match=r"Slotted.__init__\(\).*'one'"):
        Slotted()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="'two'"):
        Named(other="c", two=2)  # type: ignore[call-arg]
