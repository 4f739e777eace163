"""Ctrl-C: one line, exit code 130, and everything that was begun is whole."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import yaml
from pyrsistent import pvector

from qq.core.selection import Selection
from qq.shell.commands.face import Face, Flow
from qq.shell.commands.side_by_side import AT_ONCE
from qq.shell.commands.sync import sync
from qq.shell.perform.lock import directory_lock
from tests.shell.cli.conftest import PATIENCE, Ended, Qq, submitted, until, until_asked, waits_for
from tests.terminal import terminal


def begun(qq: Qq, *words: str) -> "subprocess.Popen[str]":
    """A command that was started."""
    return subprocess.Popen(
        qq.argv(*words),
        cwd=qq.cwd,
        env=qq.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def interrupted(process: "subprocess.Popen[str]") -> Ended:
    """The end of a command that gets SIGINT, as from the terminal."""
    process.send_signal(signal.SIGINT)
    return ended(process)


def ended(process: "subprocess.Popen[str]") -> Ended:
    out, err = process.communicate(timeout=PATIENCE)
    return Ended(process.returncode, out, err)


def many(qq: Qq, number: int) -> list[Path]:
    """Directories with a script each."""
    places = [qq.cwd / f"r{index:03}" for index in range(number)]
    for place in places:
        place.mkdir()
        (place / "run.sh").write_text("#!/usr/bin/env -S qq run\n# qq work-dir input_dir\ntrue\n")
    return places


def test_submitting_many_stops_between_jobs_and_says_how_many_were_submitted(qq: Qq, tmp_path: Path) -> None:
    submitted(qq, waits_for(tmp_path / "go"), "ncpus 2")  # so that none of the others starts, and writes beside them
    places = many(qq, 150)
    locks = [ExitStack() for _ in places]
    for place, lock in zip(places[AT_ONCE:], locks, strict=False):
        lock.enter_context(directory_lock(str(place)))  # it comes so far, and has to wait
    process = begun(qq, "submit", *(f"{place.name}/run.sh" for place in places))
    until((places[3] / "run.qqinfo").exists, "the first ones to be submitted")
    process.send_signal(signal.SIGINT)
    for lock in locks:
        if process.poll() is None:
            time.sleep(0.05)  # not to wait for something: those that have begun are let go one after the other
        lock.close()
    done = ended(process)
    assert done.code == 130
    assert "Traceback" not in done.err
    records = [yaml.safe_load(info.read_text()) for info in qq.cwd.glob("r*/run.qqinfo")]
    assert 0 < len(records) < len(places)
    assert [record for record in records if not record.get("job_id")] == []
    assert list(qq.cwd.glob("r*/.qq*")) == []
    told = [line for line in done.out.splitlines() if line.endswith("submitted")]
    assert len(told) == len(records)
    assert "interrupted" in done.err


@pytest.mark.parametrize("words", [("wait",), ("logs", "-f")])
def test_whoever_stops_looking_does_not_stop_the_job(qq: Qq, tmp_path: Path, words: tuple[str, ...]) -> None:
    job_id = submitted(qq, f"echo here > {tmp_path / 'began'}\necho words\n{waits_for(tmp_path / 'go')}")
    until((tmp_path / "began").exists, "the script to begin")
    process = begun(qq, *words)
    if words == ("logs", "-f"):
        assert process.stdout is not None
        assert process.stdout.readline() == "words\n"
    else:
        until_asked(qq, process)
    done = interrupted(process)
    assert done.code == 130, done.err
    assert "Traceback" not in done.err
    assert qq("info", "-b").out.split() == [job_id, "run.sh", "running"]
    (tmp_path / "go").touch()
    assert qq("wait").code == 0


def test_killing_stops_between_jobs_and_what_was_announced_is_killed(qq: Qq, tmp_path: Path) -> None:
    submitted(qq, waits_for(tmp_path / "go"), "ncpus 2")  # so that the others wait
    places = many(qq, 3)
    assert qq("submit", *(f"{place.name}/run.sh" for place in places)).code == 0
    first, held, last = places
    with directory_lock(str(held)):  # nothing can be written into its record
        process = begun(qq, "kill", "-y", "-d", first.name, held.name)
        until(lambda: "killed_by" in (first / "run.qqinfo").read_text(), "the first one to be announced")
        done = interrupted(process)
    assert done.code == 130
    told, summary = done.out.splitlines()
    assert told.endswith(": killed") and summary == "1 killed, 1 failed"
    assert done.error.endswith(": was not killed: interrupted before it began")
    records = [yaml.safe_load((place / "run.qqinfo").read_text()) for place in places]
    assert [record["job_state"] for record in records] == ["killed", "queued", "queued"]
    assert ["killed_by" in record for record in records] == [True, False, False]
    assert [qq.at(place)("info", "-b").out.split()[-1] for place in places] == ["killed", "queued", "queued"]
    assert list(qq.cwd.glob("r*/.qq*")) == []
    assert qq("kill", "-y", "-d", held.name, last.name).code == 0


def test_a_question_that_is_not_answered_kills_nothing(qq: Qq, tmp_path: Path) -> None:
    submitted(qq, waits_for(tmp_path / "go"))
    with terminal(qq.argv("kill"), {**qq.env, "TERM": "xterm"}, qq.cwd) as made:
        made.until("Kill this job?")
        made.type("\x03")
        assert made.end() == 130
    assert "killed_by" not in (qq.cwd / "run.qqinfo").read_text()


def test_fetching_stops_between_files_and_goes_on_from_there(qq: Qq, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    job_id = submitted(
        qq, f"for n in 1 2 3; do yes $n | head -c 20000000 > r$n; done\ntouch '{ready}'\n{waits_for(tmp_path / 'go')}"
    )
    until(ready.exists, "the script to have written")
    pieces: list[int] = []

    def key_pressed(size: int) -> None:
        if not pieces:
            os.kill(os.getpid(), signal.SIGINT)
        pieces.append(size)

    @contextmanager
    def at_the_first_piece(_name: str) -> Iterator[Flow]:
        yield Flow(advance=key_pressed)

    here = Selection(dirs=pvector([str(qq.cwd)]))
    stopped = sync(here, qq.env, face=Face(progress=at_the_first_piece))
    assert stopped.interrupted
    assert stopped[0].words == f"stopped: interrupted by a signal (qq sync {job_id} goes on from there)"
    assert sum(pieces) < 60_000_000
    assert [path.stat().st_size for path in qq.cwd.glob("r?")] == [20_000_000] * len(list(qq.cwd.glob("r?")))
    assert list(qq.cwd.glob(".qq*")) == []
    assert not sync(here, qq.env).interrupted
    assert [path.stat().st_size for path in qq.cwd.glob("r?")] == [20_000_000] * 3
    (tmp_path / "go").touch()
    assert qq("wait").code == 0
