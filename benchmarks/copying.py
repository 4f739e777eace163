"""Copying on one machine, against one bare ``rsync -a`` of the same files (which neither verifies nor syncs).

Medians of paired runs: both sides of a pair run one right after the other, in turns. Each way starts from a target of
its own that is not there yet, and from sources in the page cache. Nothing is deleted before the end: ext4 looks at
every recently deleted inode again when it makes a new file, and what one side deletes the other would pay for (so does
who deletes much in the minutes before). qq's side is what a job does: list, copy into a temporary directory, sync and
verify, place. ``main()`` prints one line per measurement and gives the number of limits that were missed.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path
from typing import TypeVar

from msgspec import Struct
from pyrsistent import pvector

from qq.core.changes import portions
from qq.core.effects import ArchiveQuestion, Copy, Guard, Include, List, Location, Place, RemoveFiles, VerifyCopy
from qq.core.listing import Listing
from qq.core.result import Result, failed
from qq.core.troubles import Trouble
from qq.shell.perform.copy import copy, include
from qq.shell.perform.listing import list_files
from qq.shell.perform.place import place
from qq.shell.perform.remove import remove_files
from qq.shell.perform.verify import verify
from qq.shell.perform.watch import Watch

MiB = 1 << 20
PAIRS = 5
PORTION = (1 << 30, 10_000)
T = TypeVar("T")
Work = Callable[[], object]
GUARD = Guard(Location("/nowhere/none.qqinfo"), "none", 1)
"""Nothing is moved aside here."""
ROOMS = ExitStack()
"""Closed at the end."""


class Measured(Struct, frozen=True):
    """One ratio and what it must not exceed."""

    name: str
    ratio: float
    limit: float
    detail: str

    def __str__(self) -> str:
        verdict = "ok" if self.ratio <= self.limit else "TOO SLOW"
        return f"{self.name:<52} {self.ratio:6.2f}  (limit {self.limit:g})  {verdict}  {self.detail}"


def _granted(result: Result[T, Trouble]) -> T:
    trouble = failed(result)
    if trouble is not None:
        sys.exit(f"the benchmark failed: {trouble.words}")
    return result.unwrap()


def listed(effect: List) -> Listing:
    """What stands there."""
    return _granted(list_files(effect, Watch())).listing or Listing()


def timed(work: Work) -> float:
    """Seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired(ours: Work, theirs: Work, pairs: int = PAIRS) -> tuple[float, str]:
    """The median of the ratios of pairs, and the medians of both in words."""
    runs: list[tuple[float, float]] = []
    for number in range(pairs):
        order = (ours, theirs) if number % 2 else (theirs, ours)
        seconds = []
        for work in order:
            os.sync()
            seconds.append(timed(work))
        runs.append((seconds[0], seconds[1]) if number % 2 else (seconds[1], seconds[0]))
    ratio = statistics.median(mine / other for mine, other in runs)
    mine, other = (statistics.median(side) for side in zip(*runs, strict=True))
    return ratio, f"qq {mine * 1000:.0f} ms, other {other * 1000:.0f} ms"


def deliver(src: Path, dst: Path) -> None:
    """List, then copy, verify and place in portions."""
    dst.mkdir(exist_ok=True)
    staging = Location(str(dst / ".qq-benchmark"))
    source, target = Location(str(src)), Location(str(dst))
    entries = listed(List(source))
    for portion in portions(entries, *PORTION):
        _granted(copy(Copy(source, staging, portion), Watch()))
        _granted(verify(VerifyCopy(source, staging, portion), Watch()))
        _granted(place(Place(staging, target, portion, Listing(), Listing(), "benchmark-1", GUARD), Watch()))


def stage(src: Path, dst: Path) -> None:
    """As it is done before a script starts: list and copy."""
    source = Location(str(src))
    entries = listed(List(source))
    _granted(copy(Copy(source, Location(str(dst)), entries, vanished_ok=True), Watch()))


def rsync(src: Path, dst: Path) -> None:
    """The bare work."""
    subprocess.run(["rsync", "-a", f"{src}/", str(dst)], check=True)


def many(directory: Path, count: int, size: int, per_directory: int) -> Path:
    """Files of one size, spread over directories (0: all in one)."""
    content = os.urandom(size)
    for number in range(count):
        parent = directory / f"d{number // per_directory:04}" if per_directory else directory
        if not per_directory or number % per_directory == 0:
            parent.mkdir(parents=True, exist_ok=True)
        (parent / f"file-{number:06}.dat").write_bytes(content)
    return directory


def room() -> Path:
    """A directory for what is copied; ``QQ_BENCH_DIR`` says on which file system."""
    where = os.environ.get("QQ_BENCH_DIR")
    return Path(ROOMS.enter_context(tempfile.TemporaryDirectory(prefix="qq-bench-", dir=where)))


def targets(path: Path) -> Iterator[Path]:
    """A new one each time."""
    return (path / f"dst{number}" for number in count())


def against_rsync(name: str, src: Path, limit: float, *, pairs: int = PAIRS) -> Measured:
    """One tree."""
    new = targets(src.parent)
    stage(src, next(new))  # warms the cache
    ratio, detail = paired(lambda: deliver(src, next(new)), lambda: rsync(src, next(new)), pairs)
    return Measured(name, ratio, limit, detail)


def trees() -> Iterator[Measured]:
    """Whole trees."""
    for name, number, size, per_directory, limit in (
        ("10,000 files of 4 KiB in 100 directories", 10_000, 4096, 100, 1.3),
        ("10,000 files of 4 KiB in one directory", 10_000, 4096, 0, 1.3),
        ("100,000 files of 512 B in 100 directories", 100_000, 512, 1000, 1.5),
    ):
        yield against_rsync(name, many(room() / "src", number, size, per_directory), limit)
    yield against_rsync("one file of 2 GiB", big(room()), 0.8, pairs=3)
    src = room() / "src"
    src.mkdir()
    with (src / "sparse").open("wb") as file:
        file.truncate(2048 * MiB)
        file.seek(1024 * MiB)
        file.write(os.urandom(MiB))
    yield against_rsync("one sparse file of 2 GiB (1 MiB of data)", src, 0.1, pairs=3)


def big(path: Path) -> Path:
    """A directory with one file of 2 GiB."""
    src = path / "src"
    src.mkdir()
    with (src / "big").open("wb") as file:
        for _ in range(128):
            file.write(os.urandom(16 * MiB))
    return src


def shared_blocks() -> Iterator[Measured]:
    """One big file where the file system can share its blocks: a btrfs of its own, in an image."""
    if os.geteuid() != 0 or shutil.which("mkfs.btrfs") is None:
        print("one file of 2 GiB, blocks shared: left out, needs root and mkfs.btrfs (apt-get install btrfs-progs)")
        return
    path = room()
    with (path / "image").open("wb") as file:
        file.truncate(16 << 30)
    (path / "mounted").mkdir()
    subprocess.run(["mkfs.btrfs", "--quiet", str(path / "image")], check=True, stderr=subprocess.DEVNULL)
    subprocess.run(["mount", "-o", "loop", str(path / "image"), str(path / "mounted")], check=True)
    ROOMS.callback(subprocess.run, ["umount", str(path / "mounted")], check=True)
    yield against_rsync("one file of 2 GiB, blocks shared", big(path / "mounted"), 0.1, pairs=3)


def includes() -> Iterator[Measured]:
    """200 included paths, half of them directories."""
    path = room()
    for number in range(100):
        many(path / "src" / f"dir{number:03}", 10, 4096, 0)
        (path / "src" / f"file{number:03}").write_bytes(os.urandom(4096))
    paths = sorted(str(each) for each in (path / "src").iterdir())
    new = targets(path)

    def ours() -> None:
        _granted(include(Include(None, pvector(paths), Location(str(next(new)))), Watch()))

    def theirs() -> None:
        subprocess.run(["rsync", "-a", *paths, str(next(new))], check=True)

    ratio, detail = paired(ours, theirs)
    yield Measured("200 included paths", ratio, 1.5, detail)


def archive_question() -> Iterator[Measured]:
    """The files of one cycle among 100,000 names."""
    path = room()
    for number in range(100_000):
        (path / f"job{number // 10:04}.{number % 10}.xtc").touch()
    pattern = re.compile(r"job0777(?![0-9])")
    effect = List(Location(str(path)), only=ArchiveQuestion("job%04d", pvector([777])))

    def ours() -> None:
        if listed(effect).count != 10:
            sys.exit("the benchmark failed: not 10 files")

    def theirs() -> None:
        found = [item.stat() for item in os.scandir(path) if pattern.search(item.name)]
        if len(found) != 10:
            sys.exit("the benchmark failed: not 10 files")

    ratio, detail = paired(ours, theirs, 9)
    yield Measured("one cycle among 100,000 names, against scandir", ratio, 2, detail)


def archiving() -> Iterator[Measured]:
    """Linking, placing and removing 40,000 files, against 4 times 10,000: linear if the ratio is 1."""
    seconds = {}
    for number in (10_000, 40_000):
        path = room()
        src = many(path / "work", number, 512, 0)
        (path / "archive").mkdir()
        seconds[number] = timed(partial(archive, src, path / "archive"))
    ratio = seconds[40_000] / (4 * seconds[10_000])
    yield Measured("archiving 40,000 files against 4 × 10,000", ratio, 1.3, f"{seconds[40_000]:.2f} s")


def archive(src: Path, dst: Path) -> None:
    """Within one file system: no byte is copied."""
    staging, source, target = Location(str(dst / ".qq-benchmark")), Location(str(src)), Location(str(dst))
    entries = listed(List(source))
    moved: list[int] = []
    watch = Watch(progress=lambda count, _files: moved.append(count))
    for portion in portions(entries, *PORTION):
        _granted(copy(Copy(source, staging, portion, may_link=True), watch))
        proof = _granted(verify(VerifyCopy(source, staging, portion), watch)).proof
        _granted(place(Place(staging, target, portion, Listing(), Listing(), "benchmark-1", GUARD), watch))
        if _granted(remove_files(RemoveFiles(source, proof), watch)).kept:
            sys.exit("the benchmark failed: files were kept")
    if any(moved) or len(list(dst.iterdir())) != entries.count:
        sys.exit("the benchmark failed: bytes were copied, or files are missing")


MEMORY = """
import resource, sys
from pathlib import Path
from typing import TypeVar
sys.path.insert(0, sys.argv[1])
import copying
copying.deliver(Path(sys.argv[2]), Path(sys.argv[3]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def memory() -> Iterator[Measured]:
    """The peak of a process of its own that delivers 100,000 files, in MB."""
    path = room()
    src = many(path / "src", 100_000, 16, 1000)
    argv = [sys.executable, "-c", MEMORY, str(Path(__file__).parent), str(src), str(path / "dst")]
    peak = float(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)
    yield Measured("peak memory with 100,000 files, MB", peak, 80, "")


def main() -> int:
    """Prints every measurement; the number of limits that were missed."""
    if shutil.which("rsync") is None:
        sys.exit("benchmarks/copying.py: rsync is missing (apt-get install rsync)")
    missed = 0
    with ROOMS:
        for group in (trees, shared_blocks, includes, archive_question, archiving, memory):
            for measured in group():
                print(measured, flush=True)
                missed += measured.ratio > measured.limit
    return missed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
