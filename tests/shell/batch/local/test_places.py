"""Where a queue stands: one per user and machine; what is asked of the machine is asked right."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from qq.shell.batch.local import machine, places
from qq.shell.batch.local.places import Places, file_system_type
from tests.conftest import Command

MOUNTS = (
    "22 27 0:21 / /proc rw - proc proc rw\n"
    "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
    "28 27 0:25 / /home rw shared:1 - nfs4 server:/home rw\n"
    "29 28 0:26 / /home/ann\\040b/tmp rw - tmpfs tmpfs rw\n"
    "30 27 0:27 / /mnt rw - xfs /dev/vdb rw\n"
    "31 27 0:28 / /mnt rw - fuse.sshfs x rw\n"
)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "ext4"),
        ("/var/x", "ext4"),
        ("/home", "nfs4"),
        ("/home/ann b", "nfs4"),
        ("/home/ann b/tmp/x", "tmpfs"),
        ("/homestead", "ext4"),
        ("/mnt/x", "fuse.sshfs"),
    ],
)
def test_the_file_system_of_a_path(path: str, kind: str) -> None:
    assert file_system_type(MOUNTS, path) == kind


def test_a_relative_state_home_is_ignored() -> None:
    found = places.users_places({"XDG_STATE_HOME": "state", "HOME": "/h"})
    assert found.directory.startswith("/h/.local/state/qq/queue/")


def test_a_state_directory_is_its_users_alone(tmp_path: Path) -> None:
    mine = Places(str(tmp_path / "a" / "b" / "c"))
    old = os.umask(0)
    try:
        places.make(mine)
        assert Path(mine.directory).stat().st_mode & 0o777 == 0o700
        Path(mine.directory).chmod(0o755)
        places.make(mine)
        assert Path(mine.directory).stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(old)


def test_a_state_directory_of_somebody_else_is_refused(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a directory of somebody else's")
    os.chown(tmp_path, 65534, 65534)
    with pytest.raises(PermissionError, match="belongs to another user"):
        places.make(Places(str(tmp_path)))


def test_the_machine_has_something_to_give() -> None:
    found = machine.capacity()
    assert found.ncpus >= 1
    assert found.mem_kb > 10_000


def test_no_permission_is_said_in_one_line(without_privileges: Command, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    program = (
        "from qq.shell.batch.local.client import LocalQueue\n"
        "from qq.core.schedulers.local import Limits\n"
        f"print(LocalQueue({str(closed / 'state')!r}).configure(Limits(ncpus=1)))\n"
    )
    done = subprocess.run(
        without_privileges([sys.executable, "-c", program]), capture_output=True, text=True, check=True
    )
    assert "Permission denied" in done.stdout
    assert str(closed) in done.stdout
