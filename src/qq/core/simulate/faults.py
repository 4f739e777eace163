"""Faults as values: where in a life something happens, and what. Somebody else's doings count as faults, too."""

from collections.abc import Callable
from typing import assert_never

from msgspec import Struct

from qq.core.effects import Location
from qq.core.listing import Entry
from qq.core.records.job import JobInfo, KilledBy
from qq.core.replacing import replace
from qq.core.simulate.draft import Draft, nodes_below
from qq.core.simulate.records import record_at, stored
from qq.core.simulate.tree import Directory, File, Node
from qq.core.simulate.world import Answering, TreeDestroyed, World
from qq.core.troubles import Trouble

ALWAYS = 1_000_000


class Signal(Struct, frozen=True):
    """The batch system asks for the end. ``asked``: whose record then says that the user asked for it."""

    number: int = 15
    asked: Location | None = None


class Fails(Struct, frozen=True):
    """The effect fails, so many tries in a row; what it did until then stays done (an answer that is lost)."""

    trouble: Trouble
    times: int = ALWAYS


class DiskFull(Struct, frozen=True):
    """From now on this file system has no space."""

    disk: str


class DiskLost(Struct, frozen=True):
    """All that is on this file system is gone."""

    disk: str


class HostLost(Struct, frozen=True):
    """From now on this host can't be reached from others."""

    host: str


class BatchBecomes(Struct, frozen=True):
    """From now on the batch system is so disposed."""

    answering: Answering


class BatchForgets(Struct, frozen=True):
    """From now on it knows nothing of jobs that are over."""


class UserWrites(Struct, frozen=True):
    """The user writes a file in the input directory (relative path)."""

    host: str
    input_dir: str
    name: str
    size: int = 5


class UserRemoves(Struct, frozen=True):
    """The user removes a file in the input directory (relative path)."""

    host: str
    input_dir: str
    name: str


class UserKills(Struct, frozen=True):
    """``qq kill`` notes in the record who asked. The signal comes apart from that, if it comes."""

    info: Location


class IdAdded(Struct, frozen=True):
    """``qq submit`` adds the id to the record, which it did not have yet."""

    info: Location
    job_id: str


class RecordReplaced(Struct, frozen=True):
    """Another job's record stands there now."""

    info: Location
    job: JobInfo


class Elsewhere(Struct, frozen=True):
    """Right before an effect others do something long: other lives, say, while this one's node seems lost."""

    make: Callable[[World], World]


Change = (
    DiskFull
    | DiskLost
    | HostLost
    | BatchBecomes
    | BatchForgets
    | UserWrites
    | UserRemoves
    | UserKills
    | IdAdded
    | RecordReplaced
)
"""What happens to the world, whoever does it."""


class Crash(Struct, frozen=True):
    """kill -9, or a power cut. ``requeue``: the batch system starts the same id again. ``then``: what goes with it."""

    requeue: bool = False
    then: Change | None = None


What = Crash | Signal | Fails | Elsewhere | Change


class Fault(Struct, frozen=True):
    """In the life with this number, at its effect with this number (from 0), after so many of its micro-steps."""

    life: int
    effect: int
    step: int
    what: What


def change(draft: Draft, what: Change) -> None:
    """Makes it so."""
    match what:
        case DiskFull(disk):
            draft.full = draft.full | {disk}
        case DiskLost(disk):
            _lose(draft, disk)
        case HostLost(host):
            draft.hosts = {**draft.hosts, host: replace(draft.hosts[host], reachable=False)}
        case BatchBecomes(answering):
            draft.batch = replace(draft.batch, answering=answering)
        case BatchForgets():
            draft.batch = replace(draft.batch, forgets=True)
        case UserWrites() | UserRemoves():
            _edit(draft, what)
        case UserKills() | IdAdded() | RecordReplaced():
            _change_record(draft, what)
        case _:
            assert_never(what)


def changed(world: World, what: Change) -> World:
    """The world in which it is so."""
    draft = Draft(world)
    change(draft, what)
    return draft.freeze()


def _lose(draft: Draft, disk: str) -> None:
    contents = frozenset(node.content for _, node in nodes_below(draft.disks[disk], b"/") if node.kind == b"f")
    made = frozenset(content for content in draft.made().values() if content in contents) if contents else contents
    draft.note(TreeDestroyed(draft.life, made))
    draft.replace_disk(disk, Directory(draft.tick(), draft.new_inode()))


def _edit(draft: Draft, what: UserWrites | UserRemoves) -> None:
    spot = draft.place(what.host, f"{what.input_dir}/{what.name}")
    key = (what.input_dir, what.name)
    old = draft.look(spot)
    if isinstance(what, UserRemoves):
        if old is not None:
            draft.tick()
            draft.drop(spot)
            _released(draft, key, old)
        return
    identity = f"user's {what.name}#{draft.inode}"
    draft.make_parents(spot)
    now, inode = draft.tick(), draft.new_inode()
    draft.put(spot, File(Entry(spot.name, b"f", what.size, inode, now, now), identity))
    if old is not None:
        _released(draft, key, old)
    draft.edited = draft.edited.set(key, identity)


def _released(draft: Draft, key: tuple[str, str], old: Node) -> None:
    """The user did away with what stood there, under its name or in the archive: nobody has to keep it any more."""
    for made in [name for name, content in draft.made().items() if content == old.content]:
        draft.made().pop(made, None)
    if draft.edited.get(key) == old.content:
        draft.edited = draft.edited.discard(key)


def _change_record(draft: Draft, what: UserKills | IdAdded | RecordReplaced) -> None:
    found, spot = record_at(draft, what.info), draft.spot(what.info)
    if found is None or spot.disk in draft.full:
        return  # where nothing can be written, who wants to kill goes without the record
    life, draft.life = draft.life, -1
    match what:
        case UserKills():
            if not found[0].state.ended:
                stored(draft, spot, replace(found[0], killed_by=KilledBy(found[0].username, draft.time)))
        case IdAdded(job_id=job_id):
            if found[0].job_id is None:
                stored(draft, spot, replace(found[0], job_id=job_id))
        case RecordReplaced(job=job):
            stored(draft, spot, job)
    draft.life = life
