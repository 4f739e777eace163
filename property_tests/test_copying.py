"""Laws of copying, on real files: what was copied, verified and placed is the same tree, wherever the work ended
meanwhile; nothing that stood at home is lost, and nothing is deleted that did not arrive."""

import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import event, given

from qq.core.changes import portions
from qq.core.effects import Copy, CreateRecord, Location, RemoveFiles, VerifyCopy
from qq.core.listing import Listing
from qq.core.result import failed
from qq.core.troubles import Reason, Trouble
from qq.shell.perform.copy import copy
from qq.shell.perform.place import place
from qq.shell.perform.record import create_record
from qq.shell.perform.remove import clear_tree, remove_files
from qq.shell.perform.verify import verify
from qq.shell.perform.watch import Watch
from tests.core.jobs import a_job
from tests.shell.perform.trees import TOKEN, a_place, granted, listed, picture

NAMES = st.sampled_from(["a", "b", "c d", "-x", "\n", "\udcff", "job.before-1", "ž"])
FILES = st.one_of(
    st.binary(max_size=8),
    st.sampled_from(["large", "link:a", "link:/nowhere", "fifo", "twin"]),
)
TREES = st.recursive(
    st.dictionaries(NAMES, FILES, max_size=4),
    lambda below: st.dictionaries(NAMES, st.one_of(FILES, below), max_size=4),
    max_leaves=8,
)
Tree = Mapping[str, object]


def build(root: Path, tree: Tree, second: int) -> Path:
    """Makes a tree with times of its own; a twin is a second name of the file made before it."""
    root.mkdir(exist_ok=True)
    last: Path | None = None
    for number, (name, what) in enumerate(tree.items()):
        path = root / name
        match what:
            case bytes() | "large":
                path.write_bytes(what if isinstance(what, bytes) else b"x" * 300_000)
                path.chmod(0o600 + number)
                os.utime(path, ns=(1, second * 1_000_000_000 + number))
                last = path
            case "fifo":
                os.mkfifo(path)
            case "twin":
                path.hardlink_to(last) if last else path.touch()
            case str():
                path.symlink_to(what.removeprefix("link:"))
            case Mapping():
                build(path, what, second)
                path.chmod(0o700 + number)
            case _:
                raise AssertionError(what)
    return root


def life(work: Path, home: Path, before: Listing, watch: Watch, limits: tuple[int, int]) -> Trouble | None:
    """One life of a job that brings everything home: its temporary directory is cleared first."""
    staging = home / f".qq-{TOKEN}"
    clear_tree(os.fsencode(staging), Watch())
    source, target = Location(str(work)), Location(str(staging))
    for portion in portions(listed(work), *limits):
        for result in (
            copy(Copy(source, target, portion), watch),
            verify(VerifyCopy(source, target, portion), watch),
            place(a_place(staging, home, portion, before=before), watch),
        ):
            trouble = failed(result)
            if trouble is not None:
                return trouble
    clear_tree(os.fsencode(staging), Watch())
    return None


def contents(root: Path) -> Mapping[bytes, object]:
    """Of everything but directories."""
    return {path: seen[3] for path, seen in picture(root).items() if seen[0] != b"d"}


def clashes(work: Path, home: Path) -> bool:
    """Whether something stands where it may not: errors, by design."""
    at_home = {entry.path: entry.kind for entry in listed(home)}
    for entry in listed(work):
        there = at_home.get(entry.path)
        if there is not None and (there == b"d") != (entry.kind == b"d") and there != b"f":
            return True
    return False


@given(TREES, st.integers(1, 40), st.integers(1, 4))
def test_a_tree_arrives_as_it_was_wherever_the_work_ended(tree: Tree, ends: int, files: int) -> None:
    with tempfile.TemporaryDirectory() as room:
        work, home = build(Path(room) / "work", tree, 1_600_000_000), Path(room) / "home"
        home.mkdir()
        left = iter(range(ends))
        trouble = life(work, home, Listing(), Watch(interrupted=lambda: next(left, None) is None), (400_000, files))
        event(f"ended early: {trouble is not None}")
        assert trouble is None or trouble.reason is Reason.INTERRUPTED
        whole = contents(work)
        assert all(whole[path] == content for path, content in contents(home).items() if not path.startswith(b".qq-"))
        assert life(work, home, Listing(), Watch(), (400_000, files)) is None
        assert picture(home) == _without_link_times(picture(work), home)


def _without_link_times(expected: Mapping[bytes, tuple[object, ...]], home: Path) -> Mapping[bytes, tuple[object, ...]]:
    """A link or FIFO that stood there already is done, whatever its time and mode."""
    now = picture(home)
    return {
        path: now[path] if seen[0] in (b"l", b"p") and path in now and now[path][3] == seen[3] else seen
        for path, seen in expected.items()
    }


@given(TREES, TREES, TREES, st.integers(0, 40))
def test_nothing_that_a_user_has_at_home_is_lost(staged: Tree, edited: Tree, made: Tree, ends: int) -> None:
    with tempfile.TemporaryDirectory() as room:
        home = build(Path(room) / "home", staged, 1_500_000_000)
        before = listed(home)
        theirs = build(Path(room) / "theirs", edited, 1_550_000_000)
        edits = _edit(home, theirs)
        work = build(Path(room) / "work", made, 1_600_000_000)
        granted(create_record(CreateRecord(Location(str(home / "job.qqinfo")), a_job(token=TOKEN)), Watch()))
        clash = clashes(work, home)
        left = iter(range(ends))
        life(work, home, before, Watch(interrupted=lambda: next(left, None) is None), (1 << 30, 100))
        trouble = life(work, home, before, Watch(), (1 << 30, 100))
        event(f"clash: {clash}, edits: {min(len(edits), 2)}")
        assert trouble is None or (clash and trouble.reason is Reason.PLACE_TAKEN)
        _insist_nothing_lost(home, edits)
        if trouble is None:
            at_home = contents(home)
            assert all(at_home.get(path) == content for path, content in contents(work).items())


def _insist_nothing_lost(home: Path, edits: Mapping[bytes, object]) -> None:
    """Each edited file is there with its content, under its name or one made from it."""
    kept: dict[bytes, list[object]] = {}
    for path, content in contents(home).items():
        kept.setdefault(path.partition(b".before-run-7.local")[0], []).append(content)
    for path, content in edits.items():
        assert content in kept.get(path, []), path


def _edit(home: Path, theirs: Path) -> Mapping[bytes, object]:
    """What the user did meanwhile: files written or made, in directories that may be new. Gives their contents."""
    edits: dict[bytes, object] = {}
    for entry in listed(theirs):
        path, source = home / os.fsdecode(entry.path), theirs / os.fsdecode(entry.path)
        parent_ok = path.parent.is_dir() and not path.parent.is_symlink()
        if not parent_ok or (os.path.lexists(path) and stat.S_IFMT(path.lstat().st_mode) != stat.S_IFREG):
            continue
        if entry.kind == b"d" and not os.path.lexists(path):
            path.mkdir()
        elif entry.kind == b"f":
            path.unlink(missing_ok=True)
            path.write_bytes(source.read_bytes())
            os.utime(path, ns=(1, entry.mtime))
            edits[entry.path] = source.read_bytes()
    return edits


@given(TREES, st.integers(0, 30), st.booleans())
def test_archiving_deletes_only_what_arrived(tree: Tree, ends: int, may_link: bool) -> None:
    with tempfile.TemporaryDirectory() as room:
        work, archive = build(Path(room) / "work", tree, 1_600_000_000), Path(room) / "archive"
        archive.mkdir()
        whole = contents(work)
        left = iter(range(ends))
        for watch in (Watch(interrupted=lambda: next(left, None) is None), Watch()):
            trouble = _archive(work, archive, watch, may_link=may_link)
            event(f"ended early: {trouble is not None}")
            assert {**contents(work), **_named(archive)} == whole
        assert _named(archive) == whole
        assert listed(work).count == 0


def _named(archive: Path) -> Mapping[bytes, object]:
    return {path: content for path, content in contents(archive).items() if not path.startswith(b".qq-")}


def _archive(work: Path, archive: Path, watch: Watch, *, may_link: bool) -> Trouble | None:
    staging, entries = archive / f".qq-{TOKEN}", listed(work)
    clear_tree(os.fsencode(staging), Watch())
    source, target = Location(str(work)), Location(str(staging))
    if failed(copy(Copy(source, target, entries, may_link=may_link), watch)):
        return failed(copy(Copy(source, target, Listing()), watch))
    verified = verify(VerifyCopy(source, target, entries), watch)
    if (trouble := failed(verified)) or (trouble := failed(place(a_place(staging, archive, entries), watch))):
        return trouble
    removed = remove_files(RemoveFiles(source, verified.unwrap().proof), watch)
    return failed(removed)
