"""Placing: nothing stands under its final name before it is whole, and nothing of a user's is lost."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from qq.core.effects import CreateRecord, Location
from qq.core.listing import Listing
from qq.core.moments import Placed
from qq.core.replacing import replace
from qq.core.troubles import Reason
from qq.shell.perform import renaming
from qq.shell.perform.libc import rename_noreplace
from qq.shell.perform.place import place
from qq.shell.perform.record import create_record
from qq.shell.perform.watch import Watch
from tests.core.jobs import a_job
from tests.shell.perform.trees import (
    TOKEN,
    a_place,
    copied,
    delivered,
    granted,
    listed,
    names_in,
    picture,
    refused,
    whole_tree,
)


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return whole_tree(tmp_path / "work")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    path = tmp_path / "home"
    path.mkdir()
    return path


def with_record(home: Path, *, token: str = TOKEN, attempt: int = 1) -> None:
    job = a_job(token=token, attempt=attempt, input_dir=str(home))
    granted(create_record(CreateRecord(Location(str(home / "job.qqinfo")), job), Watch()))


def staging_in(home: Path) -> Path:
    return home / f".qq-{TOKEN}"


def a_file(path: Path, text: str, second: int = 1_700_000_000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (second, second))
    return path


def test_everything_gets_its_name_and_no_temporary_one_is_left(work: Path, home: Path) -> None:
    assert delivered(work, home) == Placed()
    assert picture(home) == picture(work)
    assert not staging_in(home).exists()


def test_delivered_again_it_is_the_same(work: Path, home: Path) -> None:
    delivered(work, home)
    first = {entry.path: entry.inode for entry in listed(home) if entry.size != 700_000}
    assert delivered(work, home) == Placed()
    assert picture(home) == picture(work)
    assert {entry.path: entry.inode for entry in listed(home) if entry.size != 700_000} == first


def test_placed_twice_without_a_copy_in_between_is_once(work: Path, home: Path) -> None:
    entries = listed(work)
    copied(work, staging_in(home))
    effect = a_place(staging_in(home), home, entries)
    assert granted(place(effect, Watch())) == granted(place(effect, Watch())) == Placed()
    assert picture(home) == picture(work)


def test_ended_anywhere_it_goes_on_where_it_was(work: Path, home: Path) -> None:
    entries = listed(work)
    (home / "dir").mkdir()
    for pieces in range(entries.count):
        copied(work, staging_in(home))
        left = iter(range(pieces))
        watch = Watch(interrupted=lambda left=left: next(left, None) is None)  # type: ignore[misc]
        assert refused(place(a_place(staging_in(home), home, entries), watch)).reason is Reason.INTERRUPTED
    copied(work, staging_in(home))
    assert granted(place(a_place(staging_in(home), home, entries), Watch())) == Placed()
    assert picture(home) == {**picture(work), b"dir": picture(home)[b"dir"]}


def test_what_is_equal_to_what_was_staged_is_replaced(tmp_path: Path, home: Path) -> None:
    a_file(home / "f", "input")
    before = listed(home)
    a_file(tmp_path / "work" / "f", "output", 1_800_000_000)
    assert delivered(tmp_path / "work", home, before=before) == Placed()
    assert (home / "f").read_text() == "output"
    assert names_in(home) == ["f"]


def test_a_users_edit_is_kept_under_a_name_of_its_own(tmp_path: Path, home: Path) -> None:
    a_file(home / "d" / "f", "input")
    before = listed(home)
    a_file(home / "d" / "f", "edited", 1_750_000_000)
    with_record(home)
    a_file(tmp_path / "work" / "d" / "f", "output", 1_800_000_000)
    placed = delivered(tmp_path / "work", home, before=before)
    assert list(placed.aside) == [(b"d/f", b"d/f.before-run-7.local")]
    assert (home / "d" / "f").read_text() == "output"
    assert (home / "d" / "f.before-run-7.local").read_text() == "edited"


def test_a_second_edit_gets_the_next_number(tmp_path: Path, home: Path) -> None:
    with_record(home)
    for number, text in enumerate(["one", "two", "three"]):
        a_file(home / "f", f"edited {text}", 1_700_000_000 + number)
        a_file(tmp_path / "work" / "f", f"output {text}", 1_800_000_000 + number)
        delivered(tmp_path / "work", home)
    kept = {name: (home / name).read_text() for name in names_in(home) if ".before-" in name}
    assert kept == {
        "f.before-run-7.local": "edited one",
        "f.before-run-7.local.2": "edited two",
        "f.before-run-7.local.3": "edited three",
    }


def test_the_longest_name_can_be_set_aside(tmp_path: Path, home: Path) -> None:
    with_record(home)
    a_file(home / ("x" * 255), "edited")
    a_file(tmp_path / "work" / ("x" * 255), "output")
    ((path, aside),) = delivered(tmp_path / "work", home).aside
    assert (home / os.fsdecode(aside)).read_text() == "edited"
    assert (home / os.fsdecode(path)).read_text() == "output"


@pytest.mark.parametrize(("token", "attempt"), [("other", 1), (TOKEN, 2)])
def test_nothing_is_moved_aside_once_the_record_is_anothers(
    tmp_path: Path, home: Path, token: str, attempt: int
) -> None:
    with_record(home, token=token, attempt=attempt)
    a_file(home / "f", "edited")
    a_file(tmp_path / "work" / "f", "output")
    copied(tmp_path / "work", staging_in(home))
    trouble = refused(place(a_place(staging_in(home), home, listed(tmp_path / "work")), Watch()))
    assert trouble.reason is Reason.DISOWNED
    assert (home / "f").read_text() == "edited"


def test_what_sync_brought_home_is_nobodys_edit(tmp_path: Path, home: Path) -> None:
    a_file(home / "f", "half of it")
    synced = listed(home)
    (home / "f").chmod(0o600)  # moves its ctime only: a synced file is known by size and time
    a_file(tmp_path / "work" / "f", "all of it", 1_800_000_000)
    copied(tmp_path / "work", staging_in(home))
    effect = a_place(staging_in(home), home, listed(tmp_path / "work"), synced=Listing.of([*synced, *synced]))
    assert granted(place(effect, Watch())) == Placed()
    assert (home / "f").read_text() == "all of it"


def test_output_of_another_attempt_is_not_replaced(tmp_path: Path, home: Path) -> None:
    a_file(home / "run.out", "a later attempt's")
    a_file(tmp_path / "work" / "run.out", "mine")
    copied(tmp_path / "work", staging_in(home))
    effect = a_place(staging_in(home), home, listed(tmp_path / "work"), always=frozenset([b"run.out"]))
    trouble = refused(place(effect, Watch()))
    assert trouble.reason is Reason.DISOWNED
    assert "nothing was replaced" in trouble.words
    assert (home / "run.out").read_text() == "a later attempt's"


def test_output_files_are_replaced_and_unchanged_ones_give_way(tmp_path: Path, home: Path) -> None:
    with_record(home)
    for name in ("run.out", "whole"):
        a_file(home / name, f"theirs {name}")
        a_file(tmp_path / "work" / name, f"mine {name}")
    copied(tmp_path / "work", staging_in(home))
    effect = a_place(
        staging_in(home),
        home,
        listed(tmp_path / "work"),
        always=frozenset([b"run.out"]),
        keep=frozenset([b"whole"]),
    )
    for _ in range(2):
        assert list(granted(place(effect, Watch())).kept) == [b"whole"]
    assert (home / "run.out").read_text() == "mine run.out"
    assert (home / "whole").read_text() == "theirs whole"
    assert not staging_in(home).exists()


def test_an_empty_directory_may_give_way_to_a_file(tmp_path: Path, home: Path) -> None:
    a_file(home / "d", "theirs")
    (tmp_path / "work" / "d").mkdir(parents=True)
    copied(tmp_path / "work", staging_in(home))
    effect = a_place(staging_in(home), home, listed(tmp_path / "work"), keep=frozenset([b"d"]))
    assert list(granted(place(effect, Watch())).kept) == [b"d"]
    assert (home / "d").read_text() == "theirs"
    assert not staging_in(home).exists()


def test_a_file_that_the_user_deleted_comes_back_when_the_job_changed_it(tmp_path: Path, home: Path) -> None:
    a_file(home / "d" / "f", "input")
    before = listed(home)
    (home / "d" / "f").unlink()
    (home / "d").rmdir()
    a_file(tmp_path / "work" / "d" / "f", "output")
    delivered(tmp_path / "work", home, listed(tmp_path / "work").where(lambda e: e.kind == b"f"), before=before)
    assert (home / "d" / "f").read_text() == "output"


def test_the_same_size_and_time_is_not_the_same_content(tmp_path: Path, home: Path) -> None:
    with_record(home)
    a_file(home / "f", "edited")
    a_file(tmp_path / "work" / "f", "output")
    placed = delivered(tmp_path / "work", home)
    assert list(placed.aside) == [(b"f", b"f.before-run-7.local")]
    assert (home / "f").read_text() == "output"


def test_the_same_content_is_done(tmp_path: Path, home: Path) -> None:
    a_file(home / "f", "output")
    inode = (home / "f").stat().st_ino
    a_file(tmp_path / "work" / "f", "output")
    assert delivered(tmp_path / "work", home) == Placed()
    assert (home / "f").stat().st_ino == inode
    assert names_in(home) == ["f"]


def test_directories_merge_and_keep_their_mode(tmp_path: Path, home: Path) -> None:
    a_file(home / "d" / "theirs", "theirs")
    (home / "d").chmod(0o2775)
    a_file(tmp_path / "work" / "d" / "mine", "mine")
    os.utime(tmp_path / "work" / "d", ns=(5, 1_600_000_000_000_000_005))
    (tmp_path / "work" / "d").chmod(0o700)
    delivered(tmp_path / "work", home)
    assert names_in(home / "d") == ["mine", "theirs"]
    assert stat.S_IMODE((home / "d").stat().st_mode) == 0o2775
    assert (home / "d").stat().st_mtime_ns == 1_600_000_000_000_000_005


def test_a_mode_that_only_the_job_changed_comes_home(tmp_path: Path, home: Path) -> None:
    work = tmp_path / "work"
    for end in (home, work):
        a_file(end / "d" / "f", "same")
        a_file(end / "edited", "same")
    before = listed(home)
    (home / "edited").chmod(0o604)
    (work / "d" / "f").chmod(0o755)
    (work / "edited").chmod(0o600)
    (work / "d").chmod(0o710)
    assert delivered(work, home, before=before) == Placed()
    modes = [stat.S_IMODE((home / name).stat().st_mode) for name in ("d", "d/f", "edited")]
    assert modes == [0o710, 0o755, 0o604]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make somebody else's directory")
def test_somebody_elses_directory_keeps_its_mode(tmp_path: Path, home: Path) -> None:
    a_file(home / "d" / "f", "input")
    (home / "d").chmod(0o755)
    os.chown(home / "d", 65534, 65534)
    before = listed(home)
    a_file(tmp_path / "work" / "d" / "f", "output", 1_800_000_000)
    (tmp_path / "work" / "d").chmod(0o700)
    assert delivered(tmp_path / "work", home, before=before) == Placed()
    assert stat.S_IMODE((home / "d").stat().st_mode) == 0o755
    assert (home / "d" / "f").read_text() == "output"


def test_names_of_one_file_at_home_are_nobodys_edit_of_each_other(tmp_path: Path, home: Path) -> None:
    for end, text, second in ((home, "input", 1_700_000_000), (tmp_path / "work", "output", 1_800_000_000)):
        a_file(end / "a", text, second)
        for name in ("b", "c"):
            os.link(end / "a", end / name)
    before = listed(home)
    first = listed(tmp_path / "work").where(lambda entry: entry.path == b"b")
    assert delivered(tmp_path / "work", home, entries=first, before=before) == Placed()  # a life that ended there
    assert delivered(tmp_path / "work", home, before=before) == Placed()
    assert picture(home) == picture(tmp_path / "work")


def test_an_edit_of_one_file_with_two_names_is_kept(tmp_path: Path, home: Path) -> None:
    with_record(home)
    for end, text, second in ((home, "input", 1_700_000_000), (tmp_path / "work", "output", 1_800_000_000)):
        a_file(end / "a", text, second)
        os.link(end / "a", end / "b")
    before = listed(home)
    a_file(home / "a", "edited", 1_750_000_000)
    placed = delivered(tmp_path / "work", home, before=before)
    assert [name for name, _ in placed.aside] == [b"a", b"b"]
    assert (home / "a.before-run-7.local").read_text() == (home / "b.before-run-7.local").read_text() == "edited"


@pytest.mark.parametrize("entry", ["file", "link"])
def test_a_directory_where_a_file_must_go_is_named_and_stays(tmp_path: Path, home: Path, entry: str) -> None:
    (home / "f").mkdir()
    (tmp_path / "work").mkdir()
    if entry == "file":
        (tmp_path / "work" / "f").write_text("x")
    else:
        (tmp_path / "work" / "f").symlink_to("x")
    copied(tmp_path / "work", staging_in(home))
    trouble = refused(place(a_place(staging_in(home), home, listed(tmp_path / "work")), Watch()))
    assert trouble.reason is Reason.PLACE_TAKEN
    assert str(home / "f") in trouble.words
    assert (home / "f").is_dir()


def test_a_link_where_a_directory_must_go_is_named_and_never_followed(tmp_path: Path, home: Path) -> None:
    (tmp_path / "outside").mkdir()
    (home / "d").symlink_to(tmp_path / "outside")
    a_file(tmp_path / "work" / "d" / "f", "x")
    copied(tmp_path / "work", staging_in(home))
    for entries in (listed(tmp_path / "work"), listed(tmp_path / "work").where(lambda e: e.kind == b"f")):
        trouble = refused(place(a_place(staging_in(home), home, entries), Watch()))
        assert trouble.reason is Reason.PLACE_TAKEN
        assert str(home / "d") in trouble.words
    assert names_in(tmp_path / "outside") == []
    assert (home / "d").is_symlink()


def test_a_link_that_the_job_made_a_directory_is_replaced_itself(tmp_path: Path, home: Path) -> None:
    a_file(tmp_path / "outside" / "f", "outside")
    (home / "d").symlink_to(tmp_path / "outside")
    before = listed(home)
    a_file(tmp_path / "work" / "d" / "f", "output")
    assert delivered(tmp_path / "work", home, before=before) == Placed()
    assert not (home / "d").is_symlink() and (home / "d" / "f").read_text() == "output"
    assert (tmp_path / "outside" / "f").read_text() == "outside"


def test_a_link_at_home_is_replaced_itself(tmp_path: Path, home: Path) -> None:
    a_file(tmp_path / "outside", "outside")
    (home / "f").symlink_to(tmp_path / "outside")
    before = listed(home)
    a_file(tmp_path / "work" / "f", "output")
    assert delivered(tmp_path / "work", home, before=before) == Placed()
    assert not (home / "f").is_symlink()
    assert (tmp_path / "outside").read_text() == "outside"


@pytest.mark.parametrize("edited", [False, True])
def test_a_file_that_the_job_made_a_directory(tmp_path: Path, home: Path, edited: bool) -> None:
    a_file(home / "d", "input")
    before = listed(home)
    if edited:
        a_file(home / "d", "edited", 1_750_000_000)
    with_record(home)
    a_file(tmp_path / "work" / "d" / "f", "output")
    placed = delivered(tmp_path / "work", home, before=before)
    assert (home / "d" / "f").read_text() == "output"
    assert [aside for _, aside in placed.aside] == ([b"d.before-run-7.local"] if edited else [])


def test_what_is_neither_here_nor_there_is_an_error(tmp_path: Path, home: Path) -> None:
    a_file(tmp_path / "work" / "f", "output")
    staging = staging_in(home)
    trouble = refused(place(a_place(staging, home, listed(tmp_path / "work")), Watch()))
    assert trouble.reason is Reason.NOT_VERIFIED
    assert not staging.exists()
    assert str(home / "f") in trouble.words


def test_linked_ends_are_done_and_the_temporary_name_goes(tmp_path: Path, home: Path) -> None:
    a_file(tmp_path / "work" / "f", "output")
    entries = listed(tmp_path / "work")
    for _ in range(2):
        copied(tmp_path / "work", staging_in(home), entries, may_link=True)
        assert granted(place(a_place(staging_in(home), home, entries), Watch())) == Placed()
    assert names_in(home) == ["f"]
    assert (home / "f").samefile(tmp_path / "work" / "f")


@pytest.mark.parametrize("way", [rename_noreplace, renaming.by_link, renaming.by_look])
def test_a_taken_name_is_never_replaced(tmp_path: Path, way: renaming.Rename) -> None:
    for name in ("mine", "theirs"):
        (tmp_path / name).write_text(name)
    fd = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(FileExistsError):
            way(fd, b"mine", fd, b"theirs")
        way(fd, b"mine", fd, b"free")
    finally:
        os.close(fd)
    assert {name: (tmp_path / name).read_text() for name in names_in(tmp_path)} == {
        "free": "mine",
        "theirs": "theirs",
    }


def test_the_guard_is_not_asked_when_nothing_has_to_be_moved(work: Path, home: Path) -> None:
    copied(work, staging_in(home))
    effect = a_place(staging_in(home), home, listed(work))
    nowhere = replace(effect.guard, record=Location("/nowhere/at/all"))
    assert granted(place(replace(effect, guard=nowhere), Watch())) == Placed()


def test_a_mount_point_where_a_file_must_go_is_named(tmp_path: Path, home: Path) -> None:
    with_record(home)
    a_file(home / "f", "below")
    a_file(tmp_path / "other", "mounted")
    a_file(tmp_path / "work" / "f", "output")
    entries = listed(tmp_path / "work")
    copied(tmp_path / "work", staging_in(home), entries)
    done = subprocess.run(["mount", "--bind", tmp_path / "other", home / "f"], capture_output=True, check=False)
    if done.returncode:
        hint = "run the tests as root, or under: unshare --user --map-root-user --mount"
        pytest.fail(f"nothing can be mounted ({os.fsdecode(done.stderr).strip()}); {hint}")
    try:
        trouble = refused(place(a_place(staging_in(home), home, entries), Watch()))
    finally:
        subprocess.run(["umount", home / "f"], check=True)
    assert trouble.reason is Reason.PLACE_TAKEN
    assert str(home / "f") in trouble.words
    assert (home / "f").read_text() == "below"
    assert (tmp_path / "other").read_text() == "mounted"
