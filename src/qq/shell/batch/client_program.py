"""Runs a client program of a batch system: bounded in time, with all that it said.

The one place where the outside world's errors become troubles for everything that is asked through a program.
"""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress

from msgspec import Struct

from qq.core.result import Failure, Result, Success
from qq.core.troubles import Reason, Trouble

_LAST_WORDS = 2.0
"""Seconds in which a program that was ended may still say something."""


class Said(Struct, frozen=True):
    """How a program ended: its exit code (-N: signal N), and what it wrote."""

    code: int
    out: str
    err: str


def ask(
    argv: Sequence[str],
    environ: Mapping[str, str],
    *,
    seconds: float,
    text: str = "",
    umask: int = -1,
    directory: str = "/",
) -> Result[Said, Trouble]:
    """Runs a program with ``text`` on its standard input. A failure: it is not there, or was not done in time.

    It has a process group of its own: Ctrl-C must not end a submission halfway. ``umask`` -1: as it is here.
    """
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE if text else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=directory,
            env=dict(environ),
            process_group=0,
            umask=umask,
        )
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        missing = isinstance(error, FileNotFoundError)
        words = f"{argv[0]} is not installed here" if missing else f"{argv[0]} can't be started: {why}"
        return Failure(Trouble(Reason.TOOL_MISSING, words))
    with process:
        return _wait(process, argv[0], seconds, os.fsencode(text))


def _wait(process: "subprocess.Popen[bytes]", program: str, seconds: float, text: bytes) -> Result[Said, Trouble]:
    try:
        out, err = process.communicate(text or None, timeout=seconds)
    except subprocess.TimeoutExpired:
        _end(process)
        words = f"{program} has not answered for {seconds:.0f} s"
        return Failure(Trouble(Reason.BATCH_NOT_ANSWERING, words, transient=True))
    except BaseException:
        _end(process)
        raise
    return Success(Said(process.returncode, os.fsdecode(out), os.fsdecode(err)))


def _end(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=_LAST_WORDS)
