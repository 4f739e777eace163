"""How a command ends when something goes wrong: one line to stderr and an exit code; no traceback unless QQ_DEBUG."""

import errno
import os
import sys
from collections.abc import Callable

from qq.core.exitcodes import BUG, TROUBLE
from qq.shell.present.plain import plain

BAD_USAGE = 2
INTERRUPTED = 130
PIPE_CLOSED = 141


def guarded(run: Callable[[], int]) -> int:
    """Runs a command to its end, whatever that is; gives the exit code."""
    _print_anything()
    try:
        code = run()
        sys.stdout.flush()
    except KeyboardInterrupt:
        return say("interrupted", INTERRUPTED)
    except BrokenPipeError:
        return _pipe_closed()
    except OSError as error:
        if os.environ.get("QQ_DEBUG"):
            raise
        return say(_words_of(error), TROUBLE)
    except Exception as error:
        # The last stop of every command: what arrives here is a bug.
        if os.environ.get("QQ_DEBUG"):
            raise
        return say(f"a bug in qq: {type(error).__name__}: {error} (QQ_DEBUG=1 shows where)", BUG)
    return code


def say(words: str, code: int) -> int:
    """One line to stderr; gives the code back."""
    print(f"qq: {plain(words)}", file=sys.stderr)
    return code


def _print_anything() -> None:
    """A terminal that lacks a letter shows its number instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _words_of(error: OSError) -> str:
    if error.errno == errno.ENOENT and error.filename is None and not _directory_stands():
        return "the current directory is gone; cd to one that is there"
    name = f"{error.filename}: " if error.filename else ""
    return f"{name}{error.strerror or error}"


def _directory_stands() -> bool:
    try:
        os.getcwd()  # noqa: PTH109  (all that is asked is whether it is there)
    except OSError:
        return False
    return True


def _pipe_closed() -> int:
    """Whoever read our output has gone (`qq jobs | head`): nothing to complain about, and nothing more to write."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return PIPE_CLOSED
