"""`qq queues`, `qq nodes` and `qq stat`, as users call them, on the queue that is built in and at a cluster."""

import json
from pathlib import Path

import pytest
import yaml

from qq.core.schedulers import slurm_queue
from tests.core.schedulers.slurm_recordings import MARK, out_of
from tests.shell.batch.pbs.conftest import Programs
from tests.shell.batch.slurm.conftest import Programs as SlurmPrograms
from tests.shell.cli.conftest import Qq, submitted, until, waits_for


@pytest.fixture
def at_pbs(qq: Qq, tmp_path: Path) -> Qq:
    """A host that talks to a PBS server with several queues and nodes."""
    directory = tmp_path / "programs"
    directory.mkdir()
    programs = Programs(directory, {})
    programs.answer("qstat -Bf", "qstat_Bf")
    programs.answer("qstat -Qf -w", "qstat_Qfw")
    programs.answer("pbsnodes -a", "multinode_pbsnodes_a_offline")
    path = f"{programs.directory}:{qq.env['PATH']}"
    return Qq({**qq.env, "PATH": path, "QQ_BATCH_SYSTEM": "PBS"}, qq.cwd)


@pytest.fixture
def slurm(tmp_path: Path) -> SlurmPrograms:
    directory = tmp_path / "programs"
    directory.mkdir()
    return SlurmPrograms(directory)


def names(out: str) -> list[str]:
    """The first words of the lines of a table."""
    return [line.split()[0] for line in out.splitlines()[1:]]


def test_this_machine_is_one_queue_and_one_node(qq: Qq, tmp_path: Path) -> None:
    go = tmp_path / "go"
    job = submitted(qq, waits_for(go))
    until(lambda: "running" in qq("info", "-b").out, "the job to run")
    (node,) = json.loads(qq("nodes", "--json").out)
    assert (node["state"], node["free"]["ncpus"], node["has"]["ncpus"], node["jobs"]) == ("busy", 1, 2, [job])
    (queue,) = yaml.safe_load(qq("queues", "--yaml").out)
    assert (queue["name"], queue["default"], queue["jobs"], queue["most"]["ncpus"]) == (
        "default",
        True,
        {"running": 1},
        2,
    )
    assert queue["free"]["ncpus"] == 1
    assert "1 of 2" in qq("queues").out
    assert "1 of 2" in qq("nodes", COLUMNS="60").out
    assert job in qq("stat").out
    assert [each["job_id"] for each in yaml.safe_load(qq("stat", "--yaml").out)] == [job]
    assert "no jobs" in qq("stat", "-u", "nobody-at-all").out
    go.touch()


def test_before_the_first_job_all_is_free(qq: Qq) -> None:
    for words in (["queues"], ["nodes"]):
        done = qq(*words)
        assert (done.code, done.err) == (0, "")
        assert "2 of 2" in done.out


def test_queues_that_one_cant_use_are_shown_when_asked_for(at_pbs: Qq) -> None:
    done = at_pbs("queues")
    assert done.code == 0, done.err
    assert names(done.out) == ["workq", "long", "route", "2"]
    assert "2 more take no jobs of yours (-a: all)" in done.out
    assert names(at_pbs("queues", "-a").out) == ["workq", "long", "closed", "private", "route"]
    assert [each["name"] for each in json.loads(at_pbs("queues", "--json").out)] == ["workq", "long", "route"]


def test_nodes_that_take_no_jobs_are_shown_when_asked_for(at_pbs: Qq) -> None:
    few, every = at_pbs("nodes"), json.loads(at_pbs("nodes", "-a", "--json").out)
    closed = [node["name"] for node in every if node["state"] in ("closed", "down", "unknown")]
    assert closed
    assert f"{len(closed)} more take" in few.out
    assert not set(closed) & set(names(few.out)[:-1])


def test_queues_are_shown_though_the_nodes_cant_be_asked(qq: Qq, at_pbs: Qq, tmp_path: Path) -> None:
    (tmp_path / "programs" / "pbsnodes").unlink()
    done = at_pbs("queues")
    assert done.code == 91
    assert "workq" in done.out
    assert "pbsnodes is not installed here" in done.error


def test_of_a_silent_server_one_line_is_told(at_pbs: Qq, tmp_path: Path) -> None:
    (tmp_path / "programs" / "qstat").write_text("#!/bin/sh\nexit 255\n")
    done = at_pbs("queues")
    assert (done.code, done.out) == (91, "")
    assert "PBS does not answer" in done.error


def test_both_forms_at_once_are_bad_usage(qq: Qq) -> None:
    for word in ("queues", "nodes", "stat", "jobs"):
        assert qq(word, "--json", "--yaml").code == 2


def test_partitions_with_what_is_free(qq: Qq, slurm: SlurmPrograms) -> None:
    parts = out_of("scontrol_show_partition.txt", "scontrol show partition -o")
    nodes = out_of("scontrol_show_node.txt", "scontrol show node -o")
    (slurm.directory / "parts").write_text(parts)
    (slurm.directory / "nodes").write_text(nodes)
    program = slurm.directory / "scontrol"
    program.write_text(
        f"#!/bin/sh\ncase $2 in node) cat {slurm.directory}/nodes ;; *) cat {slurm.directory}/parts ;; esac\n"
    )
    program.chmod(0o755)
    there = {"PATH": f"{slurm.directory}:{qq.env['PATH']}", "QQ_BATCH_SYSTEM": "Slurm"}
    done = qq("queues", **there)
    assert done.code == 0, done.err
    assert "20 of 24" in done.out
    assert names(qq("nodes", **there).out) == ["node1", "node2", "node3"]


def test_stat_asks_for_everybody_and_says_whose(qq: Qq, slurm: SlurmPrograms) -> None:
    values = {"jobarrayid": "17", "state": "RUNNING", "username": "ada", "nodelist": "n1"}
    slurm.say("squeue", "".join(values.get(field, "") + MARK for field in slurm_queue.FIELDS) + "\n")
    there = {"PATH": f"{slurm.directory}:{qq.env['PATH']}", "QQ_BATCH_SYSTEM": "Slurm"}
    done = qq("stat", **there)
    assert "user" in done.out.splitlines()[0]
    assert "ada" in done.out
    qq("stat", "-u", "ada", **there)
    everybody, hers = slurm.calls
    assert "ada" not in everybody
    assert "ada" in hers
