"""What commands offer to select jobs by, and what they call them."""

from pathlib import Path

import pytest

from qq.core.evidence import Absent
from qq.core.states import RecordState
from qq.shell.commands.wait import _as_known
from qq.shell.perform.record import record_text
from qq.shell.select import Job
from tests.core.jobs import a_job, a_loop_job
from tests.shell.cli.conftest import Qq, submitted


@pytest.mark.parametrize("command", ["info", "sync", "logs", "wait", "kill"])
def test_all_jobs_where_there_are_none_is_said(qq: Qq, command: str) -> None:
    done = qq(command, "-a")
    assert done.code == 91
    assert done.error == "qq: you have no jobs that have not ended (qq jobs -a lists the others)"


@pytest.mark.parametrize("command", ["clear", "wipe", "recover", "respawn"])
def test_commands_about_jobs_that_are_over_do_not_offer_all_unfinished_ones(qq: Qq, command: str) -> None:
    assert "--all" not in qq(command, "-h").out
    refused = qq(command, "-a")
    assert refused.code == 2
    assert "-a makes no sense here" in refused.error


EVERY = ("info", "sync", "logs", "wait", "kill", "clear", "wipe", "recover", "respawn")


@pytest.mark.parametrize("command", EVERY)
def test_a_state_that_does_not_exist_is_bad_usage(qq: Qq, command: str) -> None:
    refused = qq(command, "--state", "failed,kiled")
    assert refused.code == 2
    assert "kiled: no state of a job; did you mean 'killed'?" in refused.error


@pytest.mark.parametrize("command", EVERY)
def test_where_there_are_no_servers_none_can_be_chosen(qq: Qq, command: str) -> None:
    refused = qq(command, "-s", "meta", QQ_BATCH_SYSTEM="local")
    assert refused.code == 91
    assert refused.error == (
        "qq: -s: only PBS has several servers to choose from, and jobs here are of the batch system local"
    )


@pytest.mark.parametrize("command", ["jobs", "stat"])
def test_tables_of_servers_neither(qq: Qq, command: str) -> None:
    assert "only PBS has several servers" in qq(command, "-s", "meta", QQ_BATCH_SYSTEM="local").error


def ended(qq: Qq, name: str, body: str) -> Path:
    """A directory beside the others with a job that has ended."""
    directory = qq.cwd.parent / name
    directory.mkdir()
    job_id = submitted(qq.at(directory), body)
    qq("wait", job_id)
    return directory


def test_only_jobs_in_a_wanted_state(qq: Qq) -> None:
    good, bad = ended(qq, "r1", "true"), ended(qq, "r2", "exit 3")
    pattern = f"{good.parent}/r*"
    shown = qq("info", "-b", "-d", pattern, "--state", "failed,killed")
    assert shown.code == 0 and shown.out.split()[-1] == "failed" and len(shown.out.splitlines()) == 1
    none = qq("info", "-b", "-d", pattern, "--state", "running")
    assert (none.code, none.error) == (91, "qq: none of these 2 jobs is running")
    assert qq("clear", "-d", pattern, "--state", "failed").code == 0
    assert sorted(path.name for path in bad.iterdir()) == ["run.sh"]
    assert (good / "run.qqinfo").exists()


def test_a_number_that_several_jobs_have_means_none_of_them(qq: Qq, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    job_id = submitted(qq.at(elsewhere), "true")
    qq("wait", job_id)
    number = job_id.split(".")[0]
    for name, server in (("a", "one"), ("b", "two")):
        job = a_job(
            input_dir=str(qq.cwd), batch_system="PBS", job_id=f"{number}.{server}", job_name=name, script_name=name
        )
        (qq.cwd / f"{name}.qqinfo").write_bytes(record_text(job))
    done = qq("kill", "-y", number, QQ_BATCH_SYSTEM="local")
    assert done.code == 91
    assert f"{number}: several jobs have this number: {number}.local, {number}.one, {number}.two" in done.error
    assert "finished" in qq("info", "-b", job_id, QQ_BATCH_SYSTEM="local").out


def test_a_cycle_that_was_first_seen_without_an_id_is_named_by_the_one_it_got() -> None:
    seen = Job("/home/me/run+0001.qqinfo", a_loop_job(job_id=None, state=RecordState.QUEUED), Absent())
    got = Job("/home/me/run+0001.qqinfo", a_loop_job(job_id="7.local"), Absent())
    following = Job("/home/me/run+0002.qqinfo", a_loop_job(job_id="8.local", previous="7.local"), Absent())
    assert _as_known(got, got, following).record.job_id == "7.local"
    assert _as_known(seen, None, following).record.job_id == "7.local"
    assert _as_known(seen, None, None).record.job_id is None
