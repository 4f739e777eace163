"""The real `qq`, called as users call it, on a real queue of a test's own; nothing of it is left at the end."""

import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec import Struct

from qq.shell.batch.local.client import open_queue
from qq.shell.batch.local.places import users_places
from tests.conftest import Command, QQHome

PATIENCE = 100.0
"""Seconds; nothing here takes so long."""


class Ended(Struct, frozen=True):
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """Its only line of error."""
        (line,) = self.err.splitlines()
        return line


class Qq(Struct, frozen=True):
    """Calls `qq` in a directory."""

    env: Mapping[str, str]
    cwd: Path

    def __call__(self, *words: str, **env: str) -> Ended:
        done = subprocess.run(
            self.argv(*words),
            cwd=self.cwd,
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=PATIENCE,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def argv(self, *words: str) -> list[str]:
        """The command line of `qq WORDS`."""
        return [str(Path(sys.executable).parent / "qq"), *words]

    def at(self, directory: Path) -> "Qq":
        """The same in another directory."""
        return Qq(self.env, directory)


class Unprivileged(Qq, frozen=True):
    """The same user, whom modes of files stop."""

    command: Command

    def argv(self, *words: str) -> list[str]:
        return self.command(super().argv(*words))


@pytest.fixture
def qq(qq_home: QQHome, tmp_path: Path) -> Iterator[Qq]:
    """`qq` in an empty directory, `job`."""
    place = tmp_path / "job"
    place.mkdir()
    yield Qq({**qq_home.env, "COLUMNS": "100", "QQ_LOCAL_NCPUS": "2"}, place)
    queue = open_queue(qq_home.env)
    live = [job.job_id for job in queue.jobs(user=None, ended=False).unwrap()]
    if live:
        queue.kill(live, force=True)
    until(lambda: not queue.jobs(user=None, ended=False).unwrap(), "the jobs to be over")
    queue.close()


def until(true: Callable[[], bool], what: str) -> None:
    """Waits for something to become true, not for ever."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


def until_asked(qq: Qq, process: "subprocess.Popen[str]") -> None:
    """Waits until a command has read its records and asks the queue about them: it has the queue's table open."""
    table = users_places(qq.env).database

    def asks() -> bool:
        with suppress(FileNotFoundError):  # what was open a moment ago
            return any(str(each.readlink()) == table for each in Path(f"/proc/{process.pid}/fd").iterdir())
        return False

    until(asks, "it to ask the queue")


def write_script(directory: Path, body: str, *directives: str, name: str = "run.sh") -> Path:
    """A script that is ready to be submitted."""
    script = directory / name
    lines = ["#!/usr/bin/env -S qq run", *(f"# qq {each}" for each in directives), body, ""]
    script.write_text("\n".join(lines))
    return script


def submitted(qq: Qq, body: str, *directives: str, name: str = "run.sh") -> str:
    """Submits a script; gives the job's id."""
    write_script(qq.cwd, body, *directives, name=name)
    done = qq("submit", "--batch-system", "local", name)
    assert done.code == 0, done.err
    return done.out.split()[0]


GO = "until [ -e '{go}' ]; do sleep 0.02; done"
"""Shell: waits for a file. So a test decides how long a job runs."""


def waits_for(go: Path) -> str:
    """Shell: waits until this file is there."""
    return GO.format(go=go)


def on_a_terminal(qq: Qq, *words: str, **env: str) -> str:
    """What a command prints to a terminal."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        qq.argv(*words), cwd=qq.cwd, env={**qq.env, "TERM": "xterm", **env}, stdout=follower, stderr=follower
    ) as process:
        os.close(follower)
        parts = []
        while part := _read(leader):
            parts.append(part)
        process.wait(timeout=100)
    os.close(leader)
    return b"".join(parts).decode()


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 65536)
    except OSError:  # the other end is closed
        return b""
