"""What this machine has to give away, how qq is called on it, and whether processes live on after logout."""

import os
import sys
from collections.abc import Iterator

from qq.core.schedulers.local import Capacity
from qq.core.schedulers.local_logout import kills_at_logout, warning
from qq.shell.here import user_name

_LOGIND = ("/usr/lib/systemd", "/usr/local/lib/systemd", "/run/systemd", "/etc/systemd")


def capacity() -> Capacity:
    """Cpus that this process may use, NVIDIA gpus, and all memory (kB)."""
    return Capacity(len(os.sched_getaffinity(0)), _gpus(), _memory())


def _gpus() -> int:
    try:
        return len(os.listdir("/proc/driver/nvidia/gpus"))
    except OSError:
        return 0


def _memory() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1024


def logout_warning() -> str | None:
    """What to tell the user if jobs would not survive the logout; None: they do."""
    user = user_name()
    if not os.path.isdir("/run/systemd/users") or os.path.exists(f"/var/lib/systemd/linger/{user}"):
        return None
    return warning(user) if kills_at_logout(_logind_texts(), user) else None


def _logind_texts() -> Iterator[str]:
    """The main file, then the drop-ins by name; of one name the last directory's counts (logind.conf(5))."""
    yield next(filter(None, (_text(f"{place}/logind.conf") for place in reversed(_LOGIND))), "")
    drop_ins = {name: f"{place}/logind.conf.d/{name}" for place in _LOGIND for name in _names(f"{place}/logind.conf.d")}
    for name in sorted(drop_ins):
        yield _text(drop_ins[name])


def _names(directory: str) -> list[str]:
    try:
        return [name for name in os.listdir(directory) if name.endswith(".conf")]
    except OSError:
        return []


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def own_commands() -> frozenset[tuple[str, ...]]:
    """The words that call this very qq."""
    python = sys.executable
    beside = os.path.join(os.path.dirname(python), "qq")
    called = os.path.abspath(sys.argv[0]) if os.path.basename(sys.argv[0]) == "qq" else beside
    return frozenset({(beside,), (called,), (python, "-m", "qq"), (python, "-P", "-m", "qq")})
