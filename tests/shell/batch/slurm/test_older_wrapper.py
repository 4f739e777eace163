"""Jobs of the wrapper before this one, under Slurm: read, shown, synced, killed, wiped, respawned (SPEC 5)."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct

from qq.core.schedulers.slurm_queue import FIELDS
from qq.shell.perform.readrecord import read_record
from tests.conftest import QQHome
from tests.core.schedulers.slurm_recordings import MARK
from tests.shell.batch.older_wrapper import ENDED, RUNNING, record
from tests.shell.batch.slurm.conftest import Programs
from tests.shell.cli.conftest import Ended, Qq

JOB_ID = "4711"
SYSTEMS = {"Slurm": ("slurm", "scratch_local"), "SlurmIT4I": ("karolina", "scratch"), "SlurmLumi": ("lumi", "scratch")}
"""As records call the clusters: the site, and its first kind of working directory."""


class Old(Struct, frozen=True):
    """A job of the older wrapper: its directory, its working directory on this host, and Slurm's words."""

    system: str
    home: Path
    work_dir: Path
    programs: Programs
    env: dict[str, str]

    def is_(self, state: str, rest: str = "", *, code: int = 1, seen: str = "", work_dir: Path | None = None) -> None:
        """Its record, and what Slurm says of it; nothing: it does not know it any more."""
        kind, where = SYSTEMS[self.system][1], work_dir or self.work_dir
        job = {"system": self.system, "job_id": JOB_ID, "state": state, "kind": kind}
        text = record(rest, **job, code=code, input_dir=self.home, work_dir=where)
        (self.home / "run.qqinfo").write_text(text)
        self.programs.say("squeue", row(seen) if seen else "")

    def qq(self, *words: str) -> Ended:
        return Qq(self.env, self.home)(*words)


def row(state: str) -> str:
    """The job in a queue."""
    told = {"jobarrayid": JOB_ID, "state": state, "reason": "None", "name": "run.sh"}
    return "".join(f"{told.get(name, '')}{MARK}" for name in FIELDS)


@pytest.fixture(params=SYSTEMS)
def old(request: pytest.FixtureRequest, qq_home: QQHome, tmp_path: Path) -> Iterator[Old]:
    site, kind = SYSTEMS[request.param]
    directory, home, scratch = tmp_path / "programs", tmp_path / "job", tmp_path / "scratch"
    work_dir = scratch / f"job_{JOB_ID}"
    for path in (directory, home, work_dir):
        path.mkdir(parents=True)
    programs = Programs(directory)
    for name in ("squeue", "sacct", "scancel", "sbatch", "scontrol"):
        programs.say(name)
    (home / "run.sh").write_text("#!/usr/bin/env -S qq run\necho hello\n")
    (work_dir / "result").write_text("made\n")
    (work_dir / "run.out").write_text("said\n")
    configuration = qq_home.config / "qq" / "config.toml"
    configuration.parent.mkdir(parents=True, exist_ok=True)
    configuration.write_text(f'[sites.{site}.scratch]\n{kind} = ["{scratch}/job_{{job_id}}"]\n')
    env = {**qq_home.env, "PATH": f"{directory}:{qq_home.env['PATH']}", "COLUMNS": "250"}
    yield Old(request.param, home, work_dir, programs, env)
    shutil.rmtree(scratch, ignore_errors=True)


def test_it_is_shown(old: Old) -> None:
    old.is_("failed", ENDED, code=3)
    done = old.qq("info")
    assert (done.code, done.err) == (0, "")
    for word in (JOB_ID, "gpu", "failed", "exit code 3", str(old.work_dir)):
        assert word in done.out


def test_it_is_not_said_to_be_running_when_slurm_forgot_it(old: Old) -> None:
    old.is_("running", RUNNING)
    assert "inconsistent" in old.qq("info", "-b").out


def test_a_finished_one_is_synchronized(old: Old) -> None:
    old.is_("finished", ENDED, code=0)
    done = old.qq("sync")
    assert done.code == 91
    assert "synchronized" in done.err


@pytest.mark.parametrize(("state", "rest", "seen"), [("failed", ENDED, ""), ("running", RUNNING, "RUNNING")])
def test_it_is_synced(old: Old, state: str, rest: str, seen: str) -> None:
    old.is_(state, rest, seen=seen)
    done = old.qq("sync")
    assert done.code == 0, done.err
    assert (old.home / "result").read_text() == "made\n"


def test_it_is_killed(old: Old) -> None:
    old.is_("running", RUNNING, seen="RUNNING")
    done = old.qq("kill", "-y")
    assert done.code == 0, done.err
    assert f"scancel -v {JOB_ID}" in old.programs.calls
    assert read_record(str(old.home / "run.qqinfo")).unwrap()[0].killed_by is not None


def test_it_is_wiped_where_the_sites_template_put_it(old: Old) -> None:
    old.is_("failed", ENDED)
    done = old.qq("wipe", "-y")
    assert done.code == 0, done.err
    assert not old.work_dir.exists()


def test_it_is_not_wiped_anywhere_else(old: Old, tmp_path: Path) -> None:
    other = tmp_path / "precious"
    shutil.copytree(old.work_dir, other)
    old.is_("failed", ENDED, work_dir=other)
    assert old.qq("wipe", "-y").code == 91
    assert (other / "result").exists()


def test_it_is_respawned(old: Old) -> None:
    old.is_("failed", ENDED)
    old.programs.say("sbatch", "4712\n")
    done = old.qq("respawn", "-y")
    assert done.code == 0, done.err
    (call,) = [each for each in old.programs.calls if each.startswith("sbatch")]
    assert "--partition=gpu" in call
    found = read_record(str(old.home / "run.qqinfo")).unwrap()[0]
    assert (found.job_id, found.batch_system, found.of_older_wrapper) == ("4712", old.system, False)
    assert not old.work_dir.exists()
