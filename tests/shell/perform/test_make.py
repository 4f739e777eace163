"""Directories, empty files, and runtime files on their way into the archive."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyrsistent import pvector

from qq.core.effects import Create, Location, MakeDir, MoveRuntime
from qq.core.troubles import Reason
from qq.shell.perform.lock import directory_lock
from qq.shell.perform.make import create, make_dir, move_runtime
from qq.shell.perform.watch import Watch
from tests.shell.perform.trees import granted, names_in, refused

WATCH = Watch()


def a_move(home: Path, *moves: tuple[str, list[str]]) -> MoveRuntime:
    return MoveRuntime(Location(str(home)), pvector((name, pvector(candidates)) for name, candidates in moves))


def test_directories_are_made_with_their_parents_and_twice_is_once(tmp_path: Path) -> None:
    for _ in range(2):
        granted(make_dir(MakeDir(Location(str(tmp_path / "a" / "b"))), WATCH))
    assert (tmp_path / "a" / "b").is_dir()


def test_a_fresh_directory_is_new_or_empty(tmp_path: Path) -> None:
    effect = MakeDir(Location(str(tmp_path / "main")), fresh=True)
    for _ in range(2):
        granted(make_dir(effect, WATCH))
    (tmp_path / "main" / "left").touch()
    trouble = refused(make_dir(effect, WATCH))
    assert trouble.reason is Reason.PLACE_TAKEN
    assert str(tmp_path / "main") in trouble.words


def test_an_archive_may_be_a_link_to_a_directory(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "storage").symlink_to("elsewhere")
    granted(make_dir(MakeDir(Location(str(tmp_path / "storage"))), WATCH))
    assert (tmp_path / "storage").is_symlink()


def test_a_file_in_place_of_a_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "storage").touch()
    for path in ("storage", "storage/below", "storage/far/below"):
        trouble = refused(make_dir(MakeDir(Location(str(tmp_path / path))), WATCH))
        assert trouble.reason is Reason.PLACE_TAKEN
        assert trouble.words == f"{tmp_path / 'storage'} is in the way: a directory has to go there"


def test_an_empty_file_is_created_and_one_that_is_there_stays(tmp_path: Path) -> None:
    for _ in range(2):
        granted(create(Create(Location(str(tmp_path / "job0002.init"))), WATCH))
        (tmp_path / "job0002.init").write_text("kept")
    assert (tmp_path / "job0002.init").read_text() == "kept"


def test_runtime_files_move_under_the_first_free_name(tmp_path: Path) -> None:
    (tmp_path / "storage").mkdir()
    for name in ("run.out", "run.err", "storage/job0001.err"):
        (tmp_path / name).write_text(name)
    effect = a_move(
        tmp_path,
        ("run.out", ["storage/job0001.out", "storage/run.out"]),
        ("run.err", ["storage/job0001.err", "storage/run.err"]),
        ("run.qqout", ["storage/job0001.qqout"]),
    )
    for _ in range(2):
        granted(move_runtime(effect, WATCH))
    assert names_in(tmp_path) == ["storage"]
    assert {name: (tmp_path / "storage" / name).read_text() for name in names_in(tmp_path / "storage")} == {
        "job0001.out": "run.out",
        "job0001.err": "storage/job0001.err",
        "run.err": "run.err",
    }


def test_no_free_name_is_an_error_that_names_both(tmp_path: Path) -> None:
    (tmp_path / "run.out").touch()
    (tmp_path / "taken").touch()
    trouble = refused(move_runtime(a_move(tmp_path, ("run.out", ["taken"])), WATCH))
    assert trouble.reason is Reason.PLACE_TAKEN
    assert str(tmp_path / "run.out") in trouble.words
    assert (tmp_path / "run.out").exists()


def test_a_move_that_ended_between_its_two_names_is_finished(tmp_path: Path) -> None:
    (tmp_path / "run.out").write_text("x")
    (tmp_path / "new").hardlink_to(tmp_path / "run.out")
    granted(move_runtime(a_move(tmp_path, ("run.out", ["new", "other"])), WATCH))
    assert names_in(tmp_path) == ["new"]


def test_a_record_is_not_moved_while_somebody_writes_it(tmp_path: Path) -> None:
    """Else the writer's rename would put it back."""
    (tmp_path / "run.qqinfo").touch()
    effect = a_move(tmp_path, ("run.qqinfo", ["new"]))
    with directory_lock(str(tmp_path)):
        refused(move_runtime(effect, Watch(interrupted=lambda: True)))
        assert (tmp_path / "run.qqinfo").exists()
    granted(move_runtime(effect, WATCH))
    assert names_in(tmp_path) == ["new"]


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    shm = Path("/dev/shm")
    if not shm.is_dir():
        pytest.fail("/dev/shm is missing: tests need a second file system")
    path = shm / f"qq-test-make-{os.getpid()}"
    path.mkdir()
    yield path
    subprocess.run(["rm", "-rf", "--", str(path)], check=True)


def test_an_archive_on_another_file_system_gets_whole_files(tmp_path: Path, elsewhere: Path) -> None:
    (tmp_path / "storage").symlink_to(elsewhere)
    (tmp_path / "run.out").write_text("x")
    (tmp_path / "run.err").write_text("y")
    (elsewhere / "job.err").touch()
    effect = a_move(tmp_path, ("run.out", ["storage/job.out"]), ("run.err", ["storage/job.err", "storage/run.err"]))
    for _ in range(2):
        granted(move_runtime(effect, WATCH))
    assert names_in(tmp_path) == ["storage"]
    assert names_in(elsewhere) == ["job.err", "job.out", "run.err"]
    assert (elsewhere / "job.out").read_text() == "x"
