"""A proof is given only for what a fresh look finds at both ends."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from qq.core.changes import LINKED
from qq.core.effects import Copy, Location, VerifyCopy
from qq.core.listing import Listing
from qq.core.moments import Verified
from qq.core.troubles import Reason
from qq.shell.perform.copy import copy
from qq.shell.perform.verify import verify
from qq.shell.perform.watch import Watch
from tests.shell.perform.trees import granted, listed, refused, whole_tree


@pytest.fixture
def copied_tree(tmp_path: Path) -> VerifyCopy:
    src = whole_tree(tmp_path / "src")
    ends = Location(str(src)), Location(str(tmp_path / "dst"))
    granted(copy(Copy(*ends, listed(src)), Watch()))
    return VerifyCopy(*ends, listed(src))


def test_the_proof_is_the_state_from_before_the_copy(copied_tree: VerifyCopy) -> None:
    for _ in range(2):
        assert granted(verify(copied_tree, Watch())) == Verified(copied_tree.entries)


def keep_time(path: Path, change: Callable[[Path], object]) -> None:
    status = path.stat()
    change(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def in_place_of(make: Callable[[Path], object]) -> Callable[[Path], object]:
    def change(path: Path) -> object:
        path.rename(path.with_name("set aside"))
        return make(path)

    return change


WRONG: dict[str, tuple[str, Callable[[Path], object]]] = {
    "source written": ("src/script", lambda path: path.write_text("#!/bin/zh\n")),
    "source written, time set back": (
        "src/script",
        lambda p: keep_time(p, lambda path: path.write_text("#!/bin/zh\n")),
    ),
    "source touched": ("src/script", lambda path: path.touch()),
    "source gone": ("src/script", lambda path: path.unlink()),
    "source a directory": ("src/script", in_place_of(lambda path: path.mkdir())),
    "source link elsewhere": ("src/dangling", in_place_of(lambda path: path.symlink_to("x"))),
    "target gone": ("dst/script", lambda path: path.unlink()),
    "target shorter": ("dst/script", lambda p: keep_time(p, lambda path: os.truncate(path, 3))),
    "target of another time": ("dst/script", lambda path: os.utime(path, (1, 1))),
    "target link elsewhere": ("dst/dangling", in_place_of(lambda path: path.symlink_to("x"))),
    "target no directory": ("dst/dir/empty dir", in_place_of(lambda path: path.touch())),
    "target directory gone": ("dst/dir/empty dir", lambda path: path.rmdir()),
    "target FIFO gone": ("dst/fifo", lambda path: path.unlink()),
}


@pytest.mark.parametrize(("name", "change"), WRONG.values(), ids=WRONG.keys())
def test_one_that_is_not_right_gives_no_proof_and_is_named(
    tmp_path: Path, copied_tree: VerifyCopy, name: str, change: Callable[[Path], object]
) -> None:
    change(tmp_path / name)
    trouble = refused(verify(copied_tree, Watch()))
    assert trouble.reason is Reason.NOT_VERIFIED
    assert name.partition("/")[2] in trouble.words


def test_a_target_that_keeps_whole_seconds_will_do(tmp_path: Path, copied_tree: VerifyCopy) -> None:
    second = (tmp_path / "src" / "script").stat().st_mtime_ns // 10**9
    os.utime(tmp_path / "dst" / "script", (second, second))
    granted(verify(copied_tree, Watch()))


def test_a_socket_that_could_not_be_made_is_nothing(tmp_path: Path, copied_tree: VerifyCopy) -> None:
    (tmp_path / "dst" / "socket").unlink()
    granted(verify(copied_tree, Watch()))


def test_a_file_whose_other_name_went_is_compared(tmp_path: Path, copied_tree: VerifyCopy) -> None:
    (tmp_path / "src" / "dir" / "second name").unlink()
    entries = copied_tree.entries.where(lambda entry: entry.path == b"big")
    proof = granted(verify(VerifyCopy(copied_tree.src, copied_tree.dst, entries), Watch())).proof
    assert proof == listed(tmp_path / "src").where(lambda entry: entry.path == b"big")


def test_a_link_that_got_another_name_is_still_the_same(tmp_path: Path, copied_tree: VerifyCopy) -> None:
    (tmp_path / "src" / "another").hardlink_to(tmp_path / "src" / "dangling")
    proof = granted(verify(copied_tree, Watch())).proof
    assert [entry for entry in proof if entry.path == b"dangling"] == [
        entry for entry in listed(tmp_path / "src") if entry.path == b"dangling"
    ]


def test_one_inode_at_both_ends_is_proof_whatever_its_times(tmp_path: Path) -> None:
    src = whole_tree(tmp_path / "src")
    ends, entries = (Location(str(src)), Location(str(tmp_path / "dst"))), listed(src)
    granted(copy(Copy(*ends, entries, may_link=True), Watch()))
    proof = granted(verify(VerifyCopy(*ends, entries), Watch())).proof
    assert {entry.ctime == LINKED for entry in proof if entry.kind != b"d"} == {True}


def test_nothing_is_proved_at_once(tmp_path: Path) -> None:
    nowhere = Location(str(tmp_path / "nowhere"))
    assert granted(verify(VerifyCopy(nowhere, nowhere, Listing()), Watch())) == Verified(Listing())


def test_an_end_that_is_gone_is_trouble(tmp_path: Path, copied_tree: VerifyCopy) -> None:
    (tmp_path / "dst").rename(tmp_path / "elsewhere")
    assert str(tmp_path / "dst") in refused(verify(copied_tree, Watch())).words


def test_interrupted_it_gives_no_proof(copied_tree: VerifyCopy) -> None:
    assert refused(verify(copied_tree, Watch(interrupted=lambda: True))).reason is Reason.INTERRUPTED
