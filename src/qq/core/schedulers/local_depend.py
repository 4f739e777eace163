"""When a job of the embedded queue that depends on others may start, and when it never can (SPEC 4, depend). Pure."""

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct
from pyrsistent import PVector, pvector

from qq.core.depending import Fate, is_met
from qq.core.records.values import DEPENDENCY_KINDS, Dependency


class Link(Struct, frozen=True):
    """One job that another one waits for."""

    kind: str
    number: int


class Met(Struct, frozen=True):
    """Nothing to wait for any more."""


class Waits(Struct, frozen=True):
    """For these; each of them can still come true."""

    links: PVector[Link]


class Impossible(Struct, frozen=True):
    """This one can never come true."""

    link: Link


Outlook = Met | Waits | Impossible


def outlook(depend: Iterable[Link], known: Mapping[int, Fate]) -> Outlook:
    """What a job's dependencies come to. A job that nobody knows any more has ended; whether well, nobody knows."""
    waiting: list[Link] = []
    for link in depend:
        fate = known.get(link.number)
        if not is_met(link.kind, fate):
            if fate is None or fate.ended:
                return Impossible(link)
            waiting.append(link)
    return Waits(pvector(waiting)) if waiting else Met()


def doomed(pending: Iterable[tuple[int, PVector[Link]]], known: Mapping[int, Fate]) -> PVector[tuple[int, Link]]:
    """The pending jobs that can never start, and because of what; those that depend on them in turn follow.

    ``pending``: number and dependencies of each. Jobs depend on earlier ones only: one pass in that order is enough.
    """
    fates = dict(known)
    found: list[tuple[int, Link]] = []
    for number, depend in sorted(pending, key=lambda each: each[0]):
        match outlook(depend, fates):
            case Impossible(link):
                found.append((number, link))
                fates[number] = Fate(begun=True, ended=True, well=False)
            case _:
                pass
    return pvector(found)


def links(depend: Iterable[Dependency], number_of: Callable[[str], int | None]) -> PVector[Link] | str:
    """The dependencies of a request as links; a text: what is wrong with them, in one line."""
    found: list[Link] = []
    for dependency in depend:
        if dependency.kind not in DEPENDENCY_KINDS:
            return (
                f"there is no dependency of the kind {dependency.kind!r}: the kinds are {', '.join(DEPENDENCY_KINDS)}"
            )
        for text in dependency.ids:
            number = number_of(text)
            if number is None:
                return unknown(text)
            found.append(Link(dependency.kind, number))
    return pvector(found)


def unknown(job_id: str) -> str:
    """The line that refuses a dependency on a job that the queue does not know."""
    return f"the job depends on {job_id}, which this machine's queue does not know: see `qq jobs -a`"


def to_text(depend: Iterable[Link]) -> str:
    """As one word per link, for the queue's table."""
    return " ".join(f"{link.kind}:{link.number}" for link in depend)


def from_text(text: str) -> PVector[Link]:
    """What ``to_text`` wrote."""
    pairs = (word.split(":") for word in text.split())
    return pvector(Link(kind, int(number)) for kind, number in pairs)
