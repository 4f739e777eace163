"""The lock of a directory: no update is lost among many writers, and no dead holder keeps anyone waiting for long."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qq.core.effects import Location, WriteRecord
from qq.core.replacing import replace
from qq.core.result import Success
from qq.core.troubles import Reason
from qq.shell.perform.lock import GivenUpError, LockedError, clear_after_the_dead, directory_lock, kept_young
from qq.shell.perform.record import read_record, record_text, update_record, write_record, write_text
from qq.shell.perform.stale_lock import STALE
from qq.shell.perform.watch import Watch
from tests.core.jobs import PLAIN
from tests.shell.perform.records import WATCH, adding, created, names_in, on_disk, trouble_of

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLD = """
import os, sys
from qq.shell.perform.lock import directory_lock
with directory_lock(sys.argv[1]) as held:
    open(held.temporary, "w").close()
    print("held", flush=True)
    sys.stdin.read()
    os.unlink(held.temporary)
"""
"""Holds the lock, with a half-written file, until it is told to end."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.qqinfo"


@contextmanager
def holder(directory: Path) -> "Iterator[subprocess.Popen[str]]":
    """Another process that holds the lock."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


def hidden(directory: Path) -> list[str]:
    return [name for name in names_in(directory) if name.startswith(".qq")]


def stale_lock(directory: Path, *, age: float) -> Path:
    """The lock of a holder on another machine, so old."""
    lock = directory / ".qq.lock"
    lock.write_text("elsewhere/boot/pid:[1] 1 1 00ff\n")
    when = time.time() - age
    os.utime(lock, (when, when))
    return lock


def added(path: Path) -> None:
    update_record(str(path), None, lambda job: replace(job, attempt=job.attempt + 1)).unwrap()


# --- many at once -----------------------------------------------------------------------------------------------------


def test_of_eight_processes_none_loses_an_update_and_readers_always_see_a_whole_record(path: Path) -> None:
    created(path, PLAIN)
    writers = [adding(path, 50) for _ in range(8)]
    seen = 0
    while any(writer.poll() is None for writer in writers):
        assert on_disk(path).attempt >= seen  # read_record: never half a record, never an older one
        seen = on_disk(path).attempt
    said = [int(line) for writer in writers for line in writer.communicate()[0].split()]
    assert sorted(said) == list(range(2, 402))
    assert on_disk(path).attempt == 401
    assert hidden(path.parent) == []


def test_three_writers_break_one_stale_lock_and_lose_nothing(path: Path) -> None:
    created(path, PLAIN)
    stale_lock(path.parent, age=STALE + 10)
    writers = [adding(path, 20) for _ in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    for writer in writers:
        writer.communicate()
    assert on_disk(path).attempt == 61
    assert hidden(path.parent) == []


def test_a_writer_killed_at_any_instant_leaves_a_whole_record_and_keeps_nobody_waiting(path: Path) -> None:
    created(path, PLAIN)
    for pause in range(8):
        with adding(path, 100_000) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.0007 * pause)  # not to wait for something: to hit another instant each time
            writer.send_signal(signal.SIGKILL)
        before = on_disk(path).attempt
        start = time.monotonic()
        added(path)
        assert time.monotonic() - start < 5
        assert on_disk(path).attempt == before + 1
    assert hidden(path.parent) == []


# --- holders that are gone --------------------------------------------------------------------------------------------


def test_the_lock_of_a_process_that_was_killed_here_is_broken_at_once_and_its_litter_goes(path: Path) -> None:
    created(path, PLAIN)
    with holder(path.parent) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert ".qq.lock" in hidden(path.parent)
        start = time.monotonic()
        added(path)
        assert time.monotonic() - start < 5
    assert hidden(path.parent) == []


def test_what_a_killed_writer_left_can_be_cleared_without_writing(path: Path) -> None:
    with holder(path.parent) as process:
        clear_after_the_dead(str(path))
        assert ".qq.lock" in hidden(path.parent)
        process.send_signal(signal.SIGKILL)
        process.wait()
    clear_after_the_dead(str(path))
    assert hidden(path.parent) == []
    clear_after_the_dead(str(path.parent / "gone" / "run.qqinfo"))


WITHOUT_NAMELESS_FILES = """
import os, sys
os.O_TMPFILE = 0  # as on a file system that has none: a directory can't be opened so
from pathlib import Path
from qq.shell.perform.lock import directory_lock
top = Path(sys.argv[1])
with directory_lock(str(top)):
    print(sorted(path.name.partition("-")[0] for path in top.iterdir()))
print(list(top.iterdir()))
"""


def test_where_files_need_a_name_the_lock_has_one_until_it_is_given_back(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", WITHOUT_NAMELESS_FILES, str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout
    assert said == "['.qq', '.qq.lock']\n[]\n"


def test_the_lock_of_a_live_process_is_waited_for(path: Path) -> None:
    created(path, PLAIN)
    with holder(path.parent) as process:
        with pytest.raises(LockedError), directory_lock(str(path.parent), 0.2):
            pass
        assert process.stdin is not None
        process.stdin.close()
        added(path)
    assert on_disk(path).attempt == 2
    assert hidden(path.parent) == []


def test_a_lock_of_another_machine_is_broken_by_age_only(path: Path) -> None:
    stale_lock(path.parent, age=STALE - 10)
    with pytest.raises(LockedError), directory_lock(str(path.parent), 0.1):
        pass
    stale_lock(path.parent, age=STALE + 1)
    with directory_lock(str(path.parent), 0.1) as held:
        held.check()
    assert hidden(path.parent) == []


def test_a_lock_that_is_held_for_long_stays_young(path: Path) -> None:
    long_ago = time.time() - STALE - 10
    with directory_lock(str(path.parent)) as held, kept_young(held, 0.01):
        os.utime(held.path, (long_ago, long_ago))
        deadline = time.monotonic() + 60
        while Path(held.path).stat().st_mtime < long_ago + STALE:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    assert hidden(path.parent) == []


@pytest.mark.parametrize("content", [b"", b"\xff\xfe \0", b"x" * 10_000])
def test_a_lock_with_anything_in_it_is_broken_by_age_only(path: Path, content: bytes) -> None:
    lock = path.parent / ".qq.lock"
    lock.write_bytes(content)
    with pytest.raises(LockedError), directory_lock(str(path.parent), 0.05):
        pass
    os.utime(lock, (0, 0))
    with directory_lock(str(path.parent), 0.05):
        pass
    assert hidden(path.parent) == []


def test_while_one_breaks_a_lock_nobody_else_does(path: Path) -> None:
    lock = stale_lock(path.parent, age=STALE + 10)
    broken = path.parent / f".qq.lock.broken-{blake2b(lock.read_bytes(), digest_size=8).hexdigest()}"
    os.link(lock, broken)
    with pytest.raises(LockedError), directory_lock(str(path.parent), 0.1):
        pass
    assert broken.name in hidden(path.parent)


# --- holders that were robbed -----------------------------------------------------------------------------------------


def test_a_holder_whose_lock_was_taken_over_writes_nothing(path: Path) -> None:
    created(path, PLAIN)
    before = path.read_bytes()
    with pytest.raises(LockedError), directory_lock(str(path.parent)) as held:
        (path.parent / ".qq.lock").unlink()
        stale_lock(path.parent, age=0)
        write_text(str(path), record_text(replace(PLAIN, attempt=7)), held)
    assert path.read_bytes() == before
    assert hidden(path.parent) == [".qq.lock"]  # the other one's


# --- patience ---------------------------------------------------------------------------------------------------------


def test_a_hurried_writer_waits_a_second_at_most_and_then_goes_without_its_record(path: Path) -> None:
    version = created(path, PLAIN)
    with holder(path.parent):
        start = time.monotonic()
        effect = WriteRecord(Location(str(path)), replace(PLAIN, attempt=2), version, hurried=True)
        trouble = trouble_of(write_record(effect, WATCH))
        assert time.monotonic() - start < 2
    assert trouble.reason is Reason.LOCKED and trouble.transient
    assert "try again" in str(trouble)
    assert read_record(str(path)) == Success((PLAIN, version))


def test_a_signal_ends_the_wait_at_once(path: Path) -> None:
    created(path, PLAIN)
    interrupted = Watch(interrupted=lambda: True)
    with holder(path.parent):
        with pytest.raises(GivenUpError), directory_lock(str(path.parent), give_up=interrupted.interrupted):
            pass
        assert trouble_of(update_record(str(path), None, lambda job: None, interrupted)).reason is Reason.INTERRUPTED
    assert update_record(str(path), None, lambda job: None, interrupted) == Success(PLAIN)  # no wait, no interruption


def test_where_no_lock_can_be_made_it_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), directory_lock(str(tmp_path / "gone")):
        pass
    (tmp_path / ".qq.lock").symlink_to("nowhere")
    with pytest.raises(OSError, match=r"\.qq\.lock"), directory_lock(str(tmp_path), 0.05):
        pass
    assert hidden(tmp_path) == [".qq.lock"]
