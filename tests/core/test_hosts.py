"""Which host performs an effect, and what the effect looks like from there."""

import pytest
from msgspec.structs import fields
from pyrsistent import pmap

from qq.core import effects as e
from qq.core.effects import Effect, Guard, Location
from qq.core.hosts import Between, Here, Nowhere, There, is_host_name, localised, locations, where
from qq.core.listing import Listing
from qq.core.replacing import replace
from tests.core.lifecycle import kind

NONE = Listing()
JOB = kind.job()
VERSION = e.Version("t", 1, "d")


def every_effect(host: str | None) -> list[Effect]:
    """One of each, on one host."""

    def at(path: str) -> Location:
        return Location(path, host)

    return [
        e.WriteRecord(at("/h/r"), JOB, VERSION),
        e.CreateRecord(at("/h/r"), JOB),
        e.CreateRecord(at("/h/r"), JOB, Guard(at("/h/q"), "t", 1), (at("/h/a/r"),)),
        e.WithdrawRecord(at("/h/r"), "t"),
        e.ReadRecord((at("/h/r"), at("/h/a/r"))),
        e.List(at("/h")),
        e.ReadMark(at("/w.qqmark"), "/w"),
        e.MakeDir(at("/h/a")),
        e.MoveRuntime(at("/h"), (("a", ("b",)),)),
        e.Create(at("/h/a")),
        e.Copy(at("/w"), at("/h"), NONE),
        e.Include(host, ("/x",), at("/w")),
        e.VerifyCopy(at("/w"), at("/h"), NONE),
        e.Place(at("/h/.qq-t"), at("/h"), NONE, NONE, NONE, "a", Guard(at("/h/r"), "t", 1)),
        e.Stage(at("/w.qqmark"), "/w", "t", 1, "1", NONE, NONE),
        e.NoteCode(at("/w.qqmark"), 1, "t0", 1),
        e.NoteProof(at("/w.qqmark"), NONE),
        e.NoteSynced(at("/w.qqmark"), NONE),
        e.RemoveFiles(at("/w"), NONE),
        e.RemoveTree(at("/w.qqmark"), "/w", "t"),
        e.RemoveMark(at("/w.qqmark"), "t"),
        e.ClearTemporary(at("/h/.qq-t")),
    ]


PLACELESS: list[Effect] = [
    e.RunScript(("bash", "s"), "/w", "/w/o", "/w/e", pmap()),
    e.SignalScript(),
    e.StopScript(1.0),
    e.FindJob("t", "local"),
    e.SubmitJob(JOB, None, ("node1",)),
    e.Say("x"),
]


def test_every_kind_of_effect_is_among_these() -> None:
    assert {type(effect) for effect in every_effect(None) + PLACELESS} == set(Effect.__args__)


@pytest.mark.parametrize("effect", every_effect(None) + PLACELESS, ids=lambda effect: type(effect).__name__)
def test_without_a_host_this_one_performs(effect: Effect) -> None:
    assert where(effect) == Here()
    assert localised(effect, "node1") == effect


@pytest.mark.parametrize("number", range(len(every_effect(None))))
def test_on_one_other_host_that_one_performs_and_sees_its_own_paths(number: int) -> None:
    far, near = every_effect("node1")[number], every_effect(None)[number]
    assert where(far) == There("node1")
    assert localised(far, "node1") == near
    assert localised(far, "node2") == far
    assert {location.host for location in locations(far)} == {"node1"}


def test_every_location_of_an_effect_counts() -> None:
    for effect in every_effect("node1"):
        direct = [value for field in fields(effect) if isinstance(value := getattr(effect, field.name), Location)]
        assert set(direct) <= set(locations(effect))


@pytest.mark.parametrize(
    ("src", "dst", "expected"),
    [
        ("a", None, Between("a", None)),
        (None, "a", Between(None, "a")),
        ("a", "b", There("a")),
        ("a", "a", There("a")),
        (None, None, Here()),
    ],
)
def test_a_copy_goes_between_hosts(src: str | None, dst: str | None, expected: object) -> None:
    copy = e.Copy(Location("/w", src), Location("/h", dst), NONE)
    verify = e.VerifyCopy(copy.src, copy.dst, NONE)
    include = e.Include(src, ("/x",), copy.dst)
    assert [where(effect) for effect in (copy, verify, include)] == [expected] * 3


def test_between_two_other_hosts_the_one_that_has_the_files_sees_the_other() -> None:
    copy = e.Copy(Location("/w", "a"), Location("/h", "b"), NONE)
    assert localised(copy, "a") == e.Copy(Location("/w"), Location("/h", "b"), NONE)
    include = e.Include("a", ("/x",), Location("/w", "b"))
    assert localised(include, "a") == e.Include(None, include.paths, Location("/w", "b"))


def test_nobody_places_what_is_elsewhere() -> None:
    place = next(effect for effect in every_effect("a") if isinstance(effect, e.Place))
    wrong = where(replace(place, guard=Guard(Location("/h/r"), "t", 1)))
    assert isinstance(wrong, Nowhere)
    assert wrong.words == "Place was asked for across a and this host"


@pytest.mark.parametrize("name", ["node1", "n", "node-1.cluster.example", "10.0.0.1", "my_host", "x" * 254])
def test_names_of_hosts(name: str) -> None:
    assert is_host_name(name)


@pytest.mark.parametrize(
    "name", ["", "-oProxyCommand=x", "a b", "a\n", "a;b", "u@h", "a:b", "a/b", "$(x)", "a-", ".a", "x" * 256, "á"]
)
def test_what_is_no_name_of_a_host(name: str) -> None:
    assert not is_host_name(name)
