"""wait, logs, kill and jobs on real jobs of the real queue."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.shell.cli.conftest import PATIENCE, Qq, submitted, until, until_asked, waits_for


def state(qq: Qq, *words: str) -> str:
    """The real state of the only job."""
    (told,) = json.loads(qq("info", "--json", *words).out)
    return str(told["state"])


def running(qq: Qq, body: str, *directives: str) -> str:
    """Submits a job and waits for its start; gives its id."""
    job_id = submitted(qq, body, *directives)
    until(lambda: state(qq) == "running", "the job to run")
    return job_id


def waited(qq: Qq, gate: Path, *words: str) -> tuple[int, list[str]]:
    """Exit code and lines of a `qq wait` that has found its job before this file lets that end."""
    argv = qq.argv("wait", *words)
    with subprocess.Popen(argv, cwd=qq.cwd, env=dict(qq.env), stdout=subprocess.PIPE, text=True) as process:
        until_asked(qq, process)
        gate.touch()
        out, _ = process.communicate(timeout=PATIENCE)
    return process.returncode, out.splitlines()


# --- wait -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "expected", "words"), [(0, 0, "finished"), (3, 91, "exit code 3")])
def test_wait_tells_how_a_job_ended(qq: Qq, code: int, expected: int, words: str) -> None:
    submitted(qq, f"exit {code}")
    done = qq("wait")
    assert done.code == expected
    assert words in done.out
    assert qq("wait").code == expected


def test_wait_follows_a_chain_to_its_end(qq: Qq, tmp_path: Path) -> None:
    job_id = submitted(qq, waits_for(tmp_path / "go"), "job-type loop", "loop-end 3")
    code, lines = waited(qq, tmp_path / "go")
    assert code == 0
    assert [line.split()[1] for line in lines] == ["(run+0001.sh)", "(run+0002.sh)", "(run+0003.sh)"]
    assert lines[0].startswith(job_id)
    assert state(qq) == "finished"


def test_a_chain_is_one_job_also_where_two_of_its_records_stand(qq: Qq) -> None:
    submitted(qq, "true", "job-type loop", "loop-end 2")
    assert qq("wait").code == 0
    moved = qq.cwd / "storage" / "job0001.qqinfo"
    moved.rename(qq.cwd / "run+0001.qqinfo")
    done = qq("wait")
    assert [line.partition(" ")[2] for line in done.out.splitlines()] == [
        "(run+0001.sh) is finished",
        "(run+0002.sh) is finished",
    ]


def test_wait_follows_a_continuous_chain(qq: Qq) -> None:
    submitted(
        qq,
        "[ -e two ] && exit $QQ_NO_RESUBMIT; if [ -e one ]; then touch two; else touch one; fi",
        "job-type continuous",
    )
    done = qq("wait")
    assert done.code == 0
    assert state(qq) == "finished"
    assert (qq.cwd / "two").exists()


def test_wait_can_leave_the_rest_of_a_chain_alone(qq: Qq, tmp_path: Path) -> None:
    submitted(qq, waits_for(tmp_path / "go-$QQ_LOOP_CURRENT").replace("'", '"'), "job-type loop", "loop-end 2")
    code, lines = waited(qq, tmp_path / "go-1", "--no-chain")
    assert (code, lines) == (0, ["1.local (run+0001.sh) is finished"])
    (tmp_path / "go-2").touch()
    assert qq("wait").code == 0


def test_a_chain_that_breaks_is_told(qq: Qq) -> None:
    submitted(qq, '[ "$QQ_LOOP_CURRENT" = 1 ]', "job-type loop", "loop-end 3")
    done = qq("wait")
    assert done.code == 91
    assert "run+0002.sh) is failed" in done.out.splitlines()[-1]


def test_wait_gives_up_in_time(qq: Qq, tmp_path: Path) -> None:
    submitted(qq, waits_for(tmp_path / "go"))
    done = qq("wait", "--timeout", "0.2")
    assert done.code == 91
    assert "has not ended yet" in done.error


def test_wait_for_a_job_that_was_killed(qq: Qq, tmp_path: Path) -> None:
    running(qq, waits_for(tmp_path / "go"))
    assert qq("kill", "-y").code == 0
    done = qq("wait")
    assert done.code == 91
    assert "killed by" in done.out


# --- logs -------------------------------------------------------------------------------------------------------------


def test_logs_of_a_job_that_runs_and_of_one_that_is_over(qq: Qq, tmp_path: Path) -> None:
    running(qq, f"echo first; echo wrong >&2; {waits_for(tmp_path / 'go')}; echo last")
    until(lambda: qq("logs").out == "first\n", "the first line")
    until(lambda: qq("logs", "--err").out == "wrong\n", "its line after that")
    (tmp_path / "go").touch()
    assert qq("wait").code == 0
    assert qq("logs").out == "first\nlast\n"
    assert "exit code 0" in qq("logs", "--qq").out


def test_logs_follow_to_the_end(qq: Qq, tmp_path: Path) -> None:
    submitted(qq, f"echo first; {waits_for(tmp_path / 'go')}; echo last")
    with subprocess.Popen(qq.argv("logs", "-f"), cwd=qq.cwd, env=dict(qq.env), stdout=subprocess.PIPE) as following:
        assert following.stdout is not None
        assert following.stdout.readline() == b"first\n"
        (tmp_path / "go").touch()
        assert following.stdout.read() == b"last\n"
        assert following.wait() == 0


def test_logs_of_a_job_that_waits(qq: Qq, tmp_path: Path) -> None:
    running(qq, waits_for(tmp_path / "go"), "ncpus 2")
    other = tmp_path / "other"
    other.mkdir()
    submitted(qq.at(other), "true", "ncpus 2")
    done = qq.at(other)("logs")
    assert done.code == 91
    assert "has no .out file" in done.error


# --- kill -------------------------------------------------------------------------------------------------------------


def test_kill_wants_to_be_told_yes(qq: Qq, tmp_path: Path) -> None:
    running(qq, waits_for(tmp_path / "go"))
    done = qq("kill")
    assert done.code == 91
    assert "-y" in done.error
    assert state(qq) == "running"


def test_a_running_job_is_killed_and_says_by_whom(qq: Qq, tmp_path: Path) -> None:
    job_id = running(qq, f"echo started; {waits_for(tmp_path / 'go')}")
    until(lambda: qq("logs").out == "started\n", "the script to say so")
    done = qq.at(tmp_path)("kill", "-y", job_id)
    assert (done.code, done.err) == (0, "")
    assert qq("wait").code == 91
    (told,) = json.loads(qq("info", "--json").out)
    assert (told["state"], told["reason_number"]) == ("killed", 10)
    assert told["record"]["killed_by"]["who"] == told["record"]["username"]
    assert (qq.cwd / "run.out").read_text() == "started\n"


def test_a_queued_job_is_killed_and_its_record_says_so(qq: Qq, tmp_path: Path) -> None:
    go = waits_for(tmp_path / "go")
    running(qq, go, "ncpus 2")
    other = tmp_path / "other"
    other.mkdir()
    waiting = qq.at(other)
    submitted(waiting, "true", "ncpus 2")
    assert state(waiting) == "queued"
    assert waiting("kill", "-y").code == 0
    assert state(waiting) == "killed"
    assert yaml.safe_load((other / "run.qqinfo").read_text())["job_state"] == "killed"
    assert state(qq) == "running"


def test_what_is_over_is_not_killed(qq: Qq) -> None:
    submitted(qq, "true")
    assert qq("wait").code == 0
    before = (qq.cwd / "run.qqinfo").read_bytes()
    done = qq("kill", "-y")
    assert done.code == 91
    assert "is finished: there is nothing to kill" in done.error
    assert qq("kill", "-y", "--force").code == 0
    assert (qq.cwd / "run.qqinfo").read_bytes() == before


def test_a_job_that_ignores_the_term_is_killed_by_force(qq: Qq, tmp_path: Path) -> None:
    running(qq, f"trap '' TERM; touch {tmp_path}/ready; while :; do {waits_for(tmp_path / 'go')}; done")
    until((tmp_path / "ready").exists, "the trap")
    assert qq("kill", "-y", "--force").code == 0
    until(lambda: state(qq) == "killed", "the end")


def test_a_refused_kill_leaves_the_record_as_it_was(qq: Qq, tmp_path: Path) -> None:
    running(qq, waits_for(tmp_path / "go"))
    path = qq.cwd / "run.qqinfo"
    told = path.read_text()
    path.write_text(told.replace("batch_system: local", "batch_system: PBS"))
    done = qq("kill", "-y")
    assert done.code == 91
    assert "was not killed" in done.error
    assert "killed_by" not in path.read_text()
    path.write_text(told)


# --- jobs -------------------------------------------------------------------------------------------------------------


def test_a_job_whose_dependency_failed_is_helped_by_what_it_says(qq: Qq, tmp_path: Path) -> None:
    first = submitted(qq, "exit 3")
    assert qq("wait").code == 91
    other = tmp_path / "other"
    other.mkdir()
    there = qq.at(other)
    submitted(there, "true", f"depend afterok={first}")
    until(lambda: "inconsistent" in there("info", "-b").out, "it to be told that it can't start")
    told = " ".join(there("info").out.replace("│", " ").split())
    assert "next qq clear, then qq submit (with a dependency that can be met)" in told
    assert there("clear").code == 0
    submitted(there, "true", f"depend afterany={first}")
    assert there("wait").code == 0


def test_the_table_of_jobs(qq: Qq, tmp_path: Path) -> None:
    assert qq("jobs").out == "no jobs that have not ended (-a: all)\n"
    job_id = running(qq, waits_for(tmp_path / "go"), "ncpus 2")
    head, row = qq("jobs", COLUMNS="300").out.splitlines()
    assert head.split()[:2] == ["state", "job"]
    assert row.split()[:3] == ["running", job_id, "run.sh"]
    (told,) = json.loads(qq("jobs", "--json").out)
    assert (told["state"], told["ncpus"], told["input_dir"]) == ("running", 2, str(qq.cwd))
    assert yaml.safe_load(qq("jobs", "--yaml").out) == [told]
    assert str(qq.cwd) in qq("jobs", "-e", COLUMNS="500").out
    (tmp_path / "go").touch()
    assert qq("wait").code == 0
    assert json.loads(qq("jobs", "--json").out) == []
    (told,) = json.loads(qq("jobs", "-a", "--json").out)
    assert told["state"] == "finished"


@pytest.mark.parametrize("columns", ["40", "60", "80", "200"])
def test_the_table_fits_and_always_names_the_job(qq: Qq, tmp_path: Path, columns: str) -> None:
    submitted(qq, waits_for(tmp_path / "go"))
    lines = qq("jobs", COLUMNS=columns).out.splitlines()
    assert max(map(len, lines)) <= int(columns)
    assert "run.sh" in lines[1]


def test_job_ids_are_completed(qq: Qq, tmp_path: Path) -> None:
    job_id = submitted(qq, waits_for(tmp_path / "go"))
    done = qq.at(tmp_path)(_QQ_COMPLETE="bash_complete", COMP_WORDS="qq kill ", COMP_CWORD="2")
    assert done.out.split() == [f"plain,{job_id}"]
