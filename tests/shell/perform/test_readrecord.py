"""Reading an info file: whatever stands under its name, one clear line, and never a wait."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from qq.core.effects import Location, ReadRecord
from qq.core.moments import RecordFound
from qq.core.result import Success
from qq.core.troubles import Reason
from qq.shell.perform.record import read_first, read_record, record_text
from qq.shell.perform.yamltext import MAX_BYTES
from tests.conftest import NOBODY, Command
from tests.core.jobs import PLAIN, a_job
from tests.shell.perform.records import WATCH, created, trouble_of

READ = """
import sys
from qq.core.result import failed
from qq.shell.perform.readrecord import read_record
trouble = failed(read_record(sys.argv[1]))
print(trouble.reason.name, trouble)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.qqinfo"


def test_a_record_is_read_with_its_version(path: Path) -> None:
    version = created(path, PLAIN)
    assert read_record(str(path)) == Success((PLAIN, version))
    assert (version.token, version.attempt) == (PLAIN.token, PLAIN.attempt)


def test_another_byte_is_another_version(path: Path) -> None:
    version = created(path, PLAIN)
    path.write_bytes(path.read_bytes() + b"# a word\n")
    job, changed = read_record(str(path)).unwrap()
    assert job == PLAIN and changed != version


def test_a_link_to_a_record_is_one(path: Path, tmp_path: Path) -> None:
    created(path, PLAIN)
    link = tmp_path / "link.qqinfo"
    link.symlink_to(path)
    assert read_record(str(link)) == read_record(str(path))


CONTENTS = [
    (b"", "it is empty"),
    (b" \n\n", "it is empty"),
    (b"# only a comment\n", "it holds no mapping of keys and values"),
    (b"- a\n- list\n", "it holds no mapping of keys and values"),
    (b"just words\n", "it holds no mapping of keys and values"),
    (b"a: [1, 2\n", "line 2: "),
    (b"a: 1\n\xff\n", "line 2: not UTF-8"),
    (b"\x7fELF\x02\x01\x01\0\0", ""),
    (b"a: 1\n", "batch_system: is missing; qq_version: is missing; username: is missing; and 11 more"),
]


@pytest.mark.parametrize(("content", "words"), CONTENTS)
def test_what_is_no_record_is_said_in_one_line_that_names_the_file(path: Path, content: bytes, words: str) -> None:
    path.write_bytes(content)
    trouble = trouble_of(read_record(str(path)))
    assert trouble.reason is Reason.RECORD_INVALID
    assert str(trouble).startswith(f"{path}: this is no valid info file: {words}")
    assert not trouble.transient
    assert path.read_bytes() == content


def test_wherever_a_record_is_cut_off_it_is_none_unless_all_is_left_that_tells_whose_it_is(path: Path) -> None:
    whole = record_text(PLAIN)
    least = whole.index(b"\ntoken: ")
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        result = read_record(str(path))
        if isinstance(result, Success):
            assert size > least and whole[size - 1 : size] == b"\n"
            assert result.unwrap()[0].token == PLAIN.token
        else:
            assert trouble_of(result).reason is Reason.RECORD_INVALID


def test_what_others_wrote_needs_neither_a_token_nor_a_last_line_end(path: Path) -> None:
    lines = record_text(PLAIN).split(b"\n")[1:]
    path.write_bytes(b"\n".join(line for line in lines if not line.startswith(b"token: ")).strip())
    assert isinstance(read_record(str(path)), Success)


def test_a_file_of_100_mb_is_refused_without_reading_it(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 * 1024**2)
    trouble = trouble_of(read_record(str(path)))
    assert trouble.reason is Reason.RECORD_INVALID
    assert str(trouble).endswith(f"{100 * 1024**2} bytes are too many")


def test_the_largest_file_that_is_looked_at_is_read_quickly(path: Path) -> None:
    path.write_bytes((record_text(PLAIN) + b"more: [" + b"1, " * MAX_BYTES)[:MAX_BYTES])
    assert trouble_of(read_record(str(path))).reason is Reason.RECORD_INVALID


def test_a_directory_and_a_fifo_are_no_records(path: Path) -> None:
    path.mkdir()
    trouble = trouble_of(read_record(str(path)))
    assert (trouble.reason, str(trouble)) == (
        Reason.RECORD_UNREADABLE,
        f"{path}: the info file can't be read: it is no regular file",
    )
    path.rmdir()
    os.mkfifo(path)  # nobody writes into it: an ordinary open would wait for ever
    assert trouble_of(read_record(str(path))).reason is Reason.RECORD_UNREADABLE


def test_a_link_to_nowhere_is_not_the_same_as_nothing(path: Path) -> None:
    path.symlink_to(path.parent / "nowhere")
    trouble = trouble_of(read_record(str(path)))
    assert (trouble.reason, str(trouble)) == (
        Reason.RECORD_UNREADABLE,
        f"{path}: the info file can't be read: it is a symbolic link to nowhere",
    )


def test_links_in_a_loop_are_trouble(path: Path) -> None:
    path.symlink_to(path)
    assert trouble_of(read_record(str(path))).reason is Reason.RECORD_UNREADABLE


@pytest.mark.parametrize("name", ["run.qqinfo", "gone/run.qqinfo", "file/run.qqinfo"])
def test_nothing_there_is_a_reason_of_its_own(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    trouble = trouble_of(read_record(str(tmp_path / name)))
    assert (trouble.reason, str(trouble)) == (Reason.NO_SUCH_FILE, f"{tmp_path / name}: there is no such info file")


def test_without_permission_to_read_it_says_so(path: Path, without_privileges: Command) -> None:
    created(path, PLAIN)
    path.chmod(0)
    argv = without_privileges([sys.executable, "-c", READ, str(path)])
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert said == f"PERMISSION {path}: you may not read this info file\n"


def test_another_users_record_is_not_read(path: Path) -> None:
    other = path
    if os.geteuid() == 0:
        created(path, PLAIN)
        os.chown(path, int(NOBODY), int(NOBODY))
    else:
        other = Path("/etc/passwd")  # root's, and everybody may read it
    trouble = trouble_of(read_record(str(other)))
    assert (trouble.reason, str(trouble)) == (
        Reason.PERMISSION,
        f"{other}: this info file belongs to another user",
    )


def test_a_job_of_another_user_is_refused_if_a_user_is_named(path: Path) -> None:
    created(path, PLAIN)
    assert isinstance(read_record(str(path), PLAIN.username), Success)
    assert trouble_of(read_record(str(path), "bob")).reason is Reason.PERMISSION


def test_a_name_with_a_newline_makes_no_second_line(nasty_dir: Path) -> None:
    assert "\\n" in str(trouble_of(read_record(str(nasty_dir / "run.qqinfo"))))


# --- the first of several places --------------------------------------------------------------------------------------


def looking_in(*paths: Path) -> ReadRecord:
    from pyrsistent import pvector

    return ReadRecord(pvector(Location(str(path)) for path in paths))


def test_the_first_place_that_has_a_record_counts(tmp_path: Path) -> None:
    home, archive = tmp_path / "a.qqinfo", tmp_path / "b.qqinfo"
    assert read_first(looking_in(home, archive), WATCH) == Success(RecordFound(None))
    created(archive, a_job(attempt=2))
    found = read_first(looking_in(home, archive), WATCH).unwrap()
    assert (found.job, found.place) == (a_job(attempt=2), 1)
    created(home, PLAIN)
    found = read_first(looking_in(home, archive), WATCH).unwrap()
    assert (found.job, found.place) == (PLAIN, 0)


def test_a_record_that_cant_be_read_is_not_absent(tmp_path: Path) -> None:
    home, archive = tmp_path / "a.qqinfo", tmp_path / "b.qqinfo"
    created(archive, PLAIN)
    home.write_bytes(b"")
    assert trouble_of(read_first(looking_in(home, archive), WATCH)).reason is Reason.RECORD_INVALID
