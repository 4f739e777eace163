"""The process of a job itself, from the fork to its program: environment, directory, output, then the starter.

A starter that is this very qq is not executed but called: the modules are loaded already. Both ways look the same from
outside and to the job.
"""

import errno
import io
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from msgspec import Struct

from qq.core.exitcodes import BUG
from qq.shell.perform.processes import die_with_parent

Main = Callable[[list[str]], int]
"""``qq.shell.run.main``."""

_CANNOT_EXECUTE, _NOT_FOUND = 126, 127
_PYTHON_IGNORES = (signal.SIGPIPE, signal.SIGXFSZ)


class Program(Struct, frozen=True, kw_only=True):
    """What a job runs and in which surroundings. ``main``: to be called instead of executing the script."""

    script: str
    environ: dict[str, str]
    cwd: str
    output: str
    umask: int
    main: Main | None
    called: str
    """What such a program is called by."""


def become(program: Program, *, parent: int) -> NoReturn:
    """Turns a freshly forked process into the job. Never returns."""
    code = BUG
    try:
        os.setsid()
        die_with_parent(parent, signal.SIGTERM)
        os.umask(program.umask)
        _open_streams(program.output)
        environ = program.environ | {"PWD": _enter(program.cwd)}
        _reset_signals()
        code = _call(program, program.main, environ) if program.main else _execute(program.script, environ)
    except BaseException:
        complain(traceback.format_exc())
    finally:
        os._exit(code)


def _open_streams(output: str) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    try:
        out = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOCTTY, 0o666)
    except OSError:
        out = null  # the input directory is gone: nobody is left to read it
    os.dup2(null, 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))


def _enter(directory: str) -> str:
    try:
        os.chdir(directory)
    except OSError:
        return "/"  # where a supervisor lives, and so the job
    return directory


def _reset_signals() -> None:
    """As a fresh process has them; the mask last, so that what is pending meets the default."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        if signal.getsignal(number) not in (signal.SIG_DFL, None):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def _execute(script: str, environ: dict[str, str]) -> int:
    try:
        os.execve(script, [script], environ)
    except FileNotFoundError:
        complain(f"qq: the program that the job's starter names is not found: {script}\n")
        return _NOT_FOUND
    except OSError as error:
        if error.errno == errno.ENOEXEC:  # no first line that names a program: a shell's, as everywhere
            os.execve("/bin/sh", ["sh", script], environ)
        complain(f"qq: the job's starter can't be executed: {error}\n")
        return _CANNOT_EXECUTE


def _call(program: Program, main: Main, environ: dict[str, str]) -> int:
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    for number in _PYTHON_IGNORES:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = [program.called, "run", program.script]
    sys.stdin, sys.stdout, sys.stderr = _text(0, "r"), _text(1, "w"), _text(2, "w")
    try:
        return main([program.script])
    except SystemExit as end:
        return _exit_code(end)
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()


def _text(fd: int, mode: str) -> io.TextIOWrapper:
    binary = io.FileIO(fd, mode, closefd=False)
    buffered = io.BufferedReader(binary) if mode == "r" else io.BufferedWriter(binary)
    return io.TextIOWrapper(buffered, encoding="utf-8", errors="backslashreplace", line_buffering=True)


def _exit_code(end: SystemExit) -> int:
    """What the interpreter makes of it at its end."""
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    complain(f"{end.code}\n")
    return 1


def complain(words: str) -> None:
    """Into the job's output, or the supervisor's log."""
    with suppress(OSError):
        os.write(2, words.encode("utf-8", "backslashreplace"))
