"""`qq site` says which cluster this is, why, and what holds there."""

import json
from pathlib import Path

import pytest

from tests.core.schedulers.slurm_recordings import out_of
from tests.shell.batch.slurm.conftest import Programs
from tests.shell.cli.conftest import Qq

BUILT_IN_TABLE = "sites/slurm.toml"


def facts(out: str) -> dict[str, list[str]]:
    """Label → its lines."""
    found: dict[str, list[str]] = {}
    label = ""
    for line in out.splitlines():
        label = line[:22].strip() or label
        found.setdefault(label, []).append(line[22:].strip())
    return found


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    """A machine that is a login host of a Slurm cluster."""
    found = Programs(tmp_path / "opt" / "bin")
    found.directory.mkdir(parents=True)
    (tmp_path / "opt/etc").mkdir()
    (tmp_path / "opt/etc/slurm.conf").touch()
    config = out_of("scontrol_show_config.txt", "scontrol show config")
    found.say("scontrol", config + "\n" + out_of("scontrol_show_partition.txt", "scontrol show partition -o"))
    found.say("sbatch")
    return found


def test_a_slurm_cluster_is_recognised_and_says_what_it_gives(qq: Qq, programs: Programs) -> None:
    done = qq("site", **programs.environ)
    assert done.code == 0, done.err
    found = facts(done.out)
    assert found["site"] == ["slurm"]
    assert found["because"][0].startswith(f"sbatch is {programs.directory}/sbatch, and ")
    assert "not lumi: lumi-allocations is not on PATH" in found["because"]
    assert found["described in"][0].endswith(BUILT_IN_TABLE)
    assert found["work-dir"][0].startswith("scratch_local (the default): $TMPDIR/qq-{user}/job_{job_id}, else /tmp/")
    assert found["scratch"] == ["each node has its own; it keeps what a job leaves"]
    assert found["queue"] == ["cpu if nobody says", "its longest walltime: 24:00:00"]
    assert found["its defaults"] == ["walltime 01:00:00"]
    assert found["the cluster's defaults"] == ["mem-per-cpu 100mb"]
    assert found["TERM to KILL"] == ["3 s"]


def test_a_table_of_ones_own_counts_and_is_named(qq: Qq, programs: Programs, tmp_path: Path) -> None:
    config = tmp_path / "config"
    (config / "qq/sites").mkdir(parents=True)
    own = config / "qq/sites/mine.toml"
    own.write_text(
        f'name = "slurm"\nshared_paths = ["{tmp_path}"]\nscratch_shared = true\nscratch_outlives_job = false\n'
        'default_queue = "long"\nqq_command = "/opt/qq/bin/qq"\n[scratch]\nfast = ["/fast/{job_id}"]\n'
    )
    found = facts(qq("site", XDG_CONFIG_HOME=str(config), **programs.environ).out)
    assert found["described in"][0] == str(own)
    assert found["described in"][1].endswith(BUILT_IN_TABLE)
    assert found["scratch"] == ["all nodes reach it; it is wiped when a job ends"]
    assert found["this directory"] == [f"{qq.cwd} is shared by all nodes"]
    assert found["queue"] == ["long if nobody says", "its longest walltime: 336:00:00"]
    assert found["qq on the node"] == ["/opt/qq/bin/qq"]
    assert "fast: /fast/{job_id}" in found["work-dir"]


def test_the_same_for_programs(qq: Qq, programs: Programs) -> None:
    (told,) = json.loads(qq("site", "--json", **programs.environ).out)
    assert told["site"]["name"] == "slurm"
    assert told["site"]["kill_wait"] == 3.0
    assert told["site"]["default_queue"] == "cpu"
    assert (told["here"], told["named_by"], told["batch_answered"]) == (True, None, True)
    assert told["queue_defaults"] == {"walltime": "01:00:00"}
    assert [each["name"] for each in told["known"]] == ["karolina", "lumi", "metacentrum", "pbs", "slurm", "local"]


def test_a_site_that_somebody_names(qq: Qq, programs: Programs) -> None:
    found = facts(qq("site", "karolina", **programs.environ).out)
    assert found["because"] == ["you named it; this machine is not it: it4ifree is not on PATH"]
    assert found["queue"] == ["has to be named"]
    assert found["input"] == ["every input directory is shared by all nodes"]
    assert found["batch system"] == ["SlurmIT4I (spoken to as Slurm)"]
    named = facts(qq("site", QQ_BATCH_SYSTEM="Slurm", **programs.environ).out)
    assert named["because"] == ["QQ_BATCH_SYSTEM named it"]
    servers = facts(qq("site", "metacentrum").out)["server"]
    assert "meta is pbs-m1.metacentrum.cz" in servers


def test_a_site_that_does_not_exist(qq: Qq) -> None:
    done = qq("site", "nosuch")
    assert (done.code, done.out) == (91, "")
    assert done.error == "qq: there is no site 'nosuch'; there are karolina, lumi, metacentrum, pbs, slurm, local"
    assert qq("site", "metacentrun").error == "qq: there is no site 'metacentrun'; did you mean 'metacentrum'?"


def test_a_cluster_that_does_not_answer_is_shown_as_far_as_it_is_known(qq: Qq, programs: Programs) -> None:
    programs.say("scontrol", err="error: Unable to contact slurm controller (connect failure)", code=1)
    done = qq("site", **programs.environ)
    assert done.code == 91
    found = facts(done.out)
    assert found["TERM to KILL"] == ["30 s"]
    assert "its controller does not answer" in found["not answered"][0]
    (told,) = json.loads(qq("site", "--json", **programs.environ).out)
    assert (told["batch_answered"], told["queue_defaults"]) == (False, None)


def test_this_machine(qq: Qq) -> None:
    found = facts(qq("site", "local").out)
    assert found["queue"] == ["default if nobody says"]
    assert "this directory" not in found
