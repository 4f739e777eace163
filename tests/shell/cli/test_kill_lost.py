"""Live jobs whose info files are gone: only the batch system knows them, and only by force are they ended."""

import shutil
from pathlib import Path

import pytest

from qq.core.evidence import Seen
from qq.core.states import BatchState
from qq.shell.batch.local.client import open_queue
from qq.shell.here import user_name
from qq.shell.records import Records
from tests.shell.batch.local.helpers import over
from tests.shell.cli.conftest import Ended, Qq, submitted, until, waits_for


def running(qq: Qq, tmp_path: Path) -> str:
    """A job that has begun."""
    job_id = submitted(qq, f"touch {tmp_path / 'begun'}; {waits_for(tmp_path / 'go')}")
    until((tmp_path / "begun").exists, "the script to begin")
    return job_id


def is_told(done: Ended, job_id: str, why: str) -> None:
    """The only line says why, and what to type."""
    assert done.code == 91
    assert done.error.endswith(f"; 'qq kill --force {job_id}' ends the job all the same")
    assert why in done.error


def is_killed(qq: Qq, job_id: str) -> None:
    """The job is over, though its script was not let go."""
    queue = open_queue(qq.env)
    assert over(queue, job_id).state is BatchState.FAILED
    queue.close()


@pytest.mark.parametrize("how", ["its number", "its id", "all"])
def test_without_its_directory_a_job_is_ended_by_force(qq: Qq, tmp_path: Path, how: str) -> None:
    job_id = running(qq, tmp_path)
    shutil.rmtree(qq.cwd)
    away = qq.at(tmp_path)
    for command in ("info", "logs", "sync", "wipe", "go", "recover", "kill"):
        is_told(away(command, job_id, *(["-y"] if command == "kill" else [])), job_id, "is gone")
    words = {"its number": job_id.partition(".")[0], "its id": job_id, "all": "-a"}
    done = away("kill", "--force", "-y", words[how])
    assert (done.code, done.err) == (0, "")
    assert done.out == f"{job_id} (run.sh): was told to end; it has no info file that could say so\n"
    is_killed(qq, job_id)
    assert not qq.cwd.exists()
    again = away("kill", "--force", "-y", job_id)
    assert again.code == 91 and "is gone" in again.error and "--force" not in again.error


def test_an_info_file_that_cannot_be_read_stays_as_it_is(qq: Qq, tmp_path: Path) -> None:
    job_id = running(qq, tmp_path)
    record = qq.cwd / "run.qqinfo"
    record.write_text("[\n")
    before = set(qq.cwd.iterdir()), record.stat().st_mtime_ns
    away = qq.at(tmp_path)
    is_told(away("info", job_id), job_id, str(record))
    assert "use -y" in away("kill", "--force", job_id).error
    assert away("kill", "--force", "-y", job_id).code == 0
    is_killed(qq, job_id)
    assert record.read_text() == "[\n"
    assert (set(qq.cwd.iterdir()), record.stat().st_mtime_ns) == before


def test_where_only_some_states_are_wanted_it_is_left_alone(qq: Qq, tmp_path: Path) -> None:
    job_id = running(qq, tmp_path)
    (qq.cwd / "run.qqinfo").unlink()
    is_told(qq.at(tmp_path)("kill", "--force", "-y", "--state", "running", job_id), job_id, "is gone")
    (tmp_path / "go").touch()


GONE = "/nowhere/run.qqinfo"


@pytest.mark.parametrize(
    ("state", "user", "info", "lost"),
    [
        (BatchState.RUNNING, user_name(), GONE, True),
        (BatchState.QUEUED, user_name(), GONE, True),
        (BatchState.FINISHED, user_name(), GONE, False),
        (BatchState.RUNNING, "somebody", GONE, False),
        (BatchState.RUNNING, user_name(), None, False),
    ],
)
def test_only_live_jobs_of_qq_and_of_this_user_can_be_ended_so(
    state: BatchState, user: str, info: str | None, lost: bool
) -> None:
    records, seen = Records(), Seen(job_id="17.local", state=state, user=user, info_file=info)
    assert records.of(seen) is None
    assert [one.seen for one in records.lost.values()] == ([seen] if lost else [])
    assert len(records.troubles) == (not lost)


def test_one_that_is_found_in_two_ways_is_told_once(qq: Qq, tmp_path: Path) -> None:
    job_id = running(qq, tmp_path)
    shutil.rmtree(qq.cwd)
    is_told(qq.at(tmp_path)("info", "-a", job_id), job_id, "is gone")
    done = qq.at(tmp_path)("kill", "--force", "-y", "-a", job_id)
    assert (done.code, done.out.count(job_id)) == (0, 1)


def test_of_one_that_is_over_it_is_said_where_its_files_may_be(qq: Qq, tmp_path: Path) -> None:
    job_id = running(qq, tmp_path)
    shutil.rmtree(qq.cwd)
    away = qq.at(tmp_path)
    assert away("kill", "--force", "-y", job_id).code == 0
    is_killed(qq, job_id)
    queue = open_queue(qq.env)
    (node,) = over(queue, job_id).nodes
    queue.close()
    done = away("info", job_id)
    assert done.code == 91
    assert done.error.endswith(f"; what its script made may still stand on scratch of {node}")
