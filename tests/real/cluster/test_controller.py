"""A controller that is away, or hangs: while a job ends, between cycles, and while a user asks."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.real.cluster.cluster import Cluster
from tests.real.cluster.daemons import LOGIN
from tests.real.cluster.jobs import UNTIL_STOP, Job, a_job
from tests.real.cluster.test_ends import is_gone
from tests.real.cluster.test_ends_late import submitted
from tests.real.cluster.test_links import SCRATCH

pytestmark = pytest.mark.real

CONF = "/etc/slurm/slurm.conf"


def test_a_controller_that_is_away_while_a_job_ends(cluster: Cluster, private: Path) -> None:
    job = a_job(cluster, private, f"touch ready; {UNTIL_STOP}; echo > result", SCRATCH)
    job_id = job.submit()
    record = job.ready()
    cluster.stop_controller()
    (job.work_dir(record) / "stop").touch()
    job.wait()
    assert (job.seen / "result").exists()
    begun = time.monotonic()
    told = job.qq("info", codes=(0, 91))
    assert time.monotonic() - begun < 60
    assert "finished" in told and "controller" in told
    assert "controller" in job.qq("jobs", codes=(91,))
    refused = a_job(cluster, private / "another", "true", SCRATCH)
    assert "controller" in refused.qq("submit", "run.sh", codes=(91,), timeout=120)
    cluster.start_controller()
    assert job.wait_until_over(job_id) == "COMPLETED"
    assert job.info()["state"] == "finished"


def test_a_controller_that_is_away_while_a_user_asks(cluster: Cluster, private: Path) -> None:
    """Every question ends by itself and says why it has no answer; a kill that nobody heard changes nothing."""
    job = a_job(cluster, private, f"touch ready; {UNTIL_STOP}", SCRATCH)
    job_id = job.submit()
    job.ready()
    cluster.stop_controller()
    questions = (("jobs",), ("stat",), ("queues",), ("nodes",), ("info", job_id), ("kill", "-y"))
    try:
        with ThreadPoolExecutor(len(questions)) as pool:
            said = list(pool.map(lambda words: job.qq(*words, codes=(91,), timeout=120), questions))
    finally:
        cluster.start_controller()
    assert all("controller" in each for each in said), said
    assert not job.record().get("killed_by")
    assert job.info()["state"] == "running"
    job.qq("kill", "-y")
    job.wait("killed")
    assert is_gone(job, job_id) == "CANCELLED"


def test_a_loop_goes_on_after_the_controller_was_away_for_a_while(cluster: Cluster, private: Path) -> None:
    script = f"touch ready; [ $QQ_LOOP_CURRENT = 2 ] || {{ {UNTIL_STOP}; }}; echo $QQ_LOOP_CURRENT >> history"
    job = a_job(cluster, private, script, SCRATCH, "job-type loop", "loop-end 2")
    job.submit()
    record = job.ready(name="run+0001")
    cluster.stop_controller()
    (job.work_dir(record) / "stop").touch()
    job.wait("finished", name="run+0001")
    cluster.start_controller()
    job.until("the end", lambda: job.record("run+0002").get("job_state") == "finished")
    assert job.text("history") == "1\n2\n"


def test_a_job_that_the_controller_has_forgotten_is_known_from_accounting(cluster: Cluster, private: Path) -> None:
    job = a_job(cluster, private, "exit 3", SCRATCH)
    with forgetful(cluster):
        job_id = job.submit()
        job.wait("failed")
        job.until("oblivion", lambda: cluster.network.run(LOGIN, "scontrol", "show", "job", job_id).returncode != 0)
        job.until("what accounting knows", lambda: "FAILED" in cluster.do("sacct", "-nX", f"--jobs={job_id}"))
        listed = {each["job_id"]: each for each in json.loads(job.qq("jobs", "-a", "--json"))}
        assert listed[job_id]["state"] == "failed"
        assert job_id not in {each["job_id"] for each in json.loads(job.qq("jobs", "--json"))}
        assert job.info()["state"] == "failed"
        job.qq("respawn", "-y")
        job.wait("failed")
        assert job.record()["job_id"] != job_id


@contextmanager
def forgetful(cluster: Cluster) -> Iterator[None]:
    """The controller lets go of what is over within seconds, as on big clusters within minutes."""
    usual = cluster.on(LOGIN, CONF).read_text()
    try:
        _configure(cluster, usual.replace("MinJobAge=300", "MinJobAge=2"))
        yield
    finally:
        _configure(cluster, usual)


def _configure(cluster: Cluster, text: str) -> None:
    cluster.on(LOGIN, CONF).write_text(text)
    cluster.do("scontrol", "reconfigure", user="root")


def test_a_controller_that_hangs_while_a_user_asks(cluster: Cluster, private: Path) -> None:
    """It takes what it is sent, and answers nothing: every command gives up by itself, and nothing is done twice.

    What was sent is carried out when it goes on: then a kill that nobody confirmed may have been one.
    """
    job = a_job(cluster, private / "runs", f"touch ready; {UNTIL_STOP}", SCRATCH)
    job_id = job.submit()
    job.ready()
    job.until("what accounting knows", lambda: "RUNNING" in cluster.do("sacct", "-nX", f"--jobs={job_id}"))
    count = cluster.home() / "count"
    fresh = a_job(cluster, private / "fresh", f"echo >> {count}", SCRATCH)
    questions = [(job, (word,)) for word in ("jobs", "stat", "queues", "nodes", "info")]
    commands = [*questions, (job, ("kill", "-y")), (fresh, ("submit", "run.sh"))]

    def said(one: tuple[Job, tuple[str, ...]]) -> str:
        where, words = one
        return where.qq(*words, codes=(91,), timeout=200)

    with cluster.controller_hangs(), ThreadPoolExecutor(len(commands)) as pool:
        answers = list(pool.map(said, commands))
    assert all("qq: " in each for each in answers), answers
    assert all("shown is what its accounting knew last" in each and job_id in each for each in answers[:2]), answers
    assert "as far as is known" in answers[-2] and "run.sh" in answers[-1], answers
    job.until("something that is known", lambda: job.info()["state"] in ("running", "killed"))
    fresh.qq("submit", "run.sh", codes=(0, 91))
    fresh.wait()
    assert cluster.on(LOGIN, count).read_text() == "\n"
    assert submitted(fresh, "run.sh") == 1
    cluster.remove(count)
