"""Processes of this machine: a number and a start time are one process for ever, a zombie is none."""

import os
import signal
import subprocess
import sys

from qq.shell.perform import processes
from tests.shell.batch.local.helpers import until


def test_who_a_process_is() -> None:
    me = processes.identity(os.getpid())
    assert me is not None
    assert processes.alive(me)
    assert not processes.alive(processes.Identity(me.pid, me.ticks + 1, me.boot))
    assert not processes.alive(processes.Identity(me.pid, me.ticks, "another"))


def test_a_zombie_is_not_alive() -> None:
    pid = os.posix_spawn(sys.executable, [sys.executable, "-c", ""], os.environ)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert processes.identity(pid) is None
    os.waitpid(pid, 0)
    assert processes.identity(pid) is None


def test_descendants_parents_first() -> None:
    shell = subprocess.Popen(["sh", "-c", "sh -c 'sleep 1000 & wait' & wait"], start_new_session=True)
    try:
        until(lambda: len(processes.descendants([shell.pid])) == 2, "two generations")
        child, grandchild = processes.descendants([shell.pid])
        assert processes.children(shell.pid) == [child]
        assert processes.children(child) == [grandchild]
    finally:
        os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()
