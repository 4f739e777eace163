"""Ctrl-C: one line, exit code 130, and everything that was begun is whole."""

import signal
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from qq.shell.commands.side_by_side import AT_ONCE
from qq.shell.perform.lock import directory_lock
from tests.shell.cli.conftest import PATIENCE, Ended, Qq, submitted, until, until_asked, waits_for


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
