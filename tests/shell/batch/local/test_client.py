"""What commands are told: refusals in one line, ids that are durable, answers for every key, queues that don't mix."""

import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from pyrsistent import pvector

from qq.core.cluster import NodeState
from qq.core.evidence import Absent, NotAnswered, Seen
from qq.core.records.values import Dependency, Size
from qq.core.replacing import replace
from qq.core.request import Request
from qq.core.result import failed
from qq.core.schedulers.local import Capacity, Limits, limits_of
from qq.core.states import BatchState
from qq.core.troubles import Reason, Trouble
from qq.shell.batch.local import database, machine, open_queue, store
from qq.shell.batch.local.client import LocalQueue
from tests.conftest import QQHome
from tests.shell.batch.local.helpers import MakeQueue, MakeRequest, Run, over, seen, until, written


def refused(queue: LocalQueue, request: Request) -> str:
    """The words of a refusal."""
    result = queue.submit(request)
    trouble = result.failure()
    assert isinstance(trouble, Trouble)
    assert trouble.reason is Reason.BATCH_REFUSED
    assert "\n" not in str(trouble)
    return str(trouble)


def test_what_can_never_run_is_refused(queue: LocalQueue, request_for: MakeRequest) -> None:
    assert "3 cpus, there are 2" in refused(queue, request_for("true", ncpus=3))
    assert "9 gpus" in refused(queue, request_for("true", ngpus=9))
    assert "2 nodes" in refused(queue, request_for("true", nnodes=2))
    request = request_for("true")
    huge = replace(request, resources=replace(request.resources, mem=Size(10**12)))
    assert "of memory" in refused(queue, huge)
    assert "no queue 'gpu'" in refused(queue, replace(request, queue="gpu"))
    assert queue.jobs(user=None, ended=True).unwrap() == []


def test_an_unknown_dependency_is_refused_by_name(queue: LocalQueue, request_for: MakeRequest) -> None:
    for unknown in ("99.local", "17.pbs"):
        request = replace(request_for("true"), depend=pvector([Dependency("afterok", pvector([unknown]))]))
        assert unknown in refused(queue, request)


def test_a_submission_stands_in_the_table_before_it_is_answered(queue: LocalQueue, run: Run) -> None:
    job = run("true")
    with database.opened(queue.places) as db:
        assert store.by_number(db, int(job.removesuffix(".local"))) is not None


def _open_times(path: str) -> int:
    """How often this process has a file open."""
    return [os.path.realpath(each) for each in Path("/proc/self/fd").iterdir()].count(os.path.realpath(path))


def test_a_queue_that_is_let_go_closes_its_table_without_a_line_of_python(queue: LocalQueue, run: Run) -> None:
    """A Ctrl-C that comes while a finalizer runs is lost, and ``qq wait`` would go on."""
    run("true")
    queue.close()
    other = LocalQueue(queue.places.directory)
    assert other.jobs(user=None, ended=True).unwrap() and _open_times(queue.places.database) == 1
    called: list[str] = []
    sys.setprofile(lambda frame, event, _: called.append(frame.f_code.co_qualname) if event == "call" else None)
    del other
    sys.setprofile(None)
    assert called == [] and _open_times(queue.places.database) == 0


def test_every_key_is_answered(queue: LocalQueue, run: Run) -> None:
    job = run("true", token="abc")
    over(queue, job)
    answers = queue.look([job, "1", "2.local", "nonsense"], ["abc", "xyz"])
    assert list(answers) == [job, "1", "2.local", "nonsense", "abc", "xyz"]
    assert [type(answer) for answer in answers.values()] == [Seen, Seen, Absent, Absent, Seen, Absent]


def test_a_queue_that_is_not_there_knows_nobody(make_queue: MakeQueue) -> None:
    queue = make_queue("nothing")
    assert queue.look(["1"], ["t"]) == {"1": Absent(), "t": Absent()}
    assert queue.jobs(user=None, ended=True).unwrap() == ()
    assert queue.find("t").unwrap() is None
    assert "does not know it" in str(queue.kill(["1.local"])["1.local"])
    assert not Path(queue.places.directory).exists()


def test_a_table_that_is_none_answers_nothing_and_took_nothing(
    make_queue: MakeQueue, request_for: MakeRequest, tmp_path: Path
) -> None:
    queue = make_queue("broken")
    Path(queue.places.directory).mkdir(mode=0o700)
    Path(queue.places.database).write_text("this is no database, " * 100)
    answer = queue.look(["1"])["1"]
    assert isinstance(answer, NotAnswered)
    assert queue.places.directory in answer.why
    assert queue.submit(request_for("true")).failure().reason is Reason.BATCH_REFUSED
    Path(queue.places.database).unlink()


def test_a_table_of_the_version_before_is_brought_up_to_date(queue: LocalQueue, run: Run) -> None:
    job = run("exit 3")
    over(queue, job)
    with database.opened(queue.places) as db:
        db.execute("ALTER TABLE payloads DROP COLUMN requeues")
        db.execute("PRAGMA user_version = 1")
    assert seen(queue, job).exit_code == 3
    with closing(LocalQueue(queue.places.directory)) as another:
        assert seen(another, job).exit_code == 3
        assert over(queue, run("exit 4")).exit_code == 4


def test_a_table_of_a_later_qq_is_left_alone(queue: LocalQueue, run: Run) -> None:
    over(queue, run("true"))
    queue.close()
    with database.opened(queue.places) as db:
        db.execute("PRAGMA user_version = 99")
    answer = queue.look(["1"])["1"]
    assert isinstance(answer, NotAnswered)
    assert "version 99" in answer.why
    Path(queue.places.database).unlink()


def test_a_token_is_found_and_means_the_first_of_two(queue: LocalQueue, run: Run) -> None:
    first = run("sleep 1000", token="twice")
    second = run("exit 93", token="twice")
    assert queue.find("twice").unwrap() == first
    over(queue, second)
    queue.kill([first])
    over(queue, first)
    assert queue.find("twice").unwrap() == first
    assert queue.find("never").unwrap() is None


def test_a_token_that_was_submitted_again_means_the_later_job(queue: LocalQueue, run: Run) -> None:
    first = run("exit 91", token="again")
    over(queue, first)
    second = run("true", token="again")
    assert queue.find("again").unwrap() == second
    over(queue, second)
    assert queue.find("again").unwrap() == second


def test_jobs_of_a_user(queue: LocalQueue, run: Run) -> None:
    ended, job = run("true"), run("sleep 1000")
    over(queue, ended)
    user = seen(queue, job).user
    assert [each.job_id for each in queue.jobs(user=user, ended=False).unwrap()] == [job]
    assert [each.job_id for each in queue.jobs(user=None, ended=True).unwrap()] == [ended, job]
    assert queue.jobs(user="nobody-here", ended=True).unwrap() == []
    queue.kill([job])


def test_capacity_can_be_configured(queue: LocalQueue, run: Run, request_for: MakeRequest) -> None:
    assert queue.configure(Capacity(1, 0, 1000)) is None
    assert queue.capacity().unwrap() == Capacity(1, 0, 1000)
    assert queue.configure(Limits(ncpus=3)) is None
    found = queue.capacity().unwrap()
    assert found.ncpus == 3
    assert found.mem_kb > 1000


def test_who_became_too_big_says_so(make_queue: MakeQueue, request_for: MakeRequest) -> None:
    queue = make_queue(ncpus=2)
    blocker = queue.submit(request_for("sleep 1000", ncpus=1)).unwrap()
    job = queue.submit(request_for("true", ncpus=2)).unwrap()
    queue.configure(Limits(ncpus=1))
    assert seen(queue, job).comment == "wants 2 cpus, there is 1 on this machine"
    queue.kill([blocker])
    queue.configure(Limits(ncpus=2))
    assert over(queue, job).state is BatchState.FINISHED


def test_two_state_directories_do_not_disturb_each_other(
    make_queue: MakeQueue, request_for: MakeRequest, tmp_path: Path
) -> None:
    one, other = make_queue("one"), make_queue("other")
    jobs = [
        queue.submit(request_for(f"echo > {tmp_path}/{n}; sleep 1000", ncpus=2)).unwrap()
        for n, queue in enumerate((one, other))
    ]
    assert jobs == ["1.local", "1.local"]
    written(tmp_path / "0"), written(tmp_path / "1")
    one.kill(["1.local"])
    over(one, "1.local")
    assert seen(other, "1.local").state is BatchState.RUNNING
    other.kill(["1.local"])


def test_many_processes_submit_at_once(make_queue: MakeQueue, tmp_path: Path) -> None:
    queue = make_queue()
    program = (
        "import sys\n"
        "from qq.core.records.values import Resources\n"
        "from qq.core.request import Request\n"
        "from qq.core.schedulers.local import Limits\n"
        "from qq.shell.batch.local.client import LocalQueue\n"
        f"queue = LocalQueue({queue.places.directory!r}, linger=0.3, limits=Limits(ncpus=2))\n"
        "for n in range(10):\n"
        "    print(queue.submit(Request(name='n', starter='#!/bin/sh\\ntrue\\n', input_dir='/', info_file='/n',\n"
        "          token=sys.argv[1] + str(n), queue='', resources=Resources(), output='/dev/null')).unwrap())\n"
    )
    commands = [
        subprocess.Popen([sys.executable, "-c", program, str(n)], stdout=subprocess.PIPE, text=True) for n in range(6)
    ]
    ids = [line for command in commands for line in command.communicate(timeout=60)[0].split()]
    assert [command.returncode for command in commands] == [0] * 6
    assert sorted(ids) == sorted(f"{n}.local" for n in range(1, 61))
    until(lambda: not queue.jobs(user=None, ended=False).unwrap(), "all to be over")
    ended = queue.jobs(user=None, ended=True).unwrap()
    assert [each.state for each in ended] == [BatchState.FINISHED] * 60


def test_a_hundred_submissions_take_no_time(queue: LocalQueue, request_for: MakeRequest) -> None:
    began = time.perf_counter()
    for n in range(100):
        queue.submit(request_for("true", token=str(n)))
    assert time.perf_counter() - began < 5  # measured: 0.06 to 0.1 s; a wait per submission would show
    until(lambda: not queue.jobs(user=None, ended=False).unwrap(), "all to be over", seconds=60)


def test_a_limit_ends_with_the_first_submission_that_does_not_want_it(
    queue: LocalQueue, request_for: MakeRequest, qq_home: QQHome
) -> None:
    def given(**limits: str) -> int:
        """The cpus that the queue gives away once somebody has submitted a job with these variables."""
        environ = {**qq_home.env, **limits}
        with closing(
            LocalQueue(queue.places.directory, environ=environ, limits=limits_of(environ).unwrap())
        ) as submitter:
            submitter.submit(request_for("true")).unwrap()
            return submitter.capacity().unwrap().ncpus

    everything = machine.capacity().ncpus
    assert given(QQ_LOCAL_NCPUS="1") == 1
    assert given() == 1  # a job that submits the next one: nobody read a configuration
    assert given(QQ_LOCAL_NCPUS="") == everything


def test_limits_that_are_no_numbers_are_told_wherever_they_count_and_jobs_are_ended_all_the_same(
    queue: LocalQueue, request_for: MakeRequest, qq_home: QQHome
) -> None:
    job = queue.submit(request_for("sleep 60")).unwrap()
    with closing(open_queue({**qq_home.env, "QQ_LOCAL_NCPUS": "abc"})) as other:
        asked = [
            other.nodes(None),
            other.queues(None),
            other.defaults(None, None),
            other.check(request_for("true"), asking=False),
            other.submit(request_for("true")),
        ]
        words = "QQ_LOCAL_NCPUS: 'abc' is no whole number; correct the variable, or unset it"
        assert [str(failed(answer)) for answer in asked] == [words] * len(asked)
    with closing(LocalQueue(queue.places.directory, limits=Trouble(Reason.BATCH_REFUSED, words))) as other:
        assert [seen.job_id for seen in other.jobs(user=None, ended=False).unwrap()] == [job]
        assert other.kill([job]) == {job: None}


@pytest.mark.parametrize("where", ["XDG_STATE_HOME", "HOME"])
def test_the_users_own_queue(qq_home: QQHome, where: str) -> None:
    environ = {name: value for name, value in qq_home.env.items() if name != "XDG_STATE_HOME" or name == where}
    queue = open_queue({**environ, "QQ_LOCAL_NCPUS": "5"})
    state = qq_home.state if where == "XDG_STATE_HOME" else qq_home.home / ".local" / "state"
    assert Path(queue.places.directory).parent == state / "qq" / "queue"
    assert queue.capacity().unwrap().ncpus == 5
    assert queue.configure(Limits()) is None
    assert Path(queue.places.directory).stat().st_mode & 0o777 == 0o700
    assert Path(queue.places.database).stat().st_mode & 0o777 == 0o600
    queue.close()


def test_the_queue_and_its_machine_say_what_is_booked(queue: LocalQueue, request_for: MakeRequest) -> None:
    (node,) = queue.nodes(None).unwrap()
    assert (node.state, node.has.ncpus, node.given.ncpus) == (NodeState.FREE, 2, 0)
    job = queue.submit(request_for("exec sleep 600", ncpus=2)).unwrap()
    waits = queue.submit(request_for("true")).unwrap()
    until(lambda: seen(queue, job).state is BatchState.RUNNING, "the job to run")
    (node,), (one,) = queue.nodes(None).unwrap(), queue.queues(None).unwrap()
    assert (node.state, list(node.jobs), node.given.ncpus) == (NodeState.FULL, [job], 2)
    assert (one.name, one.is_default, dict(one.jobs)) == ("default", True, {"running": 1, "queued": 1})
    assert seen(queue, waits).state is BatchState.QUEUED
