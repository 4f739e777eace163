"""Copying on one host: everything that has a name arrives as it was, and nothing else is touched."""

import os
import resource
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyrsistent import pvector

from qq.core.effects import Copy, Include, Location
from qq.core.listing import Entry, Listing
from qq.core.troubles import Reason
from qq.shell.perform.copy import copy, include
from qq.shell.perform.watch import Watch
from tests.conftest import Command
from tests.shell.perform.trees import copied, granted, listed, picture, refused, whole_tree

MiB = 1 << 20


def a_copy(src: Path, dst: Path, entries: Listing | None = None, **flags: bool) -> Copy:
    return Copy(Location(str(src)), Location(str(dst)), listed(src) if entries is None else entries, **flags)


def test_everything_that_has_a_name_arrives_as_it_was(tmp_path: Path) -> None:
    src = whole_tree(tmp_path / "src")
    granted(copy(a_copy(src, tmp_path / "dst"), Watch()))
    assert picture(tmp_path / "dst") == picture(src)


def test_copied_again_it_is_the_same(tmp_path: Path) -> None:
    src = whole_tree(tmp_path / "src")
    for _ in range(2):
        granted(copy(a_copy(src, tmp_path / "dst"), Watch()))
    assert picture(tmp_path / "dst") == picture(src)


def test_an_ordinary_user_copies_read_only_directories_too(tmp_path: Path, without_privileges: Command) -> None:
    src = whole_tree(tmp_path / "src")
    (src / "setuid").unlink()
    code = (
        "import sys; from pathlib import Path; from tests.shell.perform.trees import delivered\n"
        "delivered(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    (tmp_path / "dst").mkdir()
    for _ in range(2):
        subprocess.run(without_privileges([sys.executable, "-c", code, str(src), str(tmp_path / "dst")]), check=True)
    assert picture(tmp_path / "dst") == picture(src)


@pytest.fixture
def emptied(tmp_path: Path) -> Iterator[Path]:
    """Removed here: on Python 3.11 pytest's own removal recurses, and would leave it for ever."""
    yield tmp_path
    subprocess.run(["rm", "-rf", *tmp_path.iterdir()], check=True)


def test_1500_levels_go(emptied: Path) -> None:
    src, dst, back = emptied / "src", emptied / "dst", os.open(".", os.O_RDONLY)
    src.mkdir()
    try:
        os.chdir(src)
        for _ in range(1500):
            Path("d").mkdir()
            os.chdir("d")
        Path("leaf").write_text("deep")
    finally:
        os.fchdir(back)
        os.close(back)
    proof = copied(src, dst)
    assert proof.proof.count == 1501
    assert [(e.path, e.kind, e.size) for e in listed(dst)] == [(e.path, e.kind, e.size) for e in listed(src)]


def test_only_what_was_asked_for_is_copied_with_the_directories_it_needs(tmp_path: Path) -> None:
    src = whole_tree(tmp_path / "src")
    wanted = listed(src).where(lambda entry: entry.path == b"dir/below/file")
    granted(copy(a_copy(src, tmp_path / "dst", wanted), Watch()))
    assert sorted(picture(tmp_path / "dst")) == [b"dir", b"dir/below", b"dir/below/file"]


def test_holes_stay_holes(tmp_path: Path) -> None:
    src = tmp_path / "src"
    src.mkdir()
    with (src / "sparse").open("wb") as file:
        file.truncate(64 * MiB)
        file.seek(32 * MiB)
        file.write(b"in the middle")
    with (src / "nothing").open("wb") as file:
        file.truncate(8 * MiB)
    granted(copy(a_copy(src, tmp_path / "dst"), Watch()))
    assert (tmp_path / "dst" / "sparse").stat().st_blocks <= (src / "sparse").stat().st_blocks + 64
    assert (tmp_path / "dst" / "nothing").stat().st_blocks <= 64
    assert picture(tmp_path / "dst") == picture(src)


@pytest.fixture
def in_memory() -> Iterator[Path]:
    """A directory on tmpfs."""
    shm = Path("/dev/shm")
    if not shm.is_dir():
        pytest.fail("/dev/shm is missing: tests need a file system in memory")
    path = shm / f"qq-test-{os.getpid()}"
    path.mkdir()
    yield path
    subprocess.run(["rm", "-rf", "--", str(path)], check=True)


def test_it_goes_from_one_file_system_to_another(tmp_path: Path, in_memory: Path) -> None:
    src = whole_tree(tmp_path / "src")
    copied(src, in_memory / "there")
    copied(in_memory / "there", tmp_path / "back")
    assert picture(tmp_path / "back") == picture(in_memory / "there") == picture(src)


def test_within_one_file_system_linking_copies_no_byte(tmp_path: Path) -> None:
    src = whole_tree(tmp_path / "src")
    done: list[int] = []
    granted(copy(a_copy(src, tmp_path / "dst", may_link=True), Watch(progress=lambda b, _f: done.append(b))))
    assert sum(done) == 0
    assert (src / "big").samefile(tmp_path / "dst" / "big")
    assert {k: v[:4] for k, v in picture(tmp_path / "dst").items()} == {k: v[:4] for k, v in picture(src).items()}


def test_what_is_linked_already_stays_as_it_is_even_as_the_very_same_name(tmp_path: Path) -> None:
    src = whole_tree(tmp_path / "src")
    copied(src, tmp_path / "dst", may_link=True)
    before = (src / "big").stat()
    for dst in (tmp_path / "dst", src):
        copied(src, dst, may_link=True)
        assert (dst / "big").stat().st_ctime_ns == before.st_ctime_ns
        assert (dst / "big").samefile(src / "big")


def test_where_links_are_not_possible_linking_copies(tmp_path: Path, in_memory: Path) -> None:
    src = whole_tree(tmp_path / "src")
    copied(src, in_memory / "there", may_link=True)
    assert picture(in_memory / "there") == picture(src)


def test_what_stood_there_under_the_name_is_replaced(tmp_path: Path) -> None:
    src, dst = whole_tree(tmp_path / "src"), tmp_path / "dst"
    dst.mkdir()
    (dst / "empty").write_text("longer")
    (dst / "big").symlink_to("elsewhere")
    (dst / "elsewhere").write_text("mine")
    (dst / "dangling").write_text("no link")
    granted(copy(a_copy(src, dst), Watch()))
    assert (dst / "elsewhere").read_text() == "mine"
    (dst / "elsewhere").unlink()
    assert picture(dst) == picture(src)


def test_a_directory_where_a_file_must_go_is_an_error_that_names_it(tmp_path: Path) -> None:
    src, dst = whole_tree(tmp_path / "src"), tmp_path / "dst"
    (dst / "empty").mkdir(parents=True)
    trouble = refused(copy(a_copy(src, dst), Watch()))
    assert trouble.reason is Reason.PLACE_TAKEN
    assert str(dst / "empty") in trouble.words


def test_a_link_where_a_directory_must_go_is_never_followed(tmp_path: Path) -> None:
    src, dst, outside = whole_tree(tmp_path / "src"), tmp_path / "dst", tmp_path / "outside"
    dst.mkdir()
    outside.mkdir()
    (dst / "dir").symlink_to(outside)
    trouble = refused(copy(a_copy(src, dst), Watch()))
    assert trouble.reason is Reason.PLACE_TAKEN
    assert str(dst / "dir") in trouble.words
    assert list(outside.iterdir()) == []


def test_an_unreadable_file_is_named(tmp_path: Path, without_privileges: Command) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a\nb").write_text("x")
    (tmp_path / "src" / "a\nb").chmod(0)
    code = (
        "import sys; from pathlib import Path; from qq.shell.perform.copy import copy\n"
        "from qq.shell.perform.watch import Watch; from tests.shell.perform.test_copy import a_copy\n"
        "from tests.shell.perform.trees import refused\n"
        "trouble = refused(copy(a_copy(Path(sys.argv[1]), Path(sys.argv[2])), Watch()))\n"
        "print(trouble.reason.name, trouble.words)"
    )
    argv = without_privileges([sys.executable, "-c", code, str(tmp_path / "src"), str(tmp_path / "dst")])
    said = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    assert said.startswith("PERMISSION ")
    assert f"{tmp_path}/src/a\\nb" in said
    assert said.count("\n") == 1
    assert list((tmp_path / "dst").iterdir()) == []


def test_a_source_that_vanished_is_a_failure_unless_that_is_fine(tmp_path: Path) -> None:
    src = whole_tree(tmp_path / "src")
    entries = listed(src)
    (src / "secret").unlink()
    subprocess.run(["rm", "-r", str(src / "dir" / "below")], check=True)
    trouble = refused(copy(a_copy(src, tmp_path / "one", entries), Watch()))
    assert trouble.reason is Reason.NO_SUCH_FILE
    granted(copy(a_copy(src, tmp_path / "two", entries, vanished_ok=True), Watch()))
    assert picture(tmp_path / "two").keys() == picture(src).keys()


def test_a_file_that_keeps_changing_is_named_after_three_tries(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    growing = tmp_path / "src" / "growing"
    growing.write_bytes(b"x" * (2 * MiB))
    pieces: list[int] = []

    def progress(count: int, _files: int) -> None:
        pieces.append(count)
        with growing.open("ab") as file:
            file.write(b"more")

    trouble = refused(copy(a_copy(tmp_path / "src", tmp_path / "dst"), Watch(progress=progress)))
    assert str(growing) in trouble.words
    assert len(pieces) == 3
    assert list((tmp_path / "dst").iterdir()) == []


def test_a_file_that_changed_once_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    growing = tmp_path / "src" / "growing"
    growing.write_bytes(b"x" * 1000)
    once = iter([True])

    def progress(_count: int, _files: int) -> None:
        if next(once, False):
            growing.write_bytes(b"y" * 10)

    granted(copy(a_copy(tmp_path / "src", tmp_path / "dst"), Watch(progress=progress)))
    assert picture(tmp_path / "dst") == picture(tmp_path / "src")


def test_a_file_that_became_a_fifo_does_not_hang(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a").write_text("x")
    entries = listed(tmp_path / "src")
    (tmp_path / "src" / "a").unlink()
    os.mkfifo(tmp_path / "src" / "a")
    trouble = refused(copy(a_copy(tmp_path / "src", tmp_path / "dst", entries), Watch()))
    assert str(tmp_path / "src" / "a") in trouble.words


def test_a_full_file_system_leaves_only_whole_files(tmp_path: Path, small_disk: Path) -> None:
    src = tmp_path / "src"
    src.mkdir()
    for number in range(6):
        (src / f"f{number}").write_bytes(os.urandom(MiB))
    trouble = refused(copy(a_copy(src, small_disk / "dst"), Watch()))
    assert trouble.reason is Reason.NO_SPACE
    written = sorted(path.name for path in (small_disk / "dst").iterdir())
    assert written == [f"f{number}" for number in range(len(written))]
    assert str(small_disk / "dst" / f"f{len(written)}") in trouble.words
    for name in written:
        assert (small_disk / "dst" / name).read_bytes() == (src / name).read_bytes()


def test_a_file_beyond_the_limit_on_sizes_leaves_no_piece(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "f").write_bytes(bytes(8 * MiB))
    (tmp_path / "src" / "f").write_bytes(os.urandom(8 * MiB))
    effect = a_copy(tmp_path / "src", tmp_path / "dst")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MiB, before[1]))
    try:
        trouble = refused(copy(effect, Watch()))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert str(tmp_path / "dst" / "f") in trouble.words
    assert list((tmp_path / "dst").iterdir()) == []


def test_interrupted_between_pieces_it_ends_and_leaves_no_piece(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "f").write_bytes(os.urandom(40 * MiB))
    asked = iter([False, False])
    trouble = refused(copy(a_copy(tmp_path / "src", tmp_path / "dst"), Watch(interrupted=lambda: next(asked, True))))
    assert trouble.reason is Reason.INTERRUPTED
    assert list((tmp_path / "dst").iterdir()) == []


def test_progress_adds_up(tmp_path: Path) -> None:
    src = whole_tree(tmp_path / "src")
    entries, done = listed(src), [0, 0]

    def progress(count: int, files: int) -> None:
        done[0] += count
        done[1] += files

    granted(copy(a_copy(src, tmp_path / "dst", entries), Watch(progress=progress)))
    assert done == [entries.bytes - 700_000, entries.count]  # the second name of a file costs nothing


def test_home_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    src = whole_tree(tmp_path / "src")
    trouble = refused(copy(a_copy(src, tmp_path / "home" / ".qq-token"), Watch()))
    assert trouble.reason is Reason.NO_SUCH_FILE
    assert not (tmp_path / "home").exists()


def test_entries_above_the_root_are_not_reached(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "outside").write_text("x")
    (tmp_path / "src" / "link").symlink_to(tmp_path)
    entries = Listing.of([Entry(b"link/outside", b"f", 1, 1, 1, 1)])
    refused(copy(a_copy(tmp_path / "src", tmp_path / "dst", entries), Watch()))
    assert not (tmp_path / "dst" / "link").exists()


def an_include(dst: Path, *paths: Path) -> Include:
    return Include(None, pvector(str(path) for path in paths), Location(str(dst)))


def test_included_paths_come_under_their_last_component(tmp_path: Path) -> None:
    src, dst = whole_tree(tmp_path / "src"), tmp_path / "dst"
    dst.mkdir()
    (tmp_path / "single").write_text("s")
    granted(include(an_include(dst, src, tmp_path / "single"), Watch()))
    assert picture(dst / "src") == picture(src)
    assert (dst / "src").stat().st_mtime_ns == src.stat().st_mtime_ns
    assert (dst / "single").read_text() == "s"


def test_an_included_link_brings_what_it_points_to(tmp_path: Path) -> None:
    src, dst = whole_tree(tmp_path / "src"), tmp_path / "dst"
    (src / "dir/.qq-like").write_text("not qq's")
    (src / "dir").chmod(0o750)
    (tmp_path / "current").symlink_to("src/dir")
    (tmp_path / "data").symlink_to("src/big")
    granted(include(an_include(dst, tmp_path / "current", tmp_path / "data"), Watch()))
    assert picture(dst / "current") == picture(src / "dir")
    assert (dst / "current/.qq-like").read_text() == "not qq's"
    assert stat.S_IMODE((dst / "current").stat().st_mode) == 0o750
    assert not (dst / "data").is_symlink()
    assert (dst / "data").read_bytes() == (src / "big").read_bytes()


@pytest.mark.parametrize("name", ["missing", "dangling"])
def test_a_missing_included_path_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "dangling").symlink_to("nowhere")
    trouble = refused(include(an_include(tmp_path / "dst", tmp_path / name), Watch()))
    assert trouble.reason is Reason.INCLUDED_MISSING
    assert str(tmp_path / name) in trouble.words


def test_a_file_below_a_directory_that_may_only_be_passed_through_can_be_included(
    tmp_path: Path, without_privileges: Command
) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "file").write_text("x")
    (tmp_path / "closed").chmod(0o111)
    code = (
        "import sys; from pathlib import Path; from qq.shell.perform.copy import include\n"
        "from qq.shell.perform.watch import Watch; from tests.shell.perform.test_copy import an_include\n"
        "from tests.shell.perform.trees import granted\n"
        "granted(include(an_include(Path(sys.argv[2]), Path(sys.argv[1])), Watch()))"
    )
    target = str(tmp_path / "dst")
    try:
        argv = without_privileges([sys.executable, "-c", code, str(tmp_path / "closed" / "file"), target])
        subprocess.run(argv, check=True)
    finally:
        (tmp_path / "closed").chmod(0o755)
    assert (tmp_path / "dst" / "file").read_text() == "x"


def test_a_fifo_is_made_anew_and_nobody_waits_for_a_writer(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    os.mkfifo(tmp_path / "src" / "fifo")
    worker = threading.Thread(target=lambda: copied(tmp_path / "src", tmp_path / "dst"), daemon=True)
    worker.start()
    worker.join(20)
    assert not worker.is_alive()
    assert (tmp_path / "dst" / "fifo").is_fifo()
