"""The commands, where jobs are PBS's: the site that is recognised, what is asked, what people are told."""

from pathlib import Path

import pytest

from qq.core.states import RecordState
from qq.shell.perform.readrecord import read_record
from qq.shell.perform.record import record_text
from tests.conftest import QQHome
from tests.core.jobs import a_job
from tests.shell.batch.pbs.conftest import Programs
from tests.shell.cli.conftest import Qq
from tests.shell.cli.test_main import HEAVY, modules_of

SCRIPT = "#!/usr/bin/env -S qq run\n# qq queue workq\n# qq ncpus 2\n# qq mem 1gb\n# qq work-size 4gb\necho hello\n"


@pytest.fixture
def there(qq_home: QQHome, nasty_dir: Path, tmp_path: Path, programs: Programs) -> Qq:
    """A login host of a PBS cluster whose server is called `pbshost`; the directory is shared, says the user."""
    conf = tmp_path / "pbs.conf"
    conf.write_text("# PBS\nPBS_EXEC=/opt/pbs\nPBS_SERVER=pbshost\n")
    sites = qq_home.config / "qq" / "sites"
    sites.mkdir(parents=True)
    (sites / "pbs.toml").write_text('name = "pbs"\ninput_shared = true\n')
    programs.answer("qstat -Bf", "qstat_Bf")
    programs.answer("qstat -Qf *", "qstat_Qfw_one")
    programs.answer("qsub *", "qsub_success")
    (nasty_dir / "run.sh").write_text(SCRIPT)
    path = f"{programs.directory}:{qq_home.env['PATH']}"
    return Qq({**qq_home.env, "PATH": path, "PBS_CONF_FILE": str(conf), "COLUMNS": "200"}, nasty_dir)


def job(state: str, *more: str) -> str:
    return "\n".join(["Job Id: 0.pbshost", f"    job_state = {state}", *(f"    {line}" for line in more), "", ""])


def test_a_job_is_submitted_from_a_directory_with_a_hostile_name(there: Qq, programs: Programs) -> None:
    done = there("submit", "run.sh")
    assert done.code == 0, done.err
    assert "wiped when the job ends" in done.err
    record = read_record(str(there.cwd / "run.qqinfo")).unwrap()[0]
    assert (record.job_id, record.batch_system) == ("0.pbshost", "PBS")
    assert record.site is not None
    assert (record.site.name, record.site.default_queue) == ("pbs", "workq")
    assert record.resources.walltime == 3600  # the server's default beats the site's
    (call,) = [each for each in programs.calls if each.startswith("qsub")]
    assert "-e run.qqout -k oed" in call
    assert "-l ncpus=2,mpiprocs=2,mem=1048576kb -l walltime=01:00:00" in call
    environ = programs.note("qsub.env")
    assert f"QQ_TOKEN={record.token}" in environ
    assert "QQ_INFO=file:///" in environ


def test_the_family_of_metacentrum_is_told_by_its_server(there: Qq, programs: Programs, qq_home: QQHome) -> None:
    (qq_home.config / "qq" / "sites" / "pbs.toml").unlink()
    env = {"PBS_SERVER": "pbs-m1.metacentrum.cz"}
    assert there("submit", "run.sh", "--server", "sokar", **env).code == 91  # nobody knows that it is shared
    done = there("submit", "run.sh", **env)
    assert done.code == 0, done.err
    assert "run.qqout comes home when the job ends" in " ".join(done.err.split())
    (call,) = [each for each in programs.calls if each.startswith("qsub")]
    assert "scratch_local=4194304kb" in call
    assert "-k" not in call.split()
    record = read_record(str(there.cwd / "run.qqinfo")).unwrap()[0]
    assert record.site is not None
    assert (record.site.name, record.site.scratch_outlives_job) == ("metacentrum", True)


def test_a_refusal_leaves_nothing(there: Qq, programs: Programs) -> None:
    programs.answers.pop("qsub")
    programs.answer("qsub *", "qsub_err_unknown_queue")
    before = sorted(path.name for path in there.cwd.iterdir())
    done = there("submit", "run.sh")
    assert done.code == 91
    assert "'qstat -Q' lists the queues" in " ".join(done.err.split())
    assert sorted(path.name for path in there.cwd.iterdir()) == before


def test_a_server_that_is_down_takes_nothing(there: Qq, programs: Programs) -> None:
    for name in ("qsub", "qstat"):
        programs.answers.pop(name)
        programs.answer(f"{name} *", f"server_down_{name}")
    done = there("submit", "run.sh")
    assert done.code == 91
    assert "does not answer" in done.err
    assert not (there.cwd / "run.qqinfo").exists()


def test_a_job_that_is_held_for_ever_is_explained(there: Qq, programs: Programs) -> None:
    assert there("submit", "run.sh").code == 0
    held = ("substate = 22", "depend = afterany:9.pbshost@pbshost")
    programs.say("qstat -fx -w 0.pbshost", job("H", *held))
    programs.say("qstat -fx -w 9.pbshost", err="qstat: Unknown Job Id 9.pbshost\n", code=153)
    done = there("info")
    assert done.code == 0, done.err
    said = " ".join(done.out.replace("│", " ").split())
    assert "held" in said
    assert "9.pbshost was deleted before it ran" in said
    assert "qq kill 0.pbshost, then qq clear, then qq submit (with a dependency that can be met)" in said


def test_a_job_that_never_ran_is_no_success(there: Qq, programs: Programs) -> None:
    assert there("submit", "run.sh", "--depend", "afterok=9.pbshost").code == 0
    programs.say("qstat -fx -w 0.pbshost", job("F", "substate = 92", "mtime = Sun Nov 22 15:24:52 2026"))
    done = there("info")
    assert "depends on" in " ".join(done.out.split())
    assert "inconsistent" in there("info", "-b").out


def test_a_waiting_job_is_killed(there: Qq, programs: Programs) -> None:
    assert there("submit", "run.sh").code == 0
    programs.say("qstat -fx -w 0.pbshost", job("R"))
    programs.answer("qdel *", "qdel_queued")
    done = there("kill", "-y")
    assert done.code == 0, done.err
    assert "qdel 0.pbshost" in programs.calls


def test_one_line_of_a_pbs_job_asks_once_and_loads_no_more_than_it_needs(there: Qq, programs: Programs) -> None:
    assert there("submit", "run.sh").code == 0
    programs.say("qstat -fx -w 0.pbshost", job("Q"))
    asked = len(programs.calls)
    loaded = modules_of(["info", "-b"], there)
    assert "qq.shell.batch.pbs" in loaded
    needless = (*HEAVY, "qq.shell.configuration", "tomllib", "qq.core.schedulers.pbs_submit", "qq.shell.batch.local")
    assert [name for name in needless if name in loaded] == []
    assert programs.calls[asked:] == ["qstat -fx -w 0.pbshost"]


@pytest.mark.parametrize("command", ["info", "kill", "clear", "wipe", "recover", "respawn", "sync"])
def test_a_command_about_many_jobs_asks_once(there: Qq, programs: Programs, command: str) -> None:
    """A second question within a second is kept waiting by PBS."""
    for number in range(5):
        directory = there.cwd / f"r{number}"
        directory.mkdir()
        job = a_job(
            input_dir=str(directory), batch_system="PBS", job_id=f"{number}.pbshost", state=RecordState.FINISHED
        )
        (directory / "run.qqinfo").write_bytes(record_text(job))
        (directory / job.script_name).write_text(SCRIPT)
    done = "".join(f"Job Id: {number}.pbshost\n    job_state = F\n\n" for number in range(5))
    programs.answers.pop("qstat")
    programs.say("qstat *", done)
    there(command, "-d", f"{there.cwd}/r*")
    assert programs.calls == ["qstat -fx -w 0.pbshost 1.pbshost 2.pbshost 3.pbshost 4.pbshost"]


def test_jobs_of_another_server(there: Qq, programs: Programs, tmp_path: Path) -> None:
    for server in ("meta.site", "pbshost"):
        job = a_job(input_dir=str(there.cwd), batch_system="PBS", job_id=f"7.{server}", job_name=server)
        (there.cwd / f"{server}.qqinfo").write_bytes(record_text(job))
    programs.answers.pop("qstat")
    both = "".join(f"Job Id: 7.{server}\n    job_state = Q\n\n" for server in ("meta.site", "pbshost"))
    programs.say("qstat *", both)
    asked = there("info", "-b", "-s", "meta.site", "7")
    assert (asked.code, asked.out.split()[0]) == (0, "7.meta.site"), asked.err
    assert there("info", "-b", "-s", "meta.site").out.split()[0] == "7.meta.site"
    assert "several jobs have this number: 7.meta.site, 7.pbshost" in there("info", "-b", "7").error
    there("info", "-b", "-a", "-s", "meta.site")
    there("jobs", "-s", "meta.site", "-u", "ada")
    assert "@meta.site" in programs.calls[-2] and programs.calls[-1].endswith("-u ada @meta.site")
