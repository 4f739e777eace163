"""Which host performs an effect, and what the effect looks like from there (DESIGN, "The other host").

A location without a host is reached from this one by its own mounts; one with a host, only from that host.
"""

import re
from collections.abc import Iterable
from typing import assert_never

from msgspec import Struct

from qq.core import effects as e
from qq.core.effects import Effect, Location
from qq.core.replacing import replace


class Here(Struct, frozen=True):
    """This host performs it."""


class There(Struct, frozen=True):
    """That host performs it, asked to."""

    host: str


class Between(Struct, frozen=True):
    """Files go from one host to another; None is this one, and exactly one of the two is."""

    src_host: str | None
    dst_host: str | None


class Nowhere(Struct, frozen=True):
    """No host reaches all of its locations: a bug in whoever asked for it."""

    words: str


HERE = Here()
Where = Here | There | Between | Nowhere

_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9_])?")


def is_host_name(text: str) -> bool:
    """Whether a text may be handed to ssh as a host's name: never an option, a user, a path or a shell's word."""
    return _HOST.fullmatch(text) is not None


def where(effect: Effect) -> Where:
    """Who performs an effect. A copy between two other hosts is the business of the one that has the files."""
    match effect:
        case e.Copy(src=src, dst=dst) | e.VerifyCopy(src=src, dst=dst):
            return _between(src.host, dst.host)
        case e.Include(host=host, dst=dst):
            return _between(host, dst.host)
        case _:
            return _one_host({location.host for location in locations(effect)}, type(effect).__name__)


def _between(src: str | None, dst: str | None) -> Where:
    if src == dst:
        return HERE if src is None else There(src)
    return Between(src, dst) if src is None or dst is None else There(src)


def _one_host(hosts: set[str | None], name: str) -> Where:
    if len(hosts) > 1:
        names = sorted(host or "this host" for host in hosts)
        return Nowhere(f"{name} was asked for across {' and '.join(names)}")
    host = next(iter(hosts), None)
    return HERE if host is None else There(host)


def locations(effect: Effect) -> Iterable[Location]:
    """All places that an effect names."""
    match effect:
        case e.CreateRecord(at, _, guard, moved_to):
            return (at, *(() if guard is None else (guard.record,)), *moved_to)
        case e.WriteRecord() | e.WithdrawRecord() | e.List() | e.ReadMark():
            return (effect.at,)
        case e.MakeDir() | e.Create() | e.RemoveFiles() | e.ClearTemporary():
            return (effect.at,)
        case e.Stage() | e.NoteCode() | e.NoteProof() | e.NoteSynced() | e.RemoveTree() | e.RemoveMark():
            return (effect.mark,)
        case e.Copy() | e.VerifyCopy():
            return (effect.src, effect.dst)
        case e.Include(host=host, dst=dst):
            return (*(Location(path, host) for path in effect.paths), dst)
        case e.Place():
            return (effect.staging, effect.dst, effect.guard.record)
        case e.ReadRecord(places=places):
            return tuple(places)
        case e.MoveRuntime(directory=directory):
            return (directory,)
        case e.RunScript() | e.SignalScript() | e.StopScript() | e.FindJob() | e.SubmitJob() | e.Say():
            return ()
        case _ as never:
            assert_never(never)


def localised(effect: Effect, host: str) -> Effect:
    """The effect as that host sees it: what it reaches by its own mounts has no host; another host keeps its name."""

    def at(location: Location) -> Location:
        return Location(location.path) if location.host == host else location

    match effect:
        case e.CreateRecord(guard=guard):
            own = None if guard is None else replace(guard, record=at(guard.record))
            return replace(effect, at=at(effect.at), guard=own, moved_to=tuple(map(at, effect.moved_to)))
        case e.WriteRecord() | e.WithdrawRecord() | e.List() | e.ReadMark():
            return replace(effect, at=at(effect.at))
        case e.MakeDir() | e.Create() | e.RemoveFiles() | e.ClearTemporary():
            return replace(effect, at=at(effect.at))
        case e.Stage() | e.NoteCode() | e.NoteProof() | e.NoteSynced() | e.RemoveTree() | e.RemoveMark():
            return replace(effect, mark=at(effect.mark))
        case e.Copy() | e.VerifyCopy():
            return replace(effect, src=at(effect.src), dst=at(effect.dst))
        case e.Include():
            return replace(effect, host=None if effect.host == host else effect.host, dst=at(effect.dst))
        case e.Place(guard=guard):
            own = replace(guard, record=at(guard.record))
            return replace(effect, staging=at(effect.staging), dst=at(effect.dst), guard=own)
        case e.ReadRecord():
            return e.ReadRecord(tuple(map(at, effect.places)))
        case e.MoveRuntime():
            return replace(effect, directory=at(effect.directory))
        case e.RunScript() | e.SignalScript() | e.StopScript() | e.FindJob() | e.SubmitJob() | e.Say():
            return effect
        case _ as never:
            assert_never(never)
