"""What Slurm does with a job before and while it runs: several nodes, wanted nodes, holding, suspending, preempting."""

import json
from pathlib import Path

import pytest

from qq.core.schedulers.slurm_accounting import FIELDS, parse_sacct, sacct_argv
from qq.core.schedulers.slurm_queue import rows
from tests.core.schedulers.slurm_recordings import MARK
from tests.real.cluster.cluster import ADA, NODES, Cluster
from tests.real.cluster.daemons import LOGIN
from tests.real.cluster.hosts import until
from tests.real.cluster.jobs import UNTIL_STOP, Job, a_job, node_of

pytestmark = pytest.mark.real

SCRATCH = "work-dir scratch_local"


def test_a_job_on_several_nodes_runs_once_on_the_first_and_knows_them_all(cluster: Cluster, private: Path) -> None:
    script = 'echo "once on $(hostname)"; srun -n 2 hostname | sort > hosts; echo "$QQ_NNODES" > told'
    job = a_job(cluster, private, script, SCRATCH, "nnodes 2", "ncpus 4")
    job_id = job.submit()
    record = job.wait()
    assert job.wait_until_over(job_id) == "COMPLETED"
    nodes = [name.partition(".")[0] for name in record["all_nodes"]]
    assert len(set(nodes)) == 2 and nodes[0] == node_of(record)
    assert job.text("run.out") == f"once on {nodes[0]}\n"
    assert (job.text("hosts").split(), job.text("told")) == (sorted(nodes), "2\n")
    job.until("its steps in accounting", lambda: ended_steps(job) == {"batch", "hostname"})
    assert "hostname" in job.qq("info")


def ended_steps(job: Job) -> set[str]:
    """The names of those of which `qq info` tells that they ended well."""
    return {step["name"] for step in job.info()["steps"] if step["exit_code"] == 0}


def test_a_job_runs_where_its_props_are(cluster: Cluster, private: Path) -> None:
    wanted = NODES[-1]
    job = a_job(cluster, private, "hostname", SCRATCH, f"props {wanted}")
    job.submit()
    assert node_of(job.wait()) == wanted
    assert job.text("run.out") == f"{wanted}\n"


def test_wishes_that_no_node_can_meet_are_refused_in_slurms_words_and_leave_nothing(
    cluster: Cluster, private: Path
) -> None:
    job = a_job(cluster, private, "hostname", SCRATCH)
    for wish in (("--ncpus", "999"), ("--ngpus", "1"), ("--props", "nowhere"), ("--queue", "nowhere")):
        assert "run.sh" in job.qq("submit", "run.sh", *wish, codes=(91,))
        assert not list(job.seen.glob("run.qq*")), wish


def test_a_dry_run_knows_what_slurm_would_refuse_and_changes_nothing(cluster: Cluster, private: Path) -> None:
    job = a_job(cluster, private, "hostname", SCRATCH)
    for wish in (
        ("--queue", "nowhere"),
        ("--nnodes", "9", "--ncpus", "9"),
        ("--walltime", "90d"),
        ("--props", "nowhere"),
    ):
        before = known(cluster)
        would = job.qq("submit", "--dry-run", "run.sh", *wish, codes=(91,))
        assert known(cluster) == before
        assert "Slurm would refuse it (sbatch: " in would
        assert sorted(path.name for path in job.seen.iterdir()) == ["input", "run.sh"]
        really = job.qq("submit", "run.sh", *wish, codes=(91,))
        assert told(would) == told(really)
    before = known(cluster)
    assert "to Slurm:" in job.qq("submit", "--dry-run", "run.sh")
    assert known(cluster) == before
    assert sorted(path.name for path in job.seen.iterdir()) == ["input", "run.sh"]
    job.submit()
    job.wait()


def known(cluster: Cluster) -> set[str]:
    """The ids of all jobs that the controller or accounting know of: what one has yet to hear of, the other tells."""
    accounts = cluster.network.do(LOGIN, "sacct", "-a", "-X", "-n", "-P", "--format=jobid", "-S", "now-1days")
    return {*cluster.network.do(LOGIN, "squeue", "-h", "-t", "all", "-o", "%i").split(), *accounts.split()}


def told(said: str) -> str:
    """A refusal, without what a submission and a test of one call it."""
    return said.partition(": ")[2].partition("failed: " if "failed: " in said else "failure: ")[2]


def test_a_job_that_only_drained_nodes_fit_is_no_refusal(cluster: Cluster, private: Path) -> None:
    job = a_job(cluster, private, "hostname", SCRATCH)
    for node in NODES:
        cluster.network.do(LOGIN, "scontrol", "update", f"NodeName={node}", "State=DRAIN", "Reason=test")
    assert "warning: run.sh: as the nodes are now, Slurm has no place for it" in job.qq("submit", "--dry-run", "run.sh")
    job.submit()
    assert job.info()["state"] == "queued"
    cluster.settle()
    job.wait()


def test_a_job_does_not_start_at_once_because_slurm_knows_nothing_of_what_it_waits_for(
    cluster: Cluster, private: Path
) -> None:
    held = ("sbatch", "--parsable", "-H", "-o", "/dev/null", "--array=1-2", "--wrap", "true")
    array = cluster.do(*held, cwd=cluster.home()).strip()
    job = a_job(cluster, private, "hostname", SCRATCH)
    for more in ((), ("--dry-run",)):
        said = job.qq("submit", "run.sh", "--depend", "afterany=999999", *more, codes=(91,))
        assert "does not know 999999, and would start the job at once" in said
        assert not list(job.seen.glob("run.qq*"))
    job.submit("--depend", f"afterok={array}:{array}_1")
    assert state(job) in ("held", "waiting", "queued")


def state(job: Job) -> str:
    return str(job.info()["state"])


def test_a_job_that_is_held_then_suspended_goes_on_when_it_may(cluster: Cluster, private: Path) -> None:
    job = a_job(cluster, private, f"touch ready; {UNTIL_STOP}; echo end", SCRATCH)
    for node in NODES:
        cluster.network.do(LOGIN, "scontrol", "update", f"NodeName={node}", "State=DRAIN", "Reason=test")
    job_id = job.submit()
    cluster.do("scontrol", "hold", job_id)
    job.until("its being held", lambda: state(job) == "held")
    assert "held" in job.qq("jobs")
    cluster.settle()
    cluster.do("scontrol", "release", job_id)
    record = job.ready()
    cluster.network.do(LOGIN, "scontrol", "suspend", job_id)
    job.until("its being suspended", lambda: state(job) == "suspended")
    job.qq("sync")
    assert (job.seen / "ready").exists()
    assert "suspended" in job.qq("wipe", "-y", codes=(91,))
    cluster.network.do(LOGIN, "scontrol", "resume", job_id)
    job.until("its going on", lambda: state(job) == "running")
    (job.work_dir(record) / "stop").touch()
    job.wait()
    assert job.text("run.out") == "end\n"


@pytest.mark.parametrize("again", [True, False], ids=["started again", "ended"])
def test_a_job_that_has_to_make_room_for_an_urgent_one(cluster: Cluster, private: Path, again: bool) -> None:
    script = f'echo "$QQ_ATTEMPT" >> attempts; touch ready; [ "$QQ_ATTEMPT" = 2 ] || {{ {UNTIL_STOP}; }}'
    node = f"props {NODES[0]}"
    job = a_job(cluster, private, script, SCRATCH, "ncpus 8", node, f"requeue {'true' if again else 'false'}")
    job_id = job.submit()
    job.ready()
    urgent = ("sbatch", "-p", "urgent", "-c", "8", "-C", NODES[0], "-o", "/dev/null", "--wrap", "sleep 2")
    cluster.do(*urgent, cwd=cluster.home())
    if again:
        job.until("the second attempt's end", lambda: job.record().get("job_state") == "finished")
        assert (job.record()["job_id"], job.record()["attempt"], job.text("attempts")) == (job_id, 2, "2\n")
    else:
        job.wait("killed")
        assert job.wait_until_over(job_id) == "PREEMPTED"
        assert "PREEMPTED" in job.qq("info")
        job.qq("sync")
        assert job.text("attempts") == "1\n"


def test_another_programs_array_is_listed_beside_ones_own_job(cluster: Cluster, private: Path) -> None:
    cluster.do("sbatch", "--parsable", "-H", "--array=1-3", "-o", "/dev/null", "--wrap", "true", cwd=cluster.home())
    job = a_job(cluster, private, UNTIL_STOP, SCRATCH)
    job_id = job.submit()
    record = job.wait("running")
    told = json.loads(job.qq("stat", "--json"))
    assert any("[1-3]" in str(each["job_id"]) for each in told), told
    assert job_id in job.qq("jobs")
    (job.work_dir(record) / "stop").touch()
    job.wait()


def test_accounting_tells_of_a_job_that_was_cancelled_before_it_could_start(cluster: Cluster) -> None:
    """As qq asks for jobs that are over: the controller forgets them after a while."""
    job_id = cluster.do("sbatch", "--parsable", "-H", "-o", "/dev/null", "--wrap", "true", cwd=cluster.home()).strip()
    cluster.do("scancel", job_id)

    def told() -> bool:
        answer = cluster.do(*sacct_argv(MARK, user=ADA))
        known = {seen.job_id: seen.comment for seen in parse_sacct(rows(answer, MARK, FIELDS))}
        return "CANCELLED" in known.get(job_id, "")

    until("what accounting knows", told, 60)
