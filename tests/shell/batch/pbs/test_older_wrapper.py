"""Jobs of the wrapper before this one, under PBS: read, shown, synced, killed, wiped, respawned (SPEC 5)."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from qq.shell.perform.readrecord import read_record
from tests.conftest import QQHome
from tests.shell.batch.older_wrapper import ENDED, RUNNING, record
from tests.shell.batch.pbs.conftest import Programs
from tests.shell.cli.conftest import Ended, Qq

JOB_ID = "4711.pbs.example"


class Old(Struct, frozen=True):
    """A job of the older wrapper: its directory, its working directory on this host, and PBS's words."""

    home: Path
    work_dir: Path
    programs: Programs
    env: dict[str, str]

    def is_(self, state: str, rest: str = "", *, code: int = 1, seen: str = "") -> None:
        """Its record, and what PBS says of it; nothing: it does not know it any more."""
        here = {"input_dir": self.home, "work_dir": self.work_dir}
        text = record(rest, system="PBS", job_id=JOB_ID, state=state, kind="scratch_local", code=code, **here)
        (self.home / "run.qqinfo").write_text(text)
        if seen:
            self.programs.say("qstat *", f"Job Id: {JOB_ID}\n    job_state = {seen}\n    substate = 42\n")
        else:
            self.programs.say("qstat *", err=f"qstat: Unknown Job Id {JOB_ID}\n", code=153)

    def qq(self, *words: str) -> Ended:
        return Qq(self.env, self.home)(*words)


@pytest.fixture
def old(qq_home: QQHome, tmp_path: Path, programs: Programs) -> Iterator[Old]:
    home, work_dir = tmp_path / "job", tmp_path / "scratch" / f"job_{JOB_ID}" / "main"
    home.mkdir()
    work_dir.mkdir(parents=True)
    (home / "run.sh").write_text("#!/usr/bin/env -S qq run\necho hello\n")
    (work_dir / "result").write_text("made\n")
    (work_dir / "run.out").write_text("said\n")
    env = {**qq_home.env, **programs.environ, "HOME": str(qq_home.home), "COLUMNS": "250"}
    env["PATH"] = f"{programs.directory}:{qq_home.env['PATH']}"
    yield Old(home, work_dir, programs, env)
    shutil.rmtree(tmp_path / "scratch", ignore_errors=True)


def test_it_is_shown(old: Old) -> None:
    old.is_("failed", ENDED, code=3)
    done = old.qq("info")
    assert (done.code, done.err) == (0, "")
    for word in (JOB_ID, "gpu", "failed", "exit code 3", str(old.work_dir)):
        assert word in done.out
    assert "failed" in old.qq("info", "-b").out


def test_it_is_not_said_to_be_running_when_pbs_forgot_it(old: Old) -> None:
    old.is_("running", RUNNING)
    assert "inconsistent" in old.qq("info", "-b").out


def test_a_finished_one_is_synchronized(old: Old) -> None:
    old.is_("finished", ENDED, code=0)
    done = old.qq("sync")
    assert done.code == 91
    assert "synchronized" in done.err


@pytest.mark.parametrize(("state", "rest", "seen"), [("failed", ENDED, ""), ("running", RUNNING, "R")])
def test_it_is_synced(old: Old, state: str, rest: str, seen: str) -> None:
    old.is_(state, rest, seen=seen)
    done = old.qq("sync")
    assert done.code == 0, done.err
    assert (old.home / "result").read_text() == "made\n"


def test_it_is_killed(old: Old) -> None:
    old.is_("running", RUNNING, seen="R")
    old.programs.say("qdel *")
    done = old.qq("kill", "-y")
    assert done.code == 0, done.err
    assert f"qdel {JOB_ID}" in old.programs.calls
    found = read_record(str(old.home / "run.qqinfo")).unwrap()[0]
    assert found.killed_by is not None


def test_one_that_waits_is_killed_and_recorded(old: Old) -> None:
    old.is_("queued")
    queued = f"Job Id: {JOB_ID}\n    job_state = Q\n"
    gone = f"Job Id: {JOB_ID}\n    job_state = F\n    substate = 91\n"
    qstat = old.programs.directory / "qstat"
    qstat.write_text(
        f"#!/bin/sh\n[ -e {old.home}/gone ] && printf '{gone}' || printf '{queued}'\n".replace("\n ", "\\n ")
    )
    old.programs.say("qdel *")
    qdel = old.programs.directory / "qdel"
    qdel.write_text(f"#!/bin/sh\ntouch {old.home}/gone\n")
    done = old.qq("kill", "-y")
    assert done.code == 0, done.err
    assert "job_state: killed" in (old.home / "run.qqinfo").read_text()


def test_it_is_wiped_where_the_sites_template_put_it(old: Old) -> None:
    old.is_("failed", ENDED)
    done = old.qq("wipe", "-y")
    assert done.code == 0, done.err
    assert not old.work_dir.exists()


def test_it_is_not_wiped_anywhere_else(old: Old, tmp_path: Path) -> None:
    other = tmp_path / "precious" / "main"
    shutil.copytree(old.work_dir, other)
    old.is_("failed", ENDED.replace("{work_dir}", str(other)))
    done = old.qq("wipe", "-y")
    assert done.code == 91
    assert (other / "result").exists()


def test_it_is_respawned(old: Old) -> None:
    old.is_("failed", ENDED)
    old.programs.say("qsub *", "4712.pbs.example\n")
    done = old.qq("respawn", "-y")
    assert done.code == 0, done.err
    (call,) = [each for each in old.programs.calls if each.startswith("qsub")]
    assert "-q gpu" in call
    assert "-l ncpus=8,mpiprocs=8,mem=8388608kb,scratch_local=8388608kb" in call
    found = read_record(str(old.home / "run.qqinfo")).unwrap()[0]
    assert (found.job_id, found.of_older_wrapper) == ("4712.pbs.example", False)
    assert not old.work_dir.exists()
