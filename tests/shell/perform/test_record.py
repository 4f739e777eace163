"""Writing the record: only over what was last read, whole or not at all, and never another job's."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyrsistent import pmap, pvector

from qq.core.effects import CreateRecord, Guard, Location, WithdrawRecord, WriteRecord
from qq.core.moments import Ok, Written
from qq.core.records.job import JobInfo
from qq.core.records.version import Version
from qq.core.replacing import replace
from qq.core.result import Result, Success
from qq.core.states import RecordState
from qq.core.troubles import Reason, Trouble
from qq.shell.perform.record import (
    create_record,
    read_record,
    update_record,
    withdraw_record,
    write_record,
)
from qq.shell.perform.refusal import Refusal
from tests.conftest import Command
from tests.core.jobs import PLAIN, a_job
from tests.shell.perform.records import ADD, WATCH, created, names_in, on_disk, trouble_of

RUNNING = a_job(state=RecordState.RUNNING)


@pytest.fixture
def path(nasty_dir: Path) -> Path:
    return nasty_dir / "run.qqinfo"


@pytest.fixture(autouse=True)
def nothing_is_left(nasty_dir: Path) -> Iterator[None]:
    """No lock and no temporary file outlives what these tests do."""
    yield
    assert [name for name in names_in(nasty_dir) if name.startswith(".qq")] == []


def write(path: Path, job: JobInfo, expects: Version, *, hurried: bool = False) -> Result[Written | Refusal, Trouble]:
    return write_record(WriteRecord(Location(str(path)), job, expects, hurried), WATCH)


def create(path: Path, job: JobInfo) -> Result[Written | Refusal, Trouble]:
    return create_record(CreateRecord(Location(str(path)), job), WATCH)


def withdraw(path: Path, token: str) -> Result[Ok, Trouble]:
    return withdraw_record(WithdrawRecord(Location(str(path)), token), WATCH)


# --- WriteRecord ------------------------------------------------------------------------------------------------------


def test_what_was_last_read_is_replaced_and_the_answer_is_what_stands_there_now(path: Path) -> None:
    written = write(path, RUNNING, created(path, PLAIN))
    assert read_record(str(path)) == written.map(lambda answer: (RUNNING, getattr(answer, "version", None)))
    assert isinstance(written.unwrap(), Written)


def test_twice_is_once(path: Path) -> None:
    version = created(path, PLAIN)
    first = write(path, RUNNING, version)
    before = path.stat()
    assert write(path, RUNNING, version) == first
    assert path.stat().st_ino == before.st_ino


@pytest.mark.parametrize("other", [a_job(token="t1"), a_job(attempt=2), a_job(job_id="2.local")])
def test_another_token_attempt_or_byte_is_a_refusal_that_hands_back_what_is_there(path: Path, other: JobInfo) -> None:
    there = created(path, other)
    expected = Version(PLAIN.token, PLAIN.attempt, there.digest if other.job_id == "1.local" else "0" * 32)
    assert write(path, RUNNING, expected) == Success(Refusal(other, there))
    assert on_disk(path) == other


def test_an_absent_record_is_a_refusal_and_never_made(path: Path) -> None:
    assert write(path, RUNNING, Version("t0", 1, "")) == Success(Refusal(None, None))
    assert not path.exists()


@pytest.mark.parametrize("content", [b"", b"- 1\n", b"a: 1\n"])
def test_what_is_no_record_is_a_refusal_and_left_alone(path: Path, content: bytes) -> None:
    version = created(path, PLAIN)
    path.write_bytes(content)
    assert write(path, RUNNING, version) == Success(Refusal(None, None))
    assert path.read_bytes() == content


def test_a_record_that_cant_be_read_is_trouble(path: Path) -> None:
    path.mkdir()
    assert trouble_of(write(path, RUNNING, Version("t0", 1, ""))).reason is Reason.RECORD_UNREADABLE


def test_a_directory_that_is_gone_is_trouble_that_says_so(path: Path) -> None:
    gone = path.parent / "gone" / "run.qqinfo"
    trouble = trouble_of(write(gone, RUNNING, Version("t0", 1, "")))
    assert trouble.reason is Reason.INPUT_DIR_GONE
    assert trouble_of(create(gone, PLAIN)).reason is Reason.INPUT_DIR_GONE


def test_unknown_keys_and_comments_outlive_a_transition(path: Path) -> None:
    created(path, a_job(unknown=pmap({"mine": "x"})))
    path.write_text(path.read_text().replace("queue:", "# the fast one\nqueue:"))
    job, version = read_record(str(path)).unwrap()
    write(path, replace(job, state=RecordState.RUNNING), version).unwrap()
    assert "# the fast one\nqueue: default\n" in path.read_text()
    assert "\nmine: x\n" in path.read_text()


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    version = created(elsewhere / "real.qqinfo", PLAIN)
    path.symlink_to(elsewhere / "real.qqinfo")
    assert isinstance(write(path, RUNNING, version).unwrap(), Written)
    assert path.is_symlink() and on_disk(elsewhere / "real.qqinfo") == RUNNING
    assert names_in(elsewhere) == ["real.qqinfo"]


def test_names_that_are_no_utf8_are_written(path: Path) -> None:
    job = replace(RUNNING, work_dir="/scratch/\udcff\udce9")
    write(path, job, created(path, PLAIN)).unwrap()
    assert on_disk(path) == job


def test_a_record_has_the_mode_that_the_umask_leaves(path: Path) -> None:
    code = "import os, sys; os.umask(0o027)\n" + ADD
    created(path, PLAIN)
    subprocess.run([sys.executable, "-c", code, str(path), "1"], check=True, stdout=subprocess.DEVNULL)
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_record_that_nobody_could_read_is_not_written(path: Path) -> None:
    version = created(path, PLAIN)
    for wrong in (replace(RUNNING, main_node="-x y"), replace(RUNNING, main_node="\ud800")):
        trouble = trouble_of(write(path, wrong, version))
        assert trouble.reason is Reason.RECORD_NOT_WRITTEN
    assert on_disk(path) == PLAIN


def test_on_a_full_disk_the_old_record_stays_whole(small_disk: Path) -> None:
    path = small_disk / "run.qqinfo"
    version = created(path, PLAIN)
    with (small_disk / "filler").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(b"x" * 4096)
    trouble = trouble_of(write(path, RUNNING, version))
    assert trouble.reason is Reason.NO_SPACE and trouble.transient and str(path) in str(trouble)
    assert on_disk(path) == PLAIN
    assert names_in(small_disk) == ["filler", "run.qqinfo"]


def test_without_permission_to_write_it_says_so(path: Path, without_privileges: Command) -> None:
    created(path, PLAIN)
    code = (
        "import sys; from qq.core.result import failed; from qq.shell.perform.record import update_record\n"
        "trouble = failed(update_record(sys.argv[1], None, lambda job: job)); print(trouble.reason.name)"
    )
    path.parent.chmod(0o555)
    said = subprocess.run(
        without_privileges([sys.executable, "-c", code, str(path)]), capture_output=True, text=True, check=True
    ).stdout
    path.parent.chmod(0o755)
    assert said == "PERMISSION\n"


# --- CreateRecord -----------------------------------------------------------------------------------------------------


def test_a_record_is_created_where_none_is_and_twice_is_once(path: Path) -> None:
    first = create(path, PLAIN)
    assert isinstance(first.unwrap(), Written) and on_disk(path) == PLAIN
    assert create(path, PLAIN) == first


def test_a_record_that_is_there_is_handed_back(path: Path) -> None:
    version = created(path, a_job(token="t1"))
    assert create(path, PLAIN) == Success(Refusal(a_job(token="t1"), version))
    assert on_disk(path).token == "t1"


def test_nothing_that_has_the_name_is_replaced(path: Path) -> None:
    path.write_bytes(b"no record")
    assert create(path, PLAIN) == Success(Refusal(None, None))
    assert path.read_bytes() == b"no record"
    path.unlink()
    path.mkdir()
    assert trouble_of(create(path, PLAIN)).reason is Reason.RECORD_UNREADABLE
    path.rmdir()
    path.symlink_to("nowhere")
    assert trouble_of(create(path, PLAIN)).reason is Reason.RECORD_UNREADABLE
    path.unlink()


NEXT = a_job(token="next", job_id=None)


def followed_by(path: Path, **changes: Any) -> CreateRecord:
    """The record of the next cycle, while this one's own is ``path``."""
    guard = Guard(Location(str(path)), PLAIN.token, PLAIN.attempt)
    archive = pvector([Location(str(path.with_name("moved.qqinfo")))])
    return replace(CreateRecord(Location(str(path.with_name("next.qqinfo"))), NEXT, guard, archive), **changes)


def test_the_next_record_is_created_beside_the_own_one(path: Path) -> None:
    created(path, PLAIN)
    assert isinstance(create_record(followed_by(path), WATCH).unwrap(), Written)
    assert on_disk(path.with_name("next.qqinfo")) == NEXT
    path.with_name("next.qqinfo").unlink()


@pytest.mark.parametrize("there", [None, replace(PLAIN, token="t1"), replace(PLAIN, attempt=PLAIN.attempt + 1)])
def test_no_next_record_is_created_once_the_own_one_is_gone_or_anothers(path: Path, there: JobInfo | None) -> None:
    if there is not None:
        created(path, there)
    trouble = trouble_of(create_record(followed_by(path), WATCH))
    assert trouble.reason is Reason.DISOWNED and "next.qqinfo was not created" in str(trouble)
    assert not path.with_name("next.qqinfo").exists()


def test_no_next_record_is_created_while_the_own_one_cant_be_read(path: Path) -> None:
    path.write_bytes(b"no record")
    assert trouble_of(create_record(followed_by(path), WATCH)).reason is Reason.RECORD_INVALID
    path.unlink()


def test_a_next_record_that_was_moved_to_the_archive_counts_as_being_there(path: Path) -> None:
    created(path, PLAIN)
    moved = path.with_name("moved.qqinfo")
    version = created(moved, replace(NEXT, job_id="2.local"))
    assert create_record(followed_by(path), WATCH) == Success(Refusal(replace(NEXT, job_id="2.local"), version))
    moved.unlink()
    created(moved, a_job(token="0123abcd"))
    assert isinstance(create_record(followed_by(path), WATCH).unwrap(), Written)
    path.with_name("next.qqinfo").unlink()
    moved.write_bytes(b"no record")
    assert isinstance(create_record(followed_by(path), WATCH).unwrap(), Written)
    path.with_name("next.qqinfo").unlink()
    moved.unlink()
    moved.mkdir()
    assert trouble_of(create_record(followed_by(path), WATCH)).reason is Reason.RECORD_UNREADABLE
    moved.rmdir()


# --- WithdrawRecord ---------------------------------------------------------------------------------------------------

UNCLAIMED = a_job(job_id=None)


def test_an_unclaimed_record_goes_and_twice_is_once(path: Path) -> None:
    created(path, UNCLAIMED)
    assert withdraw(path, UNCLAIMED.token) == Success(Ok())
    assert not path.exists()
    assert withdraw(path, UNCLAIMED.token) == Success(Ok())


@pytest.mark.parametrize(
    "claimed",
    [
        PLAIN,
        replace(UNCLAIMED, token="t1"),
        replace(UNCLAIMED, work_dir="/scratch/1"),
        replace(UNCLAIMED, state=RecordState.KILLED),
    ],
)
def test_a_claimed_ended_or_foreign_record_stays(path: Path, claimed: JobInfo) -> None:
    created(path, claimed)
    assert withdraw(path, UNCLAIMED.token) == Success(Ok())
    assert on_disk(path) == claimed


def test_what_is_no_record_stays_and_what_cant_be_read_is_trouble(path: Path) -> None:
    path.write_bytes(b"no record")
    assert withdraw(path, "t0") == Success(Ok())
    assert path.read_bytes() == b"no record"
    path.unlink()
    path.mkdir()
    assert trouble_of(withdraw(path, "t0")).reason is Reason.RECORD_UNREADABLE


# --- update_record ----------------------------------------------------------------------------------------------------


def test_a_change_is_made_to_what_stands_there_then(path: Path) -> None:
    created(path, PLAIN)
    assert update_record(str(path), PLAIN.username, lambda job: replace(job, attempt=job.attempt + 1)) == Success(
        a_job(attempt=2)
    )
    assert on_disk(path) == a_job(attempt=2)


def test_no_change_writes_nothing(path: Path) -> None:
    created(path, PLAIN)
    before = path.stat().st_ino
    assert update_record(str(path), None, lambda _job: None) == Success(PLAIN)
    assert update_record(str(path), None, lambda job: job) == Success(PLAIN)
    assert path.stat().st_ino == before


def test_another_users_job_is_not_changed(path: Path) -> None:
    created(path, PLAIN)
    assert trouble_of(update_record(str(path), "bob", lambda _job: RUNNING)).reason is Reason.PERMISSION
    assert on_disk(path) == PLAIN


def test_a_record_in_the_current_directory_needs_no_path(path: Path) -> None:
    created(path, PLAIN)
    done = subprocess.run(
        [sys.executable, "-c", ADD, path.name, "1"], cwd=path.parent, capture_output=True, text=True, check=True
    )
    assert done.stdout == "2\n"
