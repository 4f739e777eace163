"""What a listing holds, and what it leaves out."""

import mmap
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyrsistent import pvector

from qq.core.changes import changed
from qq.core.effects import ArchiveQuestion, Copy, List, Location, Names, VerifyCopy
from qq.core.listing import Listing, sort_key
from qq.core.moments import Listed
from qq.core.replacing import replace
from qq.core.troubles import Reason
from qq.shell.perform.copy import copy
from qq.shell.perform.listing import list_files
from qq.shell.perform.verify import verify
from qq.shell.perform.watch import Watch
from tests.conftest import Command
from tests.shell.perform.trees import HOSTILE, granted, listed, refused, whole_tree


def paths(directory: Path, **question: object) -> list[bytes]:
    effect = List(Location(str(directory)), **question)  # type: ignore[arg-type]
    listing = granted(list_files(effect, Watch())).listing
    assert listing is not None
    return [entry.path for entry in listing]


def test_any_name_is_listed_in_the_order_of_components(tmp_path: Path) -> None:
    src = whole_tree(tmp_path / "src")
    found = paths(src)
    assert set(HOSTILE) < set(found)
    assert found == sorted(found, key=sort_key)
    argv = ["find", str(src), "-mindepth", "1", "-printf", "x"]
    assert len(found) == len(subprocess.run(argv, capture_output=True, check=True).stdout)


def test_kinds_and_targets_are_those_of_the_links_themselves(tmp_path: Path) -> None:
    found = {entry.path: (entry.kind, entry.target) for entry in listed(whole_tree(tmp_path / "src"))}
    assert found[b"to dir"] == (b"l", b"dir")
    assert found[b"loop"] == (b"l", b"loop")
    assert (found[b"fifo"][0], found[b"socket"][0], found[b"dir"][0]) == (b"p", b"s", b"d")
    assert not any(path.startswith(b"to dir/") for path in found)


def test_a_directory_that_is_not_there_is_told_from_an_empty_one(tmp_path: Path) -> None:
    assert granted(list_files(List(Location(str(tmp_path / "none"))), Watch())) == Listed(None)
    assert paths(tmp_path) == []


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    assert str(tmp_path / "f") in refused(list_files(List(Location(str(tmp_path / "f"))), Watch())).words


def test_temporary_names_of_qq_are_left_out_at_the_top_only_unless_asked_for(tmp_path: Path) -> None:
    for name in (".qq-abc", ".qq-abc-sync", ".qq.lock", ".qq.lock.broken-1", "d/.qq-abc", ".qqrc"):
        (tmp_path / name).mkdir(parents=True)
    assert paths(tmp_path) == [b".qqrc", b"d", b"d/.qq-abc"]
    own = [b".qq-abc", b".qq-abc-sync", b".qq.lock", b".qq.lock.broken-1"]
    assert paths(tmp_path, own=True) == [*own, b".qqrc", b"d", b"d/.qq-abc"]


def test_exact_paths_are_left_out_with_all_below(tmp_path: Path) -> None:
    src = whole_tree(tmp_path / "src")
    found = paths(src, without=pvector([b"dir/below", b"-rf", b"*", b"file"]))
    assert b"dir/below" not in found
    assert b"dir/below/file" not in found
    assert b"-rf" not in found
    assert b"*?[a]\\" in found
    assert b"dir/empty dir" in found


def test_only_files_of_some_cycles_are_listed_with_what_is_below_them(tmp_path: Path) -> None:
    for name in ("job0001.xtc", "job0002.xtc", "job0003.xtc", "job00021", "other"):
        (tmp_path / name).touch()
    (tmp_path / "job0002-dir" / "below").mkdir(parents=True)
    found = paths(tmp_path, only=ArchiveQuestion("job%04d", pvector([2, 3])))
    assert found == [b"job0002-dir", b"job0002-dir/below", b"job0002.xtc", b"job0003.xtc"]


def test_only_these_names_are_listed_nested_ones_too(tmp_path: Path) -> None:
    src = whole_tree(tmp_path / "src")
    names = [b"dir/below", b"-rf", b"dir/below/deeper", b"none", b"none/below", b"big/below", b"to dir/below"]
    assert paths(src, only=Names(pvector(names))) == [b"-rf", b"dir/below", b"dir/below/deeper", b"dir/below/file"]


def test_a_directory_that_cant_be_read_is_trouble_that_names_it(tmp_path: Path, without_privileges: Command) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    code = (
        "import sys; from qq.core.effects import List, Location; from qq.shell.perform.listing import list_files\n"
        "from qq.shell.perform.watch import Watch; from tests.shell.perform.trees import refused\n"
        "trouble = refused(list_files(List(Location(sys.argv[1])), Watch())); print(trouble.reason.name, trouble.words)"
    )
    argv = without_privileges([sys.executable, "-c", code, str(tmp_path)])
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert said.startswith("PERMISSION ")
    assert str(tmp_path / "closed") in said


def test_interrupted_it_ends(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    trouble = refused(list_files(List(Location(str(tmp_path))), Watch(interrupted=lambda: True)))
    assert trouble.reason is Reason.INTERRUPTED


@pytest.fixture
def in_memory() -> Iterator[Path]:
    shm = Path("/dev/shm")
    if not shm.is_dir():
        pytest.fail("/dev/shm is missing: tests need a file system in memory")
    path = shm / f"qq-test-listing-{os.getpid()}"
    path.mkdir()
    yield path
    subprocess.run(["rm", "-rf", "--", str(path)], check=True)


def test_a_write_through_a_memory_map_shows_on_tmpfs(in_memory: Path) -> None:
    (in_memory / "f").write_bytes(b"a" * 4096)
    with (in_memory / "f").open("r+b") as file, mmap.mmap(file.fileno(), 4096) as memory:
        memory[0] = ord("a")  # the page is writable by now: the write that counts moves no time
        before = listed(in_memory)
        memory[1] = ord("b")
        now = listed(in_memory)
    assert [entry.path for entry in changed(before, now)] == [b"f"]
    assert [replace(e, digest=b"") for e in before] == [replace(e, digest=b"") for e in now]


def test_a_socket_in_use_is_listed(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        back = os.open(".", os.O_RDONLY)
        os.chdir(tmp_path)
        try:
            listening.bind("s")
        finally:
            os.fchdir(back)
            os.close(back)
        assert [entry.kind for entry in listed(tmp_path)] == [b"s"]


def test_times_that_are_further_away_than_a_listing_can_hold_keep_no_file_back(tmp_path: Path) -> None:
    src, dst = tmp_path / "src", tmp_path / "dst"
    src.mkdir()
    for name, seconds in (("from 2300", 10_413_792_000), ("from 1600", -11_676_096_000)):
        (src / name).write_text(name)
        os.utime(src / name, (seconds, seconds))
    found = listed(src)
    assert Listing(found.data, found.count) == found == listed(src)
    granted(copy(Copy(Location(str(src)), Location(str(dst)), found), Watch()))
    proof = granted(verify(VerifyCopy(Location(str(src)), Location(str(dst)), found), Watch())).proof
    assert proof == found
    for file in src.iterdir():
        assert (dst / file.name).stat().st_mtime == file.stat().st_mtime
