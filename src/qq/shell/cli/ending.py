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
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def guarded(run: Callable[[], int]) -> int:
    """Runs a command to its end, whatever that is; gives the exit code."""
    _print_anything()
    try:
        code = run()
        sys.stdout.flush()
    except KeyboardInterrupt:
        return say("interrupted", INTERRUPTED)
    except OSError as error:
        return outside(error)
    except Exception as error:
        # The last stop of every command: what arrives here is a bug.
        if os.environ.get("QQ_DEBUG"):
            raise
        return say(f"a bug in qq: {type(error).__name__}: {error} (QQ_DEBUG=1 shows where)", BUG)
    return code


def outside(error: OSError) -> int:
    """The end of a command to which the outside world said no; gives the exit code."""
    if isinstance(error, BrokenPipeError):
        return _pipe_closed()
    if os.environ.get("QQ_DEBUG"):
        raise error
    return say(_words_of(error), TROUBLE)


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
    if error.filename is None and _output_fails(error):
        return f"the output can't be written: {(error.strerror or str(error)).lower()}"
    name = f"{error.filename}: " if error.filename else ""
    return f"{name}{error.strerror or error}"


def _output_fails(error: OSError) -> bool:
    """Whether that is why: then not even an empty line can be written."""
    if error.errno not in _NO_ROOM:
        return False
    try:
        print(flush=True)
    except OSError as again:
        return again.errno == error.errno
    return False


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
