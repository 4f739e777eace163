"""What Slurm and people do to jobs: ended at every phase, out of time, started again."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.real.cluster.cluster import Cluster
from tests.real.cluster.daemons import LOGIN
from tests.real.cluster.jobs import UNTIL_STOP, Job, a_job
from tests.real.cluster.test_links import MAKE_RESULTS, NODE, RATE, SCRATCH, SIZE, make_big, partly

pytestmark = pytest.mark.real


def scancel(job: Job, job_id: str) -> None:
    job.cluster.do("scancel", job_id)


def is_gone(job: Job, job_id: str) -> str:
    """Once Slurm has the job behind it, nobody of it is left on the node; gives Slurm's word."""
    word = job.wait_until_over(job_id)
    for node in ("node1", "node2", "node3"):
        processes = job.cluster.network.do(node, "ps", "-eo", "user:20,args")
        assert not [line for line in processes.splitlines() if line.startswith(job.user)], processes
    return word


def test_cancelled_while_it_waits(cluster: Cluster, place: Path) -> None:
    job = a_job(cluster, place, "echo never", SCRATCH)
    held = cluster.do("sbatch", "--parsable", "-H", "-o", "/dev/null", "--wrap", "true", cwd=cluster.home()).strip()
    job_id = job.submit("--depend", f"afterok={held}")
    assert job.info()["state"] in ("held", "queued", "waiting")
    scancel(job, job_id)
    is_gone(job, job_id)
    assert job.info()["state"] not in ("queued", "running", "finished")
    assert "qq" in job.qq("info")
    job.qq("clear")
    assert {path.name for path in job.seen.iterdir()} == {"run.sh", "input"}


def test_killed_by_its_user_while_it_waits(cluster: Cluster, place: Path) -> None:
    job = a_job(cluster, place, "echo never", SCRATCH)
    held = cluster.do("sbatch", "--parsable", "-H", "-o", "/dev/null", "--wrap", "true", cwd=cluster.home()).strip()
    job.submit("--depend", f"afterok={held}")
    job.qq("kill", "-y")
    assert job.wait("killed")["killed_by"]
    assert job.info()["state"] == "killed"


def test_killed_by_its_user_while_it_waits_to_start_again(cluster: Cluster, place: Path) -> None:
    job = a_job(cluster, place, "touch ready; sleep 600", SCRATCH, "requeue true")
    job_id = job.submit()
    job.wait("running")
    cluster.do("scontrol", "requeuehold", job_id)
    job.wait("killed")
    job.until("its place in the queue", lambda: job.info()["state"] == "held")
    job.qq("kill", "-y")
    assert is_gone(job, job_id) == "CANCELLED"
    assert job.info()["record"]["killed_by"]["who"] == job.user


def test_a_signal_of_its_user_reaches_its_script(cluster: Cluster, place: Path) -> None:
    job = a_job(cluster, place, "trap 'echo told; exit 0' USR1; touch ready; while :; do sleep 0.1; done", SCRATCH)
    job_id = job.submit()
    job.ready()
    cluster.do("scancel", "--batch", "-s", "USR1", job_id)
    job.wait("finished")
    assert job.text("run.out") == "told\n"


def test_cancelled_while_staging_in(cluster: Cluster, private: Path) -> None:
    job = a_job(cluster, private, "echo never", SCRATCH, NODE)
    make_big(cluster, private / "big")
    cluster.network.slow("node1", RATE)
    job_id = job.submit()
    job.until("half of it", partly(cluster.on("node1", cluster.scratch)))
    scancel(job, job_id)
    record = job.wait("killed")
    assert is_gone(job, job_id) == "CANCELLED"
    assert record.get("job_exit_code") is None and record.get("script_exit_code") is None
    assert not list(job.seen.glob("run.out")) and not list(job.seen.glob(".qq-*"))
    assert "SIGTERM" in job.text("run.qqout")


@pytest.mark.parametrize("how", ["scancel", "qq kill"])
def test_ended_while_its_script_runs(cluster: Cluster, place: Path, how: str) -> None:
    # Slurm tells all processes, and so does qq: between two commands of a trap that begins it anew.
    script = (
        "trap 'trap : TERM; echo told; exit 1' TERM; echo said; (setsid sleep 600 &); touch ready; sleep 600 & wait"
    )
    job = a_job(cluster, place, script, SCRATCH)
    job_id = job.submit()
    record = job.ready()
    if how == "scancel":
        scancel(job, job_id)
    else:
        job.qq("kill", "-y")
    record = job.wait("killed")
    assert is_gone(job, job_id) == "CANCELLED"
    assert bool(record.get("killed_by")) == (how == "qq kill")
    assert job.text("run.out") == "said\ntold\n"
    assert (job.work_dir(record) / "ready").exists() and not (job.seen / "ready").exists()
    assert job.info()["state"] == "killed"
    assert "143" in job.text("run.qqout")


def test_a_script_that_traps_slurms_signal_and_ends_well_was_ended_all_the_same(
    cluster: Cluster, private: Path
) -> None:
    """Slurm tells all processes of a job at once, and the script may be faster than qq."""
    # No program in the trap: Slurm, which goes from process to process, may tell that one, too.
    script = 'trap ": > saved; exit 0" TERM; touch ready; sleep 600 & wait'
    job = a_job(cluster, private, script, SCRATCH, "job-type loop", "loop-end 2")
    job_id = job.submit()
    job.ready(name="run+0001")
    scancel(job, job_id)
    record = job.wait("killed", name="run+0001")
    assert is_gone(job, job_id) == "CANCELLED"
    assert record.get("script_exit_code") is None
    assert "qq respawn" in job.qq("info")
    job.qq("sync", "-f", "saved")
    assert (job.seen / "saved").exists()


def test_cancelled_while_copying_home(cluster: Cluster, private: Path) -> None:
    job = a_job(cluster, private, MAKE_RESULTS, SCRATCH, NODE)
    cluster.network.slow("node1", RATE)
    job_id = job.submit()
    job.until("half of it", partly(job.seen))
    scancel(job, job_id)
    record = job.wait("killed")
    assert is_gone(job, job_id) == "CANCELLED"
    assert record["script_exit_code"] == 0
    assert not (job.seen / "big").exists() and (job.work_dir(record) / "big").stat().st_size == SIZE
    cluster.network.full_speed("node1")
    assert "qq recover" in job.qq("info")
    job.qq("recover", "-y")
    assert job.record()["job_state"] == "finished"
    assert job.text("sum") == cluster.do("sh", "-c", f"cksum < {private}/big")
    assert not job.work_dir(record).exists() and not list(job.seen.glob(".qq-*"))


def test_out_of_walltime(cluster: Cluster, private: Path) -> None:
    """Slurm looks every thirty seconds."""
    job = a_job(cluster, private, "echo said; touch made; sleep 600", SCRATCH, "walltime 1m")
    job_id = job.submit()
    record = job.wait("running")
    job.until("the script", (job.work_dir(record) / "made").exists)
    cluster.network.do(LOGIN, "scontrol", "update", f"JobId={job_id}", "EndTime=now+1")
    record = job.wait("killed")
    assert is_gone(job, job_id) == "TIMEOUT"
    assert job.text("run.out") == "said\n" and not (job.seen / "made").exists()
    assert "walltime" in str(record["failure"]) + job.qq("info")
    job.qq("sync")
    assert (job.seen / "made").exists()


def test_started_again_by_slurm(cluster: Cluster, place: Path) -> None:
    """The second attempt begins afresh from the input directory, and knows of the first. In between the job waits."""
    script = f'cat input; echo "$QQ_ATTEMPT" >> attempts; touch ready; [ "$QQ_ATTEMPT" = 2 ] || {{ {UNTIL_STOP}; }}'
    job = a_job(cluster, place, script, SCRATCH, "requeue true")
    job_id = job.submit()
    first = job.ready()
    cluster.do("scontrol", "requeue", job_id)
    told: list[dict[str, Any]] = []

    def stands_in_the_queue() -> bool:
        told.append(job.info())
        return told[-1]["state"] in ("queued", "waiting")

    job.until("its place in the queue", stands_in_the_queue)
    assert "start anew" in json.dumps(told[-1]), told[-1]
    job.until("the end", lambda: job.record().get("job_state") == "finished")
    second = job.record()
    assert (second["job_id"], second["attempt"]) == (job_id, 2)
    assert job.text("attempts") == "2\n" and job.text("run.out") == "input\n"
    assert [str(each["path"]) for each in second["earlier_work_dirs"]] == [first["work_dir"]]
    assert job.wait_until_over(job_id) == "COMPLETED"
    job.qq("wipe", "-y")
    assert not job.work_dir(first).exists()


def test_a_full_scratch_ends_the_job_before_its_script(cluster: Cluster, private: Path) -> None:
    job = a_job(cluster, private, "echo never", SCRATCH, NODE)
    make_big(cluster, private / "big")
    cluster.network.do("node1", "mount", "-t", "tmpfs", "-o", "size=4m,mode=1777", "qq-full", cluster.scratch)
    try:
        job_id = job.submit()
        record = job.wait("failed")
        job.wait_until_over(job_id)
    finally:
        cluster.network.do("node1", "umount", "--lazy", cluster.scratch)
    assert record["job_exit_code"] == 91 and record.get("script_exit_code") is None
    assert "space" in str(record["failure"]) or "full" in str(record["failure"])
    assert "node1" in job.qq("info")
    assert not (job.seen / "run.out").exists()
