"""The mark beside a working directory, and the lists beside it."""

import os
from pathlib import Path

import pytest
from pyrsistent import pvector

from qq.core.changes import changed
from qq.core.effects import Location, NoteCode, NoteProof, NoteSynced, ReadMark, RemoveMark, Stage
from qq.core.listing import Entry, Listing
from qq.core.moments import Mark, MarkRead
from qq.core.replacing import replace
from qq.core.troubles import Reason
from qq.shell.perform.atomic import temporary_prefix
from qq.shell.perform.mark import note_code, note_proof, note_synced, read_mark, remove_mark, stage
from qq.shell.perform.watch import Watch
from tests.shell.perform.trees import TOKEN, granted, listed, names_in, refused, whole_tree

WATCH = Watch()
HOME = Listing.of([Entry(b"at home", b"f", 1, 2, 3, 4)])
ARCHIVE = Listing.of([Entry(b"not \xff text", b"l", 0, 2, 3, 4, b"there", b"digest")])


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return whole_tree(tmp_path / "main")


def at_mark(work: Path) -> Location:
    return Location(f"{work}.qqmark")


def a_stage(work: Path, *, token: str = TOKEN, attempt: int = 1, keep_list: bool = False) -> Stage:
    return Stage(at_mark(work), str(work), token, attempt, "7.local", HOME, ARCHIVE, pvector(), keep_list)


def mark_of(work: Path) -> Mark | None:
    return granted(read_mark(ReadMark(at_mark(work), str(work)), WATCH)).mark


def test_what_was_staged_is_read_back(work: Path) -> None:
    staged = granted(stage(a_stage(work), WATCH))
    assert staged.work == listed(work)
    assert mark_of(work) == Mark(TOKEN, 1, "7.local", None, staged.work, HOME, ARCHIVE, Listing(), False)
    assert names_in(work.parent) == ["main", "main.qqmark", "main.qqmark.list", "main.qqmark.proof"]


def test_there_is_room_for_the_proof_when_the_script_has_filled_scratch(small_disk: Path) -> None:
    """In a directory that the script runs in itself nothing is reserved: that is the user's."""
    work = small_disk / "main"
    work.mkdir()
    granted(stage(a_stage(work), WATCH))
    with (work / "big").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(bytes(4096))
    assert refused(note_code(NoteCode(at_mark(work), 0, TOKEN, 1), WATCH)).reason is Reason.NO_SPACE
    many = Listing.of([Entry(b"%04d" % number, b"f", 1, 2, 3, 4) for number in range(500)])
    granted(note_proof(NoteProof(at_mark(work), many), WATCH))
    found = mark_of(work)
    assert found is not None and found.proved


def test_where_the_script_runs_at_home_nothing_is_reserved(work: Path) -> None:
    inside = replace(a_stage(work), mark=Location(f"{work}/.run.sh.qqmark"))
    granted(stage(inside, WATCH))
    assert not (work / ".run.sh.qqmark.proof").exists()


def test_no_mark_and_no_directory(tmp_path: Path) -> None:
    assert granted(read_mark(ReadMark(Location(str(tmp_path / "x.qqmark")), str(tmp_path / "x")), WATCH)) == MarkRead(
        None, False
    )


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"token": "x"}', b"\xff", b'{"token":1,"attempt":"x"}'])
def test_what_is_no_mark_is_none(work: Path, content: bytes) -> None:
    Path(at_mark(work).path).write_bytes(content)
    assert mark_of(work) is None


def test_a_link_is_no_mark(work: Path) -> None:
    granted(stage(a_stage(work), WATCH))
    mark = Path(at_mark(work).path).rename(work.parent / "elsewhere")
    Path(at_mark(work).path).symlink_to(mark)
    assert mark_of(work) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_somebody_elses_mark_is_none(work: Path) -> None:
    granted(stage(a_stage(work), WATCH))
    os.chown(at_mark(work).path, 65534, 65534)
    assert mark_of(work) is None


def test_every_change_after_staging_shows(work: Path) -> None:
    for number in range(5):
        (work / "just now").write_text("a")
        staged = granted(stage(a_stage(work, attempt=number), WATCH)).work
        with (work / "just now").open("r+") as file:
            file.write("b")
        os.utime(work / "just now", ns=(1, next(e.mtime for e in staged if e.path == b"just now")))
        assert [entry.path for entry in changed(staged, listed(work))] == [b"just now"]


def test_a_new_attempt_keeps_the_list_of_its_own_token_only(work: Path) -> None:
    first = granted(stage(a_stage(work), WATCH))
    (work / "written by attempt 1").touch()
    second = granted(stage(a_stage(work, attempt=2, keep_list=True), WATCH))
    assert second == first
    assert (mark := mark_of(work)) is not None
    assert (mark.attempt, mark.work) == (2, first.work)
    foreign = granted(stage(a_stage(work, token="other", keep_list=True), WATCH))
    assert foreign.work == listed(work) != first.work


def test_an_attempt_that_comes_back_late_leaves_the_mark_of_a_later_one(work: Path) -> None:
    granted(stage(a_stage(work, attempt=2), WATCH))
    (work / "written by attempt 2").touch()
    before = mark_of(work)
    for keep_list in (False, True):
        late = stage(a_stage(work, keep_list=keep_list), WATCH)
        assert late.failure().reason is Reason.DISOWNED
    assert mark_of(work) == before


def test_only_the_attempt_whose_mark_it_is_notes_its_code(work: Path) -> None:
    granted(stage(a_stage(work, attempt=2), WATCH))
    for token, attempt in ((TOKEN, 1), (TOKEN, 3), ("other", 2)):
        assert refused(note_code(NoteCode(at_mark(work), 0, token, attempt), WATCH)).reason is Reason.DISOWNED
    assert (mark := mark_of(work)) is not None
    assert mark.exit_code is None


def test_a_torn_list_is_none(work: Path) -> None:
    granted(stage(a_stage(work), WATCH))
    path = Path(at_mark(work).path + ".list")
    path.write_bytes(path.read_bytes()[:-1])
    assert (mark := mark_of(work)) is not None
    assert (mark.token, mark.work, mark.home, mark.archive) == (TOKEN, None, None, None)


def test_the_code_and_the_proof_are_noted(work: Path) -> None:
    granted(stage(a_stage(work), WATCH))
    for _ in range(2):
        granted(note_code(NoteCode(at_mark(work), 42, TOKEN, 1), WATCH))
        granted(note_proof(NoteProof(at_mark(work), HOME), WATCH))
    assert (mark := mark_of(work)) is not None
    assert (mark.exit_code, mark.proved, mark.work) == (42, True, listed(work))


def test_all_that_was_synced_is_read_back_older_states_too(work: Path) -> None:
    granted(stage(a_stage(work), WATCH))
    newer = Listing.of(replace(entry, size=9) for entry in HOME)
    for listing in (HOME, newer, HOME):
        granted(note_synced(NoteSynced(at_mark(work), listing), WATCH))
    assert (mark := mark_of(work)) is not None
    assert [entry.size for entry in mark.synced] == [1, 9]


def test_a_torn_note_hides_nothing_before_it(work: Path) -> None:
    granted(stage(a_stage(work), WATCH))
    granted(note_synced(NoteSynced(at_mark(work), HOME), WATCH))
    with Path(at_mark(work).path + ".synced").open("ab") as file:
        file.write(b"qq list 1\n{")
    assert (mark := mark_of(work)) is not None
    assert mark.synced == HOME


def test_nothing_is_noted_beside_a_mark_that_is_gone(work: Path) -> None:
    for result in (
        note_code(NoteCode(at_mark(work), 0, TOKEN, 1), WATCH),
        note_proof(NoteProof(at_mark(work), HOME), WATCH),
        note_synced(NoteSynced(at_mark(work), HOME), WATCH),
    ):
        assert refused(result).reason is Reason.NO_SUCH_FILE
    assert names_in(work.parent) == ["main"]


def test_a_working_directory_that_is_gone_is_named(work: Path) -> None:
    trouble = refused(stage(a_stage(work / "none"), WATCH))
    assert trouble.reason is Reason.WORK_DIR_GONE
    assert str(work / "none") in trouble.words


def test_mark_and_lists_go_together_and_another_jobs_stay(work: Path) -> None:
    """With what a writer left that was killed."""
    for suffix in (b"", b".list", b".proof"):
        name = temporary_prefix(b"main.qqmark" + suffix) + b"12345"
        (work.parent / os.fsdecode(name)).touch()
    others = work.parent / os.fsdecode(temporary_prefix(b"other.qqmark") + b"12345")
    others.touch()
    granted(stage(a_stage(work), WATCH))
    granted(note_proof(NoteProof(at_mark(work), HOME), WATCH))
    granted(note_synced(NoteSynced(at_mark(work), HOME), WATCH))
    granted(remove_mark(RemoveMark(at_mark(work), "other"), WATCH))
    assert len(names_in(work.parent)) == 9
    for _ in range(2):
        granted(remove_mark(RemoveMark(at_mark(work), TOKEN), WATCH))
    assert names_in(work.parent) == sorted(["main", others.name])
