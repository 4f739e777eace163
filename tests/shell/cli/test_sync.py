"""`qq sync` on real jobs: what comes home, also from a job that goes on writing, and that nobody's file is lost."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from qq.core.effects import Effect, NoteSynced
from qq.core.evidence import NotAnswered
from qq.core.moments import Answer
from qq.core.result import Result, failed
from qq.core.troubles import Trouble
from qq.shell import sync
from qq.shell.perform.dispatch import Hands, perform
from qq.shell.perform.lock import LONG_STALE, directory_lock
from qq.shell.perform.readrecord import read_record
from qq.shell.perform.refusal import Refusal
from qq.shell.perform.watch import Watch
from qq.shell.select import Job
from qq.shell.signals import listening
from qq.shell.snapshot import snapshot
from tests.shell.cli.conftest import PATIENCE, Qq, submitted, until, waits_for


def tree(directory: Path) -> dict[str, str]:
    """The files below a directory, without runtime files."""
    found = (path for path in directory.rglob("*") if path.is_file() and not path.name.startswith("run."))
    return {str(path.relative_to(directory)): path.read_text() for path in found}


@pytest.fixture
def go(tmp_path: Path) -> Path:
    """The file that lets the job end."""
    return tmp_path / "go"


def at_work(qq: Qq, go: Path, body: str, *directives: str) -> str:
    """A job that has done this and waits; gives its id."""
    ready = go.with_name("ready")
    job_id = submitted(qq, f"{body}\ntouch '{ready}'\n{waits_for(go)}", *directives)
    until(ready.exists, "the job to get there")
    return job_id


def test_results_of_a_running_job_come_home(qq: Qq, go: Path) -> None:
    (qq.cwd / "input").write_text("in")
    (qq.cwd / "model").write_text("old")
    job_id = at_work(qq, go, "echo hello; mkdir -p a/b; printf deep > a/b/c; printf new > model; ln -s c a/b/link")
    done = qq("sync")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{job_id} (run.sh): fetched 5 files (")
    assert tree(qq.cwd) == {"input": "in", "model": "new", "a/b/c": "deep", "a/b/link": "deep"}
    assert (qq.cwd / "run.out").read_text() == "hello\n"
    assert (qq.cwd / "a/b/link").is_symlink()
    assert "fetched 0 files" in qq("sync").out
    go.touch()
    assert qq("wait").code == 0
    assert tree(qq.cwd) == {"input": "in", "model": "new", "a/b/c": "deep", "a/b/link": "deep"}


def test_what_the_user_edits_meanwhile_is_kept(qq: Qq, go: Path) -> None:
    (qq.cwd / "input").write_text("in")
    (qq.cwd / "model").write_text("old")
    job_id = at_work(qq, go, "printf new > model")
    (qq.cwd / "input").write_text("edited")
    (qq.cwd / "model").write_text("mine")
    done = qq("sync")
    kept = f"model.before-run.sh-{job_id}"
    assert f"your model differed and is kept as {kept}" in done.out
    assert tree(qq.cwd) == {"input": "edited", "model": "new", kept: "mine"}
    go.touch()
    assert qq("wait").code == 0
    assert tree(qq.cwd) == {"input": "edited", "model": "new", kept: "mine"}


def test_what_was_fetched_early_gives_way_to_the_result(qq: Qq, go: Path) -> None:
    job_id = submitted(qq, f"printf half > result; touch '{go}-1'; {waits_for(go)}; printf whole > result")
    until(Path(f"{go}-1").exists, "the first half")
    assert qq("sync", job_id).code == 0
    assert tree(qq.cwd) == {"result": "half"}
    go.touch()
    assert qq("wait").code == 0
    assert tree(qq.cwd) == {"result": "whole"}


def test_only_what_is_named(qq: Qq, go: Path) -> None:
    at_work(qq, go, "mkdir -p a/b; printf 1 > a/b/c; printf 2 > a/d; printf 3 > 'e f'; printf 4 > g")
    done = qq("sync", "-f", "a/b nope:'e f'")
    assert done.code == 0
    assert "nope is not in the working directory" in done.error
    assert tree(qq.cwd) == {"a/b/c": "1", "e f": "3"}
    assert qq("sync", "-f", "nope").code == 91
    assert qq("sync", "-f", "../job").code == 91


def test_included_paths_stay_where_they_are(qq: Qq, go: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x").write_text("big")
    at_work(qq, go, "printf changed > data/x; printf y > y", f"include {tmp_path}/data")
    assert qq("sync").code == 0
    assert tree(qq.cwd) == {"y": "y"}


def test_a_file_that_never_stands_still_is_fetched_as_far_as_it_was(qq: Qq, go: Path) -> None:
    writer = f"( until [ -e '{go}' ]; do echo line; done ) > busy &"
    body = f"printf s > still; {writer} until [ -s busy ]; do sleep 0.02; done; touch '{go}-1'; wait"
    submitted(qq, body)
    until(Path(f"{go}-1").exists, "the writer")
    done = qq("sync")
    assert (done.code, done.err) == (0, "")
    assert (qq.cwd / "still").read_text() == "s"
    assert set((qq.cwd / "busy").read_text().splitlines()[:-1]) <= {"line"}
    go.touch()
    assert qq("wait").code == 0
    assert set((qq.cwd / "busy").read_text().splitlines()) == {"line"}
    assert not list(qq.cwd.glob("*.before-*"))
    assert not list(qq.cwd.glob(".qq-*"))


def test_a_file_that_can_not_be_read_stops_no_other(qq: Qq, go: Path) -> None:
    at_work(qq, go, "mkdir d; printf 1 > d/1; printf 2 > d/2; printf 3 > d/3")
    (qq.cwd / "d").mkdir()
    (qq.cwd / "d" / "2").mkdir()
    done = qq("sync")
    assert done.code == 91
    assert "d/2 was not fetched" in done.error
    assert tree(qq.cwd) == {"d/1": "1", "d/3": "3"}


@pytest.mark.parametrize(
    ("body", "directives", "words"),
    [
        ("exit 0", (), "is synchronized"),
        ("exit 1", ("work-dir input_dir",), "works in its input directory"),
    ],
)
def test_where_there_is_nothing_to_fetch(qq: Qq, body: str, directives: tuple[str, ...], words: str) -> None:
    submitted(qq, body, *directives)
    qq("wait")
    done = qq("sync")
    assert done.code == 91
    assert words in done.error


def test_results_that_a_failed_job_left(qq: Qq) -> None:
    submitted(qq, "printf half > result; exit 1")
    assert qq("wait").code == 91
    assert tree(qq.cwd) == {}
    assert qq("sync").code == 0
    assert tree(qq.cwd) == {"result": "half"}


def test_a_mode_that_alone_was_changed_comes_once(qq: Qq, go: Path) -> None:
    for name in ("tool", "other"):
        (qq.cwd / name).write_text(name)
        (qq.cwd / name).chmod(0o644)
    at_work(qq, go, "chmod 755 tool")
    assert "fetched 3 files" in qq("sync").out  # with run.out and run.err
    assert [(qq.cwd / name).stat().st_mode & 0o777 for name in ("tool", "other")] == [0o755, 0o644]
    assert "fetched 0 files" in qq("sync").out
    (qq.cwd / "tool").chmod(0o700)
    assert "fetched 0 files" in qq("sync").out
    assert not list(qq.cwd.glob("*.before-*"))
    go.touch()
    assert qq("wait").code == 0


def test_a_queued_job_has_nothing(qq: Qq, go: Path, tmp_path: Path) -> None:
    at_work(qq, go, "true", "ncpus 2")
    other = tmp_path / "other"
    other.mkdir()
    submitted(qq.at(other), "true", "ncpus 2")
    done = qq.at(other)("sync")
    assert done.code == 91
    assert "no working directory yet" in done.error


# --- the beginning of a growing file ----------------------------------------------------------------------------------


def test_the_beginning_of_a_file(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"x" * 100_000)
    os.utime(source, ns=(1, 5_000_000_000))
    assert snapshot(bytes(source), bytes(target), Watch()).unwrap() == 100_000
    assert target.read_bytes() == source.read_bytes()
    assert target.stat().st_mtime_ns == 5_000_000_000


def test_a_growing_file_is_cut_where_it_ended(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"begin")

    def grow(_bytes: int, _files: int) -> None:
        with source.open("ab") as file:
            file.write(b" and more")

    assert snapshot(bytes(source), bytes(target), Watch(progress=grow)).unwrap() == 5
    assert target.read_bytes() == b"begin"


def test_a_file_that_is_rewritten_all_the_time_is_trouble(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(b"one")
    times = iter(range(1, 100))

    def rewrite(_bytes: int, _files: int) -> None:
        os.utime(source, ns=(1, next(times)))

    trouble = failed(snapshot(bytes(source), bytes(target), Watch(progress=rewrite)))
    assert trouble is not None
    assert "rewritten" in trouble.words


def test_no_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("secret")
    (tmp_path / "link").symlink_to("real")
    assert failed(snapshot(bytes(tmp_path / "link"), bytes(tmp_path / "target"), Watch())) is not None


def test_an_interrupted_sync_goes_on_where_it_stopped(qq: Qq, go: Path) -> None:
    at_work(qq, go, "for i in 1 2 3 4; do truncate -s 300M big$i; printf $i >> big$i; done")
    with subprocess.Popen(qq.argv("sync"), cwd=qq.cwd, env=dict(qq.env), stderr=subprocess.PIPE, text=True) as syncing:
        until(lambda: (qq.cwd / "big1").exists() or syncing.poll() is not None, "the first file")
        syncing.terminate()
        assert syncing.stderr is not None
        said = syncing.stderr.read()
        code = syncing.wait()
    # Ended by the signal's default action: it came when all was fetched and nobody listened any more.
    assert (code, "goes on from there" in said) in ((130, True), (0, False), (-signal.SIGTERM, False))
    assert qq("sync").code == 0
    assert all((qq.cwd / f"big{i}").stat().st_size == (300 << 20) + 1 for i in (1, 2, 3, 4))
    assert not list(qq.cwd.glob(".qq-*"))


def test_a_job_that_ends_in_the_middle_of_it_is_no_failure_of_a_file(qq: Qq, go: Path) -> None:
    at_work(qq, go, "printf new > model")
    info_file = str(qq.cwd / "run.qqinfo")
    job = Job(info_file, read_record(info_file).unwrap()[0], NotAnswered("not asked"))
    with listening() as signals:
        hands = Hands(signals=signals)

        def do(effect: Effect) -> Result[Answer | Refusal, Trouble]:
            if isinstance(effect, NoteSynced):
                go.touch()
                assert qq("wait").code == 0
            return perform(hands, effect, Watch())

        summary = sync.sync(sync.prepare(job, None, do).unwrap(), do, Watch(), do)
        trouble = failed(sync.prepare(job, None, do))
    assert (summary.files, summary.failed) == (0, [])
    assert "its results come home by themselves" in str(summary.stopped)
    assert trouble is not None and "its results come home by themselves" in str(trouble)
    assert tree(qq.cwd) == {"model": "new"}
    assert list(qq.cwd.glob(".qq*")) == []


def sync_lock(home: Path) -> str:
    """The name of what a sync of the one job of this directory holds."""
    record = read_record(str(next(home.glob("*.qqinfo")))).unwrap()[0]
    return f".qq-{record.token}-sync.lock"


def test_of_two_at_once_only_one_fetches_and_the_other_says_so(qq: Qq, go: Path) -> None:
    job_id = at_work(qq, go, "printf new > model")
    with directory_lock(str(qq.cwd), name=sync_lock(qq.cwd)):
        done = qq("sync")
        assert done.code == 91
        assert f"{job_id} (run.sh): stopped: another qq sync fetches the results of this job right now" in done.err
        assert not (qq.cwd / "model").exists()
    assert qq("sync").code == 0
    assert (qq.cwd / "model").read_text() == "new"
    assert list(qq.cwd.glob(".qq*")) == []
    go.touch()


def test_a_sync_that_was_killed_on_another_host_keeps_others_away_for_two_minutes_only(qq: Qq, go: Path) -> None:
    at_work(qq, go, "printf new > model")
    lock = qq.cwd / sync_lock(qq.cwd)
    lock.write_text("elsewhere/boot/pid:[1] 1 1 00ff\n")
    assert "another qq sync" in qq("sync").err
    long_ago = time.time() - LONG_STALE - 1
    os.utime(lock, (long_ago, long_ago))
    assert qq("sync").code == 0
    assert (qq.cwd / "model").read_text() == "new"
    assert list(qq.cwd.glob(".qq*")) == []
    go.touch()


def test_many_at_once_leave_the_results_and_nothing_else(qq: Qq, go: Path) -> None:
    at_work(qq, go, "for n in $(seq 500); do echo $n > r$n; done")
    several = [subprocess.Popen(qq.argv("sync"), cwd=qq.cwd, env=qq.env, stderr=subprocess.DEVNULL) for _ in range(4)]
    codes = [one.wait(PATIENCE) for one in several]
    assert 0 in codes and set(codes) <= {0, 91}
    assert tree(qq.cwd) == {f"r{n}": f"{n}\n" for n in range(1, 501)}
    assert list(qq.cwd.glob(".qq*")) == []
    go.touch()
