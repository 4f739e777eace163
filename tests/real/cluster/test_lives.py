"""Jobs of an ordinary user, submitted on login, scratch on the node alone; the input directory shared or not."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.real.cluster.cluster import ADA, BOB, NODES, Cluster
from tests.real.cluster.daemons import LOGIN
from tests.real.cluster.hosts import until
from tests.real.cluster.jobs import UNTIL_STOP, Job, a_job, node_of, put

pytestmark = pytest.mark.real

NASTY = 'it\'s a "dir" $HOME'
SCRATCH = "work-dir scratch_local"


def left_on_scratch(cluster: Cluster) -> list[str]:
    """What stands on the nodes' own disks."""
    found = [path for node in NODES for path in cluster.on(node, cluster.scratch).glob("qq-*/*")]
    found += [path for node in NODES for path in cluster.on(node, "/tmp").glob("qq-*")]
    return [str(path) for path in found]


def test_results_come_home_from_the_node(cluster: Cluster, place: Path) -> None:
    script = "hostname -f; cat input library > result; chmod 640 result; mkdir -p new/empty; ln -s result link"
    job = a_job(cluster, place / NASTY, script, SCRATCH, "include ../library", "exclude secret")
    put(job, "../library", "library\n")
    put(job, "secret", "x")
    job_id = job.submit()
    record = job.wait()
    assert job.text("result") == "input\nlibrary\n"
    assert (job.seen / "result").stat().st_mode & 0o777 == 0o640
    assert (job.seen / "link").readlink() == Path("result") and (job.seen / "new" / "empty").is_dir()
    assert not (job.seen / "library").exists()
    assert job.text("run.out").split()[0] == record["main_node"]
    assert job.wait_until_over(job_id) == "COMPLETED"
    assert "ends with exit code 0" in job.text("run.qqout")
    assert not list(job.seen.glob(".qq*"))
    assert left_on_scratch(cluster) == []
    assert job.info()["state"] == "finished"


def test_a_script_that_fails_leaves_its_directory_until_it_is_wiped(cluster: Cluster, place: Path) -> None:
    job = a_job(cluster, place / "fails", "echo said; echo > made; exit 3", SCRATCH)
    job_id = job.submit()
    record = job.wait("failed")
    assert (record["job_exit_code"], job.text("run.out")) == (3, "said\n")
    job.wait_until_over(job_id)
    assert not (job.seen / "made").exists() and (job.work_dir(record) / "made").exists()
    assert "fetched 1 file" in job.qq("sync")
    assert (job.seen / "made").exists()
    job.qq("wipe", "-y")
    assert left_on_scratch(cluster) == []


@pytest.mark.parametrize("reached", [True, False], ids=["reached", "cut off"])
def test_what_stands_on_a_node_is_named_before_nobody_knows_of_it(
    cluster: Cluster, private: Path, reached: bool
) -> None:
    job = a_job(cluster, private, "echo > made; exit 3", SCRATCH)
    job_id = job.submit()
    record = job.wait("failed")
    job.wait_until_over(job_id)
    if not reached:
        cluster.network.cable(node_of(record), "down")
    said = job.qq("clear")
    cluster.network.cable(node_of(record), "up")
    assert f"{record['main_node']}:{record['work_dir']} {'still stands' if reached else 'may still stand'}" in said
    assert not list(job.seen.glob("run.qqinfo"))


def test_a_loop_goes_on_over_several_nodes(cluster: Cluster, place: Path) -> None:
    script = (
        'cat data* 2> /dev/null; echo "$QQ_LOOP_CURRENT $(hostname)" >> history\n'
        'echo $QQ_LOOP_CURRENT > "data$(printf %04d $((QQ_LOOP_CURRENT + 1)))"\n'
        f"{UNTIL_STOP.replace('stop', 'stop$QQ_LOOP_CURRENT')}"
    )
    job = a_job(cluster, place / "loop", script, SCRATCH, "job-type loop", "loop-end 5", "archive-format data%04d")
    job.submit()
    used = [elsewhere_than(job, cycle) for cycle in range(1, 6)]
    assert job.wait(name="run+0005")["job_state"] == "finished"
    assert len(set(used)) >= 2
    history = [line.split() for line in job.text("history").splitlines()]
    assert history == [[str(cycle), node] for cycle, node in enumerate(used, 1)]
    names = {path.name for path in (job.seen / "storage").iterdir()}
    assert {f"data{n:04d}" for n in range(2, 7)} <= names
    assert {f"data{n:04d}{suffix}" for n in range(1, 5) for suffix in (".out", ".qqout", ".qqinfo", ".err")} <= names
    until("the last to leave", lambda: left_on_scratch(cluster) == [])


def elsewhere_than(job: Job, cycle: int) -> str:
    """The node on which a cycle runs; the next one will run on another."""
    record = job.wait("running", name=f"run+{cycle:04d}")
    node = node_of(record)
    for other in NODES:
        state = ("State=DRAIN", "Reason=test") if other == node else ("State=RESUME",)
        job.cluster.network.run("login", "scontrol", "update", f"NodeName={other}", *state)
    (job.work_dir(record) / f"stop{cycle}").touch()
    return node


def test_a_continuous_job_goes_on_until_it_says_stop(cluster: Cluster, place: Path) -> None:
    script = 'echo x >> count; [ "$(wc -l < count)" -lt 3 ] || exit "$QQ_NO_RESUBMIT"'
    job = a_job(cluster, place / "goes on", script, SCRATCH, "job-type continuous")
    job.submit()
    job.until("the third run", lambda: job.record().get("script_exit_code") == 95)
    assert job.wait()["job_exit_code"] == 0
    assert job.text("count") == "x\nx\nx\n"
    last = ("exit code was 95", "ends with exit code 0")
    job.until("what qq said", lambda: all(words in job.text("run.qqout") for words in last))


def test_a_running_job_can_be_looked_into_from_another_host(cluster: Cluster, place: Path) -> None:
    script = "for i in $(seq 3000); do echo $i; sleep 0.1; [ -e stop ] && break; done; echo end; echo > result"
    job = a_job(cluster, place / "runs", script, SCRATCH)
    job.submit()
    record = job.wait("running")
    out = job.work_dir(record) / "run.out"
    job.until("some output", lambda: out.exists() and out.read_text().count("\n") > 5)
    assert job.qq("logs").startswith("1\n2\n3\n4\n5\n")
    before = logins(cluster, ADA)
    said = job.qq("sync")
    assert re.search("fetched [12] file", said), said
    assert logins(cluster, ADA) == before + 1
    assert job.text("run.out").startswith("1\n2\n3\n4\n5\n")
    assert not (job.seen / "result").exists()
    gone = subprocess.run(
        cluster.network.argv("login", ("qq", "go"), ADA, job.path),
        input="hostname; pwd -P; exit 3\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (gone.returncode, gone.stderr) == (3, "")
    assert gone.stdout.splitlines()[-2:] == [record["main_node"].partition(".")[0], record["work_dir"]]
    follower = cluster.network.begin("login", "qq", "logs", "-f", user=ADA, cwd=job.path)
    (job.work_dir(record) / "stop").touch()
    followed, trouble = follower.communicate(timeout=60)
    assert (followed.splitlines()[-1], trouble) == ("end", "")
    job.wait()
    assert job.text("run.out") == followed


def logins(cluster: Cluster, user: str) -> int:
    """How often ssh has let this user in, on all hosts."""
    logs = (cluster.base / "log").glob("sshd-*.log")
    return sum(log.read_text().count(f"Accepted publickey for {user} ") for log in logs)


def test_where_scratch_is_shared_nobody_needs_ssh(cluster: Cluster) -> None:
    home = cluster.home(BOB)
    configuration = home / ".config" / "qq" / "config.toml"
    before, usual = logins(cluster, BOB), configuration.read_text()
    shared = usual.replace("[sites.slurm]", "[sites.slurm]\nscratch_shared = true").replace(
        "/scratch/", f"/home/{BOB}/"
    )
    configuration.write_text(shared)
    try:
        job = a_job(cluster, home / "job", f"echo said; touch made; {UNTIL_STOP}", SCRATCH, user=BOB)
        job_id = job.submit()
        made = Path(job.wait("running")["work_dir"]) / "made"
        job.until("the script", made.exists)
        assert home in made.parents
        assert job.qq("logs") == "said\n"
        assert "fetched" in job.qq("sync")
        job.qq("kill", "-y")
        job.wait("killed")
        job.wait_until_over(job_id)
        job.qq("wipe", "-y")
        assert not made.parent.exists() and (job.seen / "made").exists()
    finally:
        configuration.write_text(usual)
        cluster.end_all_jobs()
        cluster.remove(home / "job", BOB)
    assert logins(cluster, BOB) == before


def test_the_next_cycle_may_be_submitted_from_the_input_machine(cluster: Cluster, place: Path) -> None:
    """A host that can't be reached is passed over."""
    job = a_job(
        cluster,
        place / "from",
        "echo $QQ_LOOP_CURRENT >> history",
        SCRATCH,
        "job-type loop",
        "loop-end 2",
        "resubmit-from nowhere.invalid,input",
    )
    job.submit()
    second = job.wait(name="run+0002")
    assert job.text("history") == "1\n2\n"
    assert f"AllocNode:Sid={LOGIN}:" in cluster.do("scontrol", "-o", "show", "job", second["job_id"])


def test_two_users_do_not_notice_each_other(cluster: Cluster) -> None:
    script = f"id -un; {UNTIL_STOP}"
    jobs = [a_job(cluster, cluster.home(user) / "mine", script, SCRATCH, user=user) for user in (ADA, BOB)]
    ids = [job.submit() for job in jobs]
    records = [job.wait("running") for job in jobs]
    cluster.network.run(LOGIN, "qq", "kill", "-y", "--force", ids[1], user=ADA, cwd=jobs[0].path)
    cluster.network.run(LOGIN, "qq", "wipe", "-y", "-d", jobs[1].path, user=ADA, cwd=jobs[0].path)
    for job, record in zip(jobs, records, strict=True):
        (job.work_dir(record) / "stop").touch()
        job.wait()
        assert job.text("run.out") == f"{job.user}\n"
    table = cluster.do("qq", "jobs", "-a", cwd=cluster.home())
    assert ids[0] in table and ids[1] not in table.split()
    for job in jobs:
        cluster.remove(job.path, job.user)


def test_all_my_jobs_are_those_of_qq(cluster: Cluster) -> None:
    job = a_job(cluster, cluster.home() / "job", "true", SCRATCH)
    held = cluster.do("sbatch", "--parsable", "-H", "-o", "/dev/null", "--wrap", "true", cwd=cluster.home()).strip()
    job_id = job.submit("--depend", f"afterok={held}")
    assert [line.split()[0] for line in job.qq("info", "-b", "-a").splitlines()] == [job_id]
    cluster.end_all_jobs()
    cluster.remove(job.path)
