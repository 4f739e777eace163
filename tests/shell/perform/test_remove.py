"""Deleting: only what is proved to stand elsewhere, all of it or nothing."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pyrsistent import pvector

from qq.core.effects import ClearTemporary, Location, NoteProof, RemoveFiles, RemoveTree, Stage
from qq.core.listing import Listing
from qq.core.moments import Removed
from qq.core.troubles import Reason
from qq.shell.perform.mark import note_proof, stage
from qq.shell.perform.remove import clear_temporary, remove_files, remove_tree
from qq.shell.perform.watch import Watch
from tests.conftest import Command
from tests.shell.perform.trees import TOKEN, copied, delivered, granted, listed, names_in, picture, refused, whole_tree

WATCH = Watch()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Staged, delivered, proved."""
    path = whole_tree(tmp_path / "main")
    (tmp_path / "home").mkdir()
    mark = Location(f"{path}.qqmark")
    granted(stage(Stage(mark, str(path), TOKEN, 1, "7.local", Listing(), Listing()), WATCH))
    granted(note_proof(NoteProof(mark, copied(path, tmp_path / "copy").proof), WATCH))
    return path


def a_removal(work: Path, *unproved: bytes, token: str = TOKEN) -> RemoveTree:
    return RemoveTree(Location(f"{work}.qqmark"), str(work), token, pvector(unproved))


def test_a_proved_tree_goes_with_its_mark_and_twice_is_once(work: Path) -> None:
    for _ in range(2):
        assert granted(remove_tree(a_removal(work), WATCH)) == Removed()
    assert names_in(work.parent) == ["copy", "home"]


CHANGES: dict[str, Callable[[Path], object]] = {
    "new file": lambda work: (work / "dir" / "new").touch(),
    "new empty directory": lambda work: (work / "new").mkdir(),
    "new link": lambda work: (work / "new").symlink_to("x"),
    "written": lambda work: (work / "script").write_text("#!/bin/zh\n"),
    "touched": lambda work: os.utime(work / "script"),
    "chmod": lambda work: (work / "script").chmod(0o700),
    "own temporary name": lambda work: (work / ".qq-mine").touch(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_one_difference_keeps_the_whole_tree_and_names_it(work: Path, change: Callable[[Path], object]) -> None:
    before = set(picture(work))
    change(work)
    for _ in range(2):
        kept = list(granted(remove_tree(a_removal(work), WATCH)).kept)
        assert len(kept) == 1
    assert before <= set(picture(work))
    assert Path(f"{work}.qqmark").exists()


def test_where_a_link_has_taken_its_place_nothing_is_removed(work: Path) -> None:
    elsewhere = work.with_name("elsewhere")
    work.rename(elsewhere)
    work.symlink_to(elsewhere)
    before = picture(elsewhere)
    trouble = refused(remove_tree(a_removal(work), WATCH))
    assert trouble.words == f"{work} is a link; what it leads to was not touched"
    assert picture(elsewhere) == before and Path(f"{work}.qqmark").exists()


def test_included_paths_go_by_name(work: Path) -> None:
    (work / "dir" / "new").touch()
    (work / "big").write_text("changed")
    assert list(granted(remove_tree(a_removal(work, b"dir"), WATCH)).kept) == [b"big"]
    assert granted(remove_tree(a_removal(work, b"dir", b"big"), WATCH)) == Removed()
    assert names_in(work.parent) == ["copy", "home"]


def test_ended_anywhere_it_is_finished_later(work: Path) -> None:
    count = listed(work).count
    for pieces in range(0, 2 * count, 3):
        left = iter(range(pieces))
        watch = Watch(interrupted=lambda left=left: next(left, None) is None)  # type: ignore[misc]
        remove_tree(a_removal(work), watch)
    assert granted(remove_tree(a_removal(work), WATCH)) == Removed()
    assert names_in(work.parent) == ["copy", "home"]


def test_a_file_that_appears_while_removing_is_kept(work: Path) -> None:
    removed = iter(range(5))

    def progress(_bytes: int, _files: int) -> None:
        if next(removed, None) == 4:
            (work / "dir" / "late").touch()

    assert granted(remove_tree(a_removal(work), Watch(progress=progress))).kept
    assert (work / "dir" / "late").exists()
    assert Path(f"{work}.qqmark").exists()


def test_a_file_that_changes_while_removing_is_kept(work: Path) -> None:
    removed = iter(range(5))

    def progress(_bytes: int, _files: int) -> None:
        if next(removed, None) == 4:
            (work / "setuid").write_text("late")

    assert b"setuid" in granted(remove_tree(a_removal(work), Watch(progress=progress))).kept
    assert (work / "setuid").read_text() == "late"


@pytest.mark.parametrize("token", ["other", ""])
def test_another_jobs_tree_is_never_touched(work: Path, token: str) -> None:
    before = picture(work)
    assert refused(remove_tree(a_removal(work, token=token), WATCH)).reason is Reason.NOT_VERIFIED
    assert picture(work) == before


def test_without_mark_or_without_proof_nothing_goes(work: Path) -> None:
    before = picture(work)
    Path(f"{work}.qqmark.proof").unlink()
    assert refused(remove_tree(a_removal(work), WATCH)).reason is Reason.NOT_VERIFIED
    Path(f"{work}.qqmark").unlink()
    assert refused(remove_tree(a_removal(work), WATCH)).reason is Reason.NOT_VERIFIED
    assert picture(work) == before


def test_a_tree_that_is_gone_lets_its_mark_go(work: Path) -> None:
    work.rename(work.parent / "elsewhere")
    assert granted(remove_tree(a_removal(work), WATCH)) == Removed()
    assert names_in(work.parent) == ["copy", "elsewhere", "home"]


def test_links_are_removed_not_followed(work: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "f").touch()
    (work / "out").symlink_to(tmp_path / "outside")
    granted(remove_tree(a_removal(work, b"out"), WATCH))
    assert not work.exists()
    assert (tmp_path / "outside" / "f").exists()


def test_an_ordinary_user_removes_read_only_directories(work: Path, without_privileges: Command) -> None:
    code = (
        "import sys; from pathlib import Path; from qq.shell.perform.remove import remove_tree\n"
        "from qq.shell.perform.watch import Watch; from tests.shell.perform.test_remove import a_removal\n"
        "from tests.shell.perform.trees import granted\n"
        "print(list(granted(remove_tree(a_removal(Path(sys.argv[1])), Watch())).kept))"
    )
    argv = without_privileges([sys.executable, "-c", code, str(work)])
    assert subprocess.run(argv, check=True, capture_output=True, text=True).stdout == "[]\n"
    assert not work.exists()


def test_files_go_if_they_are_as_proved_and_others_are_kept(work: Path, tmp_path: Path) -> None:
    proof = copied(work, tmp_path / "again").proof
    (work / "script").write_text("changed")
    (work / "dir" / "new").touch()
    for _ in range(2):
        assert list(granted(remove_files(RemoveFiles(Location(str(work)), proof), WATCH)).kept) == [b"script"]
    assert sorted(picture(work)) == [b"dir", b"dir/new", b"script"]


def test_archived_by_linking_files_go_after_they_were_placed(tmp_path: Path) -> None:
    work, archive = whole_tree(tmp_path / "work"), tmp_path / "archive"
    archive.mkdir()
    entries = listed(work)
    proof = copied(work, archive / ".qq-x", entries, may_link=True).proof
    before = picture(work)
    (archive / ".qq-x").rename(archive / "placed")
    assert granted(remove_files(RemoveFiles(Location(str(work)), proof), WATCH)) == Removed()
    assert picture(archive / "placed").keys() == before.keys()
    assert names_in(work) == []


def test_one_name_of_a_file_can_go_before_the_other_travels(tmp_path: Path) -> None:
    work, home = tmp_path / "work", tmp_path / "home"
    for path in (work, home):
        path.mkdir()
    (work / "a").write_text("x")
    (work / "b").hardlink_to(work / "a")
    entries = listed(work)
    proof = copied(work, tmp_path / "copy", entries.where(lambda e: e.path == b"a")).proof
    assert granted(remove_files(RemoveFiles(Location(str(work)), proof), WATCH)) == Removed()
    delivered(work, home, entries.where(lambda e: e.path == b"b"))
    assert (home / "b").read_text() == "x"


def test_temporary_directories_of_qq_are_cleared_and_nothing_else(tmp_path: Path) -> None:
    whole_tree(tmp_path / ".qq-abc")
    whole_tree(tmp_path / "mine")
    for _ in range(2):
        granted(clear_temporary(ClearTemporary(Location(str(tmp_path / ".qq-abc"))), WATCH))
    assert refused(clear_temporary(ClearTemporary(Location(str(tmp_path / "mine"))), WATCH)).reason is Reason.BUG
    assert names_in(tmp_path) == ["mine"]


def test_what_is_to_stay_in_a_temporary_directory_stays(tmp_path: Path) -> None:
    temporary, keep = tmp_path / ".qq-abc", ClearTemporary(Location(str(tmp_path / ".qq-abc")), but=("dir",))
    whole_tree(temporary)
    for _ in range(2):
        granted(clear_temporary(keep, WATCH))
        assert names_in(temporary) == ["dir"]
    granted(clear_temporary(ClearTemporary(keep.at, but=("none",)), WATCH))
    assert names_in(tmp_path) == []


def test_a_link_in_place_of_a_temporary_directory_goes_itself(tmp_path: Path) -> None:
    whole_tree(tmp_path / "mine")
    (tmp_path / ".qq-abc").symlink_to("mine")
    granted(clear_temporary(ClearTemporary(Location(str(tmp_path / ".qq-abc"))), WATCH))
    assert names_in(tmp_path) == ["mine"]
    assert listed(tmp_path / "mine").count > 20
