"""Hosts of a network of their own on this machine: name spaces, a cable each, a switch in between. Nothing leaves it.

Every host has its own network, name, processes, ``/run`` and disks; the rest of the file system, homes above all, is
the same on all of them, as if a file server had it. Root is needed. What is started here ends with this process.
"""

import contextlib
import os
import pwd
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

DOMAIN = "qq.test"
NET = "10.77.0"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
LONG = 90
"""Seconds that a whole host may take to end while the machine is busy with other things."""
_TIED = ("setpriv", "--pdeathsig", "KILL", "--")
"""What it runs is killed when the thread that started it ends, however that comes."""


class Host(Struct):
    """One machine. ``init``: its process number 1, as seen from here; None: it is switched off."""

    name: str
    number: int
    init: int | None = None
    holder: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        return f"{NET}.{self.number}"

    @property
    def full_name(self) -> str:
        return f"{self.name}.{DOMAIN}"

    def sees(self, path: str | Path) -> Path:
        """A path as this host sees it, for looking at it from here."""
        return Path(f"/proc/{self.init}/root{path}")


class Network(Struct, frozen=True):
    """``base``: everything lives below it. ``scratch`` and ``private`` are disks of its own on every host."""

    base: Path
    switch: "subprocess.Popen[bytes]"
    hosts: Mapping[str, Host]
    environ: Mapping[str, str] = field(default_factory=dict)
    """What commands find in their environment besides ``PATH`` and who they are."""

    @property
    def scratch(self) -> Path:
        return self.base / "scratch"

    @property
    def private(self) -> Path:
        return self.base / "private"

    def argv(self, host: str, words: Sequence[object], user: str, cwd: str | Path) -> list[str]:
        """The command line that runs a command on a host."""
        init = self.hosts[host].init
        assert init is not None, f"{host} is switched off"
        enter = ["nsenter", "--target", str(init), "--net", "--uts", "--ipc", "--mount", "--pid", "--"]
        home, become = "/root", []
        if user != "root":
            uid = user_ids(self.base)[user]
            home, become = (
                str(self.base / "home" / user),
                ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"],
            )
        says = [f"PATH={PATH}", "LANG=C.UTF-8", f"HOME={home}", f"USER={user}", f"LOGNAME={user}", "SHELL=/bin/bash"]
        more = [f"{name}={value.replace('{path}', PATH)}" for name, value in self.environ.items()]
        return [*enter, *become, "env", "-i", f"--chdir={cwd}", *says, *more, *map(str, words)]

    def run(
        self, host: str, *words: object, user: str = "root", cwd: str | Path = "/", timeout: float = 60, input: str = ""
    ) -> "subprocess.CompletedProcess[str]":
        """Runs a command on a host."""
        argv = self.argv(host, words, user, cwd)
        return subprocess.run(argv, input=input, capture_output=True, text=True, timeout=timeout, check=False)

    def do(self, host: str, *words: object, user: str = "root", cwd: str | Path = "/", timeout: float = 60) -> str:
        """Runs a command that has to end well; gives what it prints."""
        done = self.run(host, *words, user=user, cwd=cwd, timeout=timeout)
        assert done.returncode == 0, (host, words, done.returncode, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout

    def begin(self, host: str, *words: object, user: str = "root", cwd: str | Path = "/") -> "subprocess.Popen[str]":
        """Starts a command on a host; it is the caller's."""
        return subprocess.Popen(
            [*_TIED, *self.argv(host, words, user, cwd)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def cable(self, host: str, state: str) -> None:
        """Pulls (``down``) or plugs in (``up``) a host's cable."""
        self._on_switch("ip", "link", "set", f"to-{host}", state)

    def slow(self, host: str, rate: str) -> None:
        """Lets no more than this (``40mbit``) through a host's cable, in both directions, until ``full_speed``."""
        limit = ("root", "tbf", "rate", rate, "burst", "64kbit", "latency", "400ms")
        self._on_switch("tc", "qdisc", "replace", "dev", f"to-{host}", *limit)
        self.do(host, "tc", "qdisc", "replace", "dev", "eth0", *limit)

    def full_speed(self, host: str) -> None:
        """As it was before ``slow``."""
        enter = ["nsenter", "--target", str(self.switch.pid), "--net", "--"]
        words = ["tc", "qdisc", "del", "dev", f"to-{host}", "root"]
        subprocess.run([*enter, *words], capture_output=True, timeout=30, check=False)
        self.run(host, "tc", "qdisc", "del", "dev", "eth0", "root")

    def _on_switch(self, *words: str) -> None:
        _call("nsenter", "--target", str(self.switch.pid), "--net", "--", *words)

    def switch_on(self, name: str) -> None:
        """Starts a host and connects it; what has to run on it is the caller's business."""
        host = self.hosts[name]
        for disk in ("scratch", "private"):
            (self.base / "hosts" / name / disk).mkdir(parents=True, exist_ok=True)
            (self.base / "hosts" / name / disk).chmod(0o1777)
        kinds = ["--net", "--uts", "--ipc", "--mount", "--pid"]
        script = _preparation(self.base, name)
        log = (self.base / "log" / f"{name}.log").open("wb")
        # The shell becomes `sleep`; children that nobody waits for vanish by themselves, as SIGCHLD is ignored.
        last = f"exec env --ignore-signal=CHLD sleep infinity # {self.base}"
        with log:
            host.holder = subprocess.Popen(
                [*_TIED, "unshare", *kinds, "--fork", "--kill-child=KILL", "sh", "-euc", f"{script}\n{last}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        ready = self.base / "hosts" / name / "ready"
        until(f"host {name}", lambda: host.holder is not None and (_ended(host.holder, log.name) or ready.exists()))
        ready.unlink()
        children = Path(f"/proc/{host.holder.pid}/task/{host.holder.pid}/children").read_text().split()
        host.init = int(children[0])
        self._on_switch("ip", "link", "add", f"to-{name}", "type", "veth", "peer", "name", "eth0", "netns", children[0])
        self._on_switch("ip", "link", "set", f"to-{name}", "master", "bridge", "up")
        self.do(name, "sh", "-ec", f"ip link set lo up; ip addr add {host.address}/24 dev eth0; ip link set eth0 up")

    def switch_off(self, name: str) -> None:
        """Pulls the plug: every process of the host is gone at once."""
        host = self.hosts[name]
        if host.holder is not None:
            _kill(host)
            host.holder.wait(LONG)
            init = host.init
            until(f"the end of {name}", lambda: init is None or is_over(init), LONG)
            host.holder = host.init = None

    def end(self) -> None:
        """Switches everything off."""
        for host in self.hosts.values():
            if host.holder is not None:
                _kill(host)
        self.switch.kill()
        for name in self.hosts:
            self.switch_off(name)
        self.switch.wait(LONG)


def new_network(base: Path, names: Sequence[str], environ: Mapping[str, str]) -> Network:
    """The switch, and hosts that are all still switched off."""
    for directory in ("scratch", "private", "log", "hosts", "home", "etc"):
        (base / directory).mkdir()
    switch = subprocess.Popen([*_TIED, "unshare", "--net", "sleep", "infinity"], stdin=subprocess.DEVNULL)
    hosts = {name: Host(name, number) for number, name in enumerate(names, 1)}
    network = Network(base, switch, hosts, environ)
    own = Path("/proc/self/ns/net").readlink()
    until("the switch", lambda: _comm(switch.pid) == "sleep" and Path(f"/proc/{switch.pid}/ns/net").readlink() != own)
    network._on_switch("ip", "link", "add", "bridge", "type", "bridge")
    network._on_switch("ip", "link", "set", "bridge", "up")
    return network


def user_ids(base: Path) -> Mapping[str, int]:
    """The ordinary users that these hosts know besides the machine's own."""
    lines = (base / "etc" / "passwd").read_text().splitlines()
    fields = [line.split(":") for line in lines if line.startswith("qq-")]
    return {each[0]: int(each[2]) for each in fields}


def add_users(base: Path, names: Sequence[str]) -> None:
    """Ordinary users, known on these hosts only."""
    taken = {entry.pw_uid for entry in pwd.getpwall()}
    free = (uid for uid in range(61000, 62000) if uid not in taken)
    passwd, group = Path("/etc/passwd").read_text(), Path("/etc/group").read_text()
    for name, uid in zip(names, free, strict=False):
        home = base / "home" / name
        home.mkdir()
        os.chown(home, uid, uid)
        passwd += f"{name}:*:{uid}:{uid}::{home}:/bin/bash\n"
        group += f"{name}:*:{uid}:\n"
    (base / "etc" / "passwd").write_text(passwd)
    (base / "etc" / "group").write_text(group)


def until(what: str, come: Callable[[], bool], seconds: float = 30) -> None:
    """Waits for something, bounded."""
    deadline = time.monotonic() + seconds
    while not come():
        assert time.monotonic() < deadline, f"{what} did not come within {seconds} s"
        time.sleep(0.02)


def _call(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, (words, done.stderr)


def _kill(host: Host) -> None:
    """The end of a host's process number 1 is that of all others on it; its holder's end alone would do, but later."""
    assert host.holder is not None
    if host.init is not None and host.holder.poll() is None:
        with contextlib.suppress(ProcessLookupError):  # its holder has seen it end already
            os.kill(host.init, signal.SIGKILL)
    host.holder.kill()


def is_over(pid: int) -> bool:
    """Whether a process has ended, also if nobody has asked after it yet: then nothing runs on its host any more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def _comm(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def _ended(holder: "subprocess.Popen[bytes]", log: str) -> bool:
    if holder.poll() is not None:
        raise AssertionError(f"a host did not start: {Path(log).read_text()}")
    return False


def _preparation(base: Path, name: str) -> str:
    """What a host does to its own mounts before anything runs on it."""
    etc, own = base / "etc", base / "hosts" / name
    lines = [
        f"hostname {name}",
        "mount --make-rprivate /",
        "mount -t proc proc /proc",
        *_reachable(base),
        "mount -t tmpfs -o mode=755 qq-run /run",
        "mount -t tmpfs -o mode=1777 qq-shm /dev/shm",
        *(f"mount --bind {own}/{disk} {base}/{disk}" for disk in ("scratch", "private")),
        *(f"mount --bind {etc}/{file} /etc/{file}" for file in ("passwd", "group", "hosts", "resolv.conf", "ssh")),
        *(f"mount --bind {etc}/{it} /etc/{it}" for it in ("slurm", "munge") if (etc / it).exists()),
        f"echo {name} > /run/hostname",
        "mount --bind /run/hostname /etc/hostname",
        "mkdir -m 755 /run/sshd",
        f"touch {own}/ready",
    ]
    return "\n".join(lines)


def _reachable(base: Path) -> list[str]:
    """A ``/tmp`` of its own. qq and its Python may stand there, or where only root can go: on these hosts everybody can
    go there, and sees nothing else.
    """
    tmp = Path("/tmp")
    covered: dict[Path, list[Path]] = {tmp: []}
    for needed in needed_paths():
        tops = [above for above in (needed, *needed.parents) if above == tmp or not above.stat().st_mode & 0o001]
        if tops:
            covered.setdefault(tops[-1], []).append(needed)
    lines: list[str] = []
    for number, (top, paths) in enumerate(covered.items()):
        places = [(path, base / "hosts" / "doors" / f"{number}-{n}") for n, path in enumerate(paths)]
        lines += [f"mkdir -p {door} && mount --bind {shlex.quote(str(path))} {door}" for path, door in places]
        lines += [f"mount -t tmpfs -o mode={1777 if top == tmp else 755} qq-door {shlex.quote(str(top))}"]
        for path, door in places:
            quoted = shlex.quote(str(path))
            lines += [f"mkdir -p {quoted} && mount --bind {door} {quoted}"]
    return lines


def needed_paths() -> list[Path]:
    """Where this working tree, its environment and its Python stand; none lies in another."""
    import sys

    tree = Path(__file__).parents[3]
    paths = sorted({tree.absolute(), Path(sys.prefix).absolute(), Path(sys.base_prefix).absolute()})
    return [
        path for path in paths if path != Path("/usr") and not any(path.is_relative_to(p) for p in paths if p != path)
    ]


def program(name: str) -> str:
    """The path of a program of this machine."""
    found = shutil.which(name, path=PATH)
    assert found is not None, f"{name} is missing: make test-real installs what these tests need"
    return found
