"""Jobs of qq on the cluster: their directories, their records, and waiting for what becomes of them."""

import json
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from tests.real.cluster.cluster import ADA, NODES, QQ, Cluster
from tests.real.cluster.daemons import LOGIN
from tests.real.cluster.hosts import until

SECONDS = 60.0
UNTIL_STOP = "for i in $(seq 3000); do [ -e stop ] && break; sleep 0.1; done"
"""Of a script: runs until there is such a file in its directory."""
ENDS = ("finished", "failed", "killed")


class Job(Struct, frozen=True):
    """A directory with one job of ``user``: ``path`` as ``login`` calls it, ``seen`` for looking at it from here."""

    cluster: Cluster
    path: Path
    user: str = ADA

    @property
    def seen(self) -> Path:
        return self.cluster.on(LOGIN, self.path)

    def qq(self, *words: object, codes: tuple[int, ...] = (0,), timeout: float = 60) -> str:
        """Runs a command on login, in the directory; it has to end with one of these codes. Gives all that it says."""
        done = self.cluster.network.run(LOGIN, QQ, *words, user=self.user, cwd=self.path, timeout=timeout)
        said = done.stdout + done.stderr
        assert done.returncode in codes, (words, done.returncode, said[-3000:], self.logs())
        return said

    def submit(self, *words: object) -> str:
        """Submits ``run.sh``; gives the id."""
        job_id, *_ = self.qq("submit", "run.sh", *words).split()
        assert job_id.isdecimal()
        return job_id

    def info(self) -> dict[str, Any]:
        """The one job of the directory, as ``qq info --json`` tells it."""
        (told,) = json.loads(self.qq("info", "--json"))
        assert isinstance(told, dict)
        return told

    def record(self, name: str = "run") -> dict[str, Any]:
        """What the record says now; nothing if there is none."""
        try:
            found = yaml.safe_load((self.seen / f"{name}.qqinfo").read_text())
        except FileNotFoundError:
            return {}
        assert isinstance(found, dict)
        return found

    def wait(self, state: str = "finished", *, name: str = "run", seconds: float = SECONDS) -> dict[str, Any]:
        """Until the record says this state; another end is a failure."""

        def come() -> bool:
            says = self.record(name).get("job_state")
            assert says == state or says not in ENDS, (says, self.logs())
            return bool(says == state)

        self.until(f"{state} of {self.path.name}", come, seconds)
        return self.record(name)

    def ready(self, *, name: str = "run") -> dict[str, Any]:
        """Until its script runs and has made the file ``ready``; gives the record."""
        record = self.wait("running", name=name)
        self.until(f"the script of {self.path.name}", (self.work_dir(record) / "ready").exists)
        return record

    def wait_until_over(self, job_id: str, seconds: float = SECONDS) -> str:
        """Until Slurm says that the job is over; gives its word for how."""
        word = ""

        def come() -> bool:
            nonlocal word
            said = self.cluster.do("squeue", "-h", "-t", "all", "-o", "%T", "-j", job_id).split()
            word = said[0] if said else ""
            return word not in ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED")

        self.until(f"the end of {job_id} in Slurm", come, seconds)
        return word

    def until(self, what: str, come: Callable[[], bool], seconds: float = SECONDS) -> None:
        """Waits for something; the logs are told if it doesn't come."""
        try:
            until(what, come, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.logs()}") from error

    def text(self, name: str) -> str:
        """A file of the directory."""
        return (self.seen / name).read_text()

    def logs(self) -> str:
        """What qq run has said, for whoever has to find out why."""
        away = (self.cluster.on(node, "/tmp").glob("qq-*/qqout") for node in NODES if self.cluster.is_on(node))
        files = [*self.seen.glob("*.qqinfo"), *self.seen.glob("*.qqout"), *chain.from_iterable(away)]
        told = (f"--- {file}\n{file.read_text(errors='replace').partition('site:')[0][-3000:]}" for file in files)
        return "\n".join(told).replace(str(self.cluster.base), "$BASE")

    def work_dir(self, info: dict[str, Any] | None = None) -> Path:
        """The working directory, for looking at it from here."""
        told = info or self.record()
        return self.cluster.on(node_of(told), told["work_dir"])


def node_of(record: dict[str, Any]) -> str:
    """The host of the cluster that a record names as its main node."""
    return str(record["main_node"]).partition(".")[0]


def a_job(cluster: Cluster, where: Path, script: str, *directives: str, user: str = ADA) -> Job:
    """A directory below ``where`` with this script and an input file."""
    job = Job(cluster, where, user)
    cluster.do("mkdir", "-p", where, user=user)
    lines = ["#!/usr/bin/env -S qq run", *(f"# qq {line}" for line in directives), script, ""]
    put(job, "run.sh", "\n".join(lines))
    put(job, "input", "input\n")
    return job


def put(job: Job, name: str, text: str) -> None:
    """Writes a file as its user."""
    done = job.cluster.network.run(LOGIN, "tee", job.path / name, user=job.user, input=text)
    assert done.returncode == 0, done.stderr
