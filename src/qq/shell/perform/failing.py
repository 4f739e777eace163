"""How work on files ends early: errors of the operating system become a ``Trouble`` that names the files, here only."""

import errno
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, NoReturn, TypeVar

from qq.core.paths import to_text
from qq.core.result import Failure, Result, Success
from qq.core.troubles import Reason, Trouble

if TYPE_CHECKING:
    from qq.shell.perform.watch import Watch

T = TypeVar("T")

_TICKETS = frozenset({errno.EKEYEXPIRED, errno.ENOKEY, errno.EKEYREVOKED, errno.EKEYREJECTED})
"""What file systems that ask for a Kerberos ticket say without one."""
_REASONS = {
    **dict.fromkeys(_TICKETS, Reason.PERMISSION),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), Reason.NO_SPACE),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), Reason.PERMISSION),
    **dict.fromkeys((errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP), Reason.NO_SUCH_FILE),
    **dict.fromkeys((errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY, errno.EBUSY), Reason.PLACE_TAKEN),
}
_LASTING = frozenset(_REASONS) - _TICKETS - {errno.EBUSY}
"""Trying again would fail the same way: a full disk too, if waiting for it keeps nodes idle; tickets come back."""


class Halt(Exception):  # noqa: N818  (it is no error of ours: the work stops here, and this is why)
    """Ends the work of a performer with this trouble."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.words)
        self.trouble = trouble


def halt(reason: Reason, words: str, *, transient: bool = False) -> NoReturn:
    """Ends the work of a performer."""
    raise Halt(Trouble(reason, words, transient))


def trouble_of(error: OSError, doing: str) -> Trouble:
    """What an error of the operating system means; ``doing`` says to which file it happened (``can't copy …``)."""
    number = error.errno or 0
    reason = _REASONS.get(number, Reason.IO_ERROR)
    hint = "; your Kerberos ticket is missing or has expired: 'kinit' gets a new one" if number in _TICKETS else ""
    return Trouble(reason, f"{doing}: {os.strerror(number) if number else error}{hint}", number not in _LASTING)


def answered(work: Callable[[], T], doing: str) -> Result[T, Trouble]:
    """The answer of some work, or why it ended early."""
    try:
        return Success(work())
    except Halt as ended:
        return Failure(ended.trouble)
    except OSError as error:
        return Failure(trouble_of(error, doing))


def go_on(watch: "Watch") -> None:
    """Ends the work if a signal asks for it."""
    if watch.interrupted():
        halt(Reason.INTERRUPTED, "interrupted by a signal")


def named(path: bytes | str) -> str:
    """A path for people, on one line: control characters and bytes that are no text are escaped."""
    text = to_text(path) if isinstance(path, bytes) else path
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
