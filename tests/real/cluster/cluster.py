"""A Slurm cluster on this machine: ``login``, three nodes, two users, started once for a whole run of tests.

Every node has a scratch of its own; homes are shared; ``private`` is a disk that each host, login too, has to itself.
"""

import contextlib
import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from msgspec import Struct

from tests.real.cluster import daemons, files
from tests.real.cluster.daemons import LOGIN
from tests.real.cluster.hosts import PATH, Network, add_users, new_network, until, user_ids

NODES = ("node1", "node2", "node3")
ADA, BOB = "qq-ada", "qq-bob"
QQ = str(Path(sys.executable).with_name("qq"))
_HEALTHY = ("idle", "mixed", "allocated")


class Cluster(Struct, frozen=True):
    """What tests do with it."""

    network: Network

    @property
    def base(self) -> Path:
        return self.network.base

    @property
    def scratch(self) -> Path:
        """A disk that each host has to itself, where jobs work."""
        return self.network.scratch

    @property
    def private(self) -> Path:
        """A disk that each host has to itself."""
        return self.network.private

    def home(self, user: str = ADA) -> Path:
        """Shared by all hosts."""
        return self.base / "home" / user

    def on(self, host: str, path: str | Path) -> Path:
        """What a path means on a host, for looking at it from here."""
        return self.network.hosts[host].sees(path)

    def is_on(self, host: str) -> bool:
        """Whether it has power."""
        return self.network.hosts[host].init is not None

    def do(self, *words: object, host: str = LOGIN, user: str = ADA, cwd: str | Path = "/", timeout: float = 60) -> str:
        """Runs a command that has to end well; gives what it prints."""
        return self.network.do(host, *words, user=user, cwd=cwd, timeout=timeout)

    def remove(self, path: str | Path, user: str = ADA) -> None:
        """A directory on login, into which what is left of a job that was ended may write for a moment."""

        def gone() -> bool:
            self.network.run(LOGIN, "rm", "-rf", path, user=user)
            return not self.on(LOGIN, path).exists()

        until(f"the end of {path}", gone, 60)

    def directory(self, path: str | Path, user: str = ADA, host: str = LOGIN) -> Path:
        """Makes a directory of this user's; gives it as seen from here."""
        self.do("mkdir", "-p", path, host=host, user=user)
        return self.on(host, path)

    def stop_controller(self) -> None:
        """Nobody can ask or submit; running jobs go on."""
        daemons.stop(self.network, LOGIN, "/run/slurm/slurmctld.pid")

    def start_controller(self) -> None:
        """The other half of ``stop_controller``."""
        daemons.start_controller(self.network)

    @contextlib.contextmanager
    def controller_hangs(self) -> Iterator[None]:
        """It takes connections, and answers nobody; at the end it goes on."""
        number = self.on(LOGIN, "/run/slurm/slurmctld.pid").read_text().strip()
        self.network.do(LOGIN, "kill", "-STOP", number)
        try:
            yield
        finally:
            self.network.do(LOGIN, "kill", "-CONT", number)

    def switch_on(self, node: str) -> None:
        """Starts a node again, as it comes up after a power cut."""
        self.network.switch_on(node)
        _start_node(self.network, node)

    def mend(self) -> None:
        """Whatever a test has done: cables in, hosts on, nobody's jobs, all nodes ready."""
        for host, machine in self.network.hosts.items():
            if machine.init is None:
                self.switch_on(host)
            else:
                self.network.cable(host, "up")
                self.network.full_speed(host)
        if self.network.run(LOGIN, "scontrol", "ping").returncode != 0:
            self.start_controller()
        self.end_all_jobs()
        self.settle()
        for node in NODES:
            self.network.do(node, "sh", "-c", f"rm -rf {self.scratch}/qq-* /tmp/qq-*")

    def end_all_jobs(self) -> None:
        """Whatever they are doing. Those that are on their way out anyway have a moment for it."""

        def alone() -> bool:
            return not self.network.do(LOGIN, "squeue", "-h", "-t", "running,completing").strip()

        with contextlib.suppress(AssertionError):
            until("the end of all jobs", alone, 1)
        ids = self.network.do(LOGIN, "squeue", "-h", "-o", "%i").split()
        if ids:
            self.network.do(LOGIN, "scancel", *ids)
        until("the end of all jobs", lambda: not self.network.do(LOGIN, "squeue", "-h").strip(), 60)

    def settle(self) -> None:
        """Until all nodes take jobs again."""
        for line in self.network.do(LOGIN, "sinfo", "-hN", "-o", "%N %T").splitlines():
            node, state = line.split()
            if "down" in state and self.is_on(node):
                self._call_in(node)
            if state in ("drained", "draining", "down"):
                self.network.run(LOGIN, "scontrol", "update", f"NodeName={node}", "State=RESUME")
        until("all nodes", self.is_ready, 60)

    def _call_in(self, node: str) -> None:
        """A node tells the controller at once that it is there again, instead of half a minute later."""
        written = self.on(node, "/run/slurm/slurmd.pid")
        until(f"the daemon of {node}", lambda: written.exists() and written.read_text().strip() != "", 60)
        self.network.run(node, "kill", "-HUP", written.read_text().strip())

    def is_ready(self) -> bool:
        """Whether all nodes take jobs."""
        done = self.network.run(LOGIN, "sinfo", "-h", "-N", "-p", "cpu", "-o", "%T")
        states = done.stdout.split()
        return done.returncode == 0 and len(states) == len(NODES) and all(state in _HEALTHY for state in states)


@contextlib.contextmanager
def a_cluster() -> Iterator[Cluster]:
    """Starts one, below a directory of its own that every user may pass through; afterwards nothing of it is left."""
    assert os.geteuid() == 0, "these tests set up hosts of their own, which only root can do"
    base = Path(tempfile.mkdtemp(prefix="qq-cluster-", dir="/var/tmp"))  # not /tmp: each host has its own
    base.chmod(0o755)
    environ = {"PATH": f"{Path(QQ).parent}:{PATH}"}
    network: Network | None = None
    try:
        network = new_network(base, (LOGIN, *NODES), environ)
        _start(network)
        yield Cluster(network)
    finally:
        if network is not None:
            network.end()
        subprocess.run(["rm", "-rf", "--one-file-system", base], check=True, timeout=60)


def _start(network: Network) -> None:
    _write_files(network)
    for host in network.hosts:
        network.switch_on(host)  # not in a thread: its end would be the host's
    with ThreadPoolExecutor(8) as pool:
        compiling = pool.submit(_compile)
        database = pool.submit(daemons.start_database, network)
        list(pool.map(lambda host: _start_host(network, host), network.hosts))
        database.result()
        daemons.start_accounting(network, [ADA, BOB])
        daemons.start_controller(network)
        list(pool.map(lambda node: daemons.start_node(network, node), NODES))
        compiling.result()
    until("all nodes", Cluster(network).is_ready)


def _start_host(network: Network, host: str) -> None:
    daemons.start_ssh(network, host)
    daemons.start_munge(network, host)


def _start_node(network: Network, node: str) -> None:
    _start_host(network, node)
    daemons.start_node(network, node)


def _write_files(network: Network) -> None:
    base, hosts = network.base, list(network.hosts.values())
    add_users(base, [ADA, BOB])
    files.write_network_files(base, hosts)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", base / "etc" / "ssh" / "host_key"], check=True)
    files.know_host_key(base, hosts)
    slurm, munge = pwd.getpwnam("slurm"), pwd.getpwnam("munge")
    files.write_slurm_files(base, hosts[0], hosts[1:], (slurm.pw_uid, slurm.pw_gid), munge.pw_uid)
    for path in (base / "slurm", base / "slurm" / "state", base / "log"):
        path.mkdir(exist_ok=True)
        os.chown(path, slurm.pw_uid, slurm.pw_gid)
        path.chmod(0o1777 if path.name == "log" else 0o755)
    for user, uid in user_ids(base).items():
        _settle(base / "home" / user, uid, files.site_table(base))


def _settle(home: Path, uid: int, configuration: str) -> None:
    """A user's home: a key that opens all hosts, and qq's configuration."""
    ssh, qq = home / ".ssh", home / ".config" / "qq"
    ssh.mkdir(mode=0o700)
    qq.mkdir(parents=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", ssh / "id_ed25519"], check=True)
    (ssh / "authorized_keys").write_text((ssh / "id_ed25519.pub").read_text())
    (qq / "config.toml").write_text(configuration)
    for path in home.rglob("*"):
        os.chown(path, uid, uid)


def _compile() -> None:
    """Users can't write bytecode beside qq, and would compile it anew for each command."""
    subprocess.run(
        [sys.executable, "-m", "compileall", "-q", Path(__file__).parents[3] / "src"], check=False, timeout=120
    )
