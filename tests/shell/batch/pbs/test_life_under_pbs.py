"""`qq run` in a session that PBS made: whole lives, kills in every phase, and nobody escapes."""

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from pyrsistent import pmap, pvector

from qq.core.effects import CreateRecord, Location
from qq.core.records.job import JobInfo, KilledBy, LoopInfo
from qq.core.records.site import Settings, Site
from qq.core.records.values import Modes, Resources
from qq.core.replacing import replace
from qq.core.request import Request
from qq.core.result import Success
from qq.core.states import JobType, RecordState
from qq.core.submission.request import qq_command, request_for
from qq.core.troubles import Reason
from qq.shell.here import host_name
from qq.shell.perform.others import SSH_VARIABLE
from qq.shell.perform.readrecord import read_record
from qq.shell.perform.record import create_record
from qq.shell.perform.watch import Watch
from tests.conftest import QQHome
from tests.shell.batch.pbs.conftest import Programs
from tests.shell.batch.pbs.session import SECONDS, Mom, Session

JOB_ID = "17.pbshost"
QQ = str(Path(sys.executable).parent / "qq")


class Job(Struct):
    """A job whose record stands, and the node that runs it."""

    info: Path
    request: Request
    mom: Mom

    def start(self, job_id: str = JOB_ID, **submitter: str) -> Session:
        return self.mom.start(self.request, job_id, submitter)

    @property
    def record(self) -> JobInfo:
        return read_record(str(self.info)).unwrap()[0]

    @property
    def said(self) -> list[str]:
        """What `qq run` has said so far, without the times."""
        output = Path(self.request.output)
        lines = output.read_text().splitlines() if output.exists() else []
        return [re.sub(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d  ", "", line) for line in lines]

    @property
    def home(self) -> Path:
        return Path(self.request.input_dir)


Make = Callable[..., Job]


@pytest.fixture
def mom(tmp_path: Path, qq_home: QQHome) -> Iterator[Mom]:
    (tmp_path / "spool").mkdir()
    (tmp_path / "scratch").mkdir()
    made = Mom(tmp_path / "spool", qq_home.home, scratch=tmp_path / "scratch")
    yield made
    made.clear()


@pytest.fixture
def make(mom: Mom, nasty_dir: Path) -> Make:
    """A queued job in a directory with a hostile name, on storage that the node shares."""

    def made(script: str, **changes: Any) -> Job:
        site = Site(
            name="here",
            engine="PBS",
            batch_system="PBS",
            scratch=pmap({"scratch_local": pvector(["$SCRATCHDIR/main", "$TMPDIR/main"])}),
            default_work_dir="scratch_local",
            kill_wait=changes.pop("kill_wait", 10.0),
        )
        record = JobInfo(
            batch_system="PBS",
            qq_version="0",
            username="ada",
            job_id=None,
            job_name="run.sh",
            script_name="run.sh",
            queue="workq",
            job_type=JobType.STANDARD,
            input_machine=host_name(),
            input_dir=str(nasty_dir),
            state=RecordState.QUEUED,
            submission_time=datetime(2026, 1, 2, 3, 4, 5),
            stdout_file="run.out",
            stderr_file="run.err",
            resources=Resources(work_dir="scratch_local", nnodes=1, ncpus=2),
            token="t0k3n",
            qq_path=QQ,
            umask=0o022,
            site=site,
            settings=Settings(retry_tries=1, retry_wait=0.01, grace=5.0),
        )
        record = replace(record, **changes)
        (nasty_dir / "run.sh").write_text(script)
        info = nasty_dir / record.job_name.replace(".sh", ".qqinfo")
        assert isinstance(create_record(CreateRecord(Location(str(info)), record), Watch()), Success)
        request = request_for(
            record, qq_command=qq_command(record), info_file=str(info), env={"QQ_SHARED_SUBMIT": "true"}
        )
        return Job(info, request, mom)

    return made


def until(what: str, come: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not come():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.002)


def exists(path: Path) -> Callable[[], bool]:
    return path.exists


# --- whole lives ------------------------------------------------------------------------------------------------------


def test_a_job_brings_its_results_home_under_the_users_mask_not_the_sessions(make: Make, mom: Mom) -> None:
    job = make('echo data > result; echo "$AMS_ROOT"; pwd; umask; echo "$QQ_INPUT_DIR"')
    session = job.start(AMS_ROOT="/software, modules")
    assert session.end() == 0
    record = job.record
    assert (record.state, record.job_id, record.main_node) == (RecordState.FINISHED, JOB_ID, host_name())
    assert mom.scratch is not None
    work_dir = mom.scratch / JOB_ID / "main"
    assert record.work_dir == str(work_dir)
    assert not work_dir.exists()
    assert (job.home / "result").read_text() == "data\n"
    assert (job.home / "run.out").read_text() == f"/software, modules\n{work_dir}\n0022\n{job.home}\n"
    for name in ("result", "run.out", "run.qqinfo", "run.qqout"):
        assert (job.home / name).stat().st_mode & 0o777 == 0o644


def test_what_qq_run_says_can_be_read_while_the_script_runs(make: Make) -> None:
    job = make("touch begun; until [ -e go ]; do sleep 0.01; done", resources=Resources(work_dir="input_dir"))
    session = job.start()
    until("the script", exists(job.home / "begun"))
    assert any("as job 17.pbshost" in line for line in job.said)
    (job.home / "go").touch()
    assert session.end() == 0


def test_the_nodes_are_those_of_the_node_file(make: Make, mom: Mom) -> None:
    mom.nodes = ("node1", "node2")
    job = make("true", resources=Resources(work_dir="scratch_local", nnodes=2, ncpus=4))
    assert job.start().end() == 0
    assert list(job.record.all_nodes) == ["node1", "node2"]


def test_where_pbs_deletes_the_working_directory_results_are_home_before(make: Make, mom: Mom) -> None:
    mom.scratch = None
    job = make("echo data > result")
    session = job.start()
    assert session.end() == 0
    assert job.record.work_dir == str(session.tmpdir / "main")
    assert (job.home / "result").read_text() == "data\n"
    assert job.record.delivered is not None
    assert not session.tmpdir.exists()


def test_a_code_is_the_scripts_own(make: Make) -> None:
    job = make("exit 42", transfer_mode=Modes(("always",)))
    assert job.start().end() == 42
    assert (job.record.state, job.record.script_exit_code) == (RecordState.FAILED, 42)


def test_a_qq_that_is_not_there_ends_with_127(make: Make) -> None:
    job = make("true", qq_path="/no/such/qq")
    assert job.start().end() == 127
    assert job.record.state is RecordState.QUEUED


# --- killed -----------------------------------------------------------------------------------------------------------

ESCAPING = """
stand() { python3 -S -c 'import os, sys, time
open(f"pid-{sys.argv[1]}", "w").write(str(os.getpid()))
time.sleep(600)' "$1"; }
export -f stand
stand child &
setsid bash -c 'stand setsid' &
(setsid env -i PATH="$PATH" python3 -S -c 'import os, time, signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    open("pid-deaf", "w").write(str(os.getpid()))
    time.sleep(600)' &)
until [ -s pid-child ] && [ -s pid-setsid ] && [ -s pid-deaf ]; do sleep 0.01; done
touch ready
"""
PIDS = ("child", "setsid", "deaf")


def escaped(directory: Path) -> list[int]:
    """Processes that the script started and that are alive."""
    return [pid for name in PIDS if is_alive(pid := int((directory / f"pid-{name}").read_text()))]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


@pytest.fixture
def no_survivors(make: Make, nasty_dir: Path) -> Iterator[None]:
    """Whatever a test shows: its processes don't outlive it."""
    yield
    for name in PIDS:
        with suppress(OSError, ValueError):
            os.kill(int((nasty_dir / f"pid-{name}").read_text()), signal.SIGKILL)


IN_PLACE = Resources(work_dir="input_dir", nnodes=1, ncpus=1)


@pytest.mark.usefixtures("no_survivors")
def test_qdel_kills_the_login_shell_and_qq_run_still_records_it_and_lets_nobody_escape(make: Make) -> None:
    job = make(f"{ESCAPING} wait; sleep 600", resources=IN_PLACE, settings=Settings(grace=0.2))
    session = job.start()
    until("the script", exists(job.home / "ready"))
    assert session.qdel() == 271
    record = job.record
    assert (record.state, record.exit_code, record.script_exit_code) == (RecordState.KILLED, None, None)
    assert record.failure is not None
    assert record.failure.number == Reason.TERMINATED.number
    assert escaped(job.home) == []
    assert job.said[-1] == "qq run ends with exit code 143"


@pytest.mark.usefixtures("no_survivors")
def test_what_a_script_leaves_behind_in_other_sessions_is_ended_when_it_ends(make: Make) -> None:
    job = make(f"{ESCAPING} exit 3", resources=IN_PLACE, settings=Settings(grace=0.2))
    assert job.start().end() == 3
    assert job.record.state is RecordState.FAILED
    assert escaped(job.home) == []


@pytest.mark.usefixtures("no_survivors")
def test_a_short_kill_delay_is_enough_to_end_what_is_deaf(make: Make) -> None:
    """The grace is never more than half of what PBS leaves: else its KILL ends `qq run`, and the deaf one survives."""
    job = make(f"{ESCAPING} wait; sleep 600", resources=IN_PLACE, kill_wait=2.0, settings=Settings(grace=5.0))
    session = job.start()
    until("the script", exists(job.home / "ready"))
    session.qdel(4.0)
    assert job.record.state is RecordState.KILLED
    assert escaped(job.home) == []


def test_the_output_of_a_killed_script_comes_home(make: Make) -> None:
    job = make("echo said; echo wrong >&2; touch ../ready; sleep 600")
    session = job.start()
    until("the script", lambda: job.record.work_dir and Path(job.record.work_dir).with_name("ready").exists())
    assert session.qdel() == 271
    assert (job.home / "run.out").read_text() == "said\n"
    assert (job.home / "run.err").read_text() == "wrong\n"
    assert job.record.work_dir is not None
    assert Path(job.record.work_dir).is_dir()


def test_the_walltime_is_named(make: Make) -> None:
    job = make("touch ready; sleep 600", resources=replace(IN_PLACE, walltime=1))
    session = job.start()
    until("the script", exists(job.home / "ready"))
    begun = job.record.start_time
    assert begun is not None
    until("the end of the walltime", lambda: (datetime.now() - begun).total_seconds() > 2)
    assert session.walltime() == -29
    record = job.record
    assert record.state is RecordState.KILLED
    assert record.failure is not None
    assert record.failure.number == Reason.WALLTIME.number
    assert "=>> PBS: job killed: walltime" in Path(job.request.output).read_text()


def test_a_user_who_kills_is_named_and_a_second_signal_changes_nothing(make: Make) -> None:
    job = make("trap '' TERM; touch ready; sleep 600 & wait; sleep 1", resources=IN_PLACE)
    session = job.start()
    until("the script", exists(job.home / "ready"))
    session.signal(signal.SIGTERM)
    assert session.qdel() == 271
    assert job.record.state is RecordState.KILLED
    assert job.said.count("qq run ends with exit code 143") == 1


# --- in every phase ---------------------------------------------------------------------------------------------------

LOOP = LoopInfo(start=1, end=1, archive="storage", archive_format="md%04d", current=1)
AS_LOOP = {
    "job_type": JobType.LOOP,
    "job_name": "run+0001.sh",
    "stdout_file": "run+0001.out",
    "stderr_file": "run+0001.err",
    "loop": LOOP,
}
PARTS = 4
"""Each takes every fourth line."""
SCRIPT = "for n in $(seq 50); do echo $n > md0002_$n; echo $n > result_$n; done"


def lines_of_a_life(make: Make) -> int:
    """How many lines `qq run` says in a life that nobody disturbs."""
    job = make(SCRIPT, **AS_LOOP)
    assert job.start().end() == 0
    assert job.record.state is RecordState.FINISHED
    return len(job.said)


def test_killed_before_qq_run_has_said_anything(make: Make) -> None:
    """MOM looks who is there, then signals: what was forked in between goes on, and tells the truth all the same."""
    job = make("touch begun", resources=IN_PLACE)
    assert job.start().qdel() == 271
    assert job.record.state in (RecordState.QUEUED, RecordState.KILLED, RecordState.FINISHED)
    if job.record.state is RecordState.FINISHED:
        assert (job.home / "begun").exists()


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_in_every_phase(make: Make, mom: Mom, nasty_dir: Path, part: int) -> None:
    """At each line that it says: the record tells the truth, nobody is left, and no result is lost."""
    lines = lines_of_a_life(make)
    assert lines > 10
    for line in range(part, lines, PARTS):
        clear(nasty_dir, mom)
        job = make(SCRIPT, **AS_LOOP)
        session = job.start()
        until(f"line {line}", lambda job=job, line=line: len(job.said) > line)  # type: ignore[misc]
        session.qdel()
        check(job, job.record)


def clear(directory: Path, mom: Mom) -> None:
    """As if nothing had been here."""
    for path in (directory, mom.scratch, mom.spool):
        assert path is not None
        for each in path.iterdir():
            assert os.spawnlp(os.P_WAIT, "rm", "rm", "-rf", "--", str(each)) == 0


def check(job: Job, record: JobInfo) -> None:
    assert record.job_id == JOB_ID
    if (
        record.state is RecordState.RUNNING
    ):  # while its end is being recorded nothing else may be written (DESIGN, Phases)
        assert record.script_exit_code is not None
    else:
        assert record.state in (RecordState.KILLED, RecordState.FINISHED)
    if record.state is RecordState.FINISHED:
        assert record.delivered is not None
    if record.script_exit_code is None:
        return
    places = [job.home, job.home / "storage", *([Path(record.work_dir)] if record.work_dir else [])]
    for name in (f"{kind}_{n}" for kind in ("md0002", "result") for n in range(1, 51)):
        assert any((place / name).exists() for place in places), name


def test_a_cycle_submits_the_next_one_with_the_variables_of_the_module_system(
    make: Make, mom: Mom, programs: Programs
) -> None:
    mom.programs = str(programs.directory)
    programs.say("qstat *")
    programs.say("qsub *", "18.pbshost\n")
    job = make(SCRIPT, **{**AS_LOOP, "loop": replace(LOOP, end=2)}, resubmit_from=pvector(["working"]))
    assert job.start(AMS_ROOT="/software, x").end() == 0
    assert job.record.resubmitted_as == "18.pbshost"
    following = read_record(str(job.home / "run+0002.qqinfo")).unwrap()[0]
    assert (following.job_id, following.previous) == ("18.pbshost", JOB_ID)
    (call,) = [each for each in programs.calls if each.startswith("qsub")]
    assert f"-W depend=afterany:{JOB_ID}" in call
    assert call.endswith(
        "-v AMS_ROOT,QQ_BATCH_SYSTEM,QQ_ENV_SET,QQ_INFO,QQ_INPUT_DIR,QQ_INPUT_MACHINE,QQ_SHARED_SUBMIT,QQ_TOKEN"
    )
    environ = programs.note("qsub.env")
    assert f"QQ_TOKEN={following.token}" in environ
    assert "AMS_ROOT=/software, x" in environ


SSH = """#!/bin/sh
# Not a connection: a login on the input machine, with an environment of its own.
[ "$1" = -G ] && exit 1
for last; do :; done
exec env -i HOME="$HOME" PATH="/usr/bin:/bin:{programs}" sh -c "$last"
"""


def test_the_input_machine_submits_the_next_cycle_with_the_jobs_own_modules(
    make: Make, mom: Mom, programs: Programs, tmp_path: Path
) -> None:
    ssh = tmp_path / "ssh"
    ssh.write_text(SSH.format(programs=programs.directory))
    ssh.chmod(0o755)
    programs.say("qstat *")
    programs.say("qsub *", "18.pbshost\n")
    mom.profile = f"export {SSH_VARIABLE}={ssh}"
    job = make(SCRIPT, **{**AS_LOOP, "loop": replace(LOOP, end=2)}, resubmit_from=pvector(["login.example"]))
    assert job.start(AMS_ROOT="/software, x").end() == 0, job.said
    assert job.record.resubmitted_as == "18.pbshost"
    assert "AMS_ROOT=/software, x" in programs.note("qsub.env")
    assert "LOGNAME=" not in programs.note("qsub.env")


def test_a_next_cycle_that_pbs_refuses_is_told_and_everything_is_at_home(
    make: Make, mom: Mom, programs: Programs
) -> None:
    mom.programs = str(programs.directory)
    programs.say("qstat *")
    programs.answer("qsub *", "qsub_err_disabled_queue")
    job = make(SCRIPT, **{**AS_LOOP, "loop": replace(LOOP, end=2)}, resubmit_from=pvector(["working"]))
    assert job.start().end() == 91
    record = job.record
    assert (record.state, record.resubmitted_as) == (RecordState.FINISHED, None)
    assert record.failure is not None
    assert "Queue is not enabled" in record.failure.words
    assert not (job.home / "run+0002.qqinfo").exists()
    assert (job.home / "result_1").exists()


# --- started again ----------------------------------------------------------------------------------------------------


def test_qrerun_starts_the_same_id_as_a_new_attempt(make: Make, mom: Mom) -> None:
    job = make('echo "$QQ_ATTEMPT" > attempt; touch ../ready; [ "$QQ_ATTEMPT" = 2 ] || sleep 600')
    first = job.start()
    until("the script", lambda: job.record.work_dir and Path(job.record.work_dir).with_name("ready").exists())
    first.signal(signal.SIGKILL)  # qrerun gives no time (manual)
    assert first.end() != 0
    stands = job.record.work_dir
    assert job.start().end() == 0
    record = job.record
    assert (record.state, record.attempt) == (RecordState.FINISHED, 2)
    assert (job.home / "attempt").read_text() == "2\n"
    assert mom.scratch is not None
    assert record.work_dir == str(mom.scratch / JOB_ID / "main.2")
    assert [one.path for one in record.earlier_work_dirs] == [stands]


def test_qrerun_of_a_job_that_its_user_killed_does_nothing(make: Make) -> None:
    killed = KilledBy("ada", datetime(2026, 1, 2))
    job = make("touch begun", resources=IN_PLACE, killed_by=killed, state=RecordState.KILLED, job_id=JOB_ID)
    assert job.start().end() == 93
    assert not (job.home / "begun").exists()


def test_a_second_copy_under_another_id_does_nothing(make: Make) -> None:
    job = make("touch begun", resources=IN_PLACE, job_id="16.pbshost")
    assert job.start().end() == 93
    assert not (job.home / "begun").exists()
