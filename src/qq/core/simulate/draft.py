"""A world that is being changed, in micro-steps, and may be stopped after any of them.

The changes are made in copies of the directories concerned; ``freeze`` gives the world as it is then. Only inside a
draft anything is mutable: from outside ``perform`` and ``play`` are functions of values.

Left out of the model: the ctime of a file's other names when one of them is removed or renamed, that what a script
writes into a file is in its other names, too, and time stamps that are too coarse to show a change.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from qq.core.effects import Location
from qq.core.listing import Entry
from qq.core.paths import to_bytes
from qq.core.replacing import replace
from qq.core.simulate.layered import Table, copied
from qq.core.simulate.spots import Spot, disk_of, halt, mount_points, parts_of
from qq.core.simulate.tree import Directory, File, Node
from qq.core.simulate.world import SECOND, Event, World, time_of
from qq.core.troubles import Reason

TICK = 1000
"""Nanoseconds between two changes: no two have the same time."""


class StoppedError(Exception):
    """The micro-step came after which the effect is to be given up. Never leaves ``perform``."""


class OverrunError(Exception):
    """The walltime is over. Never leaves ``perform``."""


class Draft:
    """A world under change: it has all that a world has, and micro-steps."""

    __slots__ = (
        "_here", "_limit", "_made", "_meanwhile", "_owner", "_points", "_spots", "_time", "_until", "_world",
        "batch", "begun", "deadline", "disks", "edited", "events", "full", "here", "hosts", "inode", "life", "node",
        "now", "running", "scripts", "steps", "tidy", "tops", "watched",
    )  # fmt: skip

    def __init__(self, world: World) -> None:
        self.open(world)
        self.steps = 0
        self.watch()

    def open(self, world: World) -> None:
        """Goes on from this world."""
        self._world = world
        self.now, self.inode = world.now, world.inode
        self.disks, self.hosts, self.full = world.disks, world.hosts, world.full
        self.here, self.node, self.batch = world.here, world.node, world.batch
        self.scripts, self.running, self.deadline, self.life = world.scripts, world.running, world.deadline, world.life
        self.edited, self.begun = world.edited, world.begun
        self.events: list[Event] = []
        """Those that are new."""
        self._made: Table[tuple[str, str], object] | None = None
        self._spots: dict[str, dict[str, Spot]] = {}
        """Host → its paths → where they are."""
        self._here: dict[str, Spot] = {}
        """The same of this host, which is asked most."""
        self._points: dict[str, frozenset[str]] = {}
        self.tops = {disk: Spot(disk) for disk in world.disks}
        """All places of a disk are below its top: one place is one spot, as long as the draft lives."""
        self._owner = object()
        """Directories with this owner may be changed here."""
        self._until = 0

    def watch(self, limit: int | None = None, *, tidy: bool = False, meanwhile: "Sequence[Meanwhile]" = ()) -> None:
        """What may come in the middle of effects from now on. ``limit``: one stops right after so many micro-steps;
        ``tidy``: whoever works has the time to clean up then; ``meanwhile``: what others do after so many."""
        self._limit, self._meanwhile, self.tidy = limit, meanwhile, tidy
        self.watched = limit is not None or len(meanwhile) > 0
        """Whether anything can come in the middle: else nobody can tell what is there between two micro-steps."""

    # --- micro-steps and time ---

    def step(self) -> None:
        """Something has been done that another process could see."""
        self.steps += 1
        if self.watched:
            self._seen()

    def _seen(self) -> None:
        while self._meanwhile and self._meanwhile[0][0] <= self.steps:
            (_, act), self._meanwhile = self._meanwhile[0], self._meanwhile[1:]
            act(self)
        if self.steps == self._limit:
            raise StoppedError

    def unseen(self, steps: int, now: int, inode: int) -> None:
        """So many micro-steps have been made at once, until now: nobody watches, so nobody could tell."""
        self.steps += steps
        self.now, self.inode = now, inode

    @property
    def time(self) -> datetime:
        """As records hold it: in whole seconds."""
        if self.now >= self._until:
            self._until, self._time = (self.now // SECOND + 1) * SECOND, time_of(self.now)
        return self._time

    def tick(self) -> int:
        """The time of the next change."""
        self.now += TICK
        return self.now

    def spend(self, time: int) -> None:
        """So many nanoseconds go by, unless the walltime ends before."""
        self.now += time
        if self.deadline is not None and self.now > self.deadline:
            self.now = max(self.deadline, self.now - time)
            raise OverrunError

    def new_inode(self) -> int:
        """One that was never used."""
        self.inode += 1
        return self.inode - 1

    def note(self, event: Event) -> None:
        """For the laws."""
        self.events.append(event)

    def freeze(self) -> World:
        """The world as it is now."""
        world = self._frozen()
        if world != self._world:
            self._world, self.events, self._made = world, [], None
            self._owner = object()
        return self._world

    def close(self) -> World:
        """The world as it is at the end: nobody asks for places any more, and what is known of them is let go."""
        for root in self.tops.values():
            root.forget()
        self._spots.clear()
        self._here = {}
        return self.freeze()

    def _frozen(self) -> World:
        world = self._world
        return replace(
            world,
            now=self.now,
            inode=self.inode,
            disks=self.disks,
            hosts=self.hosts,
            full=self.full,
            batch=self.batch,
            here=self.here,
            node=self.node,
            running=self.running,
            deadline=self.deadline,
            life=self.life,
            made=world.made if self._made is None else self._made,
            edited=self.edited,
            begun=self.begun,
            events=world.events.extend(self.events) if self.events else world.events,
        )

    def made(self) -> Table[tuple[str, str], object]:
        """The ledger of what scripts made, to be changed."""
        if self._made is None:
            self._made = copied(self._world.made)
        return self._made

    # --- looking ---

    def spot(self, at: Location) -> Spot:
        """Where a location is, seen from here."""
        spot = self._here.get(at.path) if at.host is None else None
        return self._reached(at) if spot is None else spot

    def _reached(self, at: Location) -> Spot:
        name = at.host or self.here
        if name != self.here and (name not in self.hosts or not self.hosts[name].reachable):
            halt(Reason.HOST_UNREACHABLE, f"{name} can't be reached", transient=True)
        spot = self.place(name, at.path)
        if at.host is None:
            self._here = self._spots[name]
        return spot

    def place(self, name: str, path: str) -> Spot:
        """Where a path of a host is, whoever can reach that."""
        spots = self._spots.get(name)
        if spots is None:
            spots = self._spots[name] = {}
        spot = spots.get(path)
        if spot is not None:
            return spot
        directory, _, last = path.rpartition("/")
        if directory and last and path not in (self._points.get(name) or self._mount_points(name)):
            spot = (spots.get(directory) or self.place(name, directory)).at(to_bytes(last))
        else:
            spot = self.tops[disk_of(self.hosts[name], path)].at(b"/".join(parts_of(path)))
        spots[path] = spot
        return spot

    def _mount_points(self, name: str) -> frozenset[str]:
        points = self._points[name] = mount_points(self.hosts[name].mounts)
        return points

    def look(self, spot: Spot) -> Node | None:
        """What has this name: as ``child``, but asked for so often that a call less is one in a hundred."""
        above = spot.above
        if above is None:
            return self.disks[spot.disk]
        directory = above.found if above.known else self.names(above)
        return None if directory is None else directory.names.get(spot.name)

    def child(self, above: Spot, name: bytes) -> Node | None:
        """What has this name in a directory."""
        directory = above.found if above.known else self.names(above)
        return None if directory is None else directory.names.get(name)

    def names(self, spot: Spot) -> Directory | None:
        """A directory; None: there is none."""
        if not spot.known:
            node = self.look(spot)
            spot.found = node if isinstance(node, Directory) else None
            spot.known = True
        return spot.found

    def same_disk(self, a: Spot, b: Spot) -> bool:
        """Whether both can hold names of one file."""
        return a.disk == b.disk

    # --- changing ---

    def own(self, spot: Spot) -> Directory:
        """A directory, to be changed."""
        directory = spot.found if spot.known else self.names(spot)
        if directory is None:
            halt(Reason.NO_SUCH_FILE, f"{spot}: no such directory")
        return directory if directory.owner is self._owner else self._copy_of(directory, spot)

    def _copy_of(self, directory: Directory, spot: Spot) -> Directory:
        mine = directory.owned(self._owner)
        if spot.above is None:
            self.disks = {**self.disks, spot.disk: mine}
        else:
            self.own(spot.above).put(spot.name, mine)
        spot.found = mine
        return mine

    def put(self, spot: Spot, node: Node) -> None:
        """Gives a node a name, whatever had it."""
        assert spot.above is not None  # the top of a disk has no name
        if type(node) is File and node.entry.path != spot.name:
            node = replace(node, entry=replace(node.entry, path=spot.name))
        self.give(spot.above, spot.name, node)

    def give(self, above: Spot, name: bytes, node: Node) -> None:
        """The same, of a name in a directory. A file has that name already."""
        directory = above.found
        if directory is None or directory.owner is not self._owner:
            directory = self.own(above)
        if directory.plain and type(node) is File:
            directory.names[name] = node
        elif directory.put(name, node):
            above.changed(name)
        directory.mtime = directory.ctime = self.now

    def overwrite(self, above: Spot, name: bytes, file: File) -> None:
        """Another content under a name that is no directory's: nothing happens to the directory that it is in."""
        self.own(above).names[name] = file

    def drop(self, spot: Spot) -> None:
        """Takes a name away, with all below."""
        assert spot.above is not None
        self.take(spot.above, spot.name)

    def take(self, above: Spot, name: bytes) -> None:
        """The same, of a name in a directory."""
        directory = above.found
        if directory is None or directory.owner is not self._owner:
            directory = self.own(above)
        if isinstance(directory.names.pop(name, None), Directory):
            above.changed(name)
        directory.mtime = directory.ctime = self.now

    def space(self, spot: Spot, size: int = 1) -> None:
        """Halts where nothing can be written."""
        if size and spot.disk in self.full:
            halt(Reason.NO_SPACE, f"{spot}: no space is left on the device")

    def write(self, spot: Spot, content: object, size: int = 1) -> File:
        """A new file, in place of whatever had its name. One micro-step."""
        if self.full:
            self.space(spot, size)
        above, name, inode = spot.above, spot.name, self.inode
        assert above is not None  # the top of a disk has no name
        self.now = now = self.now + TICK
        self.inode = inode + 1
        file = File(Entry(name, b"f", size, inode, now, now), content)
        self.give(above, name, file)
        self.step()
        return file

    def make_directory(self, spot: Spot) -> bool:
        """Makes a directory where nothing is. One micro-step; False: there is one."""
        there = self.look(spot)
        if there is not None:
            if not isinstance(there, Directory):
                halt(Reason.PLACE_TAKEN, f"{spot} is in the way: a directory has to go there")
            return False
        self.put(spot, Directory(self.tick(), self.new_inode(), self._owner))
        self.step()
        return True

    def make_parents(self, spot: Spot) -> None:
        """Makes the directories above, as far as they are missing."""
        if spot.above is not None:
            self.make_directories(spot.above)

    def make_directories(self, spot: Spot) -> None:
        """Makes a directory and those above, as far as they are missing."""
        if spot.found is None and self.names(spot) is None:
            self.make_parents(spot)
            self.make_directory(spot)

    def set_times(self, spot: Spot, mtime: int) -> None:
        """Of a directory that has been filled."""
        if self.names(spot) is not None:
            directory = self.own(spot)
            directory.mtime, directory.ctime = mtime, self.tick()

    def rename(self, source: Spot, old: bytes, target: Spot, name: bytes) -> None:
        """Moves what has a name in a directory to another one of the same disk. One micro-step."""
        node = self.child(source, old)
        if node is None:
            halt(Reason.NO_SUCH_FILE, f"{source.at(old)}: no such file or directory")
        self.own(target)  # where that is no directory, the old name stays
        if isinstance(node, Directory):
            node = self.own(source.at(old))
            node.ctime = self.tick()
        else:
            node = node.changed(name, self.tick())
        self.take(source, old)
        self.give(target, name, node)
        self.step()

    def replace_disk(self, disk: str, root: Directory) -> None:
        """Another tree instead of all that was on a disk."""
        self.disks = {**self.disks, disk: root}
        self.tops[disk].forget_directories()


Meanwhile = tuple[int, Callable[[Draft], None]]
"""After how many micro-steps, and what."""


def nodes_below(node: Node, prefix: bytes) -> Iterator[tuple[bytes, Node]]:
    """All that is below a node."""
    if isinstance(node, Directory):
        for name, each in node.items():
            path = prefix + name
            yield path, each
            yield from nodes_below(each, path + b"/")
