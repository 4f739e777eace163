"""Jobs whose directories were copied or moved: no command given the one acts on the other."""

import shutil
from pathlib import Path

import pytest

from tests.shell.cli.conftest import Qq, submitted, until, waits_for
from tests.shell.cli.test_recover import lost
from tests.whole.trees import differences, whole_tree


@pytest.fixture
def go(tmp_path: Path) -> Path:
    """The file that lets jobs end."""
    return tmp_path / "go"


def copied(qq: Qq) -> Path:
    return Path(shutil.copytree(qq.cwd, qq.cwd.with_name("copy")))


def refused(qq: Qq, *words: str, says: str) -> None:
    """A command that changes nothing anywhere, submits nothing, and says why."""
    before, queue = whole_tree(qq.cwd.parent), qq("jobs", "-a").out
    done = qq(*words)
    assert done.code == 91 and says in done.err, done
    changed = differences(before, whole_tree(qq.cwd.parent))
    assert not {path for path in changed if path.startswith((b"job", b"copy", b"moved"))}
    assert qq("jobs", "-a").out == queue


def test_a_copy_is_not_recovered_before_nor_after_the_original(qq: Qq, go: Path) -> None:
    lost(qq, go, "echo attempt $QQ_ATTEMPT")
    copy = copied(qq)
    words = f"is a job of {qq.cwd}, and {copy}/run.qqinfo is a copy: qq recover -d {qq.cwd}"
    refused(qq, "recover", "-y", "-d", str(copy), says=words)
    refused(qq, "wipe", "-y", "--force", "-d", str(copy), says=words.replace("qq recover", "qq wipe"))
    go.touch()
    done = qq("recover", "-y", "-d", str(copy), ".")
    assert done.code == 0 and words in done.err, done
    assert qq("wait").code == 0
    refused(qq, "recover", "-y", "-d", str(copy), says=words)


def test_a_chain_goes_on_whatever_is_asked_of_a_copy(qq: Qq, go: Path) -> None:
    job_id = lost(qq, go, "echo $QQ_LOOP_CURRENT > cycle", "job-type loop", "loop-end 2")
    copy = copied(qq)
    refused(qq, "recover", "-y", "-d", str(copy), says="is a copy: qq recover -d")
    go.touch()
    assert qq.at(copy)("recover", "-y", job_id).code == 0
    until((qq.cwd / "run+0002.qqinfo").exists, "the next cycle")
    assert qq("wait").code == 0
    assert (qq.cwd / "cycle").read_text() == "2\n"
    assert f"qq wipe -d {qq.cwd}/storage" in qq("wipe", "-y", "--force", "-d", str(copy)).err


def test_kill_ends_a_job_by_its_own_info_file_only(qq: Qq, go: Path) -> None:
    job_id = submitted(qq, waits_for(go))
    until(lambda: "running" in qq("info", "-b").out, "the job to run")
    copy = copied(qq)
    for force in ([], ["--force"]):
        done = qq("kill", "-y", *force, "-d", str(copy))
        assert done.code == 91
        assert f"{copy}/run.qqinfo is a copy: qq kill -d {qq.cwd}" in done.err
    assert all("killed_by" not in (place / "run.qqinfo").read_text() for place in (copy, qq.cwd))
    assert f"copy: qq info -d {qq.cwd}" in " ".join(qq("info", "-d", str(copy)).out.replace("│", " ").split())
    assert qq.at(copy)("kill", "-y", job_id).code == 0
    assert "killed_by" in (qq.cwd / "run.qqinfo").read_text()


def test_a_job_that_was_moved_is_recovered_when_it_is_back(qq: Qq, go: Path) -> None:
    lost(qq, go)
    moved = qq.cwd.rename(qq.cwd.with_name("moved"))
    away = qq.at(moved)
    words = f"its input directory {qq.cwd} is gone: if it was moved to {moved}, move it back"
    refused(away, "recover", "-y", says=words)
    refused(away, "wipe", "-y", "--force", says=words)
    refused(away, "respawn", "-y", "--force", says=words)
    go.touch()
    moved.rename(qq.cwd)
    assert qq("recover", "-y").code == 0
    assert qq("wait").code == 0


def test_a_job_that_was_moved_can_be_killed(qq: Qq, go: Path) -> None:
    submitted(qq, waits_for(go))
    until(lambda: "running" in qq("info", "-b").out, "the job to run")
    moved = qq.cwd.rename(qq.cwd.with_name("moved"))
    assert qq.at(moved)("kill", "-y").code == 0
    assert "killed_by" in (moved / "run.qqinfo").read_text()


def test_clear_takes_a_copys_files_and_nothing_else(qq: Qq, go: Path) -> None:
    submitted(qq, "exit 3")
    qq("wait")
    copy, before = copied(qq), whole_tree(qq.cwd)
    assert qq("clear", "-d", str(copy)).code == 0
    assert [path.name for path in copy.iterdir()] == ["run.sh"]
    assert not differences(before, whole_tree(qq.cwd))


def test_clear_leaves_the_copy_of_a_live_job_as_it_leaves_the_job(qq: Qq, go: Path) -> None:
    submitted(qq, waits_for(go))
    until(lambda: "running" in qq("info", "-b").out, "the job to run")
    copy = copied(qq)
    before = whole_tree(copy)
    done = qq("clear", "--force", "-d", str(copy))
    assert done.code == 91 and "still running" in done.err, done
    assert not differences(before, whole_tree(copy))


def test_ids_of_archived_cycles_can_still_be_wiped(qq: Qq) -> None:
    job_id = submitted(qq, "true", "job-type loop", "loop-end 2", "transfer-mode never")
    until(lambda: "finished" in qq("info", "-b").out and (qq.cwd / "run+0002.qqinfo").exists(), "the last cycle")
    qq("wait")
    done = qq("wipe", "-y", "--force", job_id)
    assert done.code == 0, done
