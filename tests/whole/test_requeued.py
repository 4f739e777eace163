"""Jobs with ``--requeue`` whose node goes: the queue starts the same id again, and it goes on from what is known."""

import re
from pathlib import Path

import pytest

from qq.shell.perform import processes
from tests.whole import chain as chains
from tests.whole.desk import Desk, make_desk, tree, until

RESULTS = 300
SCRIPT = f"""
echo $QQ_ATTEMPT >> LOG
ls > seen
for n in $(seq {RESULTS}); do echo $n > result$n; done
echo said
while [ -e GATE ]; do sleep 0.01; done
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return make_desk(tmp_path_factory.mktemp("desk"))


class Requeueable:
    """A job that was submitted with ``--requeue``; ``gate``: it waits as long as that is there."""

    def __init__(self, desk: Desk, name: str, *, gate: bool, directives: str = "") -> None:
        self.desk, self.log, self.gate = desk, desk.home / f"{name}.log", desk.home / f"{name}.gate"
        if gate:
            self.gate.touch()
        script = SCRIPT.replace("LOG", str(self.log)).replace("GATE", str(self.gate))
        self.home = desk.job(name, script, directives)
        (self.home / "input").write_text("in")
        self.job_id = desk.qq("submit", "--requeue", self.home / "run.sh").split()[0]

    def starts(self) -> list[str]:
        """The attempts whose script was started."""
        return self.log.read_text().split() if self.log.exists() else []

    def said(self) -> list[str]:
        """What the lives of the job have said so far."""
        path = self.home / "run.qqout"
        return re.sub(r"(?m)^.{21}", "", path.read_text()).split("\n") if path.exists() else []

    def parent(self) -> int:
        (found,) = chains.asked(self.desk, "SELECT pid FROM jobs WHERE number = ?", self.number)
        return int(str(found[0]))

    @property
    def number(self) -> int:
        return int(self.job_id.partition(".")[0])

    def qq_run(self) -> int:
        (found,) = processes.children(self.parent())
        return found

    def lose_the_node(self) -> None:
        chains.kill_node(self.qq_run())

    def record(self) -> dict[str, object]:
        found = self.desk.info(self.home)["record"]
        assert isinstance(found, dict)
        return found

    def brought_home(self) -> set[str]:
        return {name for name in tree(self.home) if name.startswith("result")}


def test_without_a_code_it_starts_anew_from_the_input_directory(desk: Desk) -> None:
    job = Requeueable(desk, "anew", gate=True)
    until("the script", lambda: "said\n" in "".join(p.read_text() for p in desk.scratch.rglob("run.out")))
    first = Path(str(job.record()["work_dir"]))
    job.lose_the_node()
    until("the second start", lambda: job.starts() == ["1", "2"], 60)
    job.gate.unlink()
    desk.qq("wait", job.job_id, timeout=120)
    record = job.record()
    assert (record["job_id"], record["attempt"], record["job_state"]) == (job.job_id, 2, "finished")
    assert record["work_dir"] == f"{first}.2"
    assert record["earlier_work_dirs"] == [{"host": record["main_node"], "path": str(first)}]
    assert (job.home / "seen").read_text().split() == ["input", "run.err", "run.out", "run.sh", "seen"]
    assert job.brought_home() == {f"result{n}" for n in range(1, RESULTS + 1)}
    assert (first / "result1").exists()
    assert not Path(f"{first}.2").exists()


def test_with_a_code_the_script_is_not_run_again(desk: Desk) -> None:
    job = Requeueable(desk, "known", gate=True)
    until("the script", lambda: job.starts() == ["1"])
    qq_run = job.qq_run()
    chains.stop(qq_run)
    job.gate.unlink()

    def on_their_way() -> bool:
        chains.let_go_for_a_moment(qq_run)
        return any(line.startswith("bringing ") for line in job.said())

    until("results on their way", on_their_way)
    job.lose_the_node()
    desk.qq("wait", job.job_id, timeout=120)
    until("its end", lambda: job.said()[-2].startswith("qq run ends"), 60)
    record = job.record()
    assert job.starts() == ["1"]
    assert (record["job_state"], record["script_exit_code"], record.get("attempt", 1)) == ("finished", 0, 1)
    assert job.brought_home() == {f"result{n}" for n in range(1, RESULTS + 1)}
    assert not Path(str(record["work_dir"])).exists()
    assert not [name for name in tree(job.home) if name.startswith(".qq")]


def test_what_the_user_killed_is_not_started_again(desk: Desk) -> None:
    job = Requeueable(desk, "killed", gate=True)
    until("the script", lambda: job.starts() == ["1"])
    for pid in (job.parent(), job.qq_run()):
        chains.stop(pid)
    desk.qq("kill", "-y", job.job_id)
    job.lose_the_node()
    until("its end", lambda: desk.state(job.home) not in ("running", "exiting"), 60)
    assert job.starts() == ["1"]
    told = desk.info(job.home)
    assert "killed by" in str(told["reason"]), told
    assert job.brought_home() == set()
