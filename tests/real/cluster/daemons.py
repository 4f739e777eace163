"""What runs on the hosts: munge and sshd on each, slurmd on nodes, the database and Slurm's controllers on login.

Each daemon says its process number in ``/run`` of its host, which is how it is stopped; a host that is switched off
takes all of its daemons with it.
"""

import contextlib
from pathlib import Path

from tests.real.cluster.hosts import Network, program, until

LOGIN = "login"
_SOCKET = "/run/mysqld/mysqld.sock"
ACCOUNT = "project"


def start_ssh(network: Network, host: str) -> None:
    """Lets people in."""
    network.do(host, program("sshd"), "-E", f"{network.base}/log/sshd-{host}.log")


def start_munge(network: Network, host: str) -> None:
    """Vouches for who is who, between the hosts."""
    network.do(
        host, "sh", "-ec", "mkdir -m 755 /run/munge; chown munge: /run/munge; mkdir /run/slurm; chown slurm: /run/slurm"
    )
    options = ["--key-file=/etc/munge/munge.key", "--socket=/run/munge/munge.socket.2", "--seed-file=/run/munge/seed"]
    files = ["--pid-file=/run/munge/munged.pid", "--log-file=/run/munge/munged.log"]
    network.do(host, "setpriv", "--reuid=munge", "--regid=munge", "--clear-groups", program("munged"), *options, *files)


def start_node(network: Network, host: str) -> None:
    """Runs jobs there."""
    network.do(host, program("slurmd"))


def start_database(network: Network) -> None:
    """An empty database that only Slurm may use."""
    data = f"{network.base}/database"
    script = f"mkdir /run/mysqld {data}; chown mysql: /run/mysqld {data}"
    network.do(LOGIN, "sh", "-ec", script)
    common = ["--no-defaults", "--user=mysql", f"--datadir={data}", "--innodb-log-file-size=8M"]
    sure = ["--auth-root-authentication-method=socket", "--skip-test-db"]
    network.do(LOGIN, program("mariadb-install-db"), *common, *sure)
    small = ["--skip-networking", "--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=0"]
    more = ["--skip-log-bin", "--performance-schema=OFF", "--innodb-lock-wait-timeout=900", f"--socket={_SOCKET}"]
    log = f"--log-error={network.base}/log/database.log"
    words = [program("mariadbd"), *common, *small, *more, log, "--pid-file=/run/mysqld/mysqld.pid"]
    network.do(LOGIN, "sh", "-ec", '"$@" < /dev/null > /dev/null 2>&1 &', "sh", *words)
    until("the database", lambda: network.run(LOGIN, "mariadb-admin", f"--socket={_SOCKET}", "ping").returncode == 0)
    user = "CREATE USER slurm@localhost IDENTIFIED VIA unix_socket; GRANT ALL ON slurm_accounting.* TO slurm@localhost"
    network.do(LOGIN, "mariadb", "--no-defaults", f"--socket={_SOCKET}", "-e", user)


def start_accounting(network: Network, users: list[str]) -> None:
    """Keeps what became of jobs, and says who may submit them."""
    network.do(LOGIN, program("slurmdbd"))
    until("accounting", lambda: network.run(LOGIN, "sacctmgr", "-n", "list", "cluster").returncode == 0)
    network.do(LOGIN, "sacctmgr", "-iQ", "add", "cluster", "qq")
    network.do(LOGIN, "sacctmgr", "-iQ", "add", "account", ACCOUNT)
    network.do(LOGIN, "sacctmgr", "-iQ", "add", "user", ",".join(users), f"account={ACCOUNT}")


def start_controller(network: Network) -> None:
    """Slurm itself."""
    network.do(LOGIN, program("slurmctld"))
    until("the controller", lambda: network.run(LOGIN, "scontrol", "ping").returncode == 0)


def stop(network: Network, host: str, pid_file: str) -> None:
    """Ends a daemon in the orderly way and waits for its end."""
    file = network.hosts[host].sees(pid_file)
    number = file.read_text().strip()
    network.do(host, "kill", "-TERM", number)
    process = network.hosts[host].sees(f"/proc/{number}")
    until(f"the end of {Path(pid_file).stem}", lambda: not process.exists())
    with contextlib.suppress(FileNotFoundError):
        file.unlink()
