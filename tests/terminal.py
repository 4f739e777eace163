"""A terminal with a program in it: what a person types, and what stands on the screen."""

import os
import pty
import re
import select
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from msgspec import Struct

PATIENCE = 100.0
"""Seconds; nothing here takes so long."""
_CONTROL = re.compile(r"\x1b(?:\[[0-9;?>]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[=>()][0-9A-B]?)|[\r\x07]")


class Terminal(Struct):
    """``said``: all that the program has written so far and nobody has waited for, without what steers a terminal."""

    pid: int
    line: int
    said: str = ""
    code: int | None = None

    def type(self, text: str) -> None:
        """Presses keys."""
        os.write(self.line, os.fsencode(text))

    def until(self, words: str) -> str:
        """Waits for these words; gives what stood before them, and forgets both."""
        self._read_until(lambda: words in self.said, words)
        before, _, self.said = self.said.partition(words)
        return before

    def end(self) -> int:
        """Waits for the program's end; gives its exit code."""
        self._read_until(lambda: self.code is not None, "the end")
        assert self.code is not None
        return self.code

    def _read_until(self, come: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not come():
            if time.monotonic() > deadline:
                pytest.fail(f"waited in vain for {what!r}; on the terminal stands {self.said!r}")
            self._read()

    def _read(self) -> None:
        if select.select([self.line], [], [], 0.05)[0]:
            with suppress(OSError):  # nobody holds the other end any more
                piece = os.read(self.line, 1 << 16)
                self.said += _CONTROL.sub("", piece.decode(errors="surrogateescape"))
                return
        if self.code is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if ended else None


@contextmanager
def terminal(argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> Iterator[Terminal]:
    """Starts the program; it is ended with the terminal."""
    pid, line = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        os.execvpe(argv[0], list(argv), dict(env))
    made = Terminal(pid, line)
    try:
        yield made
    finally:
        os.close(line)
        if made.code is None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
