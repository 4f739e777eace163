"""The commands, where jobs are Slurm's: what is asked, and that looking stays quick."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.schedulers import slurm_accounting, slurm_queue
from qq.core.states import RecordState
from qq.shell.perform.record import record_text
from tests.core.jobs import a_job
from tests.core.schedulers.slurm_recordings import MARK, exchanges, out_of, text
from tests.shell.batch.slurm.conftest import Programs
from tests.shell.cli.conftest import Qq
from tests.shell.cli.test_main import HEAVY, modules_of

DOWN = "slurm_load_jobs error: Unable to contact slurm controller (connect failure)"


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    """A machine that is a login host of a Slurm cluster."""
    found = Programs(tmp_path / "opt" / "bin")
    found.directory.mkdir(parents=True)
    (tmp_path / "opt/etc").mkdir()
    (tmp_path / "opt/etc/slurm.conf").touch()
    for name in ("sbatch", "squeue", "sacct", "scancel", "scontrol"):
        found.say(name)
    return found


def seen(job_id: str, state: str, reason: str = "None", comment: str = "") -> str:
    """What squeue says of a job."""
    values = {"jobarrayid": job_id, "state": state, "reason": reason, "comment": comment, "nodelist": "node1"}
    return "".join(values.get(field, "") + MARK for field in slurm_queue.FIELDS) + "\n"


def stands(qq: Qq, job_id: str | None = "17", name: str = "run.sh") -> JobInfo:
    """The record of a Slurm job in the current directory."""
    job = replace(
        a_job(input_dir=str(qq.cwd)), batch_system="Slurm", job_id=job_id, job_name=name, script_name=name, token="70cc"
    )
    (qq.cwd / f"{Path(name).stem}.qqinfo").write_bytes(record_text(job))
    return job


def test_one_line_of_a_slurm_job_loads_no_more_than_it_needs(qq: Qq, programs: Programs) -> None:
    stands(qq)
    programs.say("squeue", seen("17", "RUNNING"))
    at_cluster = Qq({**qq.env, **programs.environ}, qq.cwd)
    loaded = modules_of(["info", "-b"], at_cluster)
    assert "qq.shell.batch.slurm" in loaded
    needless = (*HEAVY, "qq.shell.configuration", "tomllib", "qq.core.schedulers.slurm_submit", "qq.shell.batch.local")
    assert [name for name in needless if name in loaded] == []
    assert len(programs.calls) == 1


REFUSED = "allocation failure: Invalid partition name specified"
NO_PLACE = "allocation failure: Requested node configuration is not available"
SILENT = "allocation failure: Unable to contact slurm controller (connect failure)"


@pytest.mark.parametrize(
    ("said", "code", "told"),
    [(REFUSED, 91, "qq: run.sh: Slurm would refuse it"), (NO_PLACE, 0, "qq: warning: run.sh: as the nodes are now"),
     (SILENT, 91, "qq: run.sh: Slurm does not answer")],
)  # fmt: skip
def test_a_dry_run_asks_slurm_and_plan_and_simulate_do_not(
    qq: Qq, programs: Programs, said: str, code: int, told: str
) -> None:
    (qq.cwd / "run.sh").write_text("#!/usr/bin/env -S qq run\n")
    programs.say("sbatch", err=said, code=1)
    before = len(programs.calls)
    done = qq("submit", "--dry-run", "-q", "cpu", "run.sh", **programs.environ)
    assert done.code == code
    assert done.err.startswith(told) and said in done.err and done.err.count("\n") == 1, done.err
    calls = [call.split()[:3] for call in programs.calls[before:]]
    assert [call[0] for call in calls].count("sbatch") == 1
    asked_on = [["scontrol", "show", "partition"]] if said == REFUSED else []  # of a silent one nothing more is asked
    assert calls[[call[0] for call in calls].index("sbatch") + 1 :] == asked_on
    for words in (("plan",), ("simulate",)):
        assert qq(*words, "-q", "cpu", "run.sh", **programs.environ).code == 0
    assert [call.split()[0] for call in programs.calls].count("sbatch") == 1
    assert [path.name for path in qq.cwd.iterdir()] == ["run.sh"]


def test_the_panel_shows_the_steps_of_a_job_that_has_begun_and_lists_ask_for_none(qq: Qq, programs: Programs) -> None:
    job = replace(stands(qq, "1"), state=RecordState.RUNNING, start_time=datetime(2026, 11, 26, 16, 7, 11))
    (qq.cwd / "run.qqinfo").write_bytes(record_text(job))
    programs.say("squeue", seen("1", "RUNNING", comment=f"qq:70cc:{qq.cwd}/run.qqinfo"))
    programs.say("sacct", text("steps_marked.txt"))
    shown = qq("info", **programs.environ).out
    rows = [line.strip("│ ").split() for line in shown.splitlines()]
    assert ["2", "false", "failed", "11-26", "16:07", "0", "s", "1"] in rows, shown
    (told,) = json.loads(qq("info", "--json", **programs.environ).out)
    assert [(step["step"], step["state"], step["exit_code"]) for step in told["steps"]] == [
        ("batch", "failed", 3), ("0", "finished", 0), ("1", "finished", 0), ("2", "failed", 1), ("3", "finished", 0),
    ]  # fmt: skip
    before = len(programs.calls)
    for words in (["info", "-b"], ["info", "-a"], ["info", "--why"], ["jobs"]):
        qq(*words, **programs.environ)
    assert [call for call in programs.calls[before:] if call.startswith("sacct")] == []
    (told,) = json.loads(qq("info", "-a", "--json", **programs.environ).out)
    assert told["steps"] is None


def test_a_job_that_started_nothing_by_itself_shows_no_steps(qq: Qq, programs: Programs) -> None:
    job = replace(stands(qq, "4"), state=RecordState.RUNNING, start_time=datetime(2026, 11, 26, 16, 7, 11))
    (qq.cwd / "run.qqinfo").write_bytes(record_text(job))
    programs.say("squeue", seen("4", "RUNNING"))
    programs.say("sacct", text("steps_marked.txt"))
    assert "step" not in qq("info", **programs.environ).out
    (told,) = json.loads(qq("info", "--json", **programs.environ).out)
    assert [step["step"] for step in told["steps"]] == ["batch"]


def in_accounts(job_id: str, state: str) -> str:
    """What sacct says of a job."""
    values = {"JobID": job_id, "State": state, "NodeList": "node1", "ExitCode": "3:0"}
    return "".join(values.get(field, "") + MARK for field in slurm_accounting.FIELDS) + "\n"


def listed(qq: Qq, programs: Programs, *words: str, code: int = 0) -> tuple[dict[str, str], str]:
    """Id → state, as `qq jobs` tells them, and what it complains of."""
    done = qq("jobs", "--json", *words, QQ_BATCH_SYSTEM="Slurm", **programs.environ)
    assert done.code == code, done
    return {each["job_id"]: each["state"] for each in json.loads(done.out)}, done.err


def test_jobs_that_are_over_come_from_accounting_too_and_the_controller_knows_better(
    qq: Qq, programs: Programs
) -> None:
    programs.say("squeue", seen("1", "COMPLETING"))
    programs.say("sacct", in_accounts("1", "COMPLETED") + in_accounts("2", "TIMEOUT") + in_accounts("3", "RUNNING"))
    assert listed(qq, programs, "-a") == ({"1": "exiting", "2": "failed"}, "")
    programs.say("sacct", err="sacct: error: Problem talking to the database: Connection refused", code=1)
    jobs, error = listed(qq, programs, "-a", code=91)
    assert jobs == {"1": "exiting"} and "jobs that are over may be missing" in error


def test_without_a_controller_jobs_are_listed_as_accounting_knew_them_last(qq: Qq, programs: Programs) -> None:
    programs.say("squeue", err=DOWN, code=1)
    programs.say("sacct", in_accounts("2", "TIMEOUT") + in_accounts("3", "RUNNING"))
    jobs, error = listed(qq, programs, code=91)
    assert jobs == {"3": "running"}
    assert "Unable to contact slurm controller" in error and "shown is what its accounting knew last" in error
    assert listed(qq, programs, "-a", code=91)[0] == {"2": "failed", "3": "running"}
    assert [call.split()[0] for call in programs.calls] == ["squeue", "sacct"] * 2
    programs.say("sacct")
    done = qq("jobs", QQ_BATCH_SYSTEM="Slurm", **programs.environ)
    assert (done.code, done.out, "Unable to contact slurm controller" in done.error) == (91, "", True)


def test_a_partition_that_is_misspelled_is_told_with_the_one_that_was_meant(qq: Qq, programs: Programs) -> None:
    programs.say("scontrol", out_of("scontrol_show_partition.txt", "scontrol show partition -o"))
    (refusal,) = [each.err for each in exchanges("sbatch.txt") if each.command == "sbatch -p nosuch ok.sh"]
    programs.say("sbatch", err=refusal, code=1)
    (qq.cwd / "run.sh").write_text("#!/usr/bin/env -S qq run\n# qq queue cpus\n")
    done = qq("submit", "run.sh", **programs.environ)
    assert "Invalid partition name" in done.error
    assert done.error.endswith("; did you mean 'cpu'?")
    assert not (qq.cwd / "run.qqinfo").exists()


def test_a_job_is_found_by_its_id_from_anywhere(qq: Qq, programs: Programs, tmp_path: Path) -> None:
    stands(qq)
    programs.say("squeue", seen("17", "PENDING", "Resources", f"qq:70cc:{qq.cwd}/run.qqinfo"))
    (tmp_path / "elsewhere").mkdir()
    done = qq.at(tmp_path / "elsewhere")("info", "17", **programs.environ)
    assert "queued" in done.out, done.err
    assert "waits for resources (Resources)" in done.out


def test_a_job_whose_comment_accounting_lost_is_found_in_its_directory(
    qq: Qq, programs: Programs, tmp_path: Path
) -> None:
    stands(qq)
    row = {"JobID": "17", "State": "FAILED", "WorkDir": str(qq.cwd), "NodeList": "n1", "ExitCode": "127:0"}
    programs.say("squeue", err="slurm_load_jobs error: Invalid job id specified", code=1)
    programs.say("sacct", "".join(row.get(field, "") + MARK for field in slurm_accounting.FIELDS) + "\n")
    (tmp_path / "elsewhere").mkdir()
    for place in (qq, qq.at(tmp_path / "elsewhere")):
        assert "the compute node does not find qq" in place("info", "17", **programs.environ).out
    (qq.cwd / "run.qqinfo").unlink()
    assert "is it a job of qq?" in qq("info", "17", **programs.environ).error


def test_without_a_controller_the_record_is_shown_and_marked(qq: Qq, programs: Programs) -> None:
    stands(qq)
    programs.say("squeue", err="slurm_load_jobs error: Unable to contact slurm controller (connect failure)", code=1)
    done = qq("info", "-b", **programs.environ)
    assert done.code == 91
    assert done.out.startswith("17  run.sh  ")
    assert "its controller does not answer: try again later" in done.error


def test_a_state_that_nobody_knows_is_no_state(qq: Qq, programs: Programs) -> None:
    stands(qq)
    programs.say("squeue", seen("17", "FROBNICATING", comment=f"qq:70cc:{qq.cwd}/run.qqinfo"))
    for words in (["info", "-b"], ["info", "-b", "-a"]):
        done = qq(*words, **programs.environ)
        assert done.code == 91
        assert "FROBNICATING" in done.err


def test_an_unanswered_submission_is_found_by_its_token(qq: Qq, programs: Programs) -> None:
    stands(qq, job_id=None)
    programs.say("squeue", seen("18", "RUNNING", comment="qq:70cc:"))
    assert "booting" in qq("info", "-b", **programs.environ).out
    programs.say("squeue")
    assert "never got the job" in qq("info", **programs.environ).out


def test_jobs_lists_what_the_cluster_has_without_being_told_which(qq: Qq, programs: Programs) -> None:
    programs.say("squeue", seen("17", "RUNNING") + seen("18", "PENDING", "JobHeldUser"))
    done = qq("jobs", **programs.environ)
    assert [line.split()[:2] for line in done.out.splitlines()[1:]] == [["running", "17"], ["held", "18"]]
    assert [call.split()[0] for call in programs.calls] == ["squeue"]


def test_kill_is_taken_back_if_slurm_refuses(qq: Qq, programs: Programs) -> None:
    stands(qq)
    programs.say("squeue", seen("17", "RUNNING"))
    programs.say("scancel", err="scancel: error: Kill job error on job id 17: Access/permission denied\n")
    done = qq("kill", "-y", **programs.environ)
    assert done.code == 91
    assert "Slurm refused to end 17: Access/permission denied" in done.error
    assert "killed_by" not in (qq.cwd / "run.qqinfo").read_text()


def test_the_queues_defaults_come_before_the_sites_and_after_the_scripts(qq: Qq, programs: Programs) -> None:
    config = "KillWait                = 7 sec\nDefMemPerNode           = 300\n"
    programs.say("scontrol", f"{config}PartitionName=cpu Default=YES DefaultTime=00:30:00 MaxTime=01:00:00\n")
    (qq.cwd / "run.sh").write_text("#!/usr/bin/env -S qq run\n")
    told = qq("submit", "--dry-run", "run.sh", **programs.environ).out
    assert "queue: cpu" in told
    assert 'walltime: "00:30:00"' in told
    assert "mem_per_node:\n        value: 307200" in told
    assert "kill_wait: 7.0" in told
    (qq.cwd / "run.sh").write_text("#!/usr/bin/env -S qq run\n# qq walltime 2h\n# qq mem-per-cpu 1gb\n")
    done = qq("submit", "--dry-run", "run.sh", **programs.environ)
    assert 'walltime: "02:00:00"' in done.out
    assert "mem_per_node:\n        value: 307200" not in done.out
    assert "the queue cpu allows 1 h of walltime, 2 h are asked for" in done.error


def test_a_cluster_that_can_not_be_asked_gets_no_job(qq: Qq, programs: Programs) -> None:
    programs.say("scontrol", err="slurm_load_ctl_conf error: Unable to contact slurm controller", code=1)
    (qq.cwd / "run.sh").write_text("#!/usr/bin/env -S qq run\n")
    done = qq("submit", "-q", "cpu", "run.sh", **programs.environ)
    assert done.code == 91
    assert "Slurm does not answer" in done.error
    assert [path.name for path in qq.cwd.iterdir()] == ["run.sh"]
    assert [call.split()[0] for call in programs.calls] == ["scontrol"]


def test_many_scripts_ask_once_what_the_queue_gives(qq: Qq, programs: Programs) -> None:
    programs.say("sbatch", "17\n")
    names = []
    for number in range(5):
        (qq.cwd / f"job{number}").mkdir()
        names.append(f"job{number}/run.sh")
        (qq.cwd / names[-1]).write_text("#!/usr/bin/env -S qq run\n")
    done = qq("submit", "-q", "cpu", *names, **programs.environ)
    assert done.code == 0, done.err
    calls = [call.split()[0] for call in programs.calls]
    assert (calls.count("scontrol"), calls.count("sbatch")) == (2, 5)
