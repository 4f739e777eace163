"""The model world, asked as the real one is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from property_tests.honesty.shapes import shape
from property_tests.honesty.sides import (
    HERE,
    Happens,
    Outcome,
    Picture,
    batch_system,
    identity,
    seen,
    several_of,
    text_of,
    time_of,
)
from qq.core import effects as e
from qq.core.listing import Entry
from qq.core.paths import to_bytes
from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.simulate import perform as model
from qq.core.simulate.beside import RESERVED, MarkFile, NotedFile, StagedFile
from qq.core.simulate.draft import Draft, nodes_below
from qq.core.simulate.spots import Parts, Spot, parts_of
from qq.core.simulate.tree import Directory, File, Node
from qq.core.simulate.world import SECOND, Host, Script, World

_MADE = re.compile(r"(.*)#\d+@(.*)", re.DOTALL)


@dataclass
class ModelSide:
    """The model world. ``disks``: path below the top → the name of a disk of its own."""

    top: Path
    script: Script
    script_size: int
    disks: dict[str, str] = field(default_factory=dict)
    hosts: dict[str, str] = field(default_factory=dict)
    """Other hosts → the name of the disk that is at the top there."""

    def __post_init__(self) -> None:
        """Nothing stands yet."""
        own = {parts_of(str(self.top / path)): disk for path, disk in self.disks.items()}
        mounts = tuple(sorted(((*own.items(), ((), "disk"))), key=lambda mount: -len(mount[0])))
        hosts = {HERE: Host(mounts)}
        for name, disk in self.hosts.items():
            hosts[name] = Host(((parts_of(str(self.top)), disk), ((), "system")))
        names = {"disk", "system", *self.disks.values(), *self.hosts.values()}
        now = 1_800_000_000 * SECOND
        self.world = World(
            now=now,
            inode=100,
            disks={name: Directory(0, number) for number, name in enumerate(sorted(names))},
            hosts=hosts,
            here=HERE,
            node=HERE,
            scripts=(self.script,),
        )
        draft = Draft(self.world)
        for host in hosts.values():
            for prefix, disk in host.mounts:
                draft.make_directories(draft.tops[disk].at(b"/".join(prefix)))
        draft.make_directories(draft.place(HERE, str(self.top)))
        self.world = draft.freeze()

    def perform(self, effect: e.Effect) -> Outcome:
        """Performs an effect."""
        answered = batch_system(effect)
        if answered is not None:
            return answered
        done = model.perform(self.world, effect)
        self.world = done.world
        assert not isinstance(done.outcome, model.Stopped)
        return done.outcome

    def happen(self, event: Happens) -> None:
        """What somebody else does."""
        draft = Draft(self.world)
        spot = draft.spot(e.Location(str(self.top / event.path), event.host or None))
        self._happen(draft, spot, event, draft.look(spot))
        self.world = draft.freeze()

    def _happen(self, draft: Draft, spot: Spot, event: Happens, there: Node | None) -> None:
        if event.what == "fill":
            draft.full |= {spot.disk}
        if event.what == "fill" or spot.above is None or draft.names(spot.above) is None:
            return
        now = draft.tick()
        is_directory = there is not None and there.kind == b"d"
        match event.what:
            case "removed" if there is not None:
                draft.drop(spot)
            case "directory" if there is None:
                draft.put(spot, Directory(now, draft.new_inode()))
            case "written" if not is_directory:
                draft.put(spot, self._file(draft, spot, event, now))
            case "in place" if isinstance(there, File) and there.kind == b"f":
                changed = self._file(draft, spot, event, now)
                for twin in self._twins(draft, spot.disk, there.inode):
                    draft.put(twin, replace(changed, entry=replace(changed.entry, inode=there.inode)))
            case "sneaky" if isinstance(there, File) and there.kind == b"f":
                content = f"at {event.stamp}" if there.size >= len(f"at {event.stamp}") else there.content
                for twin in self._twins(draft, spot.disk, there.inode):
                    draft.put(twin, replace(there.changed(twin.name, now), content=content))
            case "link" if not is_directory:
                target = event.other.encode()
                draft.put(spot, File(Entry(spot.name, b"l", 0, draft.new_inode(), time_of(event), now, target)))
            case "fifo" if not is_directory:
                draft.put(spot, File(Entry(spot.name, b"p", 0, draft.new_inode(), time_of(event), now)))
            case "second name" if there is None:
                other = draft.spot(e.Location(str(self.top / event.other), event.host or None))
                first = draft.look(other)
                if isinstance(first, File) and first.kind == b"f" and other.disk == spot.disk:
                    for twin in self._twins(draft, spot.disk, first.inode):
                        draft.put(twin, first.changed(twin.name, now))
                    draft.put(spot, first.changed(spot.name, now))
            case "script":
                made = Entry(spot.name, b"f", self.script_size, draft.new_inode(), time_of(event), now)
                draft.put(spot, File(made, "script"))
            case _:
                pass

    def _file(self, draft: Draft, spot: Spot, event: Happens, now: int) -> File:
        size = len(text_of(event))
        made = Entry(spot.name, b"f", size, draft.new_inode(), time_of(event), now)
        return File(made, identity(text_of(event)))

    def _twins(self, draft: Draft, disk: str, inode: int) -> list[Spot]:
        names = nodes_below(draft.disks[disk], b"")
        return [draft.tops[disk].at(path) for path, node in names if node.inode == inode]

    def picture(self) -> Picture:
        """All that stands below the top."""
        found: Picture = {path.encode(): (b"d",) for path in self.disks}
        for disk, prefix in self._roots():
            node = self._at(disk, prefix)
            if node is not None:
                found |= self._below(disk, node, b"/".join(prefix))
        return found

    def _roots(self) -> Iterator[tuple[str, Parts]]:
        yield "disk", parts_of(str(self.top))
        for path, disk in self.disks.items():
            yield disk, parts_of(str(self.top / path))
        for disk in self.hosts.values():
            yield disk, parts_of(str(self.top))

    def _at(self, disk: str, parts: Parts) -> Node | None:
        node: Node | None = self.world.disks[disk]
        for part in parts:
            node = None if node is None or node.below is None else node.below.get(part)
        return node

    def _below(self, disk: str, top: Node, prefix: bytes) -> Picture:
        host = next((b"@" + name.encode() for name, its in self.hosts.items() if its == disk), b"")
        start = len(to_bytes(str(self.top)).strip(b"/"))
        stand = (pair for pair in nodes_below(top, prefix + b"/") if pair[1].content is not RESERVED)
        nodes = sorted((host + path[start:].strip(b"/"), node) for path, node in stand)
        several, first = several_of(node.inode for _, node in nodes if node.kind == b"f"), dict[int, bytes]()
        return {
            path: seen(
                node.kind,
                node.size,
                node.mtime,
                node.target or _content_of_model(node),
                first.setdefault(node.inode, path) if node.inode in several else b"",
            )
            for path, node in nodes
        }


def _content_of_model(node: Node) -> object:
    content = node.content
    match content:
        case JobInfo() | MarkFile():
            return shape(content)
        case StagedFile() | NotedFile():
            return ("a list",)  # what is in it is seen when the mark is read
        case str():
            made = _MADE.fullmatch(content)
            return ("" if node.size == 0 else f"{made[1]}@{made[2]}") if made else content
        case _:
            return content
