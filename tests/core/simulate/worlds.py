"""Small worlds for tests: one host with a home and a scratch, files by path, and effects performed in them."""

from qq.core.effects import Effect, List, Location
from qq.core.listing import Entry, Listing
from qq.core.moments import Listed, Ok
from qq.core.replacing import replace
from qq.core.simulate.draft import Draft
from qq.core.simulate.perform import Performed, perform
from qq.core.simulate.spots import parts_of
from qq.core.simulate.tree import Directory, File, Node
from qq.core.simulate.world import Host, World

HOME, SCRATCH = "/home/job", "/scratch"


def world(**files: int) -> World:
    """Files are made in the input directory, ``__`` in a name is a slash."""
    root = Directory(0, 1)
    disks = {"home": root, "scratch": root}
    host = Host(((parts_of("/scratch"), "scratch"), ((), "home")))
    far = Host(((parts_of("/scratch"), "scratch"),), reachable=True)
    made = World(inode=2, now=10**9, disks=disks, hosts={"desk": host, "node": far}, here="desk", node="desk")
    for name, size in files.items():
        made = with_file(made, f"{HOME}/{name.replace('__', '/')}", size)
    return with_directory(made, SCRATCH)


def with_file(made: World, path: str, size: int = 1, content: object = None) -> World:
    """A new file; its content is its path, unless told otherwise."""
    draft = Draft(made)
    spot = draft.place("desk", path)
    draft.make_parents(spot)
    draft.write(spot, content or path, 0)
    node = draft.look(spot)
    assert isinstance(node, File)
    draft.put(spot, replace(node, entry=replace(node.entry, size=size)))
    return draft.freeze()


def with_directory(made: World, path: str) -> World:
    """A directory with its parents."""
    draft = Draft(made)
    spot = draft.place("desk", path)
    draft.make_parents(spot)
    draft.make_directory(spot)
    return draft.freeze()


def with_node(made: World, path: str, kind: bytes, target: bytes = b"") -> World:
    """Something else than a file."""
    draft = Draft(made)
    spot = draft.place("desk", path)
    draft.put(spot, File(Entry(spot.name, kind, 0, draft.new_inode(), 1, draft.tick(), target)))
    return draft.freeze()


def at(path: str, host: str | None = None) -> Location:
    """A path in the input directory, or an absolute one."""
    return Location(path if path.startswith("/") else f"{HOME}/{path}".rstrip("/"), host)


def node(made: World, path: str) -> Node | None:
    """What stands at an absolute path."""
    draft = Draft(made)
    return draft.look(draft.place("desk", path if path.startswith("/") else f"{HOME}/{path}"))


def listed(made: World, path: str, *names: str) -> Listing:
    """Entries below a directory."""
    outcome = perform(made, List(at(path))).outcome
    assert isinstance(outcome, Listed)
    assert outcome.listing is not None
    wanted = {name.encode() for name in names}
    return outcome.listing.where(lambda entry: not wanted or entry.path in wanted)


def entry(path: str, kind: bytes = b"f") -> Entry:
    """An entry of something that is not there."""
    return Entry(path.encode(), kind, 1, 999, 1, 1)


def done(made: World, *effects: Effect) -> Performed:
    """One effect after the other; what came of the last."""
    performed = Performed(made, Ok(), 0)
    for effect in effects:
        performed = perform(performed.world, effect)
    return performed


def full(made: World, *disks: str) -> World:
    """These have no space."""
    return replace(made, full=frozenset(disks))
