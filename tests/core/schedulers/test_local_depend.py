"""A job starts when what it depends on has come true, and ends when that has become impossible."""

import pytest
from pyrsistent import pvector

from qq.core.depending import Fate
from qq.core.records.values import DEPENDENCY_KINDS, Dependency
from qq.core.schedulers.local import number_of
from qq.core.schedulers.local_depend import (
    Impossible,
    Link,
    Met,
    Outlook,
    Waits,
    doomed,
    from_text,
    links,
    outlook,
    to_text,
)

WAITING = Fate(begun=False, ended=False, well=False)
RUNNING = Fate(begun=True, ended=False, well=False)
WELL = Fate(begun=True, ended=True, well=True)
BADLY = Fate(begun=True, ended=True, well=False)


def waits(kind: str) -> Outlook:
    return Waits(pvector([Link(kind, 1)]))


def never(kind: str) -> Outlook:
    return Impossible(Link(kind, 1))


@pytest.mark.parametrize(
    ("kind", "known", "unknown"),
    [
        ("after", [waits("after"), Met(), Met(), Met()], Met()),
        ("afterok", [waits("afterok"), waits("afterok"), Met(), never("afterok")], never("afterok")),
        ("afternotok", [waits("afternotok"), waits("afternotok"), never("afternotok"), Met()], never("afternotok")),
        ("afterany", [waits("afterany"), waits("afterany"), Met(), Met()], Met()),
    ],
)
def test_every_kind_and_every_fate(kind: str, known: list[Outlook], unknown: Outlook) -> None:
    link = [Link(kind, 1)]
    assert [outlook(link, {1: fate}) for fate in (WAITING, RUNNING, WELL, BADLY)] == known
    assert outlook(link, {}) == unknown


def test_nothing_to_depend_on() -> None:
    assert outlook([], {}) == Met()


def test_all_must_come_true() -> None:
    both = [Link("afterok", 1), Link("afterany", 2)]
    assert outlook(both, {1: WELL, 2: RUNNING}) == Waits(pvector([Link("afterany", 2)]))
    assert outlook(both, {1: WELL, 2: BADLY}) == Met()


def test_one_impossible_is_enough() -> None:
    assert outlook([Link("afterany", 2), Link("afterok", 1)], {1: BADLY, 2: RUNNING}) == Impossible(Link("afterok", 1))


def test_those_that_depend_on_the_doomed_are_doomed_with_them() -> None:
    pending = [
        (4, pvector([Link("afterok", 3)])),
        (3, pvector([Link("afterok", 2)])),
        (5, pvector([Link("afterany", 4)])),
        (6, pvector([Link("afterok", 9)])),
    ]
    found = doomed(pending, {2: BADLY, 9: RUNNING, 3: WAITING, 4: WAITING})
    assert found == pvector([(3, Link("afterok", 2)), (4, Link("afterok", 3))])


def test_links_of_a_request() -> None:
    asked = [Dependency("afterok", pvector(["1.local", "2"])), Dependency("after", pvector(["3.local"]))]
    expected = pvector([Link("afterok", 1), Link("afterok", 2), Link("after", 3)])
    assert links(asked, number_of) == expected


@pytest.mark.parametrize(
    ("asked", "words"),
    [(Dependency("before", pvector(["1"])), "'before'"), (Dependency("after", pvector(["7.pbs"])), "7.pbs")],
)
def test_what_is_no_dependency_is_named(asked: Dependency, words: str) -> None:
    wrong = links([asked], number_of)
    assert isinstance(wrong, str)
    assert words in wrong


def test_links_as_text() -> None:
    every = pvector(Link(kind, number) for number, kind in enumerate(DEPENDENCY_KINDS))
    assert from_text(to_text(every)) == every
    assert from_text("") == pvector()
