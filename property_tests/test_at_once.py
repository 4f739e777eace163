"""What is copied and placed at once, since nobody watches, is what comes of it one after another, to the last time."""

from dataclasses import replace

from hypothesis import event, given
from hypothesis import strategies as st

from qq.core.effects import Copy, CreateRecord, Effect, Guard, Place, VerifyCopy
from qq.core.listing import Listing
from qq.core.records.values import Resources
from qq.core.replacing import replace as changed
from qq.core.simulate import at_once
from qq.core.simulate.draft import Draft
from qq.core.simulate.perform import Performed, perform
from qq.core.simulate.tree import Directory, Node
from qq.core.simulate.world import World
from tests.core.jobs import PLAIN
from tests.core.simulate.worlds import HOME, at, done, full, listed, node, with_directory, with_file, with_node, world

WORK = "/scratch/job"
TEMPORARY = f"{HOME}/.qq-t0"
NAMES = ("a", "b", "c", "d/a", "d/b")
JOB = replace(PLAIN, input_dir=HOME, input_machine="desk", resources=Resources())
WATCHED = 10**6
"""So many micro-steps no effect takes: it is watched, and not stopped."""

sizes = st.sampled_from([0, 1, 1000, 10**9])
made = st.dictionaries(st.sampled_from(NAMES), st.tuples(st.sampled_from(["file", "link", "directory"]), sizes))


def _with(there: World, root: str, files: dict[str, tuple[str, int]], kinds: bool) -> World:
    for name, (kind, size) in files.items():
        path = f"{root}/{name}"
        if node(there, path) is not None:
            continue
        if kinds and kind == "directory":
            there = with_directory(there, path)
        elif kinds and kind == "link":
            there = with_node(with_directory(there, path.rpartition("/")[0]), path, b"l", b"x")
        else:
            there = with_file(there, path, size)
    return there


def shape(one: Node) -> object:
    """All that can be told of a tree."""
    if isinstance(one, Directory):
        return one.inode, one.mtime, one.ctime, {name: shape(each) for name, each in one.items()}
    return one


def seen(performed: Performed) -> object:
    """All that can be told of what an effect did."""
    world, disks = performed.world, {name: shape(root) for name, root in performed.world.disks.items()}
    return performed.outcome, performed.steps, world.now, world.inode, world.events, disks


def same_either_way(before: World, effect: Effect) -> World:
    """The world afterwards."""
    at_a_time = perform(before, effect, WATCHED)
    assert seen(perform(before, effect)) == seen(at_a_time)
    return at_a_time.world


@given(
    source=made,
    home=made,
    plain=st.booleans(),
    twins=st.booleans(),
    left=st.none() | st.integers(0, 20 * 10**9),
    across=st.sampled_from([None, "node"]),
    is_full=st.booleans(),
    changed_meanwhile=st.booleans(),
    before=st.booleans(),
    keep=st.booleans(),
    may_link=st.booleans(),
)
def test_at_once_is_one_after_another(  # noqa: PLR0913, PLR0917
    source: dict[str, tuple[str, int]],
    home: dict[str, tuple[str, int]],
    plain: bool,
    twins: bool,
    left: int | None,
    across: str | None,
    is_full: bool,
    changed_meanwhile: bool,
    before: bool,
    keep: bool,
    may_link: bool,
) -> None:
    there = _with(with_directory(world(x=1), WORK), WORK, source, not plain)
    if twins:
        draft = Draft(there)
        first = draft.spot(at(f"{WORK}/a"))
        if (file := draft.look(first)) is not None and not isinstance(file, Directory):
            draft.put(draft.spot(at(f"{WORK}/z")), file)
        there = draft.freeze()
    there = done(_with(there, HOME, home, not plain), CreateRecord(at("run.qqinfo"), JOB)).world
    entries, stood = listed(there, WORK), listed(there, HOME)
    there = changed(there, deadline=None if left is None else there.now + left)
    if is_full:
        there = full(there, "home")
    copied = same_either_way(there, Copy(at(WORK, across), at(TEMPORARY), entries, may_link=may_link))
    same_either_way(copied, VerifyCopy(at(WORK, across), at(TEMPORARY), entries))
    if changed_meanwhile and node(copied, "a") is None:
        copied = with_file(copied, f"{HOME}/a", 7)
    event("at once" if _is_plain(copied, entries) else "one after another")
    names = frozenset(entry.path for entry in entries) if keep else frozenset[bytes]()
    place = Place(
        at(TEMPORARY),
        at(""),
        entries,
        stood if before else Listing(),
        Listing(),
        "j-1",
        Guard(at("run.qqinfo"), JOB.token, 1),
    )
    same_either_way(copied, replace(place, keep=names))


def _is_plain(there: World, entries: Listing) -> bool:
    """Whether what was copied is proved at once."""
    draft = Draft(there)
    source, target = draft.names(draft.spot(at(WORK))), draft.names(draft.spot(at(TEMPORARY)))
    return source is not None and target is not None and at_once.proved(source, target, entries)
