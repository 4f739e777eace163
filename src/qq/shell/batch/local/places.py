"""Where a queue keeps what: one directory per user and machine."""

import os
from collections.abc import Mapping

from msgspec import Struct

_MACHINE_IDS = ("/etc/machine-id", "/var/lib/dbus/machine-id")
_LOCAL_TYPES = frozenset(
    ("bcachefs", "btrfs", "ecryptfs", "ext2", "ext3", "ext4", "f2fs", "jfs", "overlay", "ramfs", "tmpfs", "xfs", "zfs")
)


class Places(Struct, frozen=True):
    """The state directory of a queue and what stands in it."""

    directory: str

    @property
    def database(self) -> str:
        """Everything that the queue knows."""
        return os.path.join(self.directory, "queue.db")

    @property
    def fifo(self) -> str:
        """What wakes the supervisor."""
        return os.path.join(self.directory, "wake")

    @property
    def lock(self) -> str:
        """Held by the supervisor as long as it lives; its text says who that is."""
        return os.path.join(self.directory, "supervisor.lock")

    @property
    def log(self) -> str:
        """What a supervisor had to say to nobody."""
        return os.path.join(self.directory, "supervisor.log")

    def starter(self, number: int) -> str:
        """The script that a running job was started with."""
        return os.path.join(self.directory, f"starter.{number}")

    def end(self, number: int) -> str:
        """How a job ended, when that could not be written into the database."""
        return os.path.join(self.directory, f"ended.{number}")


def machine_id() -> str:
    """What tells this machine from others that share the home directory."""
    for path in _MACHINE_IDS:
        try:
            with open(path, encoding="ascii") as file:
                text = file.read().strip()
        except (OSError, UnicodeDecodeError):
            continue
        if text.isalnum():
            return text
    return os.uname().nodename


def users_places(environ: Mapping[str, str]) -> Places:
    """The user's own queue on this machine."""
    state = environ.get("XDG_STATE_HOME", "")
    if not state.startswith("/"):  # the XDG specification: a relative one is to be ignored
        home = environ.get("HOME") or os.path.expanduser("~")
        state = os.path.join(home, ".local", "state")
    return Places(os.path.join(state, "qq", "queue", machine_id()))


def make(places: Places) -> None:
    """Makes the state directory, for its user alone. OSError if it can't be, or belongs to somebody else."""
    os.makedirs(os.path.dirname(places.directory), exist_ok=True)
    try:
        os.mkdir(places.directory, 0o700)
    except FileExistsError:
        status = os.stat(places.directory)
        if status.st_uid != os.geteuid():
            raise PermissionError(13, "belongs to another user", places.directory) from None
        if not status.st_mode & 0o077:
            return
    os.chmod(places.directory, 0o700)


def is_local(directory: str) -> bool:
    """Whether a directory is on a file system of this machine alone (where SQLite's WAL is safe)."""
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
            text = file.read()
    except OSError:
        return False
    return file_system_type(text, os.path.realpath(directory)) in _LOCAL_TYPES


def file_system_type(mountinfo: str, path: str) -> str | None:
    """The type of the file system that holds a real path, from the text of /proc/self/mountinfo (proc(5))."""
    best, found = -1, None
    for line in mountinfo.splitlines():
        fields, _, rest = line.partition(" - ")
        mounted = _unescape(fields.split(" ")[4])
        inside = path == mounted or path.startswith(mounted.rstrip("/") + "/")
        if inside and len(mounted) >= best:  # of two mounts on one place, the later one is seen
            best, found = len(mounted), rest.split(" ")[0]
    return found


def _unescape(text: str) -> str:
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, character)
    return text
