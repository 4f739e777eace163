"""Cables are pulled. For a while: it goes on. For good: the end is clear, nothing is lost, and it can be recovered."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.real.cluster.cluster import ADA, Cluster
from tests.real.cluster.daemons import LOGIN
from tests.real.cluster.jobs import UNTIL_STOP, Job, a_job, node_of

pytestmark = pytest.mark.real

MB = 1 << 20
SIZE = 24 * MB
RATE = "60mbit"
"""At this rate SIZE takes three seconds."""
CUT = 5.0
MAKE_RESULTS = f"head -c {SIZE} /dev/urandom > big; cksum < big > sum"
SCRATCH = "work-dir scratch_local"
NODE = "props node1"


def make_big(cluster: Cluster, path: Path) -> None:
    cluster.do("dd", "if=/dev/urandom", f"of={path}", f"bs={MB}", f"count={SIZE // MB}", "status=none")


def arrived(top: Path) -> int:
    """The size of the largest file below a directory, whatever it is called."""
    sizes = [0]
    for path in top.rglob("*"):
        try:
            sizes.append(path.stat().st_size)
        except FileNotFoundError:
            continue
    return max(sizes)


def partly(top: Path) -> Callable[[], bool]:
    return lambda: SIZE // 8 < arrived(top) < SIZE * 7 // 8


def came_to(cluster: Cluster, host: str) -> int:
    """Bytes that a host has received by now, but from itself."""
    lines = cluster.network.run(host, "cat", "/proc/net/dev").stdout.splitlines()[2:]
    received = {name.strip(): int(numbers.split()[0]) for name, _, numbers in (line.partition(":") for line in lines)}
    return sum(count for name, count in received.items() if name != "lo")


def cut(cluster: Cluster, node: str) -> None:
    """For a while."""
    cluster.network.cable(node, "down")
    time.sleep(CUT)  # not to wait for something: so long it is out
    cluster.network.full_speed(node)
    cluster.network.cable(node, "up")


def same(cluster: Cluster, *paths: Path) -> bool:
    return cluster.network.run(LOGIN, "cmp", *paths).returncode == 0


def test_a_cut_while_staging_in(cluster: Cluster, private: Path) -> None:
    job = a_job(cluster, private, "cksum < big > sum", SCRATCH, NODE)
    make_big(cluster, private / "big")
    cluster.network.slow("node1", RATE)
    job.submit()
    job.until("half of it", partly(cluster.on("node1", cluster.scratch)))
    cut(cluster, "node1")
    job.wait()
    assert job.text("sum") == cluster.do("sh", "-c", f"cksum < {private}/big")


def test_a_cut_while_copying_home(cluster: Cluster, private: Path) -> None:
    job = a_job(cluster, private, MAKE_RESULTS, SCRATCH, NODE)
    cluster.network.slow("node1", RATE)
    job_id = job.submit()
    job.until("half of it", partly(job.seen))
    assert not (job.seen / "big").exists()
    cut(cluster, "node1")
    job.wait()
    job.wait_until_over(job_id)
    assert job.text("sum") == cluster.do("sh", "-c", f"cksum < {private}/big")
    assert not list(job.seen.glob(".qq*"))


def test_a_cut_while_syncing(cluster: Cluster, private: Path) -> None:
    job = running_with_results(cluster, private)
    cluster.network.slow("node1", RATE)
    syncing = cluster.network.begin(LOGIN, "qq", "sync", user=ADA, cwd=private)
    job.until("half of it", partly(job.seen))
    cut(cluster, "node1")
    said, trouble = syncing.communicate(timeout=60)
    assert (syncing.returncode, trouble) == (0, ""), said
    assert job.text("sum") == cluster.do("sh", "-c", f"cksum < {private}/big")
    end(job)


def running_with_results(cluster: Cluster, private: Path) -> Job:
    job = a_job(
        cluster,
        private,
        f"head -c {SIZE} /dev/urandom > big; cksum < big > sum; touch ready\n{UNTIL_STOP}",
        SCRATCH,
        NODE,
    )
    job.submit()
    record = job.wait("running")
    job.until("results", (job.work_dir(record) / "ready").exists)
    return job


def end(job: Job) -> None:
    (job.work_dir() / "stop").touch()
    job.cluster.network.full_speed("node1")
    job.wait()


def test_a_host_that_stays_away_ends_a_sync_clearly_and_the_next_one_goes_on(cluster: Cluster, private: Path) -> None:
    """What becomes of the job is not asked: Slurm may take the node for lost before the sync has given up."""
    job = running_with_results(cluster, private)
    cluster.network.slow("node1", RATE)
    syncing = cluster.network.begin(LOGIN, "qq", "sync", user=ADA, cwd=private)
    job.until("half of it", partly(job.seen))
    cluster.network.cable("node1", "down")
    _, trouble = syncing.communicate(timeout=60)
    assert syncing.returncode == 91
    assert len(trouble.splitlines()) == 1 and "node1.qq.test" in trouble and "qq sync" in trouble
    assert not (job.seen / "big").exists()
    half = arrived(job.seen)
    assert half > SIZE // 8
    assert "node1.qq.test" in job.qq("logs") and "node1.qq.test" in job.qq("logs", "-f", codes=(91,))
    cluster.network.cable("node1", "up")
    cluster.network.full_speed("node1")
    before = came_to(cluster, LOGIN)
    job.until("the host", lambda: cluster.network.run(LOGIN, "qq", "sync", user=ADA, cwd=private).returncode == 0)
    assert SIZE // 8 < came_to(cluster, LOGIN) - before < SIZE - half // 2
    assert job.text("sum") == cluster.do("sh", "-c", f"cksum < {private}/big")
    assert not list(job.seen.glob(".qq*"))


def test_a_cable_that_stays_out_while_copying_home(cluster: Cluster, private: Path) -> None:
    """The job ends by itself; nothing is lost, and ``recover`` on the other host brings it home."""
    job = a_job(cluster, private, MAKE_RESULTS, SCRATCH, NODE)
    cluster.network.slow("node1", RATE)
    job_id = job.submit()
    job.until("half of it", partly(job.seen))
    record = job.record()
    assert record["script_exit_code"] == 0
    cluster.network.cable("node1", "down")
    said = cluster.on("node1", f"/tmp/qq-{ADA}-{job_id}/qqout")
    job.until("an end", lambda: "qq run ends with exit code" in said.read_text(), 120)
    assert job.record()["job_state"] == "running" and not (job.seen / "big").exists()
    assert (job.work_dir(record) / "big").exists()
    assert job.wait_until_over(job_id) == "NODE_FAIL"
    assert "qq recover" in job.qq("info")
    assert node_of(record) in job.qq("recover", "-y", codes=(91,), timeout=120)
    cluster.network.cable("node1", "up")
    cluster.network.full_speed("node1")
    cluster.settle()
    job.qq("recover", "-y")
    assert job.record()["job_state"] == "finished"
    assert job.text("sum") == cluster.do("sh", "-c", f"cksum < {private}/big")
    assert not job.work_dir(record).exists()
    assert not list(job.seen.glob(".qq*"))


def test_a_cable_that_stays_out_while_staging_in(cluster: Cluster, private: Path) -> None:
    job = a_job(cluster, private, "cksum < big > sum", SCRATCH, NODE)
    make_big(cluster, private / "big")
    cluster.network.slow("node1", RATE)
    job_id = job.submit()
    job.until("half of it", partly(cluster.on("node1", cluster.scratch)))
    cluster.network.cable("node1", "down")
    said = cluster.on("node1", f"/tmp/qq-{ADA}-{job_id}/qqout")
    job.until("an end", lambda: "qq run ends with exit code" in said.read_text(), 120)
    job.wait_until_over(job_id)
    cluster.network.cable("node1", "up")
    cluster.network.full_speed("node1")
    cluster.settle()
    assert job.info()["state"] != "running"
    job.qq("recover", "-y")
    job.wait()
    assert job.text("sum") == cluster.do("sh", "-c", f"cksum < {private}/big")
