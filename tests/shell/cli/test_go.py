"""`qq go` in a real terminal, on the real queue."""

import json
from pathlib import Path

from tests.shell.cli.conftest import Qq, submitted, waits_for
from tests.terminal import terminal

SCRATCH = "work-dir scratch_local"
SHOWS_RESULT = "until [ -s result ]; do sleep 0.05; done; cat result"  # the job may not have come so far yet


def work_dir(qq: Qq, job: str) -> str:
    """Where a job works, as its record says."""
    (told,) = json.loads(qq("info", "--json", job).out)
    return str(told["record"]["work_dir"])


def test_a_shell_in_the_working_directory_of_a_running_job(qq: Qq, tmp_path: Path) -> None:
    go = tmp_path / "go"
    job = submitted(qq, f"echo made > result; {waits_for(go)}", SCRATCH)
    with terminal(qq.argv("go", job), {**qq.env, "SHELL": "/bin/sh", "PS1": "> "}, qq.cwd) as made:
        made.type(f"{SHOWS_RESULT}; pwd -P; echo don''e\n")
        seen = made.until("done\n")
        assert f"made\n{work_dir(qq, job)}\n" in seen  # known once the shell has started there
        made.type("exit 3\n")
        assert made.end() == 3
    go.touch()
    assert qq("wait", job).code == 0
    over = qq("go", job)
    assert (over.code, over.out) == (91, "")
    assert "has its results at home, and no working directory any more: qq cd" in over.error


def test_a_job_that_has_not_started_is_waited_for(qq: Qq, tmp_path: Path) -> None:
    go, go_on = tmp_path / "go", tmp_path / "go_on"
    first = submitted(qq, waits_for(go), "ncpus 2", name="first.sh")
    (qq.cwd.parent / "second").mkdir()
    second = qq.at(qq.cwd.parent / "second")
    job = submitted(second, f"echo made > result; {waits_for(go_on)}", SCRATCH)
    with terminal(qq.argv("go", job), {**qq.env, "SHELL": "/bin/sh", "PS1": "> "}, qq.cwd) as made:
        made.until("is queued: waiting for its working directory (Ctrl-C ends this)")
        go.touch()
        made.type(f"{SHOWS_RESULT}; echo don''e\n")
        assert "made" in made.until("done\n")
        made.type("exit\n")
        assert made.end() == 0
    go_on.touch()
    assert qq("wait", first, job).code == 0


def test_ctrl_c_ends_the_waiting_and_leaves_the_job(qq: Qq, tmp_path: Path) -> None:
    go = tmp_path / "go"
    first = submitted(qq, waits_for(go), "ncpus 2", name="first.sh")
    (qq.cwd.parent / "second").mkdir()
    job = submitted(qq.at(qq.cwd.parent / "second"), "true", SCRATCH)
    with terminal(qq.argv("go", job), qq.env, qq.cwd) as made:
        made.until("is queued: waiting")
        made.type("\x03")
        assert made.end() == 130
    go.touch()
    assert qq("wait", first, job).code == 0


def test_one_job_is_gone_to_and_a_directory_must_be_there(qq: Qq, tmp_path: Path) -> None:
    second = qq.at(qq.cwd.parent / "second")
    second.cwd.mkdir()
    one, two = submitted(qq, "true"), submitted(second, "exit 1", SCRATCH)
    assert qq("wait", one, two).code == 91
    both = qq("go", one, two)
    assert (both.code, both.out) == (91, "")
    assert "that means 2 jobs" in both.error
    work = work_dir(qq, two)
    shell = tmp_path / "shell"
    shell.write_text("#!/bin/sh\npwd -P\n")
    shell.chmod(0o755)
    assert qq("go", two, SHELL=str(shell)).out == f"{work}\n"
    assert "can't be gone to: /nowhere/shell: No such file" in qq("go", two, SHELL="/nowhere/shell").error
    assert qq("wipe", "-y", two).code == 0
    assert f"can't be gone to: {work}: No such file or directory" in qq("go", two).error
