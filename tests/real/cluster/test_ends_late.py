"""Cancelled after the script has ended: while archiving, while submitting the next cycle, while clearing up."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from tests.real.cluster.cluster import QQ, Cluster
from tests.real.cluster.hosts import PATH
from tests.real.cluster.jobs import Job, a_job, put
from tests.real.cluster.test_ends import is_gone, scancel
from tests.real.cluster.test_links import NODE, RATE, SCRATCH, SIZE, partly

pytestmark = pytest.mark.real

LOOP = ("job-type loop", "loop-end 2", "archive-format md%04d")
WAITING = """#!/bin/sh
[ "$(uname -n)" != {login} ] || exec /usr/bin/sbatch "$@"
touch {began}
for i in $(seq 600); do sleep 0.1; done
"""
"""A program called sbatch: on a node it waits a minute, and then submits nothing."""
FILES = 10_000


def submitted(job: Job, name: str) -> int:
    """How many jobs of this name in this directory Slurm has been given."""
    told = job.cluster.do("squeue", "-h", "-t", "all", "-o", "%j %k").splitlines()
    return sum(line.startswith(f"{name} ") and str(job.path) in line for line in told)


def qq_run_of(job_id: str) -> int:
    """The process of a job's ``qq run``, as this machine numbers it."""
    found = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and _is_qq_run(path, job_id)]
    (pid,) = found
    return pid


def _is_qq_run(path: Path, job_id: str) -> bool:
    try:
        words = (path / "cmdline").read_bytes().split(b"\0")
        environ = (path / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return words[1:3] == [QQ.encode(), b"run"] and f"SLURM_JOB_ID={job_id}".encode() in environ


def test_cancelled_while_archiving(cluster: Cluster, private: Path) -> None:
    script = f"[ $QQ_LOOP_CURRENT = 2 ] || head -c {SIZE} /dev/urandom > md0002.big; cksum < md0002.big > sum"
    job = a_job(cluster, private / "archiving", f"{script}$QQ_LOOP_CURRENT", SCRATCH, NODE, *LOOP)
    cluster.network.slow("node1", RATE)
    job_id = job.submit()
    job.until("half of it", partly(job.seen / "storage"))
    scancel(job, job_id)
    record = job.wait("killed", name="run+0001")
    assert is_gone(job, job_id) == "CANCELLED"
    cluster.network.full_speed("node1")
    assert record["script_exit_code"] == 0
    assert not (job.seen / "storage" / "md0002.big").exists()
    assert (job.work_dir(record) / "md0002.big").stat().st_size == SIZE
    assert "qq recover" in job.qq("info")
    job.qq("recover", "-y")
    assert is_gone(job, job.wait(name="run+0002")["job_id"]) == "COMPLETED"
    assert job.text("sum1") == job.text("sum2")
    assert submitted(job, "run+0002.sh") == 1
    assert not job.work_dir(record).exists() and not list(job.seen.rglob(".qq-*"))


def test_cancelled_while_submitting_the_next_cycle(cluster: Cluster, private: Path) -> None:
    job = a_job(cluster, private / "submitting", "echo $QQ_LOOP_CURRENT >> history", SCRATCH, NODE, *LOOP)
    programs = a_job(cluster, cluster.home() / "programs", "true")
    began = cluster.home() / "programs" / "began"
    put(programs, "sbatch", WAITING.format(began=began, login=cluster.do("uname", "-n").strip()))
    cluster.do("chmod", "755", programs.path / "sbatch")
    path = f"PATH={programs.path}:{Path(QQ).parent}:{PATH}"
    job_id, *_ = cluster.do("env", path, QQ, "submit", "run.sh", cwd=job.path).split()
    job.until("its submission", (programs.seen / "began").exists)
    scancel(job, job_id)
    assert is_gone(job, job_id) == "CANCELLED"
    record = job.record("run+0001")
    assert record["job_state"] == "finished" and job.text("history") == "1\n"
    assert submitted(job, "run+0002.sh") == 0
    assert "qq recover" in job.qq("info")
    job.qq("recover", "-y")
    assert is_gone(job, job.wait(name="run+0002")["job_id"]) == "COMPLETED"
    assert job.text("history") == "1\n2\n"
    assert submitted(job, "run+0002.sh") == 1
    assert not job.work_dir(record).exists()
    cluster.remove(programs.path)


def stopped_while_clearing_up(cluster: Cluster, where: Path) -> tuple[Job, str, Path] | None:
    """A job whose qq run was stopped while it clears up, and what it removes; None if we looked too late."""
    script = f"mkdir -p a; cd a; seq {FILES} | xargs touch; cd ..; echo result > result; touch ../ready-$SLURM_JOB_ID"
    job = a_job(cluster, where, f"{script}; until [ -e stop ]; do sleep 0.1; done", SCRATCH, NODE, "exclude a")
    job_id = job.submit()
    work_dir = job.work_dir(job.wait("running"))
    job.until("the script", (work_dir.parent / f"ready-{job_id}").exists)
    process = os.pidfd_open(qq_run_of(job_id))
    try:
        (work_dir / "stop").touch()
        job.until("the end of the copying", lambda: job.record()["job_state"] == "finished")
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(process, signal.SIGSTOP)
            if any(work_dir.glob("a/*")):
                return job, job_id, work_dir
            signal.pidfd_send_signal(process, signal.SIGCONT)
    finally:
        os.close(process)
    job.wait_until_over(job_id)
    return None


def test_cancelled_while_the_working_directory_is_removed(cluster: Cluster, private: Path) -> None:
    """qq run is stopped as soon as it has begun to: Slurm lets it go on, right before it tells it to end."""
    tried = (stopped_while_clearing_up(cluster, private / str(n)) for n in range(5))
    job, job_id, work_dir = next(filter(None, tried))
    scancel(job, job_id)
    assert is_gone(job, job_id) in ("CANCELLED", "COMPLETED")
    assert job.info()["state"] == "finished" and job.text("result") == "result\n"
    if work_dir.exists():
        job.qq("wipe", "-y")
    assert not work_dir.exists()
