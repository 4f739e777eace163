"""A desk to run real jobs on: a home of its own, the real commands, the real queue."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from msgspec import Struct

from qq.shell.perform import processes

QQ = str(Path(sys.executable).with_name("qq"))


class Desk(Struct, frozen=True):
    """``top`` holds the jobs' directories, ``home`` everything that qq keeps."""

    top: Path
    home: Path
    env: Mapping[str, str]
    program: str = QQ

    @property
    def scratch(self) -> Path:
        """Where working directories are."""
        return self.home / "cache"

    def job(self, name: str, script: str, directives: str = "") -> Path:
        """A job's directory, with its script."""
        directory = self.top / name
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "run.sh").write_text(f"#!/usr/bin/env -S qq run\n{directives}\n{script}\n")
        return directory

    def qq(self, *words: object, codes: tuple[int, ...] = (0,), timeout: float = 60) -> str:
        """Runs a command, which has to end with one of these codes; gives what it prints."""
        done = self.run(*words, timeout=timeout)
        assert done.returncode in codes, (words, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout

    def run(self, *words: object, timeout: float = 60, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a command."""
        argv = [self.program, *map(str, words)]
        return subprocess.run(
            argv, env=self.env, capture_output=True, text=True, timeout=timeout, check=False, cwd=cwd or self.top
        )

    def info(self, directory: Path) -> dict[str, Any]:
        """The one job of a directory, as ``qq info --json`` tells it."""
        (told,) = json.loads(self.qq("info", "--json", "-d", directory))
        assert isinstance(told, dict)
        return told

    def state(self, directory: Path) -> str:
        return str(self.info(directory)["state"])


def make_desk(top: Path) -> Desk:
    """A desk below this directory."""
    foreign = ("QQ_", "XDG_", "SLURM_", "PBS_")
    env = {name: text for name, text in os.environ.items() if not name.startswith(foreign)}
    home = top / "home"
    for name in ("state", "cache", "config"):
        (home / name).mkdir(parents=True)
        env[f"XDG_{name.upper()}_HOME"] = str(home / name)
    (top / "jobs").mkdir()
    env |= {"HOME": str(home), "PATH": f"{Path(QQ).parent}:{env.get('PATH', os.defpath)}"}
    return Desk(top / "jobs", home, env)


def until(what: str, come: Callable[[], bool], seconds: float = 100) -> None:
    """Waits for something, bounded."""
    deadline = time.monotonic() + seconds
    while not come():
        assert time.monotonic() < deadline, f"{what} did not come within {seconds} s"
        time.sleep(0.005)


def tree(top: Path, *, but: tuple[str, ...] = ()) -> dict[str, bytes]:
    """All files below a directory with their contents, but for names that end so."""
    return {
        str(Path(directory, name).relative_to(top)): Path(directory, name).read_bytes()
        for directory, _, names in os.walk(top)
        for name in names
        if not name.endswith(but)
    }


def parent_of(pid: int) -> int:
    """The parent of a process."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def kill_all(parent: int) -> None:
    """A process of ours and all that came from it, at once, as when the power goes. They are stopped first, and the
    parents die last: who looks after a parent ends what it left as that likes to be ended."""
    family = [parent, *processes.descendants([parent])]
    for number, pids in ((signal.SIGSTOP, family), (signal.SIGKILL, family[::-1])):
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)


def kill_hard(pid: int) -> None:
    """SIGKILL to a process of ours, if it is still there."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
