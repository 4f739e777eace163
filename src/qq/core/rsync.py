"""Copies between two hosts, as rsync is asked for them, and what comes of it. Nothing here is a pattern.

What travels is named, path by path, through standard input; directories are named too and never recursed into. rsync
decides nothing: it compares nothing by size and time, and whether all has arrived is looked at afresh (``arrival.py``).
"""

import posixpath
import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from qq.core.changes import parents
from qq.core.listing import Listing
from qq.core.names import TEMPORARY_PREFIX
from qq.core.one_line import one_line
from qq.core.paths import to_bytes
from qq.core.ssh import why_unreachable
from qq.core.troubles import Reason, Trouble

WORKSHOP = f"{TEMPORARY_PREFIX}rsync"
"""The directory, at the top of the target, that holds what was interrupted; it goes when all is whole."""
_PATTERN = re.compile(rb"[*?\[]")
_SPECIAL = re.compile(rb"([\\*?\[])")
_CODED = re.compile(r" \((\d{1,3})\)(?: \[|$)|: [^:]* \((\d{1,3})\)$")


class End(Struct, frozen=True):
    """A directory at one end of a copy; ``host`` None: on this host."""

    path: str
    host: str | None = None


# --- what is asked for ------------------------------------------------------------------------------------------------


def copy_argv(shell: Sequence[str], src: End, dst: End, *, largest: int, vanished_ok: bool = False) -> list[bytes]:
    """Copies the entries of ``file_list`` from below ``src`` to below ``dst``, both of which are there.

    ``largest``: bytes of the largest of them. Interrupted, it leaves what it has in the workshop, and the same command
    goes on from that. Implied directories are not sent, or the target itself would get the source's mode and time.
    """
    missing = ["--ignore-missing-args"] if vanished_ok else []
    holes = ["--sparse"] if largest >= HOLES else []
    return _argv([*_FLAGS, *holes, _workshop(dst.path), *missing, "--no-implied-dirs", *_LISTED], shell, src, dst)


def include_argv(shell: Sequence[str], host: str | None, dst: End, *, follow: bool) -> list[bytes]:
    """Copies the paths of ``included_list``, with all below, to the top of ``dst``; ``follow``: what they point to."""
    links = ["--copy-links"] if follow else ["--recursive"]
    flags = [*_FLAGS, "--sparse", _workshop(dst.path), *links, "--no-implied-dirs", *_LISTED]
    return _argv(flags, shell, End("/", host), dst)


def include_directory_argv(shell: Sequence[str], src: End, dst: End, name: str) -> list[bytes]:
    """Copies a directory, or the one a link points to, with all that is in it, to ``name`` at the top of ``dst``."""
    flags = [*_FLAGS, "--sparse", _workshop(dst.path), "--recursive", "-s"]
    return _argv(flags, shell, src, End(posixpath.join(dst.path, name), dst.host))


def compare_argv(shell: Sequence[str], src: End, dst: End) -> list[bytes]:
    """Copies nothing: prints a line for each entry of ``file_list`` whose content is not the same at both ends."""
    flags = ["--links", "--dry-run", "--checksum", "--itemize-changes", "--no-implied-dirs", *_LISTED]
    return _argv(flags, shell, src, dst)


_FLAGS = (
    "--links",
    "--perms",
    "--times",
    "--devices",
    "--specials",
    "--hard-links",
    "--modify-window=-1",
    "--ignore-times",
    "--no-whole-file",  # or what is left of an interrupted copy would not be used
    "--info=progress2",
    "--no-human-readable",
)
HOLES = 1 << 20
"""Bytes from which on the holes of a file are worth keeping. To find them rsync writes by the kilobyte, which takes a
tenth of its time (measured)."""
_LISTED = ("--dirs", "--from0", "--files-from=-", "-s")


def _workshop(dst: str) -> str:
    """What was interrupted stands in one directory of ours, not beside final names. No ``--temp-dir``: with it rsync
    takes twice as long for small files (measured)."""
    return f"--partial-dir={posixpath.join(dst, WORKSHOP)}"


def _argv(flags: Iterable[str], shell: Sequence[str], src: End, dst: End) -> list[bytes]:
    words = ["rsync", *flags, "--rsh", remote_shell(shell), "--"]
    return [*map(to_bytes, words), _end(src, source=True), _end(dst, source=False)]


def _end(end: End, *, source: bool) -> bytes:
    """Both ends are directories. The other host's rsync takes ``* ? [`` for patterns, in a target too."""
    path = to_bytes(end.path.rstrip("/") + "/")
    return path if end.host is None else to_bytes(end.host) + b":" + escaped(path)


def escaped(path: bytes) -> bytes:
    """A path as the other host's rsync takes it literally. Backslashes count only where it sees a pattern."""
    return _SPECIAL.sub(rb"\\\1", path) if _PATTERN.search(path) else path


def remote_shell(words: Sequence[str]) -> str:
    """The remote shell in one text, as rsync splits it: at blanks, unless quoted; a doubled quote stands for itself."""
    return " ".join(_quoted(word) for word in words)


def _quoted(word: str) -> str:
    return word if re.fullmatch(r"[\w@%+=:,./-]+", word) else "'" + word.replace("'", "''") + "'"


def file_list(entries: Listing) -> bytes:
    """The entries, and the directories they lie in, for standard input. ``./``, or ``#`` and ``;`` would be comments.

    No name ends with ``/``: rsync would bring along what is in that directory.
    """
    names: dict[bytes, None] = {}
    for entry in entries:
        if entry.path.rpartition(b"/")[0] not in names:
            for above in reversed(list(parents(entry.path))):
                names[above] = None
        names[entry.path] = None
    return b"".join(b"./" + name + b"\0" for name in names)


def included_list(paths: Iterable[str]) -> bytes:
    """Absolute paths, for standard input; of each only the last component is made at the target."""
    return b"".join(b"%s/./%s\0" % posixpath.split(to_bytes(path).lstrip(b"/")) for path in paths)


# --- what comes of it -------------------------------------------------------------------------------------------------


class Progress(Struct, frozen=True):
    """How far a transfer is."""

    bytes: int
    files: int


_PROGRESS = re.compile(rb"\s*(\d+)\s+\d+%\s.*?(?:\(xfr#(\d+),.*)?$")


def progress_in(line: bytes, before: Progress) -> Progress:
    """What a line of ``--info=progress2`` says; anything else says nothing new."""
    found = _PROGRESS.match(line)
    if found is None:
        return before
    return Progress(int(found[1]), int(found[2]) if found[2] else before.files)


VANISHED = 24
"""Files that went away while rsync was at it."""

_CODES: dict[int, tuple[Reason, str, bool]] = {
    2: (
        Reason.HOST_UNREACHABLE,
        "the shell there says something of its own when it starts, or rsync is too old",
        False,
    ),
    3: (Reason.IO_ERROR, "files or directories can't be chosen", False),
    4: (Reason.TOOL_MISSING, "the rsync there can't do what is needed", False),
    5: (Reason.HOST_UNREACHABLE, "the two rsync can't begin", True),
    10: (Reason.HOST_UNREACHABLE, "the connection broke", True),
    11: (Reason.IO_ERROR, "a file can't be written or read", True),
    12: (Reason.HOST_UNREACHABLE, "the connection broke", True),
    14: (Reason.IO_ERROR, "its processes can't talk to each other", True),
    19: (Reason.INTERRUPTED, "it was interrupted", True),
    20: (Reason.INTERRUPTED, "it was interrupted", True),
    21: (Reason.IO_ERROR, "one of its processes ended", True),
    22: (Reason.IO_ERROR, "no memory is left", True),
    23: (Reason.IO_ERROR, "not all files could be copied", True),
    VANISHED: (Reason.IO_ERROR, "files went away meanwhile", True),
    30: (Reason.HOST_UNREACHABLE, "nothing came any more", True),
    35: (Reason.HOST_UNREACHABLE, "it does not answer", True),
    127: (Reason.TOOL_MISSING, "rsync can't be started", False),
    255: (Reason.HOST_UNREACHABLE, "ssh ended", True),
}
"""rsync(1), EXIT VALUES → reason, words, and whether trying again may help."""

_NUMBERS: dict[int, tuple[Reason, bool]] = {
    1: (Reason.PERMISSION, False),
    2: (Reason.NO_SUCH_FILE, False),
    13: (Reason.PERMISSION, False),
    17: (Reason.PLACE_TAKEN, False),
    20: (Reason.NO_SUCH_FILE, False),
    21: (Reason.PLACE_TAKEN, False),
    28: (Reason.NO_SPACE, False),
    30: (Reason.PERMISSION, False),
    36: (Reason.NO_SUCH_FILE, False),
    39: (Reason.PLACE_TAKEN, False),
    40: (Reason.NO_SUCH_FILE, False),
    122: (Reason.NO_SPACE, False),
}
"""errno(3) of Linux as rsync prints them in brackets → the same, as on one host."""
_OF_FILES = (3, 11, 23, VANISHED)
_NOT_FOUND = re.compile(r"rsync(?:: | .*)(?:command )?not found|rsync: No such file")
_IN_THE_WAY = re.compile(r"could not make way for|cannot delete non-empty directory")


def rsync_trouble(code: int, said: str, host: str, doing: str) -> Trouble:
    """What an exit code of rsync means. ``said``: its stderr; ``host``: the other one; ``doing``: ``can't copy …``."""
    if code not in _OF_FILES:
        of_ssh = why_unreachable(host, said)
        if of_ssh is not None:
            return of_ssh
        if _NOT_FOUND.search(said):
            return missing_rsync(host)
    reason, words, transient = _CODES.get(code, (Reason.IO_ERROR, f"rsync ended with {code}", True))
    line = _telling_line(said)
    number = _number_in(line)
    if code in _OF_FILES and number in _NUMBERS:
        reason, transient = _NUMBERS[number]
    elif _IN_THE_WAY.search(line):
        reason, transient = Reason.PLACE_TAKEN, False
    where = f" ({host})" if reason is Reason.HOST_UNREACHABLE else ""
    return Trouble(reason, f"{doing}: {words}{where}{': ' + line if line else ''}", transient)


def tells(said: str) -> bool:
    """Whether something is said of what was wrong; that a code was given is nothing new."""
    return any(line.strip() and not line.startswith("rsync error:") for line in said.splitlines())


def missing_rsync(host: str) -> Trouble:
    """rsync is not on the PATH that commands get there."""
    return Trouble(Reason.TOOL_MISSING, f"rsync is missing on {host}: install it there, or have it on the PATH of ssh")


def silent(seconds: float, host: str, doing: str) -> Trouble:
    """Nothing came for so long."""
    return Trouble(Reason.HOST_UNREACHABLE, f"{doing}: nothing came from {host} for {seconds:.0f} s", transient=True)


def _telling_line(said: str) -> str:
    """The first line that says what was wrong with what; rsync's last one only repeats the code."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    wrong = [
        line for line in lines if _IN_THE_WAY.search(line) or re.match(r"(rsync|file has vanished|IO error)", line)
    ]
    telling = [line for line in wrong if not line.startswith("rsync error:")] or wrong or lines[-1:]
    return one_line(re.sub(r"^rsync: (\[\w+\] )?", "", telling[0])[:300]) if telling else ""


def _number_in(line: str) -> int:
    found = _CODED.search(line)
    return int(found[1] or found[2]) if found else 0
