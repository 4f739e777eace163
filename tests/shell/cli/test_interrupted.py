"""Ctrl-C: one line, exit code 130, and everything that was begun is whole."""

import signal
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.shell.cli.conftest import Ended, Qq, submitted, until, waits_for


def interrupted(qq: Qq, *words: str, when: Path) -> Ended:
    """The end of a command that gets SIGINT, as from the terminal, once this file is there."""
    process = subprocess.Popen(
        qq.argv(*words),
        cwd=qq.cwd,
        env=qq.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(when.exists, f"{when.name} to be there")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
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
    done = interrupted(qq, "submit", *(f"{place.name}/run.sh" for place in places), when=places[3] / "run.qqinfo")
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
    process = subprocess.Popen(
        qq.argv(*words), cwd=qq.cwd, env=qq.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    if words == ("logs", "-f"):
        assert process.stdout is not None
        assert process.stdout.readline() == "words\n"
    else:
        loaded = Path(f"/proc/{process.pid}/maps")
        until(lambda: "sqlite3" in loaded.read_text(), "it to ask the queue")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert qq("info", "-b").out.split() == [job_id, "run.sh", "running"]
    (tmp_path / "go").touch()
    assert qq("wait").code == 0
