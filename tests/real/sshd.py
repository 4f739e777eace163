"""A second host on this machine: a real sshd on the loopback interface, in mount and UTS name spaces of its own.

A directory is a disk of its own there: what stands under its path here is not what stands there, as between two hosts.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from msgspec import Struct, field

NAME = "otherhost"
ALIAS = "thirdhost"
"""Reached by another name, as if it were a host of its own."""
SECONDS = 20.0


class OtherHost(Struct):
    """``path`` is the same on both hosts, with another disk behind it; what the other one has is seen at ``disk``."""

    base: Path
    path: Path
    disk: Path
    port: int
    sshd: "subprocess.Popen[bytes]"
    stopped: list[int] = field(default_factory=list)

    @property
    def ssh(self) -> str:
        """The command that reaches it."""
        return f"ssh -F {self.base / 'config'}"

    @property
    def log(self) -> str:
        """What sshd says."""
        return (self.base / "log").read_text()

    def there(self, name: str) -> Path:
        """A path of the other host, as this one can look at it."""
        return self.disk / name

    def descendants(self) -> list[int]:
        """Processes of its sessions."""
        return list(_below(self.sshd.pid))

    def named(self, word: str) -> list[int]:
        """Those of them whose command line holds this."""
        return [pid for pid in self.descendants() if word in _command_line(pid)]

    def cut(self) -> int:
        """Breaks all connections by killing the sshd that serves them; gives how many processes that were."""
        victims = [pid for pid in self.descendants() if _command_line(pid).startswith("sshd")]
        for pid in victims:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return len(victims)

    def stop(self, pid: int) -> None:
        """Freezes one of its processes."""
        os.kill(pid, signal.SIGSTOP)
        self.stopped.append(pid)


def _below(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield int(word)
            yield from _below(int(word))


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def eventually(what: Callable[[], bool]) -> None:
    """Waits for it; bounded."""
    deadline = time.monotonic() + SECONDS
    while not what():
        if time.monotonic() > deadline:
            pytest.fail("it did not happen in time")
        time.sleep(0.01)


@contextmanager
def other_host(base: Path, *, without: str | None = None) -> Iterator[OtherHost]:
    """Starts one; ``without``: a program that it lacks."""
    if os.geteuid() != 0:
        pytest.fail("this test sets up a host of its own, which only root can do")
    path, disk = base / "data", base / "other disk"
    path.mkdir()
    disk.mkdir()
    port = _free_port()
    _configure(base, port)
    mounts = f'mount --bind "{disk}" "{path}"'
    if without is not None:
        program = shutil.which(without)
        assert program is not None
        mounts += f" && mount --bind /dev/null {program}"
    sshd = shutil.which("sshd") or "/usr/sbin/sshd"
    start = f'{mounts} && hostname {NAME} && exec {sshd} -D -e -f "{base / "sshd_config"}"'
    with (base / "log").open("wb") as log:
        process = subprocess.Popen(
            ["unshare", "--mount", "--uts", "sh", "-c", start], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    host = OtherHost(base, path, disk, port, process)
    try:
        eventually(lambda: _listens(host))
        yield host
    finally:
        for pid in host.stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        for pid in reversed(host.descendants()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.kill()
        process.wait()


def _listens(host: OtherHost) -> bool:
    if host.sshd.poll() is not None:
        pytest.fail(f"sshd has ended: {host.log}")
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", host.port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _configure(base: Path, port: int) -> None:
    for key in ("host_key", "user_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(base / key)], check=True)
    Path("/run/sshd").mkdir(exist_ok=True)
    (base / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {base}/host_key\nAuthorizedKeysFile {base}/user_key.pub\n"
        "PidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin prohibit-password\nLogLevel VERBOSE\n"
    )
    (base / "config").write_text(
        f"Host {NAME} {ALIAS} stranger\n  HostName 127.0.0.1\n  Port {port}\n  IdentityFile {base}/user_key\n"
        f"  IdentitiesOnly yes\n  StrictHostKeyChecking yes\n"
        f"  UserKnownHostsFile {base}/known_hosts\n  GlobalKnownHostsFile /dev/null\n"
        f"Host {NAME} {ALIAS}\n  HostKeyAlias {NAME}\nHost stranger\n  HostKeyAlias stranger\n"
    )
    kind, key, *_ = (base / "host_key.pub").read_text().split()
    (base / "known_hosts").write_text(f"{NAME} {kind} {key}\n")
