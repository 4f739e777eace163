"""What qq run says on a node goes to a file that nobody else can have prepared, read or replaced."""

import os
import stat
from pathlib import Path

import pytest

from qq.shell.open_output import private_file


def written(directory: Path, text: bytes = b"said") -> Path:
    fd = private_file(directory)
    try:
        os.write(fd, text)
        return Path(f"/proc/self/fd/{fd}").readlink()
    finally:
        os.close(fd)


def test_it_is_made_in_a_directory_that_only_its_user_can_enter(tmp_path: Path) -> None:
    path = written(tmp_path / "qq-ada-17")
    assert path == tmp_path / "qq-ada-17" / "qqout"
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_job_that_is_started_again_here_goes_on_in_the_same_file(tmp_path: Path) -> None:
    written(tmp_path / "qq-ada-17", b"first ")
    assert written(tmp_path / "qq-ada-17", b"second").read_bytes() == b"first second"


def test_a_link_that_waits_under_its_name_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    (tmp_path / "qq-ada-17").symlink_to(elsewhere)
    path = written(tmp_path / "qq-ada-17")
    assert path.read_bytes() == b"said" and path.parent.parent == tmp_path
    assert not list(elsewhere.iterdir())


def test_a_directory_that_others_can_enter_is_not_used(tmp_path: Path) -> None:
    open_to_all = tmp_path / "qq-ada-17"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    assert written(open_to_all).parent != open_to_all
    assert not list(open_to_all.iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make somebody else's directory")
def test_somebody_elses_directory_is_not_used(tmp_path: Path) -> None:
    theirs = tmp_path / "qq-ada-17"
    theirs.mkdir(mode=0o700)
    os.chown(theirs, 12345, 12345)
    assert written(theirs).parent != theirs
    assert not list(theirs.iterdir())


def test_a_file_under_its_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "qq-ada-17").write_text("theirs")
    assert written(tmp_path / "qq-ada-17").read_bytes() == b"said"
    assert (tmp_path / "qq-ada-17").read_text() == "theirs"
