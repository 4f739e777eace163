"""Full file systems, by way of a small tmpfs each: nothing is lost, the reason is told, and room makes it go on."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.whole.desk import Desk, make_desk
from tests.whole.trees import differences, whole_tree

pytestmark = pytest.mark.real

CONFIGURATION = "[runner]\nretry_tries = 2\nretry_wait = 0.05\n"
QQ_FILES = ("run.qqinfo", "run.qqout", "run.out", "run.err")
MB = 1 << 20


@contextmanager
def small(path: Path, megabytes: int) -> Iterator[Path]:
    """A file system of this size."""
    path.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "qq-test", path], check=True)
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = make_desk(tmp_path)
    (desk.home / "config/qq").mkdir()
    (desk.home / "config/qq/config.toml").write_text(CONFIGURATION)
    return desk


@pytest.fixture
def small_scratch(desk: Desk) -> Iterator[Path]:
    with small(desk.scratch, 4) as path:
        yield path


@pytest.fixture
def small_home(desk: Desk) -> Iterator[Path]:
    with small(desk.top / "small", 4) as path:
        yield path


def fill(directory: Path) -> Path:
    """Takes every last byte of a file system."""
    filler = directory / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            return filler


def run(desk: Desk, directory: Path) -> dict[str, Any]:
    """Submits and waits."""
    desk.qq("submit", directory / "run.sh")
    desk.run("wait", "-d", directory)
    return desk.info(directory)


def ended(told: dict[str, Any]) -> tuple[object, ...]:
    record = told["record"]
    return told["state"], record.get("job_exit_code"), record.get("script_exit_code"), told["reason_number"]


def test_scratch_is_full_while_staging_in(desk: Desk, small_scratch: Path) -> None:
    directory = desk.job("job", "true")
    for name in ("a", "b", "c"):
        (directory / name).write_bytes(os.urandom(2 * MB))
    before = whole_tree(directory)
    told = run(desk, directory)
    assert ended(told) == ("failed", 91, None, 24)
    assert "no space is left on scratch" in told["reason"] and str(small_scratch) in told["reason"]
    assert told["next_command"] == f"qq respawn {told['job_id']}"
    assert not differences(before, whole_tree(directory, but=QQ_FILES))


def test_a_script_that_fills_scratch_to_the_last_byte_has_its_results_home(desk: Desk, small_scratch: Path) -> None:
    directory = desk.job("job", "echo result > result; cat /dev/zero > big 2>/dev/null; exit 0")
    told = run(desk, directory)
    assert ended(told) == ("finished", 0, 0, None), told["reason"]
    assert (directory / "result").read_text() == "result\n"
    assert (directory / "big").stat().st_size > 3 * MB
    assert not Path(told["record"]["work_dir"]).exists()


def test_scratch_is_full_before_the_job_begins(desk: Desk, small_scratch: Path) -> None:
    directory = desk.job("job", "true")
    fill(small_scratch)
    before = whole_tree(directory)
    told = run(desk, directory)
    assert ended(told) == ("failed", 91, None, 24), told["reason"]
    assert not differences(before, whole_tree(directory, but=QQ_FILES))


def test_home_is_full_while_results_come_home_and_with_room_they_do(desk: Desk, small_home: Path) -> None:
    make = "for n in 1 2 3 4; do head -c 800000 /dev/urandom > result$n; done; echo changed >> data.txt; md5sum *[0-9t]"
    directory = desk.job("small", make)
    (directory / "data.txt").write_text("input\n")
    (directory / "in the way").write_bytes(os.urandom(2 * MB))
    before = whole_tree(directory)
    told = run(desk, directory)
    assert ended(told) == ("failed", 91, 0, 41)
    assert "no space is left while results are copied home" in told["reason"]
    assert told["next_command"] == f"make room, then qq recover {told['job_id']}"
    work = Path(told["record"]["work_dir"])
    wanted = {f"result{n}": (work / f"result{n}").read_bytes() for n in range(1, 5)}
    for path in directory.glob("result*"):
        assert path.read_bytes() == wanted[path.name]
    at_home = {*before, b"data.txt", *(os.fsencode(name) for name in wanted)}
    assert {path for path in whole_tree(directory, but=QQ_FILES) if not path.startswith(b".qq-")} <= at_home
    assert (directory / "in the way").stat().st_size == 2 * MB
    (directory / "in the way").unlink()
    desk.qq("recover", "-y", "-d", directory)
    assert ended(desk.info(directory))[:3] == ("finished", 0, 0)
    assert {path.name: path.read_bytes() for path in directory.glob("result*")} == wanted
    assert (directory / "data.txt").read_text() == "input\nchanged\n"
    assert not work.exists() and not list(directory.glob(".qq*"))


def test_home_is_full_to_the_last_byte_when_the_script_ends(desk: Desk, small_home: Path) -> None:
    """Not even the record can be written: the job stays as it is, and recovery finishes it."""
    directory = desk.job("small", 'cat /dev/zero > "$QQ_INPUT_DIR/filler" 2>/dev/null; echo result > result; exit 0')
    told = run(desk, directory)
    assert told["state"] == "in_an_inconsistent_state", told
    assert told["next_command"] == f"qq recover {told['job_id']}"
    assert (Path(told["record"]["work_dir"]) / "result").read_text() == "result\n"
    before = whole_tree(directory, but=[".qq.lock"])
    assert not differences(before, whole_tree(directory, but=[".qq.lock"]))
    done = desk.run("recover", "-y", "-d", directory)
    assert done.returncode == 91 and "no space" in done.stderr.lower(), done
    (directory / "filler").unlink()
    desk.qq("recover", "-y", "-d", directory)
    assert ended(desk.info(directory))[:3] == ("finished", 0, 0)
    assert (directory / "result").read_text() == "result\n"


def test_home_is_full_at_the_submission(desk: Desk, small_home: Path) -> None:
    directory = desk.job("small", "true")
    fill(small_home)
    before = whole_tree(directory)
    done = desk.run("submit", directory / "run.sh")
    assert (done.returncode, done.stdout) == (91, "")
    assert len(done.stderr.splitlines()) == 1 and "no space" in done.stderr and str(directory) in done.stderr, done
    assert not differences(before, whole_tree(directory))
    assert desk.qq("jobs", "-a", "--json").strip() == "[]"


def test_the_archive_is_full(desk: Desk, tmp_path: Path) -> None:
    script = "head -c 3000000 /dev/urandom > job000$QQ_LOOP_CURRENT.dat; touch job000$((QQ_LOOP_CURRENT + 1)).cpt"
    directory = desk.job("job", script, "# qq job-type loop\n# qq loop-end 2")
    with small(tmp_path / "archive", 4) as archive:
        (directory / "storage").symlink_to(archive)
        desk.qq("submit", directory / "run.sh")
        for _ in range(2):
            desk.run("wait", "-d", directory)
        told = desk.info(directory)
        assert told["state"] == "failed" and told["record"]["script_exit_code"] == 0, told
        assert told["record"]["loop_info"]["current"] == 2 and told["reason_number"] == 41, told["reason"]
        work = Path(told["record"]["work_dir"])
        data = (work / "job0002.dat").read_bytes()
        assert not (archive / "job0002.dat").exists()
        (archive / "job0001.dat").unlink()
        desk.qq("recover", "-y", "-d", directory)
        assert desk.state(directory) == "finished"
        assert (archive / "job0002.dat").read_bytes() == data and not work.exists()


def test_the_queue_has_no_room(desk: Desk) -> None:
    directory = desk.job("job", "true")
    with small(desk.home / "state", 1) as state:
        filler = fill(state)
        before = whole_tree(directory)
        done = desk.run("submit", directory / "run.sh")
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (91, "", 1), done
        assert "queue" in done.stderr or "space" in done.stderr or "full" in done.stderr
        assert not differences(before, whole_tree(directory))
        filler.unlink()
        assert run(desk, directory)["state"] == "finished"
