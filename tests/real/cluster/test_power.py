"""Nodes lose their power: the end is clear, what had been made is not lost, and it goes on when the node is back."""

from pathlib import Path

import pytest

from tests.real.cluster.cluster import Cluster
from tests.real.cluster.jobs import a_job, node_of
from tests.real.cluster.test_links import MAKE_RESULTS, NODE, RATE, SCRATCH, partly

pytestmark = pytest.mark.real


def test_a_node_that_goes_out_while_its_script_runs(cluster: Cluster, private: Path) -> None:
    """Recovered, the job starts anew elsewhere, from the input directory; what stands on the node is named and kept."""
    script = "echo $QQ_ATTEMPT > result; [ $QQ_ATTEMPT = 2 ] || { touch ready; sleep 600; }"
    job = a_job(cluster, private, script, SCRATCH)
    job_id = job.submit()
    first = job.wait("running")
    node = node_of(first)
    job.until("the script", (job.work_dir(first) / "ready").exists)
    cluster.network.switch_off(node)
    assert job.wait_until_over(job_id) == "NODE_FAIL"
    told = job.qq("info")
    assert "qq recover" in told and node in told
    assert node in job.qq("logs", codes=(91,))
    assert f"{node}.qq.test" in job.qq("recover", "-y")
    job.wait()
    second = job.record()
    assert (second["attempt"], job.text("result")) == (2, "2\n")
    assert node_of(second) != node
    assert second["earlier_work_dirs"] == [{"host": first["main_node"], "path": first["work_dir"]}]
    cluster.switch_on(node)
    cluster.settle()
    assert job.record() == second
    assert (job.work_dir(first) / "ready").exists()
    assert job.wait_until_over(str(second["job_id"])) == "COMPLETED"
    job.qq("wipe", "-y")
    assert not job.work_dir(first).exists()


def test_a_node_that_goes_out_while_copying_home(cluster: Cluster, private: Path) -> None:
    """What the script has made is on the node: it is brought home when that is back, and the script not run again."""
    job = a_job(cluster, private, MAKE_RESULTS, SCRATCH, NODE)
    cluster.network.slow("node1", RATE)
    job_id = job.submit()
    job.until("half of it", partly(job.seen))
    cluster.network.switch_off("node1")
    assert job.wait_until_over(job_id) == "NODE_FAIL"
    record = job.record()
    assert (record["job_state"], record["script_exit_code"]) == ("running", 0)
    assert not (job.seen / "big").exists()
    assert "qq recover" in job.qq("info")
    assert "node1" in job.qq("recover", "-y", codes=(91,))
    assert job.record() == record
    cluster.switch_on("node1")
    cluster.settle()
    job.qq("recover", "-y")
    assert job.record()["job_state"] == "finished"
    assert job.text("sum") == cluster.do("sh", "-c", f"cksum < {private}/big")
    assert not job.work_dir(record).exists() and not list(job.seen.glob(".qq-*"))


def test_a_job_that_slurm_starts_again_when_its_node_is_lost(cluster: Cluster, private: Path) -> None:
    """Nobody can ask the lost node: the new attempt begins afresh, and names the directory that stands there.

    As nothing depends on the node's answer it is not waited for as for other things: that would be an hour here.
    """
    settings = cluster.home() / ".config" / "qq" / "config.toml"
    before = settings.read_text()
    assert "retry_wait = 2\n" in before
    settings.write_text(before.replace("retry_wait = 2\n", "retry_wait = 3600\n"))
    script = "echo $QQ_ATTEMPT > result; [ $QQ_ATTEMPT = 2 ] || { touch ready; sleep 600; }"
    job = a_job(cluster, private, script, SCRATCH, "requeue true")
    try:
        job_id = job.submit()
    finally:
        settings.write_text(before)
    first = job.ready()
    cluster.network.switch_off(node_of(first))
    job.until("the end", lambda: job.record().get("job_state") == "finished", 200)
    second = job.record()
    assert (second["job_id"], second["attempt"], job.text("result")) == (job_id, 2, "2\n")
    assert node_of(second) != node_of(first)
    assert second["earlier_work_dirs"] == [{"host": first["main_node"], "path": first["work_dir"]}]
