"""What is written, copied, proved, placed or removed at once is what comes of it one after another."""

from typing import Any

from hypothesis import event, example, given
from hypothesis import strategies as st
from msgspec.structs import asdict
from pyrsistent import pmap

from qq.core.effects import Copy, CreateRecord, Effect, Guard, Location, Place, RemoveFiles, RunScript, VerifyCopy
from qq.core.listing import Listing
from qq.core.records.values import Resources
from qq.core.replacing import replace
from qq.core.simulate import at_once
from qq.core.simulate.copying import one_by_one
from qq.core.simulate.draft import Draft
from qq.core.simulate.perform import Performed, perform
from qq.core.simulate.tree import Directory, Node
from qq.core.simulate.world import Script, World
from tests.core.jobs import PLAIN
from tests.core.simulate.worlds import HOME, at, done, full, listed, node, with_directory, with_file, with_node, world

TEMPORARY = f"{HOME}/.qq-t0"
NAMES = ("a", "b", "c", "d/a", "d/b")
JOB = replace(PLAIN, input_dir=HOME, input_machine="desk", resources=Resources())
PLACES = [("/scratch/job", None), ("/scratch/job", "node"), (f"{HOME}/work", None)]
"""Working directories, and the hosts that have them; the last is on the disk of the input directory."""
TOUCHES = ("size", "mtime", "file", "directory")
WATCHED = 10**6
"""So many micro-steps no effect takes: it is watched, and not stopped."""

sizes = st.sampled_from([0, 1, 1000, 10**9])
made = st.dictionaries(st.sampled_from(NAMES), st.tuples(st.sampled_from(["file", "link", "directory"]), sizes))


USUAL: dict[str, Any] = {
    "source": {"a": ("file", 1), "b": ("file", 0)},
    "home": {},
    "plain": True,
    "twins": False,
    "left": None,
    "where": PLACES[0],
    "is_full": False,
    "touched": None,
    "before": False,
    "keep": False,
    "relisted": False,
    "may_link": False,
    "first": set(),
}
"""What nearly every job does; examples change one thing of it."""
BECAME_A_FILE: dict[str, Any] = {
    "source": {"a": ("link", 0), "b": ("file", 1)},
    "plain": False,
    "touched": (False, "a", "file"),
    "first": {"a", "b"},
}
"""A link that a file stands in place of when it is copied again."""


def _with(there: World, root: str, files: dict[str, tuple[str, int]], kinds: bool) -> World:
    for name, (kind, size) in files.items():
        path = f"{root}/{name}"
        if node(there, path) is not None or (not kinds and "/" in name):
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
    return performed.outcome, performed.steps, {**asdict(world), "disks": disks, "events": list(world.events)}


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
    where=st.sampled_from(PLACES),
    is_full=st.booleans(),
    touched=st.none() | st.tuples(st.booleans(), st.sampled_from(NAMES[:3]), st.sampled_from(TOUCHES)),
    before=st.booleans(),
    keep=st.booleans(),
    relisted=st.booleans(),
    may_link=st.booleans(),
    first=st.sets(st.sampled_from(NAMES[:3])),
)
@example(**USUAL)
@example(**{**USUAL, "touched": (True, "a", "directory")})
@example(**{**USUAL, **BECAME_A_FILE})
def test_at_once_is_one_after_another(  # noqa: PLR0913, PLR0917
    source: dict[str, tuple[str, int]],
    home: dict[str, tuple[str, int]],
    plain: bool,
    twins: bool,
    left: int | None,
    where: tuple[str, str | None],
    is_full: bool,
    touched: tuple[bool, str, str] | None,
    before: bool,
    keep: bool,
    relisted: bool,
    may_link: bool,
    first: set[str],
) -> None:
    work = at(*where)
    there = _with(with_directory(world(x=1), work.path), work.path, source, not plain)
    if twins:
        there = _with_second_name(there, work)
    there = done(_with(there, HOME, home, not plain), CreateRecord(at("run.qqinfo"), JOB)).world
    entries, stood = listed(there, work.path), listed(there, HOME)
    there = replace(there, deadline=None if left is None else there.now + left)
    if is_full:
        there = full(there, "home")
    copy = Copy(work, at(TEMPORARY), entries, may_link=may_link)
    copied = same_either_way(there, copy)
    if touched is not None and not is_full and node(copied, TEMPORARY) is not None:
        at_target, name, how = touched
        copied = _touched(copied, f"{TEMPORARY if at_target else work.path}/{name}", how)
    proof = listed(copied, work.path) if relisted else entries
    _proved_either_way(copied, VerifyCopy(work, at(TEMPORARY), proof))
    same_either_way(copied, RemoveFiles(work, proof))
    names = frozenset(entry.path for entry in entries) if keep else frozenset[bytes]()
    guard, here = Guard(at("run.qqinfo"), JOB.token, 1), at(TEMPORARY)
    place = Place(here, at(""), entries, stood if before else Listing(), Listing(), "j-1", guard, keep=names)
    some = replace(place, entries=entries.where(lambda entry: entry.path.decode() in first))
    again = same_either_way(same_either_way(copied, some), copy)
    same_either_way(again, place)


@given(
    source=made,
    writes=st.dictionaries(st.sampled_from(NAMES), sizes),
    runs_for=st.integers(0, 20),
    left=st.none() | st.integers(0, 20 * 10**9),
    full_disk=st.sampled_from([None, "home", "scratch"]),
    edited=st.sets(st.sampled_from(NAMES)),
)
@example({"a": ("file", 1)}, {"a": 1000, "b": 0, "c": 1}, 10, None, None, set())
@example({"a": ("file", 1)}, {"a": 1}, 10, None, None, {"a"})
@example({"a": ("directory", 0)}, {"a": 1, "b": 1}, 10, None, None, set())
@example({}, {"a": 1, "b": 0}, 10, None, "scratch", set())
@example({}, {"a": 1, "b": 1}, 10, 8 * 10**9, None, set())
@example({}, {}, 10, None, None, set())
def test_a_script_writes_at_once_what_it_writes_one_after_another(  # noqa: PLR0917
    source: dict[str, tuple[str, int]],
    writes: dict[str, int],
    runs_for: int,
    left: int | None,
    full_disk: str | None,
    edited: set[str],
) -> None:
    work = "/scratch/job"
    there = _with(with_file(world(x=1), f"{work}/run.sh"), work, source, True)
    there = replace(there, scripts=(Script(writes=writes, runs_for=runs_for),))
    there = replace(there, deadline=None if left is None else there.now + left)
    there = replace(there, edited=pmap({(HOME, name): f"{work}/{name}" for name in edited}))
    if full_disk is not None:
        there = full(there, full_disk)
    env = pmap({"QQ_INPUT_DIR": HOME, "QQ_TOKEN": JOB.token, "QQ_ATTEMPT": "1"})
    argv = ("bash", f"{work}/run.sh")
    same_either_way(there, RunScript(argv, work, f"{work}/run.sh.out", f"{work}/run.sh.err", env))


def _with_second_name(there: World, work: Location) -> World:
    draft = Draft(there)
    file = draft.look(draft.spot(at(f"{work.path}/a")))
    if file is not None and not isinstance(file, Directory):
        draft.put(draft.spot(at(f"{work.path}/z")), file)
    return draft.freeze()


def _touched(there: World, path: str, how: str) -> World:
    """What others do to a name meanwhile."""
    draft = Draft(there)
    spot = draft.spot(at(path))
    file = draft.look(spot)
    if how in ("size", "mtime") and not isinstance(file, Directory | None):
        seen = replace(file.entry, size=file.size + 1) if how == "size" else replace(file.entry, mtime=1)
        draft.put(spot, replace(file, entry=seen))
    elif how == "file":
        draft.write(spot, "others'")
    elif how == "directory":
        if file is not None:
            draft.drop(spot)
        draft.make_directory(spot)
    return draft.freeze()


def _proved_either_way(there: World, effect: VerifyCopy) -> None:
    draft = Draft(there)
    source, target = draft.names(draft.spot(effect.src)), draft.names(draft.spot(effect.dst))
    if source is None or target is None:
        return
    is_proved = at_once.proved(source, target, effect.entries)
    event("proved at once" if is_proved else "proved one after another")
    if is_proved:
        assert one_by_one(draft, draft.spot(effect.src), draft.spot(effect.dst), effect.entries) == effect.entries
