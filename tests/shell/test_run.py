"""`qq run` plays whole lives on real directories: trees before and after, records, exit codes, what is said."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct, field
from pyrsistent import pmap, pvector

from qq.core.away_output import away_directory
from qq.core.effects import CreateRecord, Location
from qq.core.records.job import JobInfo, KilledBy, LoopInfo
from qq.core.records.site import Settings, Site
from qq.core.records.values import Modes, Resources
from qq.core.replacing import replace
from qq.core.result import Success
from qq.core.script_environment import job_environment
from qq.core.states import JobType, RecordState
from qq.core.troubles import Reason
from qq.shell.here import host_name
from qq.shell.perform.readrecord import read_record
from qq.shell.perform.record import create_record
from qq.shell.perform.watch import Watch
from tests.conftest import QQHome

SECONDS = 60
QUICK = Settings(retry_tries=2, retry_wait=0.01, grace=5.0)


class Place(Struct, frozen=True):
    """A job's input directory, the scratch that its site offers, and the environment that its batch system gives."""

    input_dir: Path
    scratch: Path
    home: QQHome
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def tree(self) -> dict[str, str]:
        """Every file of the input directory with its content, runtime files and links too."""
        return _tree(self.input_dir)

    @property
    def site(self) -> Site:
        """A local site."""
        template = pvector([str(self.scratch / "job_{job_id}")])
        return Site(name="local", engine="local", batch_system="local", scratch=pmap({"scratch_local": template}))


def _tree(top: Path) -> dict[str, str]:
    return {
        str(path.relative_to(top)): path.read_text() if path.is_file() else "<directory>"
        for path in sorted(top.rglob("*"))
    }


@pytest.fixture
def place(nasty_dir: Path, tmp_path: Path, qq_home: QQHome) -> Iterator[Place]:
    (tmp_path / "scratch").mkdir()
    made = Place(nasty_dir, tmp_path / "scratch", qq_home)
    yield made
    for process in made.started:  # a test that failed may have left one
        process.kill()
        process.wait()


def a_record(place: Place, script: str, **changes: Any) -> JobInfo:
    """A queued job with its script and its record in the input directory."""
    job_type = changes.get("job_type", JobType.STANDARD)
    cycle = changes["loop"].current if "loop" in changes else None
    base = "run" if cycle is None else f"run+{cycle:04d}"
    job = JobInfo(
        batch_system="local",
        qq_version="0",
        username="ada",
        job_id="17.local",
        job_name=f"{base}.sh",
        script_name="run.sh",
        queue="default",
        job_type=job_type,
        input_machine="here",
        input_dir=str(place.input_dir),
        state=RecordState.QUEUED,
        submission_time=datetime(2026, 1, 2, 3, 4, 5),
        stdout_file=f"{base}.out",
        stderr_file=f"{base}.err",
        resources=Resources(work_dir="scratch_local"),
        token="t0k3n",
        umask=0o022,
        site=place.site,
        settings=QUICK,
    )
    job = replace(job, **changes)
    (place.input_dir / "run.sh").write_text(script)
    assert isinstance(create_record(CreateRecord(Location(str(info_file(job))), job), Watch()), Success)
    return job


def info_file(job: JobInfo) -> Path:
    return Path(job.input_dir) / job.job_name.replace(".sh", ".qqinfo")


def environment(job: JobInfo, place: Place) -> Mapping[str, str]:
    """What the batch system starts `qq run` with."""
    return {**place.home.env, **job_environment(job), "QQ_INFO": str(info_file(job)), "QQ_LOCAL_JOB_ID": "17.local"}


def start(job: JobInfo, place: Place, **environ: str) -> subprocess.Popen[bytes]:
    """`qq run` as a process of its own, in a session of its own, as batch systems start it."""
    with (Path(job.input_dir) / job.job_name.replace(".sh", ".qqout")).open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", "from qq.shell.run import main; raise SystemExit(main())"],
            env={**environment(job, place), **environ},
            cwd=job.input_dir,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    place.started.append(process)
    return process


def played(job: JobInfo, place: Place, **environ: str) -> tuple[int, JobInfo]:
    """The exit code, and the record as it stands then."""
    code = start(job, place, **environ).wait(SECONDS)
    return code, read_record(str(info_file(job))).unwrap()[0]


def in_place(place: Place) -> dict[str, Any]:
    return {"resources": Resources(work_dir="input_dir"), "site": place.site}


def loop(**changes: Any) -> dict[str, Any]:
    made = LoopInfo(start=1, end=3, archive="storage", archive_format="job%04d", current=1)
    return {"job_type": JobType.LOOP, "loop": replace(made, **changes)}


# --- standard jobs ----------------------------------------------------------------------------------------------------


def test_a_job_on_scratch_brings_home_what_it_made(place: Place) -> None:
    (place.input_dir / "sub").mkdir()
    (place.input_dir / "sub" / "in.dat").write_text("1 2 3")
    job = a_record(place, 'cat sub/in.dat > "my result"; mkdir -p new/empty; echo said; echo wrong >&2; rm run.sh')
    code, record = played(job, place)
    tree = place.tree()
    said = tree.pop("run.qqout")
    tree.pop("run.qqinfo")
    assert tree == {
        "sub": "<directory>",
        "sub/in.dat": "1 2 3",
        "run.sh": job_script(place),
        "my result": "1 2 3",
        "new": "<directory>",
        "new/empty": "<directory>",
        "run.out": "said\n",
        "run.err": "wrong\n",
    }, said
    assert code == 0
    assert (record.state, record.exit_code, record.script_exit_code) == (RecordState.FINISHED, 0, 0)
    assert record.delivered is not None
    assert record.work_dir == str(place.scratch / "job_17.local")
    assert list(place.scratch.iterdir()) == []


def job_script(place: Place) -> str:
    return (place.input_dir / "run.sh").read_text()


@pytest.mark.parametrize("script_code", [1, 42, 95])
def test_a_failed_job_on_scratch_brings_only_its_output_home(place: Place, script_code: int) -> None:
    job = a_record(place, f"echo said; echo data > result; exit {script_code}")
    before = place.tree()
    code, record = played(job, place)
    after = place.tree()
    assert set(after) - set(before) == {"run.out", "run.err", "run.qqout"}
    assert after["run.out"] == "said\n"
    assert code == script_code
    assert (record.state, record.exit_code, record.delivered) == (RecordState.FAILED, script_code, None)
    assert record.failure is not None
    assert record.failure.number == Reason.SCRIPT_FAILED.number
    assert (place.scratch / "job_17.local" / "result").read_text() == "data\n"


def test_modes_decide_what_comes_home(place: Place) -> None:
    job = a_record(
        place,
        "echo data > result; exit 42",
        transfer_mode=Modes(("success", 42)),
    )
    code, record = played(job, place)
    assert (code, record.state, record.exit_code) == (42, RecordState.FAILED, 42)
    assert (place.input_dir / "result").read_text() == "data\n"
    assert list(place.scratch.iterdir()) == []


@pytest.mark.parametrize("script_code", [0, 1, 42, 95])
def test_a_job_in_its_input_directory_leaves_no_mark(place: Place, script_code: int) -> None:
    job = a_record(place, f"echo data > result; exit {script_code}", **in_place(place))
    before = place.tree()
    code, record = played(job, place)
    assert set(place.tree()) - set(before) == {"run.out", "run.err", "run.qqout", "result"}
    assert code == script_code
    assert record.state is (RecordState.FAILED if script_code else RecordState.FINISHED)
    assert record.work_dir == str(place.input_dir)


def test_the_script_finds_its_environment(place: Place) -> None:
    job = a_record(
        place,
        'python3 -c "import os, json; print(json.dumps(dict(os.environ)))"; umask; pwd',
        resources=Resources(work_dir="scratch_local", nnodes=1, ncpus=4, walltime=5400),
        umask=0o027,
    )
    played(job, place, QQ_DEBUG="1", OLDPWD="/nowhere")
    environ, umask, pwd = (place.input_dir / "run.out").read_text().splitlines()
    found = json.loads(environ)
    wanted = {
        "QQ_ENV_SET": "true",
        "QQ_INFO": str(info_file(job)),
        "QQ_INPUT_MACHINE": "here",
        "QQ_INPUT_DIR": str(place.input_dir),
        "QQ_BATCH_SYSTEM": "local",
        "QQ_NNODES": "1",
        "QQ_NCPUS": "4",
        "QQ_NGPUS": "0",
        "QQ_WALLTIME": "1.5",
        "QQ_TOKEN": "t0k3n",
        "QQ_ATTEMPT": "1",
        "QQ_DEBUG": "1",
        "PWD": str(place.scratch / "job_17.local"),
    }
    assert {name: found.get(name) for name in wanted} == wanted
    assert "OLDPWD" not in found
    assert umask == "0027"
    assert pwd == str(place.scratch / "job_17.local")


def test_what_a_script_leaves_running_is_ended_before_anything_is_brought_home(place: Place) -> None:
    job = a_record(place, "(trap '' TERM; while :; do echo x >> growing; sleep 0.01; done) & sleep 0.1; exit 0")
    job = job_with(job, settings=replace(QUICK, grace=0.2))
    code, record = played(job, place)
    assert (code, record.state) == (0, RecordState.FINISHED)
    assert list(place.scratch.iterdir()) == []


@pytest.mark.parametrize("name", ["USR1", "USR2"])
def test_signals_of_the_user_are_the_scripts(place: Place, name: str) -> None:
    job = a_record(place, f"trap 'exit 3' {name}\nkill -{name} $PPID\nwhile :; do sleep 0.02; done")
    code, record = played(job, place)
    assert (code, record.state, record.script_exit_code) == (3, RecordState.FAILED, 3)


def job_with(job: JobInfo, **changes: Any) -> JobInfo:
    """The same record on disk, changed."""
    changed = replace(job, **changes)
    info_file(job).unlink()
    assert isinstance(create_record(CreateRecord(Location(str(info_file(job))), changed), Watch()), Success)
    return changed


# --- failing ----------------------------------------------------------------------------------------------------------


def test_an_interpreter_that_is_not_there_is_named(place: Place) -> None:
    job = a_record(place, "true", interpreter="no-such-shell -u")
    code, record = played(job, place)
    assert (code, record.state, record.exit_code, record.script_exit_code) == (91, RecordState.FAILED, 91, None)
    assert record.failure is not None
    assert record.failure.number == Reason.INTERPRETER_MISSING.number
    assert "no-such-shell" in record.failure.words


def test_another_interpreter_with_words_of_its_own(place: Place) -> None:
    job = a_record(place, "import sys; print(sys.flags.ignore_environment)", interpreter="python3 '-E'")
    assert played(job, place)[0] == 0
    assert (place.input_dir / "run.out").read_text() == "1\n"


def test_a_script_that_deletes_its_own_working_directory_fails_by_that_name(place: Place) -> None:
    job = a_record(place, 'cd ..; rm -rf "$OLDPWD"')
    code, record = played(job, place)
    assert (code, record.state, record.script_exit_code) == (91, RecordState.FAILED, 0)
    assert record.failure is not None
    assert record.failure.number == Reason.WORK_DIR_GONE.number


def test_a_missing_included_file_fails_by_name_and_is_not_waited_for(place: Place) -> None:
    patient = replace(QUICK, retry_wait=SECONDS * 2)
    job = a_record(place, "true", included=pvector(["/no/such/file"]), settings=patient)
    code, record = played(job, place)
    assert (code, record.state) == (91, RecordState.FAILED)
    assert record.failure is not None
    assert "/no/such/file" in record.failure.words


# --- boot -------------------------------------------------------------------------------------------------------------


def test_outside_a_job_it_refuses(place: Place) -> None:
    done = subprocess.run(["qq", "run"], env=place.home.env, capture_output=True, text=True, check=False)
    assert done.returncode == 90
    assert "qq submit" in done.stderr


def test_within_a_script_it_refuses(place: Place) -> None:
    job = a_record(place, "qq run; echo $?")
    before = place.tree()
    assert played(job, place)[0] == 0
    assert (place.input_dir / "run.out").read_text() == "90\n"
    assert set(place.tree()) - set(before) == {"run.out", "run.err", "run.qqout"}


@pytest.mark.parametrize(
    ("environ", "code"),
    [
        ({"QQ_TOKEN": "other"}, 92),
        ({"QQ_BATCH_SYSTEM": "Slurm", "SLURM_JOB_ID": "1", "QQ_SHARED_SUBMIT": "true"}, 92),
        ({"QQ_INFO": "/no/such.qqinfo"}, 92),
        ({"QQ_LOCAL_JOB_ID": ""}, 92),
        ({"QQ_LOCAL_JOB_ID": "18.local"}, 93),
    ],
)
def test_a_job_that_is_not_this_one_writes_nothing(place: Place, environ: dict[str, str], code: int) -> None:
    job = a_record(place, "true")
    before = place.tree()
    assert played(job, place, **environ)[0] == code
    after = place.tree()
    assert after.pop("run.qqout")
    assert after == before
    assert list(place.scratch.iterdir()) == []


def test_a_record_that_is_none_is_92(place: Place) -> None:
    job = a_record(place, "true")
    info_file(job).write_text("[1, 2")
    assert start(job, place).wait(SECONDS) == 92
    assert "no valid info file" in (place.input_dir / "run.qqout").read_text()


def test_a_record_that_goes_while_the_job_runs_is_92_and_nothing_comes_home(place: Place) -> None:
    job = a_record(place, 'rm "$QQ_INFO"; echo data > result')
    before = set(place.tree())
    assert start(job, place).wait(SECONDS) == 92
    assert set(place.tree()) == before - {"run.qqinfo"} | {"run.qqout"}
    assert (place.scratch / "job_17.local" / "result").read_text() == "data\n"


def test_a_job_that_the_user_killed_does_not_start(place: Place) -> None:
    killed = KilledBy("ada", datetime(2026, 1, 2))
    job = a_record(place, "true", killed_by=killed)
    assert played(job, place)[0] == 93


def test_a_working_directory_that_is_there_already_is_not_used(place: Place) -> None:
    (place.scratch / "job_17.local").mkdir()
    (place.scratch / "job_17.local" / "foreign").write_text("")
    job = a_record(place, "ls > found")
    code, record = played(job, place)
    assert code == 0
    assert record.work_dir == str(place.scratch / "job_17.local.2")
    assert "foreign" not in (place.input_dir / "found").read_text()
    assert (place.scratch / "job_17.local" / "foreign").exists()


def test_no_scratch_that_can_be_written_is_a_reason(place: Place) -> None:
    (place.scratch / "file").write_text("")
    template = pvector([str(place.scratch / "file" / "job_{job_id}")])
    job = a_record(place, "true", site=replace(place.site, scratch=pmap({"scratch_local": template})))
    code, record = played(job, place)
    assert (code, record.state) == (91, RecordState.FAILED)
    assert record.failure is not None
    assert record.failure.number == Reason.NO_SCRATCH.number


# --- being killed -----------------------------------------------------------------------------------------------------


def running_script(job: JobInfo, place: Place, sign: Path, **environ: str) -> subprocess.Popen[bytes]:
    """`qq run` whose script has made its sign."""
    os.mkfifo(sign)
    process = start(job, place, **environ)
    with sign.open() as fifo:
        fifo.read()
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGXCPU])
def test_a_signal_ends_the_script_at_once_and_brings_its_output_home(
    place: Place, tmp_path: Path, number: signal.Signals
) -> None:
    sign = tmp_path / "sign"
    script = f"echo said; echo data > result; echo > {sign}; sleep 600 & wait"
    job = a_record(place, script, settings=replace(QUICK, grace=300.0))
    before = place.tree()
    process = running_script(job, place, sign)
    process.send_signal(number)
    assert process.wait(SECONDS) == 143  # no grace period for a script that ends at once
    record = read_record(str(info_file(job))).unwrap()[0]
    assert (record.state, record.exit_code, record.script_exit_code) == (RecordState.KILLED, None, None)
    assert record.failure is not None
    assert set(place.tree()) - set(before) == {"run.out", "run.err", "run.qqout"}
    assert (place.input_dir / "run.out").read_text() == "said\n"
    assert (place.scratch / "job_17.local" / "result").exists()


def test_a_script_that_was_signalled_with_everybody_else_was_terminated(place: Place, tmp_path: Path) -> None:
    sign = tmp_path / "sign"
    job = a_record(place, f"echo > {sign}; kill -TERM $$")
    process = running_script(job, place, sign)
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) == 143
    record = read_record(str(info_file(job))).unwrap()[0]
    assert (record.state, record.script_exit_code) == (RecordState.KILLED, None)


def test_a_script_that_dies_of_a_signal_of_its_own_has_a_code(place: Place) -> None:
    code, record = played(a_record(place, "kill -KILL $$"), place)
    assert (code, record.state, record.script_exit_code) == (137, RecordState.FAILED, 137)
    assert record.failure is not None
    assert record.failure.number == Reason.SCRIPT_DIED.number


def test_a_second_signal_changes_nothing(place: Place, tmp_path: Path) -> None:
    sign = tmp_path / "sign"
    job = a_record(place, f"trap 'sleep 0.3; echo cleaned > cleaned; exit' TERM; echo > {sign}; sleep 60 & wait")
    process = running_script(job, place, sign)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) == 143
    assert (place.scratch / "job_17.local" / "cleaned").exists()
    assert read_record(str(info_file(job))).unwrap()[0].state is RecordState.KILLED


def wait_for(seen: Callable[[], bool]) -> None:
    """Looks until it is so, within bounds."""
    until = time.monotonic() + SECONDS
    while not seen():
        assert time.monotonic() < until
        time.sleep(0.002)


MANY = 10_000


def test_a_signal_while_staging_in_leaves_home_as_it_was(place: Place) -> None:
    (place.input_dir / "data").mkdir()
    for number in range(MANY):
        (place.input_dir / "data" / str(number)).touch()
    job = a_record(place, "touch started")
    process = start(job, place)
    wait_for((place.scratch / "job_17.local" / "data").exists)
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) == 143
    assert read_record(str(info_file(job))).unwrap()[0].state is RecordState.KILLED
    assert {path.name for path in place.input_dir.iterdir()} == {"data", "run.sh", "run.qqinfo", "run.qqout"}
    assert len(list((place.input_dir / "data").iterdir())) == MANY


def test_a_signal_while_results_come_home_keeps_the_code_and_the_working_directory(place: Place) -> None:
    job = a_record(place, f"mkdir data; cd data; seq {MANY} | xargs touch; echo whole > last")
    process = start(job, place)
    wait_for(lambda: "bringing" in (place.input_dir / "run.qqout").read_text())
    process.send_signal(signal.SIGTERM)
    assert process.wait(SECONDS) == 143
    record = read_record(str(info_file(job))).unwrap()[0]
    assert (record.state, record.script_exit_code, record.delivered) == (RecordState.KILLED, 0, None)
    assert len(list((place.scratch / "job_17.local" / "data").iterdir())) == MANY + 1
    assert (place.input_dir / "run.out").exists()
    assert not list(place.input_dir.glob(".qq*"))


# --- loop jobs --------------------------------------------------------------------------------------------------------


CYCLE = """
n=$QQ_LOOP_CURRENT
test "$n" = 1 || cat "$(printf job%04d.chk "$n")" > seen
echo "cycle $n" > "$(printf job%04d.xtc "$n")"
echo "state $n" > "$(printf job%04d.chk "$((n + 1))")"
"""


def test_the_last_cycle_of_a_loop_fetches_runs_and_archives(place: Place) -> None:
    storage = place.input_dir / "storage"
    storage.mkdir()
    (storage / "job0003.chk").write_text("state 2\n")
    (storage / "job0002.xtc").write_text("cycle 2\n")
    for suffix in ("out", "err", "qqout"):
        (place.input_dir / f"run+0002.{suffix}").write_text(suffix)
    job = a_record(place, CYCLE, **loop(current=3))
    code, record = played(job, place)
    assert (code, record.state) == (0, RecordState.FINISHED)
    tree = place.tree()
    tree.pop("run+0003.qqout")
    tree.pop("run+0003.qqinfo")
    assert tree == {
        "run.sh": CYCLE,
        "seen": "state 2\n",
        "run+0003.out": "",
        "run+0003.err": "",
        "storage": "<directory>",
        "storage/job0002.xtc": "cycle 2\n",
        "storage/job0002.out": "out",
        "storage/job0002.err": "err",
        "storage/job0002.qqout": "qqout",
        "storage/job0003.chk": "state 2\n",
        "storage/job0003.xtc": "cycle 3\n",
        "storage/job0004.chk": "state 3\n",
    }
    assert list(place.scratch.iterdir()) == []


def test_a_loop_in_its_input_directory_archives_what_it_made(place: Place) -> None:
    job = a_record(place, "echo 1 > job0001.xtc; echo 2 > job0003.xtc", **loop(end=1), **in_place(place))
    before = place.tree()
    assert played(job, place)[0] == 0
    assert set(place.tree()) - set(before) == {
        "run+0001.out",
        "run+0001.err",
        "run+0001.qqout",
        "storage",
        "storage/job0001.xtc",
        "storage/job0003.xtc",
        "storage/job0002.init",
    }


def test_a_cycle_says_so_when_the_one_before_did_not_finish(place: Place) -> None:
    earlier = a_record(place, CYCLE, **loop(), state=RecordState.RUNNING, token="earlier", job_id="16.local")
    job = a_record(place, CYCLE, **loop(current=2))
    code, record = played(job, place)
    assert (code, record.state) == (91, RecordState.FAILED)
    assert record.failure is not None
    assert "cycle 1 is running" in record.failure.words
    assert info_file(earlier).exists()


@pytest.mark.parametrize(("script_code", "own"), [(95, 0), (1, 1)])
def test_a_loop_that_says_stop_or_fails_ends_there(place: Place, script_code: int, own: int) -> None:
    job = a_record(place, f"exit {script_code}", **loop())
    code, record = played(job, place)
    assert (code, record.exit_code, record.script_exit_code) == (own, own, script_code)
    assert not (place.input_dir / "run+0002.qqinfo").exists()


def test_a_continuous_job_that_says_stop_ends_there(place: Place) -> None:
    code, record = played(a_record(place, "exit $QQ_NO_RESUBMIT", job_type=JobType.CONTINUOUS), place)
    assert (code, record.state, record.resubmitted_as) == (0, RecordState.FINISHED, None)


# --- as a function ----------------------------------------------------------------------------------------------------


def test_after_a_fork_it_is_called_as_a_function_and_twice_in_one_interpreter(place: Place) -> None:
    job = a_record(place, 'echo "$QQ_INPUT_DIR" > where')
    program = """
import os, signal
from qq.shell.run import main
before = signal.getsignal(signal.SIGTERM)
print(main([]), main([]))
assert signal.getsignal(signal.SIGTERM) is before
"""
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(job, place), capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "0 0", done
    assert (place.input_dir / "where").read_text() == f"{place.input_dir}\n"


def test_it_loads_nothing_that_only_other_commands_need(place: Place) -> None:
    job = a_record(place, "true")
    program = """
import sys
from qq.shell.run import main
main([])
print({"click", "rich", "anyio", "asyncio", "subprocess", "sqlite3", "shutil"} & sys.modules.keys())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment(job, place), capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1] == "set()", done


def test_what_brings_results_home_is_loaded_before_the_script_starts(place: Place) -> None:
    go = place.scratch / "go"
    job = a_record(place, f"echo result > made; until [ -e {go} ]; do sleep 0.02; done")
    program = """
import os, sys, threading, time
from pathlib import Path
from qq.shell.run import main
def upgrade():
    while not list(Path(sys.argv[1]).glob("job_*/made")):
        time.sleep(0.02)
    sys.meta_path.insert(0, Other)
    Path(sys.argv[1], "go").touch()
class Other:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.startswith("qq."):
            raise ImportError(f"{name} is another version's by now")
threading.Thread(target=upgrade, daemon=True).start()
raise SystemExit(main([]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(place.scratch)],
        env=environment(job, place),
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done
    assert (place.input_dir / "made").read_text() == "result\n"


# --- .qqout elsewhere -------------------------------------------------------------------------------------------------


def test_what_was_said_elsewhere_comes_home_also_on_the_input_machine_itself(place: Place) -> None:
    """Slurm was told to write nothing, since the job's node might not have seen the input directory."""
    number = str(os.getpid())
    slurm = {"batch_system": "Slurm", "job_id": number, "input_machine": host_name()}
    job = a_record(place, "echo made > result", **slurm, **in_place(place))
    environ = {name: text for name, text in environment(job, place).items() if name != "QQ_SHARED_SUBMIT"}
    environ |= {"SLURM_JOB_ID": number, "SLURM_JOB_USER": f"ada-{number}", "SLURM_JOB_NODELIST": "here"}
    process = subprocess.Popen(
        [sys.executable, "-c", "from qq.shell.run import main; raise SystemExit(main())"],
        env=environ,
        cwd=job.input_dir,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    place.started.append(process)
    assert process.wait(SECONDS) == 0
    assert (place.input_dir / "result").read_text() == "made\n"
    assert "qq run ends with exit code 0" in (place.input_dir / "run.qqout").read_text()
    assert not Path(away_directory(f"ada-{number}", number)).exists()
