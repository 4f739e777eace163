"""`qq recover`: what it is going to do, in words or for programs; that it asks; and of what it keeps its hands."""

import json
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from qq.core.effects import CreateRecord, Location, NoteCode, WriteRecord
from qq.core.lifecycle.transitions import next_job
from qq.core.replacing import replace
from qq.core.result import Success
from qq.shell.batch.local.client import open_queue
from qq.shell.perform.mark import note_code
from qq.shell.perform.readrecord import read_record
from qq.shell.perform.record import create_record, write_record
from qq.shell.perform.watch import Watch
from qq.shell.recover import alone_with
from tests.conftest import Command
from tests.shell.batch.local.helpers import over, parent_of
from tests.shell.cli.conftest import Qq, Unprivileged, submitted, until, waits_for
from tests.terminal import terminal
from tests.whole.desk import kill_all


@pytest.fixture
def go(tmp_path: Path) -> Path:
    """The file that lets jobs end."""
    return tmp_path / "go"


def lost(qq: Qq, go: Path, body: str = "true", *directives: str) -> str:
    """A job whose script has done this, and whose processes are all gone then; gives its id."""
    ready = go.with_name("ready")
    ready.unlink(missing_ok=True)
    job_id = submitted(qq, f"{body}\ntouch '{ready}'\n{waits_for(go)}", *directives)
    until(ready.exists, "the job to get there")
    queue = open_queue(qq.env)
    kill_all(parent_of(queue, job_id))
    over(queue, job_id)
    queue.close()
    assert "inconsistent" in qq("info", "-b", job_id).out
    return job_id


def record(qq: Qq) -> str:
    return next(qq.cwd.glob("*.qqinfo")).read_text()


def test_info_says_what_happened_and_names_recover(qq: Qq, go: Path) -> None:
    job_id = lost(qq, go)
    said = qq("info", job_id).out
    assert f"qq recover {job_id}" in said
    assert "the job is over, but qq run could not record how it ended" in " ".join(said.split())


def test_it_shows_its_plan_and_asks(qq: Qq, go: Path) -> None:
    job_id = lost(qq, go, "echo made > result; echo said")
    before = record(qq)
    done = qq("recover", job_id)
    assert done.code == 91
    assert "submit the job again, as attempt 2, from the input directory" in done.out
    (kept,) = [line for line in done.out.splitlines() if f"job_{job_id} as it is: " in line]
    assert kept.startswith("  keep ") and "4 files, " in kept and "the newest of them " in kept and "result" in kept
    assert "no terminal to ask on: use -y" in done.err
    assert record(qq) == before
    go.touch()
    done = qq("recover", "-y", job_id)
    assert (done.code, done.err) == (0, "")
    assert (qq.cwd / "run.out").exists()
    assert qq("wait").code == 0
    assert (qq.cwd / "result").read_text() == "made\n"
    assert "attempt: 2" in record(qq) and f"job_{job_id}" in record(qq)


def test_it_promises_nothing_of_a_directory_that_is_not_there(qq: Qq, go: Path) -> None:
    """As when qq run died right after it had written into the record where it would work."""
    job_id = lost(qq, go)
    read, _ = read_record(str(next(qq.cwd.glob("*.qqinfo")))).unwrap()
    assert read.work_dir is not None
    shutil.rmtree(read.work_dir)
    for mark in Path(read.work_dir).parent.glob("*.qqmark*"):
        mark.unlink()
    done = qq("recover", job_id)
    assert f"there is no working directory {read.work_dir}" in done.out
    assert "keep" not in done.out and "home" not in done.out.replace(read.work_dir, "")
    go.touch()
    assert qq("recover", "-y", job_id).code == 0
    assert qq("wait").code == 0


def test_a_mark_that_can_not_be_read_may_say_that_the_script_has_ended(
    qq: Qq, go: Path, without_privileges: Command
) -> None:
    job_id = lost(qq, go)
    read, _ = read_record(str(next(qq.cwd.glob("*.qqinfo")))).unwrap()
    mark = Path(f"{read.work_dir}.qqmark")
    mark.chmod(0)
    before = record(qq)
    done = Unprivileged(qq.env, qq.cwd, without_privileges)("recover", "-y", job_id)
    assert done.code == 91
    assert f"stays as it is: can't read the mark {mark}: Permission denied; try again when that is mended" in done.err
    assert record(qq) == before
    beside = Path(f"{mark}.list")
    mark.chmod(0o600)
    beside.chmod(0)
    done = Unprivileged(qq.env, qq.cwd, without_privileges)("recover", "-y", job_id)
    assert f"stays as it is: can't read the mark {beside}: Permission denied" in done.err
    beside.chmod(0o600)
    go.touch()
    assert qq("recover", "-y", job_id).code == 0
    assert qq("wait").code == 0


def test_results_that_only_the_mark_knows_of_are_not_cleared_away(
    qq: Qq, go: Path, without_privileges: Command
) -> None:
    """qq run died right after it had noted the script's code; who gives the results up has a way."""
    there = Unprivileged(qq.env, qq.cwd, without_privileges)
    job_id = lost(there, go)
    read, _ = read_record(str(next(qq.cwd.glob("*.qqinfo")))).unwrap()
    mark, before = Path(f"{read.work_dir}.qqmark"), record(qq)
    noted = NoteCode(Location(str(mark)), 0, read.token, read.attempt)
    assert isinstance(note_code(noted, Watch()), Success)
    kept = there("clear")
    assert kept.code == 91
    assert "has results that are not at home yet: qq recover brings them (--force drops them)" in kept.err
    mark.chmod(0)
    assert f"may have results: can't read the mark {mark}: Permission denied" in there("clear").err
    assert "qq respawn --force gives it up and runs it anew" in there("recover", "-y", job_id).err
    assert record(qq) == before
    go.touch()
    assert there("respawn", "-y", "--force", job_id).code == 0
    assert there("wait").code == 0
    assert "attempt: 1" in record(qq) and "job_state: finished" in record(qq)


def test_a_plan_that_was_overtaken_is_not_carried_out(qq: Qq, go: Path) -> None:
    """Somebody answers after another recovery has brought the job to its end: the output is that of the new attempt."""
    job_id = lost(qq, go, "echo $QQ_ATTEMPT")
    with terminal(qq.argv("recover", job_id), {**qq.env, "TERM": "xterm"}, qq.cwd) as first:
        assert "as attempt 2" in first.until("[y/N] ")
        go.touch()
        assert "queued again, as " in qq("recover", "-y", job_id).out
        assert qq("wait").code == 0
        first.type("y")
        said = first.until("(qq info)")
        assert "the plan is out of date: its info file was changed meanwhile" in " ".join(said.split())
        assert first.end() == 91
    assert (qq.cwd / "run.out").read_text() == "2\n"


def test_programs_get_the_plan_first_and_then_what_came_of_it(qq: Qq, go: Path) -> None:
    job_id = lost(qq, go)
    before = record(qq)
    done = qq("recover", "--json")
    (told,) = json.loads(done.out)
    assert done.code == 0
    assert (told["job_id"], told["why_not"]) == (job_id, None)
    assert "submit the job again, as attempt 2, from the input directory" in told["plan"]
    assert "done" not in told and record(qq) == before
    go.touch()
    done = qq("recover", "--json", "-y")
    (told,) = json.loads(done.out)
    assert (done.code, told["done"], told["state"], told["reason"]) == (0, True, "queued", None)
    assert told["queued_as"] in qq("jobs", "-a").out and told["queued_as"] != job_id
    assert f"{job_id}: it was started anew as {told['queued_as']}" in qq("info", job_id).err
    assert qq("wait").code == 0


def test_a_live_job_is_not_touched(qq: Qq, go: Path) -> None:
    job_id = submitted(qq, waits_for(go))
    until(lambda: "running" in qq("info", "-b").out, "the job to run")
    before = record(qq)
    done = qq("recover", "-y", job_id)
    assert done.code == 91
    assert f"{job_id} (run.sh) is still running, suspended or exiting" in done.err
    told = qq("recover", "--json", "-y")
    assert told.code == 91
    assert "still running" in json.loads(told.out)[0]["why_not"]
    assert record(qq) == before
    go.touch()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("exit 3", "is failed (the script ended with exit code 3), and nothing is left to recover: qq respawn 1.local"),
        ("true", "is finished, and nothing is left to recover"),
        ("kill -9 $$", "nothing is left to recover: qq respawn 1.local"),
    ],
)
def test_what_has_ended_says_that_there_is_nothing_to_do(qq: Qq, body: str, words: str) -> None:
    submitted(qq, body)
    qq("wait")
    before = record(qq)
    done = qq("recover", "-y")
    assert done.code == 91
    assert words in done.err
    assert record(qq) == before


def test_several_each_fail_alone(qq: Qq, go: Path) -> None:
    """One that lost its node, one that ended well, and an id that nobody knows."""
    (qq.cwd / "a").mkdir()
    (qq.cwd / "b").mkdir()
    ended = submitted(qq.at(qq.cwd / "a"), "true")
    qq("wait", ended)
    gone = lost(qq.at(qq.cwd / "b"), go)
    go.touch()
    done = qq("recover", "-y", ended, gone, "4711")
    assert done.code == 91
    assert f"{ended} (a/run.sh) " in done.err and "4711" in done.err
    assert "queued" in done.out
    assert qq("wait", "-d", "b").code == 0


def test_of_two_at_once_only_one_recovers_and_the_other_says_so(qq: Qq, go: Path) -> None:
    job_id = lost(qq, go)
    go.touch()
    before = record(qq)
    with alone_with(read_record(str(next(qq.cwd.glob("*.qqinfo")))).unwrap()[0]):
        done = qq("recover", "-y", job_id)
    assert (done.code, record(qq)) == (91, before)
    assert f"{job_id} (run.sh) is being recovered by another qq recover right now" in done.err
    assert qq("recover", "-y", job_id).code == 0
    assert qq("wait").code == 0
    assert not list(qq.cwd.glob(".qq*"))


def test_programs_get_the_jobs_in_the_order_in_which_they_were_named(qq: Qq, go: Path) -> None:
    for name in ("a", "b"):
        (qq.cwd / name).mkdir()
    gone = lost(qq.at(qq.cwd / "a"), go)
    ended = submitted(qq.at(qq.cwd / "b"), "true")
    qq("wait", ended)
    told = json.loads(qq("recover", "--json", "-d", "a", "-d", "b").out)
    assert [one["job_id"] for one in told] == [gone, ended]


def test_a_recovery_that_fails_says_what_is_really_so_and_what_to_type(qq: Qq, go: Path) -> None:
    """It is refused by the queue: the record waits, and no job does."""
    job_id = lost(qq, go, "true", "ncpus 1")
    info = next(qq.cwd.glob("*.qqinfo"))
    info.write_text(info.read_text().replace("ncpus: 1\n", "ncpus: 100000\n"))
    done = qq("recover", "-y", job_id)
    assert done.code == 91
    last = next(line for line in done.err.splitlines() if " (run.sh) is " in line)
    assert "is in an inconsistent state: " in last and last.endswith(f"(qq recover -d {qq.cwd})"), done.err
    (told,) = json.loads(qq("recover", "-y", "--json").out)
    assert (told["done"], told["state"]) == (False, "in an inconsistent state")
    assert told["next_command"] == f"qq recover -d {qq.cwd}"
    go.touch()


def test_the_next_cycle_is_submitted_once_although_its_record_stands_there_already(qq: Qq) -> None:
    """As when qq run died between writing the record of the next cycle and submitting it."""
    submitted(qq, "echo $QQ_LOOP_CURRENT >> history", "job-type loop", "loop-end 1")
    assert qq("wait").code == 0
    info = qq.cwd / "run+0001.qqinfo"
    ended, version = read_record(str(info)).unwrap()
    assert ended.loop is not None
    ended = replace(ended, loop=replace(ended.loop, end=2))
    granted = write_record(WriteRecord(Location(str(info)), ended, version), Watch())
    assert isinstance(granted, Success)
    following = next_job(ended, now=datetime(2026, 1, 2))
    assert isinstance(
        create_record(CreateRecord(Location(str(qq.cwd / "run+0002.qqinfo")), following), Watch()), Success
    )
    assert qq("info", "-b").out.count("\n") == 2
    done = qq("recover", "-y")
    assert (done.code, done.out.count("submit")) == (0, 1), done.out
    assert "job without id (run+0002.sh) is submitted by the recovery of 1.local (run+0001.sh)" in done.err
    assert qq("wait", "-d", ".").code == 0
    assert (qq.cwd / "history").read_text() == "1\n2\n"
    assert [line.split()[1] for line in qq("jobs", "-a").out.splitlines()[1:] if line.strip()] == ["1.local", "2.local"]


IN_THE_WAY = 'mkdir -p "$QQ_INPUT_DIR/result/x"; echo made > result; echo said'
"""A directory with something in it stands at home where a file of the script's belongs."""


def failed_late(qq: Qq, *directives: str) -> tuple[str, Path]:
    """A job whose results could not come home, which they can by now; its id, and its working directory."""
    settings = Path(qq.env["XDG_CONFIG_HOME"]) / "qq" / "config.toml"
    settings.parent.mkdir()
    settings.write_text("[runner]\nretry_tries = 1\n")
    job_id = submitted(qq, IN_THE_WAY, *directives)
    assert qq("wait", "--no-chain").code == 91
    (told,) = json.loads(qq("info", "--json").out)
    shutil.rmtree(qq.cwd / "result")
    return job_id, Path(told["record"]["work_dir"])


def marks(work_dir: Path) -> list[Path]:
    return [path for path in work_dir.parent.glob(f"*{work_dir.name}*") if path != work_dir and path.is_file()]


def test_without_a_mark_everything_comes_home_and_the_directory_is_kept(qq: Qq) -> None:
    _, work_dir = failed_late(qq)
    for path in marks(work_dir):
        path.unlink()
    done = qq("recover", "-y")
    assert done.code == 0 and f"{work_dir} could not be removed" in done.out + done.err, done
    assert (qq.cwd / "result").read_text() == "made\n" and (work_dir / "result").exists()
    assert "finished" in qq("info", "-b").out


def test_a_directory_that_is_gone_leaves_respawn(qq: Qq) -> None:
    _, work_dir = failed_late(qq)
    said = qq("respawn", "-y")
    assert said.code == 91 and "has results that are not at home yet: qq recover brings them" in said.err
    assert "qq recover brings them" in qq("wipe", "-y").err
    shutil.rmtree(work_dir)
    assert qq("recover", "-y").code == 91
    (told,) = json.loads(qq("info", "--json").out)
    assert told["next_command"].startswith("qq respawn") and "is gone" in told["reason"]
    assert qq("respawn", "-y").code == 0
    qq("wait")


def test_from_a_directory_with_anothers_mark_nothing_comes_home(qq: Qq) -> None:
    _, work_dir = failed_late(qq)
    (mark,) = [path for path in marks(work_dir) if path.suffix == ".qqmark"]
    text = mark.read_text()
    token = json.loads(qq("info", "--json").out)[0]["record"]["token"]
    assert token in text
    mark.write_text(text.replace(token, "0" * len(token)))
    (work_dir / "run.out").write_text("another's\n")
    assert qq("recover", "-y").code == 91
    assert "carries the mark of another job" in " ".join(qq("info").out.split())
    assert (qq.cwd / "run.out").read_text() == "said\n" and not (qq.cwd / "result").exists()
