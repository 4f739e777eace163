"""Effects find their performers; a job is submitted once, however often it is asked for."""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyrsistent import pvector

from qq.core.effects import Create, FindJob, Location, Say, SubmitJob
from qq.core.moments import FoundJob, Ok, Submitted
from qq.core.records.job import JobInfo
from qq.core.replacing import replace
from qq.core.result import Failure, Success
from qq.core.troubles import Reason
from qq.shell.batch.local import open_queue, waking
from qq.shell.perform.dispatch import Hands, perform
from qq.shell.perform.others import Others
from qq.shell.perform.watch import Watch
from qq.shell.signals import listening
from tests.conftest import QQHome
from tests.core.jobs import PLAIN

SECONDS = 30
HERE = pvector(["working"])


@pytest.fixture
def hands(qq_home: QQHome) -> Iterator[Hands]:
    with listening() as signals:
        yield Hands(signals=signals, others=Others(qq_home.env))
    end_queue(qq_home)


def end_queue(home: QQHome) -> None:
    """Lets what was submitted run, and then sends the supervisor away."""
    queue, until = open_queue(home.env), time.monotonic() + SECONDS
    while queue.jobs(user=None, ended=False).unwrap() or waking.holder(queue.places) is not None:
        assert time.monotonic() < until
        if not queue.jobs(user=None, ended=False).unwrap():
            waking.wake(queue.places, waking.END)
        time.sleep(0.02)
    queue.close()


@pytest.fixture
def job(nasty_dir: Path) -> JobInfo:
    """A job of which the queue starts a program that ends at once."""
    true = shutil.which("true")
    assert true is not None
    return replace(PLAIN, job_id=None, input_dir=str(nasty_dir), qq_path=true)


def test_saying_needs_no_performer(hands: Hands) -> None:
    assert perform(hands, Say("words"), Watch()) == Success(Ok())


UPGRADED = """
import os, sys
from pyrsistent import pvector
from qq.core.effects import Create, FindJob, List, Location, SubmitJob
from qq.core.records.job import JobInfo
from qq.core.states import JobType
from qq.shell.perform.dispatch import Hands, perform
from qq.shell.perform.provident import PERFORMERS, load, needed_after
from qq.shell.perform.watch import Watch
from qq.shell.signals import listening
from tests.core.jobs import a_job

class Another:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.startswith("qq."):
            raise ImportError(f"{name} is another version's by now")

engine, away, input_dir, qq = sys.argv[1:]
job = a_job(batch_system=engine, job_type=JobType.CONTINUOUS, job_id=None, input_dir=input_dir, qq_path=qq)
with listening() as signals:
    load((*PERFORMERS, *needed_after(job, away=bool(away))))
    sys.meta_path.insert(0, Another)
    hands = Hands(signals=signals)
    if away:
        print(perform(hands, List(Location(input_dir, "far")), Watch()))
    print(perform(hands, FindJob(job.token, engine), Watch()))
    print(perform(hands, SubmitJob(job, None), Watch()))
"""


@pytest.mark.parametrize("away", ["away", ""])
@pytest.mark.parametrize("engine", ["local", "Slurm", "PBS"])
def test_a_qq_that_is_installed_while_a_script_runs_stops_no_chain(
    engine: str, away: str, job: JobInfo, qq_home: QQHome
) -> None:
    argv = [sys.executable, "-c", UPGRADED, engine, away, job.input_dir, job.qq_path or ""]
    env = {**qq_home.env, "QQ_SSH": "false", "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=SECONDS)
    end_queue(qq_home)
    assert (done.returncode, done.stderr) == (0, "")
    *far, found, submitted = done.stdout.splitlines()
    assert len(far) == bool(away) and all("far" in each for each in far)
    if engine == "local":
        assert "FoundJob" in found and "Submitted" in submitted
    else:  # nobody answers here; that it is asked is what counts
        assert "Failure" in found and "Failure" in submitted


def test_what_is_on_another_host_is_not_done_here(hands: Hands, tmp_path: Path) -> None:
    outcome = perform(hands, Create(Location(str(tmp_path / "file"), "elsewhere")), Watch())
    assert isinstance(outcome, Failure)
    assert outcome.failure().reason is Reason.HOST_UNREACHABLE
    assert "elsewhere" in outcome.failure().words
    assert list(tmp_path.glob("file")) == []


def test_a_job_that_may_have_been_submitted_is_looked_for_first(hands: Hands, job: JobInfo) -> None:
    assert perform(hands, FindJob(job.token, "local"), Watch()) == Success(FoundJob(None))
    first = perform(hands, SubmitJob(job, None, HERE), Watch()).unwrap()
    assert isinstance(first, Submitted)
    hands.unanswered.add(job.token)
    assert perform(hands, SubmitJob(job, None, HERE), Watch()) == Success(first)
    assert perform(hands, FindJob(job.token, "local"), Watch()) == Success(FoundJob(first.job_id))


def test_a_submission_without_an_answer_is_remembered(hands: Hands, job: JobInfo, qq_home: QQHome) -> None:
    state = qq_home.state / "qq"
    state.write_text("no directory")
    outcome = perform(hands, SubmitJob(job, None, HERE), Watch())
    assert isinstance(outcome, Failure)
    assert outcome.failure().reason is not Reason.BATCH_REFUSED
    assert hands.unanswered == {job.token}
    state.unlink()
    assert isinstance(perform(hands, SubmitJob(job, None, HERE), Watch()), Success)


def test_a_no_is_definite_only_if_no_earlier_try_went_unanswered(hands: Hands, job: JobInfo) -> None:
    never = SubmitJob(replace(job, resources=replace(job.resources, ncpus=10**6)), None, HERE)
    refused = perform(hands, never, Watch())
    assert isinstance(refused, Failure)
    assert refused.failure().reason is Reason.BATCH_REFUSED
    hands.unanswered.add(job.token)
    unknown = perform(hands, never, Watch())
    assert isinstance(unknown, Failure)
    assert unknown.failure().reason is Reason.BATCH_NOT_ANSWERING


def test_the_first_host_that_can_be_reached_submits(hands: Hands, job: JobInfo) -> None:
    hosts = pvector(["no host", "nowhere.invalid", "working", "never.asked.invalid"])
    assert isinstance(perform(hands, SubmitJob(job, None, hosts), Watch()).unwrap(), Submitted)
    found = perform(hands, FindJob(job.token, "local", hosts), Watch()).unwrap()
    assert isinstance(found, FoundJob) and found.job_id is not None


def test_hosts_none_of_which_can_be_reached_are_a_trouble_that_may_pass(hands: Hands, job: JobInfo) -> None:
    outcome = perform(hands, SubmitJob(job, None, pvector(["nowhere.invalid"])), Watch())
    assert isinstance(outcome, Failure)
    assert outcome.failure().reason is Reason.HOST_UNREACHABLE and outcome.failure().transient
    assert hands.unanswered == set()
