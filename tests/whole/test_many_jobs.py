"""Commands about many jobs, some of which are broken: each fails alone, is told in a line, and the others are done."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qq.core.states import RecordState
from qq.shell.batch.local.client import open_queue
from qq.shell.perform.record import record_text
from tests.core.jobs import a_job
from tests.whole.desk import Desk, make_desk, until
from tests.whole.trees import differences, whole_tree

ABOUT_JOBS = ("info", "sync", "logs", "wait", "kill", "clear", "wipe", "recover", "respawn")
ASKING = ("kill", "wipe", "recover", "respawn")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = make_desk(tmp_path)
    desk = Desk(desk.top, desk.home, {**desk.env, "QQ_BATCH_SYSTEM": "local", "QQ_LOCAL_NCPUS": "1"})
    yield desk
    queue = open_queue(desk.env)
    live = [job.job_id for job in queue.jobs(user=None, ended=False).unwrap()]
    if live:
        queue.kill(live, force=True)
    until("the end of all jobs", lambda: not queue.jobs(user=None, ended=False).unwrap())
    queue.close()


def as_directory(info: Path) -> None:
    info.unlink()
    info.mkdir()


def as_fifo(info: Path) -> None:
    info.unlink()
    os.mkfifo(info)


def as_dangling_link(info: Path) -> None:
    info.unlink()
    info.symlink_to("nowhere")


def changed(old: str, new: str) -> Callable[[Path], None]:
    def change(info: Path) -> None:
        assert old in info.read_text()
        info.write_text(info.read_text().replace(old, new))

    return change


def without_state(info: Path) -> None:
    info.write_text("".join(line for line in info.read_text().splitlines(True) if not line.startswith("job_state")))


def written(data: bytes) -> Callable[[Path], None]:
    def write(info: Path) -> None:
        info.write_bytes(data)

    return write


BREAKING: dict[str, Callable[[Path], None]] = {
    "empty": written(b""),
    "no YAML": written(b"job_id: [unclosed\n"),
    "binary": written(bytes(range(256))),
    "enormous": written(b"x: " + b"y" * 3_000_000),
    "a directory": as_directory,
    "a FIFO": as_fifo,
    "a link to nowhere": as_dangling_link,
    "without a state": without_state,
    "a host that is none": changed("input_machine: ", "input_machine: -oProxyCommand=x;"),
    "a script outside": changed("script_name: run.sh", "script_name: ../run.sh"),
}


def hundred(desk: Desk) -> list[Path]:
    """A hundred queued jobs behind one that runs, ten of them with broken info files."""
    directories = [desk.job(f"r{number:03}", "sleep 1000") for number in range(100)]
    desk.qq("submit", *(directory / "run.sh" for directory in directories))
    for directory, breaks in zip(directories[5::10], BREAKING.values(), strict=True):
        breaks(directory / "run.qqinfo")
    return directories


def test_of_a_hundred_jobs_ten_are_broken_and_the_others_are_done(desk: Desk) -> None:
    directories = hundred(desk)
    pattern, broken = f"{desk.top}/r*", directories[5::10]
    words = {
        "info -b": ("info", "-b", "-d", pattern),
        "kill": ("kill", "-y", "-d", pattern),
        "respawn": ("respawn", "-y", "-d", pattern),
        "kill again": ("kill", "-y", "-d", pattern),
        "clear": ("clear", "-d", pattern),
    }
    before = {directory: whole_tree(directory) for directory in broken}
    for what, typed in words.items():
        done = desk.run(*typed)
        code = 0 if what == "clear" else 91  # what can't be read is left as it is: that is no failure there
        assert (done.returncode, "Traceback" in done.stderr) == (code, False), (what, done.stderr)
        for directory in broken:
            assert sum(str(directory) in line for line in done.stderr.splitlines()) == 1, (what, directory, done.stderr)
            # They are queued all the same, and say why they can't run once it is their turn.
            assert set(differences(before[directory], whole_tree(directory))) <= {b"run.qqout"}, (what, directory)
        if what == "info -b":
            assert len(done.stdout.splitlines()) == 90
        elif what.startswith("kill"):
            ending = done.stdout.splitlines()[-1]
            assert ending in ("90 killed, 10 not found", "89 killed, 1 ending, 10 not found"), ending
            until("all of them", lambda: "running" not in desk.qq("info", "-b", "-d", pattern, codes=(91,)))
        else:
            assert done.stdout.splitlines()[-1].startswith("90 "), (what, done.stdout)
    assert all(not (directory / "run.qqinfo").exists() for directory in directories if directory not in broken)


def test_unknown_ids_among_good_ones(desk: Desk) -> None:
    good = [desk.qq("submit", desk.job(name, "sleep 1000") / "run.sh").split()[0] for name in ("a", "b")]
    done = desk.run("info", "-b", good[0], "4711", good[1], "99.elsewhere")
    assert done.returncode == 91
    assert [line.split()[0] for line in done.stdout.splitlines()] == good
    assert [line.split(":")[1] for line in done.stderr.splitlines()] == [" 4711", " 99.elsewhere"]
    done = desk.run("kill", "-y", *good, "4711")
    assert done.returncode == 91
    assert done.stdout.splitlines()[-1].endswith(", 1 not found")
    assert desk.run("kill", "-y", good[0], "no-id").returncode == 2


@pytest.mark.parametrize("command", ABOUT_JOBS)
def test_a_directory_without_jobs(desk: Desk, command: str) -> None:
    directory = desk.job("job", "true")
    for words in ((command, "-d", directory), (command, "-d", desk.top / "no*"), (command, "-d", directory / "run.sh")):
        done = desk.run(*words)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (91, "", 1), done
    done = desk.run(command, cwd=directory)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (91, "", 1), done
    assert sorted(path.name for path in directory.iterdir()) == ["run.sh"]


def ended(desk: Desk, name: str) -> Path:
    directory = desk.job(name, "echo made > made; exit 3")
    desk.qq("submit", directory / "run.sh")
    desk.qq("wait", "-d", directory, codes=(91,))
    return directory


@pytest.mark.parametrize("command", ASKING)
def test_where_nobody_can_answer_nothing_is_done(desk: Desk, command: str) -> None:
    """Standard input is no terminal here."""
    if command == "kill":
        directory = desk.job("job", "sleep 1000")
        desk.qq("submit", directory / "run.sh")
        until("it to run", lambda: desk.state(directory) == "running")
    else:
        directory = ended(desk, "job")
    if command == "recover":
        info = directory / "run.qqinfo"
        info.write_text(info.read_text().replace("job_state: failed", "job_state: running"))
    before, on_scratch = whole_tree(directory), whole_tree(desk.scratch)
    done = desk.run(command, "-d", directory)
    assert done.returncode == 91
    assert done.stderr == f"qq: {command} asks before it acts, and there is no terminal to ask on: use -y\n", (
        done.stderr
    )
    assert not differences(before, whole_tree(directory)) and not differences(on_scratch, whole_tree(desk.scratch))


def test_a_working_directory_that_gave_way_to_a_link_is_not_wiped(desk: Desk) -> None:
    directory = ended(desk, "job")
    work = Path(str(desk.info(directory)["record"]["work_dir"]))
    mine = desk.top / "mine"
    work.rename(mine)
    work.symlink_to(mine)
    before = whole_tree(mine)
    for more in ((), ("--force",)):
        done = desk.run("wipe", "-y", *more, "-d", directory)
        assert (done.returncode, str(work) in done.stderr) == (91, True), done
        assert work.is_symlink() and not differences(before, whole_tree(mine))


def test_jobs_of_somebody_else_are_left_alone(desk: Desk) -> None:
    """Their records are not even read: whoever can write one could have any directory deleted."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file to somebody else")
    theirs, mine = ended(desk, "theirs"), ended(desk, "mine")
    os.chown(theirs / "run.qqinfo", 65534, 65534)
    before = whole_tree(theirs)
    for command in ABOUT_JOBS:
        done = desk.run(command, *(["-y"] if command in ASKING else []), "-d", theirs, "-d", mine)
        assert done.returncode == (0 if command == "clear" else 91), done
        assert sum(str(theirs) in line for line in done.stderr.splitlines()) == 1, (command, done.stderr)
        assert not differences(before, whole_tree(theirs))
        if command == "clear":
            mine = ended(desk, "mine")


def test_a_job_of_a_batch_system_that_is_not_here_can_be_seen_and_nothing_else(desk: Desk) -> None:
    directory = desk.job("job", "true")
    job = a_job(input_dir=str(directory), batch_system="LSF", job_id="7.there", state=RecordState.FAILED)
    (directory / "run.qqinfo").write_bytes(record_text(job))
    told = json.loads(desk.qq("info", "--json", "-d", directory, codes=(91,)))
    assert (told[0]["state"], told[0]["batch_answered"]) == ("failed", False)
    before = whole_tree(directory)
    for command in ("clear", "recover", "respawn", "kill", "wait"):
        done = desk.run(command, *(["-y"] if command in ASKING else []), "-d", directory)
        assert (done.returncode, "LSF" in done.stderr or "is failed" in done.stderr) == (91, True), (command, done)
    assert not differences(before, whole_tree(directory))
