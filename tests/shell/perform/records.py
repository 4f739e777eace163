"""Info files for tests: written by the performer itself, changed by processes of their own."""

import subprocess
import sys
from pathlib import Path

from qq.core.effects import CreateRecord, Location
from qq.core.moments import Written
from qq.core.records.job import JobInfo
from qq.core.records.version import Version
from qq.core.result import Result, failed
from qq.core.troubles import Trouble
from qq.shell.perform.record import create_record, read_record
from qq.shell.perform.watch import Watch

WATCH = Watch()

ADD = """
import sys
from qq.core.replacing import replace
from qq.shell.perform.record import update_record
for _ in range(int(sys.argv[2])):
    done = update_record(sys.argv[1], None, lambda job: replace(job, attempt=job.attempt + 1))
    print(done.unwrap().attempt, flush=True)
"""
"""A program that raises ``attempt`` of a record by 1, so many times."""


def created(path: Path, job: JobInfo) -> Version:
    """A record on disk; what was read of it."""
    written = create_record(CreateRecord(Location(str(path)), job), WATCH).unwrap()
    assert isinstance(written, Written)
    return written.version


def on_disk(path: Path) -> JobInfo:
    """The record in this file."""
    return read_record(str(path)).unwrap()[0]


def trouble_of(result: Result[object, Trouble]) -> Trouble:
    """Why it failed; it did."""
    trouble = failed(result)
    assert trouble is not None
    assert "\n" not in str(trouble)
    return trouble


def adding(path: Path, times: int) -> "subprocess.Popen[str]":
    """A process that raises ``attempt`` so many times and says each value."""
    return subprocess.Popen([sys.executable, "-c", ADD, str(path), str(times)], stdout=subprocess.PIPE, text=True)


def names_in(directory: Path) -> list[str]:
    """What stands in a directory."""
    return sorted(path.name for path in directory.iterdir())
