"""`qq doctor` on this machine, for real: what is well, what is not, and a job of its own."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from qq._version import VERSION
from qq.core.doctor import LEAST_ROOM
from tests.conftest import Command
from tests.core.schedulers.slurm_recordings import out_of
from tests.shell.batch.slurm.conftest import Programs
from tests.shell.cli.conftest import Qq, Unprivileged, on_a_terminal

BESIDE = str(Path(sys.executable).parent)


@pytest.fixture
def installed(qq: Qq) -> Qq:
    """A user whose start-up files are as the docs want them."""
    home = Path(qq.env["HOME"])
    (home / ".bashrc").write_text('eval "$(qq shell-init bash)"\n')
    (home / ".bash_profile").write_text(f"echo welcome\nPATH='{BESIDE}':$PATH\n")
    return Qq({**qq.env, "SHELL": "/bin/bash", "QQ_BATCH_SYSTEM": "local"}, qq.cwd)


def ssh_that(directory: Path, does: str) -> str:
    """Stands in for ssh: shell commands that find the words for the other host as ``$*``."""
    program = directory / "ssh"
    program.write_text(f'#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift 2\n{does}\n')
    program.chmod(0o755)
    return str(program)


NO_HOST = "echo ssh: Could not resolve hostname x: Name or service not known >&2; exit 255"


def checked(qq: Qq, *words: str, code: int = 0, **env: str) -> dict[str, tuple[str, str]]:
    """Check → level and words."""
    done = qq("doctor", "--json", *words, **env)
    assert done.code == code, done.out + done.err
    return {each["check"]: (each["level"], each["words"]) for each in json.loads(done.out)}


def test_an_installation_that_is_as_it_should_be(installed: Qq) -> None:
    if shutil.disk_usage(installed.cwd).free < 2 * LEAST_ROOM:
        pytest.fail("the disk of this test run is full: 2 GB have to be free")
    found = checked(installed)
    assert {level for level, _ in found.values()} == {"fine"}, found
    assert found["qq for jobs"][1] == f"{BESIDE}/qq starts without your environment"
    assert found["qq in a login shell"][1] == "/bin/bash -l finds it"
    assert found["batch system"] == ("fine", "site local, local: it answers")
    assert list(installed.cwd.iterdir()) == []
    told = installed("doctor")
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines()[-1] == "all is well"
    assert all(line.startswith("fine     ") for line in told.out.splitlines()[:-1])


def test_what_is_missing_is_a_warning_with_what_to_do(installed: Qq) -> None:
    home = Path(installed.env["HOME"])
    (home / ".bashrc").unlink()
    (home / ".bash_profile").write_text("PATH=/usr/bin:/bin\n")
    found = checked(installed)
    assert [name for name, (level, _) in found.items() if level != "fine"] == ["start-up file", "qq in a login shell"]
    lines = installed("doctor").out.splitlines()
    assert '         -> put this line at its end: eval "$(qq shell-init bash)"' in lines
    assert lines[-1] == "2 warnings"


def test_a_start_up_file_with_the_block_itself(installed: Qq) -> None:
    bashrc = Path(installed.env["HOME"]) / ".bashrc"
    bashrc.write_text(installed("shell-init", "bash").out)
    assert checked(installed)["start-up file"] == ("fine", "~/.bashrc holds what 'qq shell-init bash' prints")
    bashrc.write_text(bashrc.read_text().replace("command qq", "command  qq"))
    assert checked(installed)["start-up file"] == ("warning", "~/.bashrc holds what an older qq printed")


def test_a_start_up_file_that_never_ends_is_given_up(installed: Qq, tmp_path: Path) -> None:
    (Path(installed.env["HOME"]) / ".bash_profile").write_text(f"exec {BESIDE}/python -c 'import time; time.sleep(99)'")
    level, words = checked(installed)["qq in a login shell"]
    assert (level, "has not answered for" in words) == ("warning", True)


def test_faults_of_the_configuration_are_told_with_their_lines(installed: Qq) -> None:
    config = Path(installed.env["XDG_CONFIG_HOME"]) / "qq"
    (config / "sites").mkdir(parents=True)
    (config / "config.toml").write_text("[runner]\nretry_trees = 3\n")
    level, words = checked(installed, code=91)["configuration"]
    assert level == "fault"
    assert words.startswith(f"{config}/config.toml:2: ") and "retry_tries" in words
    (config / "config.toml").write_text("[runner\n")
    done = installed("doctor")
    assert done.code == 91
    assert f"fault    configuration: {config}/config.toml:1: no valid TOML" in done.out
    assert "batch system" not in done.out
    (config / "config.toml").unlink()
    (config / "sites/mine.toml").write_text('name = "mine"\n')
    assert "mine.toml" in checked(installed, code=91)["configuration"][1]


def test_places_that_can_not_be_written_to(installed: Qq, without_privileges: Command) -> None:
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        Path(installed.env[name]).chmod(0o500)
    unprivileged = Unprivileged(installed.env, installed.cwd, without_privileges)
    found = checked(unprivileged, code=91)
    assert found["queue of this machine"][0] == "fault" and "permission denied" in found["queue of this machine"][1]
    assert found["work-dir scratch_local"][0] == "fault" and "permission denied" in found["work-dir scratch_local"][1]
    installed.cwd.chmod(0o500)
    found = checked(unprivileged, "--job", code=91)
    assert found["clock of the storage"] == ("fine", f"not compared: nothing can be written into {installed.cwd}")
    assert found["a real job"] == ("fault", "no job can be submitted from here: permission denied")


def test_a_job_of_its_own_runs_and_leaves_nothing(installed: Qq) -> None:
    done = installed("doctor", "--job")
    assert done.code == 0, done.out
    assert done.error == "qq: 1.local is submitted; it is waited for, 300 s at most"
    (line,) = (line for line in done.out.splitlines() if "a real job" in line)
    scratch = f"{installed.env['XDG_CACHE_HOME']}/qq/jobs/job_1.local"
    assert line.startswith("fine     a real job: 1.local ran on ")
    assert f" in {scratch}, with qq " in line
    assert done.out.splitlines()[-2].endswith(": the same as this host's")
    assert list(installed.cwd.iterdir()) == []
    assert not Path(scratch).exists()


def test_a_job_that_can_not_run_is_told_with_what_it_left(installed: Qq) -> None:
    cache = Path(installed.env["XDG_CACHE_HOME"])
    (cache / "qq").write_text("in the way")
    found = checked(installed, "--job", code=91)
    level, words = found["a real job"]
    assert level == "fault" and words.startswith("1.local: is failed: no scratch directory on ")
    (kept,) = installed.cwd.iterdir()
    assert (kept / "doctor.qqinfo").exists()
    assert f"         -> look at what it left in {kept.parent}/qq-doctor-" in installed("doctor", "--job").out


def test_a_job_goes_to_the_queue_and_on_the_account_that_are_named(installed: Qq) -> None:
    level, words = checked(installed, "--job", "-q", "nosuch", code=91)["a real job"]
    assert level == "fault" and "no queue 'nosuch'" in words
    assert checked(installed, "--job", "-q", "default", "--account", "mine")["a real job"][0] == "fine"
    assert "add --job" in installed("doctor", "--account", "mine").error


def test_on_a_terminal_lines_are_broken_at_blanks(installed: Qq) -> None:
    shown = on_a_terminal(installed, "doctor", COLUMNS="60").splitlines()
    assert max(map(len, shown)) <= 60, shown
    assert "not tried: this machine is the only node" in " ".join(word for line in shown for word in line.split())


def test_a_job_that_is_refused(installed: Qq) -> None:
    level, words = checked(installed, "--job", code=91, QQ_LOCAL_MEM_KB="1000")["a real job"]
    assert level == "fault" and words.startswith("it could not be submitted: ")
    assert list(installed.cwd.iterdir()) == []


def test_a_host_that_nobody_knows(installed: Qq, tmp_path: Path) -> None:
    ssh = ssh_that(tmp_path, NO_HOST)
    found = checked(installed, "--node", "n17", code=91, QQ_SSH=ssh)["ssh to a node"]
    assert found == ("fault", "n17 can't be reached by ssh: nobody knows a host of this name")
    assert "not the name of a host" in checked(installed, "--node", "-oProxyCommand=x", code=91)["ssh to a node"][1]


def test_a_host_that_is_reached(installed: Qq, tmp_path: Path) -> None:
    found = checked(installed, "--node", "n17", QQ_SSH=ssh_that(tmp_path, 'exec sh -c "$*"'))
    assert found["ssh to a node"] == ("fine", f"n17 is reached without a password, and qq {VERSION} answers")
    assert found["clock of n17"] == ("fine", "the same as this host's")


def test_a_cluster_whose_nodes_can_not_be_reached(installed: Qq, tmp_path: Path) -> None:
    programs = Programs(tmp_path / "opt" / "bin")
    programs.directory.mkdir(parents=True)
    (tmp_path / "opt/etc").mkdir()
    (tmp_path / "opt/etc/slurm.conf").touch()
    config = out_of("scontrol_show_config.txt", "scontrol show config")
    nodes = "NodeName=no-such-node.invalid State=IDLE CPUTot=4 CPUAlloc=0 RealMemory=1000\n"
    programs.say(
        "scontrol", f"{config}\n{out_of('scontrol_show_partition.txt', 'scontrol show partition -o')}\n{nodes}"
    )
    programs.say("sbatch", "slurm 24.05.3\n")
    programs.say("rsync", "rsync  version 3.2.7  protocol version 31\n")
    programs.say("ssh", "OpenSSH_9.2p1\n")
    env = {**installed.env, **programs.environ, "QQ_BATCH_SYSTEM": "Slurm", "QQ_SSH": ssh_that(tmp_path, NO_HOST)}
    found = checked(Qq(env, installed.cwd))
    assert found["batch system"] == ("fine", "site slurm, slurm 24.05.3: it answers")
    assert found["qq for jobs"][0] == "warning"
    level, words = found["ssh to a node"]
    assert level == "warning" and words.startswith("no-such-node.invalid can't be reached by ssh: ")
