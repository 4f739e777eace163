"""A loop job of three cycles with enough files that every phase has width, and the means to kill it at an instant.

An instant is a line of what ``qq run`` says (it says what it begins), and how much of that has been done: so many names
have come or gone. Nothing is measured in seconds.
"""

import ctypes
import os
import re
import signal
import sqlite3
import struct
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from msgspec import Struct

from qq.shell.batch.local import places, waking
from qq.shell.perform import processes
from qq.shell.perform.atomic import temporary_prefix
from tests.whole.desk import QQ, Desk, kill_all, kill_hard, parent_of
from tests.whole.trees import Tree, whole_tree

CYCLES, FILES = 3, 300
PHASES = ("staging", "running", "archiving", "copying home", "resubmitting")
DIRECTIVES = f"# qq job-type loop\n# qq loop-end {CYCLES}\n# qq archive-format md%04d\n# qq exclude private"
SCRIPT = """
exec python3 -S - <<'PYTHON'
import os
cycle, attempt = int(os.environ["QQ_LOOP_CURRENT"]), os.environ["QQ_ATTEMPT"]

def told(what):
    with open("LOG", "a") as log:
        log.write(f"{what} {cycle} {attempt}\\n")

def write(name, text):
    with open(name, "w") as file:
        file.write(text)
    os.utime(name, (cycle * 1000, cycle * 1000))

told("starts")
print(cycle, *sorted(name for name in os.listdir(".") if not name.endswith((".out", ".err"))), sep="\\n")
before = open(f"md{cycle:04d}_state").read() if cycle > 1 else ""
for n in range(FILES):
    write(f"md{cycle + 1:04d}_{n}", f"{before}{n}")
    write(f"result_{cycle}_{n}", f"{before}{n}")
write(f"md{cycle + 1:04d}_state", f"{before}{cycle} ")
write("input", f"{before}{cycle} ")
told("ends")
PYTHON
"""
ANOTHER_TEXT = (".qqout", ".qqinfo")
OTHER_TIMES = (".out", ".err", ".init")
_COMES, _GOES = 0x100 | 0x80, 0x200 | 0x40
"""IN_CREATE, IN_MOVED_TO; IN_DELETE, IN_MOVED_FROM."""
_RUNNING = "SELECT pid FROM jobs WHERE input_dir = ? AND name = ? AND pid IS NOT NULL AND stage <> 'ended'"


class Instant(Struct, frozen=True):
    """``line``: of a life, from 0; ``part``: of what that line begins."""

    line: int
    part: float


class Chain(Struct, frozen=True):
    """One loop job on a desk."""

    desk: Desk
    home: Path

    @property
    def log(self) -> Path:
        """Where the script tells that it starts and ends."""
        return self.desk.home / f"{self.home.name}.log"

    def starts(self, cycle: int) -> int:
        """How often the script of a cycle has been started."""
        text = self.log.read_text() if self.log.exists() else ""
        return len(re.findall(f"^starts {cycle} ", text, re.MULTILINE))

    def record(self, cycle: int) -> str:
        """The text of a cycle's record, at home or in the archive."""
        return _first_text(self.home / f"run+{cycle:04d}.qqinfo", self.home / "storage" / f"md{cycle:04d}.qqinfo")

    def said(self, cycle: int) -> list[str]:
        """What the last life of a cycle said, without the times."""
        return life(_first_text(self.home / f"run+{cycle:04d}.qqout", self.home / "storage" / f"md{cycle:04d}.qqout"))


def _first_text(*paths: Path) -> str:
    for path in paths:
        with suppress(FileNotFoundError):
            return path.read_text()
    return ""


def make_chain(desk: Desk, name: str) -> Chain:
    """Its directory, filled; not submitted yet."""
    chain = Chain(desk, desk.top / name)
    desk.job(name, SCRIPT.replace("LOG", str(chain.log)).replace("FILES", str(FILES)), DIRECTIVES)
    (chain.home / "input").write_text("an input")
    (chain.home / "private").mkdir()
    (chain.home / "private" / "diary").write_text("does not travel")
    (chain.home / "data").mkdir(mode=0o750)
    for n in range(FILES):
        (chain.home / "data" / f"{n}").write_text(f"data {n}")
        (chain.home / f"given_{n}").write_text(f"given {n}")
    (chain.home / "link").symlink_to("data/1")
    for path in (chain.home, *chain.home.rglob("*")):
        os.utime(path, (100, 100), follow_symlinks=False)
    return chain


def outcome(chain: Chain) -> Tree:
    """What a chain left at home, without what has to differ from run to run."""
    return {path: _comparable(path, entry) for path, entry in whole_tree(chain.home).items()}


def _comparable(path: bytes, entry: tuple[object, ...]) -> tuple[object, ...]:
    kind, mode, changed, content, twin = entry
    name = os.fsdecode(path)
    if name.endswith(ANOTHER_TEXT) or name == "run.sh":  # where the script logs
        return kind, mode
    if name.endswith(OTHER_TIMES) or name == "storage":
        return kind, mode, content, twin
    return kind, mode, changed, content, twin


# --- what qq run says -------------------------------------------------------------------------------------------------


def life(text: str) -> list[str]:
    """The lines of the last life in a ``.qqout``, without their times; only whole lines."""
    lines = [line[21:] for line in text.split("\n")[:-1]]
    begins = [n for n, line in enumerate(lines) if re.match(r"qq [0-9.]+: ", line)]
    return lines[begins[-1] :] if begins else []


def phases(said: Sequence[str]) -> list[str]:
    """The phase that each line belongs to."""
    found: list[str] = []
    phase = PHASES[0]
    for line in said:
        if line.startswith("running "):
            phase = "running"
        elif line.startswith("look at the mark") and phase == "running":
            phase = "archiving"
        elif line.startswith("bringing "):
            phase = "copying home"
        elif line.startswith(("ask the batch system", "remove the working directory", "qq run ends")):
            phase = "resubmitting"
        found.append(phase)
    return found


# --- waiting for an instant -------------------------------------------------------------------------------------------


def wait_for(chain: Chain, cycle: int, instant: Instant, seconds: float = 60) -> int | None:
    """The process of ``qq run``, stopped at that instant; None: it ended before that was seen to have come.

    It is let go for a moment at a time, so that it gets no further while nobody looks.
    """
    deadline = time.monotonic() + seconds
    goal: tuple[Path, int] | None = None
    qq_run: int | None = None
    while True:
        assert time.monotonic() < deadline, f"cycle {cycle} did not come to {instant}: {chain.said(cycle)[-3:]}"
        said = chain.said(cycle)
        if qq_run is None:
            qq_run = qq_run_of(chain, cycle)
            if qq_run is None and said and said[-1].startswith("qq run ends"):
                return None
        elif is_gone(qq_run):
            return None
        if len(said) > instant.line and qq_run is not None:
            goal = goal or _goal(said[instant.line], instant.part)
            if goal is None or len(said) > instant.line + 1 or _reached(*goal):
                return qq_run
        if qq_run is None:
            time.sleep(0.001)
        else:
            let_go_for_a_moment(qq_run)


def let_go_for_a_moment(pid: int) -> None:
    """A process that is stopped does a little of its work."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)
        time.sleep(0.001)
        os.kill(pid, signal.SIGSTOP)


def _goal(line: str, part: float) -> tuple[Path, int] | None:
    """A directory and how many names it is to have (negative: at most so many); None: nothing that could be seen."""
    counted = re.match(r"(copy|place|remove) (\d+) entr(?:y|ies) (?:from \S+ to|in|from) (\S+)$", line)
    if counted:
        change = int(part * int(counted[2]))
        return _from_now(Path(counted[3]), -change if counted[1] == "remove" else change)
    growing = re.match(r"running run.sh in (\S+)$", line)
    if growing:
        return _from_now(Path(growing[1]), int(part * 2 * FILES))
    going = re.match(r"remove the working directory (\S+)$", line)
    return _from_now(Path(going[1]), -int(part * 4 * FILES)) if going else None


def _from_now(directory: Path, change: int) -> tuple[Path, int]:
    there = _count(directory)
    return (directory, there + change) if change >= 0 else (directory, -max(1, there + change))


def _reached(directory: Path, count: int) -> bool:
    return _count(directory) >= count if count >= 0 else _count(directory) <= -count


def _count(directory: Path) -> int:
    try:
        return sum(1 for _ in directory.iterdir())
    except FileNotFoundError:
        return 0


@contextmanager
def watching(chain: Chain) -> Iterator[Callable[[], int]]:
    """Counts what comes, goes or is renamed in the chain's directory and its archive: inotify(7)."""
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    count = 0

    def changed() -> int:
        nonlocal count
        with suppress(BlockingIOError):
            data = os.read(fd, 1 << 20)
            while data:
                _, _, _, length = struct.unpack_from("iIII", data)
                data, count = data[16 + length :], count + 1
        return count

    try:
        for path in (chain.home, chain.home / "storage"):
            libc.inotify_add_watch(fd, os.fsencode(path), _COMES | _GOES)
        yield changed
    finally:
        os.close(fd)


# --- the queue and its processes --------------------------------------------------------------------------------------


def records(chain: Chain) -> str:
    """The text of all records of a chain."""
    return "\n".join(chain.record(cycle) for cycle in range(1, CYCLES + 1))


def left_on_scratch(desk: Desk) -> set[str]:
    """Working directories that still stand, or of which the mark or a list does, and whatever else is there.

    What was begun of a mark when its writer was killed belongs to it, and goes with it.
    """
    found = [path for top in desk.scratch.glob("qq/jobs") for path in top.iterdir()]
    marks = {path.name for path in found if ".qqmark" in path.name} | {f"{path.name}.qqmark" for path in found}
    begun = {temporary_prefix(os.fsencode(name + suffix)) for name in marks for suffix in ("", ".list", ".proof")}
    return {
        re.sub(r"\.qqmark(\.[a-z]+)?$", "", str(path))
        for path in found
        if not os.fsencode(path.name).startswith(tuple(begun))
    }


def queue_of(desk: Desk) -> places.Places:
    """The queue of a desk."""
    return places.users_places(desk.env)


def asked(desk: Desk, question: str, *values: object) -> list[tuple[object, ...]]:
    """What the queue's table says."""
    with closing(sqlite3.connect(queue_of(desk).database, timeout=10)) as db:
        return db.execute(question, values).fetchall()


def qq_run_of(chain: Chain, cycle: int) -> int | None:
    """The process of a cycle's ``qq run``, stopped; None: there is none yet, or no more."""
    parents = asked(chain.desk, _RUNNING, str(chain.home).encode(), f"run+{cycle:04d}.sh".encode())
    found = [child for (parent,) in parents for child in processes.children(int(str(parent)))]
    for pid in found[:1]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
            return pid
    return None


def kill_node(qq_run: int) -> None:
    """Everything of the job at once, its parent included, as when the power goes."""
    with suppress(FileNotFoundError):
        kill_all(parent_of(qq_run))


def stop(pid: int) -> None:
    """It does nothing until it is killed."""
    os.kill(pid, signal.SIGSTOP)


def is_gone(pid: int | None) -> bool:
    """Whether a process does nothing any more."""
    return pid is None or processes.identity(pid) is None


def kill_supervisor(desk: Desk) -> None:
    """The queue's own process."""
    there = waking.holder(queue_of(desk))
    if there is not None:
        kill_hard(there[0])


def begin(desk: Desk, output: Path, *words: object) -> "subprocess.Popen[bytes]":
    """A command on its way."""
    with output.open("wb") as file:
        return subprocess.Popen(
            [QQ, *map(str, words)], env=desk.env, stdout=file, stderr=subprocess.STDOUT, cwd=desk.top
        )
