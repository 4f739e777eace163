"""Which files are where in a model world: in the input directory, in its archive, in working directories on scratch."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from qq.core.lifecycle.decisions import archive_dir, uses_scratch
from qq.core.paths import join, relative_to, to_bytes, to_text, under
from qq.core.records.job import JobInfo
from qq.core.records.parse import shown
from qq.core.simulate.draft import nodes_below
from qq.core.simulate.looking import node_in
from qq.core.simulate.tree import Node
from qq.core.simulate.world import World

PLACES = ("input_dir", "archive", "work_dir")
"""What the places are called; ``input_dir`` is meant without the archive."""

Files = Mapping[str, Node]


class Places(Struct, frozen=True):
    """The files of each place, by their paths relative to it."""

    input_dir: Files
    archive: Files
    work_dir: Files

    def named(self) -> dict[str, Files]:
        """Place → its files."""
        return {"input_dir": self.input_dir, "archive": self.archive, "work_dir": self.work_dir}

    def sizes(self, place: str) -> dict[str, int]:
        """The files of a place, name → bytes, by name."""
        return {name: node.size for name, node in sorted(self.named()[known_place(place)].items())}

    def where(self, name: str) -> tuple[str, ...]:
        """The places that have a file of this name."""
        given: object = name
        if not isinstance(given, str):
            raise ValueError(f"{shown(given)} is no name of a file")
        return tuple(place for place, files in self.named().items() if given in files)

    def __repr__(self) -> str:
        from qq.core.predicting.layout import USUAL, text_of
        from qq.core.predicting.trace_drawing import place_lines

        return text_of(place_lines(self, USUAL))

    def _repr_html_(self) -> str:
        from qq.core.predicting import html
        from qq.core.predicting.trace_drawing import places_html

        return html.block("files", places_html(self))


def known_place(place: str) -> str:
    """The place itself; a ValueError if there is none that is called so."""
    if place not in PLACES:
        raise ValueError(f"{shown(place)} is no place; places are {', '.join(PLACES)}")
    return place


def places(world: World, job: JobInfo, work_dirs: Iterable[str]) -> Places:
    """Where everything is now. ``work_dirs``: those that may still stand."""
    home = _below(world, job, job.input_dir)
    archive: Files = {}
    if job.loop is not None:
        archive = _below(world, job, archive_dir(job))
        inside = frozenset([to_bytes(relative_to(archive_dir(job), job.input_dir) or "")])
        home = {name: node for name, node in home.items() if not under(to_bytes(name), inside)}
    on_scratch = (path for path in sorted(set(work_dirs)) if path != job.input_dir)
    work = {name: node for path in on_scratch for name, node in _below(world, job, path).items()}
    return Places(home, archive, work)


def standing(world: World, job: JobInfo, work_dirs: Iterable[str]) -> tuple[str, ...]:
    """Those of the working directories on scratch that are there."""
    if not uses_scratch(job):
        return ()
    return tuple(path for path in sorted(set(work_dirs)) if _is_directory(world, job, path))


def unfetched(world: World, job: JobInfo) -> bool:
    """Whether a script made files that stand in the job's working directory on scratch, and not at home."""
    if job.work_dir is None or not standing(world, job, [job.work_dir]):
        return False
    for name, node in _below(world, job, job.work_dir).items():
        if world.made.get((job.input_dir, name)) == node.content:
            at_home = node_in(world, join(job.input_dir, name), job.input_machine)
            if at_home is None or at_home.content != node.content:
                return True
    return False


def contents(world: World) -> frozenset[object]:
    """The contents of all files anywhere."""
    return frozenset(
        node.content for disk in world.disks.values() for _, node in nodes_below(disk, b"/") if node.below is None
    )


def _is_directory(world: World, job: JobInfo, path: str) -> bool:
    node = node_in(world, path, job.input_machine)
    return node is not None and node.below is not None


def _below(world: World, job: JobInfo, path: str) -> dict[str, Node]:
    node = node_in(world, path, job.input_machine)
    if node is None:
        return {}
    return {to_text(name): below for name, below in nodes_below(node, b"") if below.kind == b"f"}
