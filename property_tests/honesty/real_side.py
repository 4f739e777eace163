"""Real directories, the real performers, a real process for the script."""

import json
import os
import re
import stat
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from msgspec import Struct, field

from property_tests.honesty.shapes import shape
from property_tests.honesty.sides import (
    Happens,
    Outcome,
    Picture,
    batch_system,
    identity,
    seen,
    several_of,
    text_of,
    time_of,
)
from qq.core import effects as e
from qq.core.replacing import replace
from qq.core.result import Failure, failed
from qq.core.simulate.beside import MarkFile
from qq.core.simulate.records import Refusal
from qq.shell.perform.dispatch import Hands, perform
from qq.shell.perform.dispatch import Outcome as RealOutcome
from qq.shell.perform.process import Script
from qq.shell.perform.record import read_record
from qq.shell.perform.refusal import Refusal as RealRefusal
from qq.shell.perform.watch import Watch


def _answer(result: RealOutcome) -> Outcome:
    trouble = failed(result)
    if trouble is not None:
        return trouble
    answer = result.unwrap()
    if isinstance(answer, RealRefusal):
        return Refusal(answer.job, answer.version)
    return answer


class RealSide(Struct):
    """Real directories below ``top``, the real performers, a real process for the script."""

    top: Path
    hands: Hands
    script: bytes
    others: dict[str, Path] = field(default_factory=dict)
    """Other hosts → where this one sees what is at the top there."""

    def perform(self, effect: e.Effect) -> Outcome:
        """Performs an effect."""
        answered = batch_system(effect)
        if answered is not None:
            return answered
        if isinstance(effect, e.CreateRecord | e.WriteRecord):
            self._tick()  # or a copy of the record before is told from it by nothing
        hands = replace(self.hands, script=Script())  # it may run more than once here
        result = perform(hands, effect, Watch())
        return _answer(result)

    def happen(self, event: Happens) -> None:
        """What somebody else does, at a time of its own."""
        self._tick()
        path = self._top(event) / event.path
        if event.what == "fill":
            _fill(path)
        elif path.parent.is_dir() and not path.parent.is_symlink():
            self._happen(path, event)

    def _top(self, event: Happens) -> Path:
        return self.others[event.host] if event.host else self.top

    def _tick(self) -> None:
        """Until a change shows: the model has no time stamps that are too coarse for that."""
        probe = self.top.parent / "probe"
        probe.touch()
        before = probe.stat().st_ctime_ns
        for _ in range(100_000):
            os.utime(probe)
            if probe.stat().st_ctime_ns > before:
                return
        raise AssertionError("the clock of this file system stands still")

    def _happen(self, path: Path, event: Happens) -> None:
        stands, is_directory = os.path.lexists(path), path.is_dir() and not path.is_symlink()
        is_file = path.is_file() and not path.is_symlink()
        match event.what:
            case "removed" if stands:
                subprocess.run(["rm", "-rf", path], check=True)
            case "directory" if not stands:
                path.mkdir()
            case "written" if not is_directory:
                path.unlink(missing_ok=True)
                self._write(path, event)
            case "in place" if is_file:
                self._write(path, event)
            case "sneaky" if is_file:
                self._sneak(path, event)
            case "link" if not is_directory:
                path.unlink(missing_ok=True)
                path.symlink_to(event.other)
                os.utime(path, ns=(0, time_of(event)), follow_symlinks=False)
            case "fifo" if not is_directory:
                path.unlink(missing_ok=True)
                os.mkfifo(path)
                os.utime(path, ns=(0, time_of(event)))
            case "second name" if not stands:
                other = self._top(event) / event.other
                if other.is_file() and not other.is_symlink():
                    path.hardlink_to(other)
            case "script":
                path.write_bytes(self.script)
                os.utime(path, ns=(0, time_of(event)))
            case _:
                pass

    def _write(self, path: Path, event: Happens) -> None:
        path.write_bytes(text_of(event))
        os.utime(path, ns=(0, time_of(event)))

    def _sneak(self, path: Path, event: Happens) -> None:
        """Other bytes, the same size and time."""
        status = path.stat()
        content = f"at {event.stamp}".encode()
        old = path.read_bytes()
        path.write_bytes(content.ljust(status.st_size, b".") if status.st_size >= len(content) else old)
        os.utime(path, ns=(0, status.st_mtime_ns))

    def picture(self) -> Picture:
        """All that stands below the top."""
        found = _pictured(self.top, b"")
        for name, disk in self.others.items():
            found |= _pictured(disk, b"@" + name.encode())
        return found


def _fill(directory: Path) -> None:
    """Takes every last byte of a small file system; the filler has no name any more."""
    fd = os.open(directory, os.O_TMPFILE | os.O_WRONLY, 0o600)
    with suppress(OSError):
        while os.write(fd, b"x" * 4096):
            pass
    FILLERS.append(fd)


FILLERS: list[int] = []
"""Open for as long as nobody is to find space."""


def let_go() -> None:
    """There is space again."""
    while FILLERS:
        os.close(FILLERS.pop())


def _pictured(top: Path, host: bytes) -> Picture:
    states = {path: path.lstat() for path in sorted(_walk(top))}
    several = several_of(status.st_ino for status in states.values() if stat.S_ISREG(status.st_mode))
    first = dict[int, bytes]()
    found: Picture = {}
    for path, status in states.items():
        if path.name.endswith(".qqmark.proof") and not path.read_bytes().strip(b"\0"):
            continue  # room that is kept for a proof is none
        name = host + os.fsencode(path.relative_to(top))
        twin = first.setdefault(status.st_ino, name) if status.st_ino in several else b""
        kind = _KINDS[stat.S_IFMT(status.st_mode)]
        found[name] = seen(kind, status.st_size, status.st_mtime_ns, _content(path, status), twin)
    return found


_KINDS = {stat.S_IFREG: b"f", stat.S_IFDIR: b"d", stat.S_IFLNK: b"l", stat.S_IFIFO: b"p"}


def _walk(top: Path) -> Iterator[Path]:
    for path in top.iterdir():
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)


_ASIDE = re.compile(r"\.before-.+")


def _content(path: Path, status: os.stat_result) -> object:
    if stat.S_ISLNK(status.st_mode):
        return os.fsencode(path.readlink())
    if not stat.S_ISREG(status.st_mode):
        return None
    data = path.read_bytes()
    match Path(_ASIDE.sub("", path.name)).suffixes[-2:]:
        case [*_, ".qqinfo"]:
            read = read_record(str(path))
            return identity(data) if isinstance(read, Failure) else shape(read.unwrap()[0])
        case [*_, ".qqmark"]:
            said = json.loads(data)
            return shape(MarkFile(said["token"], said["attempt"], said["job_id"], said["exit_code"]))
        case [".qqmark", ".list" | ".synced" | ".proof"]:
            return ("a list",)  # what is in it is seen when the mark is read
        case _:
            return "script" if data.startswith(b"#!") else identity(data)
