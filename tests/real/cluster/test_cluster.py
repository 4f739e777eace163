"""The cluster of these tests is what they take it for."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.real.cluster.cluster import ADA, BOB, NODES, Cluster
from tests.real.cluster.hosts import is_over, until

pytestmark = pytest.mark.real


def test_a_job_runs_on_a_node_as_the_user_who_submitted_it(cluster: Cluster) -> None:
    home = cluster.home(BOB)
    said = cluster.do(
        "sbatch", "--parsable", "-w", "node2", "-o", "out", "--wrap", "hostname; id -un", user=BOB, cwd=home
    )
    until("the end", lambda: cluster.do("sacct", "-nX", "-o", "State", "-j", said.strip()).split() == ["COMPLETED"])
    assert (home / "out").read_text() == f"node2\n{BOB}\n"


def test_every_host_has_a_name_a_scratch_and_a_private_disk_of_its_own(cluster: Cluster) -> None:
    for node in NODES:
        assert cluster.do("ssh", node, "hostname", "-f") == f"{node}.qq.test\n"
        cluster.do("touch", cluster.scratch / node, cluster.private / node, host=node)
    for node in NODES:
        assert cluster.do("ls", cluster.scratch, cluster.private, host=node).count("node") == 2
        cluster.do("rm", cluster.scratch / node, cluster.private / node, host=node)
    assert cluster.do("cat", "/etc/hostname").strip() == "login"


def test_homes_are_shared_and_closed_to_nobody_but_others(cluster: Cluster) -> None:
    (cluster.home() / "shared").write_text("x")
    assert cluster.do("ssh", "node3", "cat", cluster.home() / "shared") == "x"
    assert cluster.network.run("login", "cat", cluster.home() / ".ssh" / "id_ed25519", user=BOB).returncode != 0


def test_nothing_leads_out(cluster: Cluster) -> None:
    for host in ("login", *NODES):
        assert cluster.do("ip", "-o", "route", host=host).split()[0] == "10.77.0.0/24"
    here = subprocess.run(["ip", "-o", "address"], capture_output=True, text=True, check=True).stdout
    assert "10.77.0." not in here


def test_a_pulled_cable_and_a_power_cut_are_what_they_are(cluster: Cluster) -> None:
    def reaches() -> bool:
        return cluster.network.run("login", "ssh", "-o", "ConnectTimeout=1", "node1", "true", user=ADA).returncode == 0

    cluster.network.cable("node1", "down")
    assert not reaches()
    cluster.network.cable("node1", "up")
    until("the cable", reaches)
    init = cluster.network.hosts["node1"].init
    cluster.network.switch_off("node1")
    assert init is not None and is_over(init)
    assert not reaches()
    cluster.switch_on("node1")
    until("the host", reaches)


def test_the_machine_around_it_knows_nothing_of_its_users(cluster: Cluster) -> None:
    assert os.geteuid() == 0
    assert "qq-ada" not in Path("/etc/passwd").read_text()
