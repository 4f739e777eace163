"""A job's session as PBS's MOM makes it, signals it and clears it away. Recorded in tests/recordings/pbs.

It is a harness for signals and environment, not a scheduler: it takes no decision and answers no question. What it does
is what was seen: the login shell reads the path of a spool copy from its standard input; ``$HOME``, umask 077 and PBS's
own variables; TERM to every process of the session at once; KILL after a while; what is left in the session when the
login shell ends by itself gets KILL at once; ``$TMPDIR`` goes at the end. Processes of other sessions get nothing.
"""

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec import Struct, field

from qq.core.request import Request
from qq.core.schedulers.pbs_environment import qsub_environment
from qq.core.schedulers.pbs_submit import qsub_argv

SECONDS = 30
"""Everything here takes less."""


class Mom(Struct):
    """A node. ``spool``: her own directory; ``home``: of the user there."""

    spool: Path
    home: Path
    nodes: Sequence[str] = ("pbshost",)
    scratch: Path | None = None
    """Where jobs find a directory of their own as ``SCRATCHDIR`` (a hook of the site makes it); None: there is none."""
    programs: str = "/opt/pbs/bin"
    """Where PBS's own are: what the login shell reads at its start puts them last on PATH (/etc/profile.d/pbs.sh)."""
    profile: str = ""
    """What else stands in the user's ``~/.profile``."""
    sessions: list["Session"] = field(default_factory=list)

    def start(self, request: Request, job_id: str, submitter: Mapping[str, str]) -> "Session":
        """Starts a job as ``qsub`` was asked to; a second time under the same id is what qrerun does."""
        spooled = self.spool / f"{job_id}.SC"
        spooled.write_text(request.starter)
        spooled.chmod(0o700)
        (self.home / ".profile").write_text(f'PATH="$PATH:{self.programs}"\n{self.profile}\n')
        tmpdir = self.spool / f"pbs.{job_id}"
        tmpdir.mkdir(mode=0o700)
        session = Session(self._shell(request, job_id, tmpdir, submitter), tmpdir)
        self.sessions.append(session)
        stdin = session.shell.stdin
        assert stdin is not None
        stdin.write(os.fsencode(f"{spooled}\n"))
        stdin.close()
        return session

    def _shell(
        self, request: Request, job_id: str, tmpdir: Path, submitter: Mapping[str, str]
    ) -> "subprocess.Popen[bytes]":
        # Straight into its place (-k oed), with the mask that the request names (-W umask).
        output = os.open(request.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666 & ~request.umask)
        try:
            return subprocess.Popen(
                ["-bash"],
                executable="/bin/bash",
                env=self._environment(request, job_id, tmpdir) | _handed_on(request, submitter),
                cwd=self.home,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                umask=0o077,
                start_new_session=True,
            )
        finally:
            os.close(output)

    def _environment(self, request: Request, job_id: str, tmpdir: Path) -> dict[str, str]:
        """job_envdump.txt; nothing of the submitter's."""
        each = max(1, (request.resources.ncpus or 1) // len(self.nodes))
        node_file = self.spool / f"{job_id}.nodes"
        node_file.write_text("".join(f"{node}\n" * each for node in self.nodes))
        user = pwd.getpwuid(os.getuid()).pw_name
        scratch: dict[str, str] = {}
        if self.scratch is not None:
            own = self.scratch / job_id
            own.mkdir(exist_ok=True)
            scratch = {"SCRATCHDIR": str(own)}
        return scratch | {
            "ENVIRONMENT": "BATCH",
            "HOME": str(self.home),
            "LOGNAME": user,
            "NCPUS": str(each),
            "OMP_NUM_THREADS": str(each),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "PBS_ENVIRONMENT": "PBS_BATCH",
            "PBS_JOBDIR": str(self.home),
            "PBS_JOBID": job_id,
            "PBS_JOBNAME": request.name,
            "PBS_NODEFILE": str(node_file),
            "PBS_NODENUM": "0",
            "PBS_O_HOST": "login",
            "PBS_O_WORKDIR": request.input_dir,
            "PBS_QUEUE": request.queue,
            "PBS_TASKNUM": "1",
            "SHELL": "/bin/bash",
            "TMPDIR": str(tmpdir),
            "USER": user,
        }

    def clear(self) -> None:
        """Ends what a test that failed has left."""
        for session in self.sessions:
            session.signal(signal.SIGKILL)
            session.shell.wait(SECONDS)


def _handed_on(request: Request, submitter: Mapping[str, str]) -> dict[str, str]:
    """What ``-v NAME,…`` brings: values of qsub's own environment, each backslash twice (qsub_v_quoting.txt)."""
    argv, environ = qsub_argv(request, submitter), qsub_environment(request, submitter)
    names = argv[argv.index("-v") + 1].split(",")
    return {name: environ[name].replace("\\", "\\\\") for name in names}


class Session(Struct):
    """A job that MOM started. ``shell``: the login shell, whose number is the session's."""

    shell: "subprocess.Popen[bytes]"
    tmpdir: Path

    def members(self) -> list[int]:
        """The processes of the session that are alive."""
        found = (_alive_in(self.shell.pid, each.name) for each in Path("/proc").iterdir() if each.name.isdigit())
        return [pid for pid in found if pid is not None]

    def signal(self, number: signal.Signals) -> None:
        """To all processes of the session at once."""
        for pid in self.members():
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def qdel(self, kill_delay: float = SECONDS) -> int:
        """TERM to all, KILL to whoever is left after the delay; gives PBS's exit status."""
        self.signal(signal.SIGTERM)
        self._until_gone(kill_delay)
        self.signal(signal.SIGKILL)
        return self._over()

    def walltime(self, kill_delay: float = SECONDS) -> int:
        """The same, and a line of PBS's own before it."""
        with open(f"/proc/{self.shell.pid}/fd/2", "ab") as output:  # noqa: PTH123  (as MOM has it open)
            output.write(b"=>> PBS: job killed: walltime 26 exceeded limit 15\n")
        self.qdel(kill_delay)
        return -29

    def end(self) -> int:
        """Waits until the job ends by itself; what it has left in the session gets KILL."""
        self.shell.wait(SECONDS)
        self.signal(signal.SIGKILL)
        return self._over()

    def _until_gone(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while (self.shell.poll() is None or self.members()) and time.monotonic() < deadline:
            time.sleep(0.005)

    def _over(self) -> int:
        code = self.shell.wait(SECONDS)
        self._until_gone(SECONDS)
        assert not self.members()
        subprocess.run(["rm", "-rf", "--", self.tmpdir], check=True)
        return 256 - code if code < 0 else code


def _alive_in(session: int, name: str) -> int | None:
    """A process's number, if it is alive and belongs to the session (proc(5): state and session in stat)."""
    try:
        stat = Path("/proc", name, "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()
    return int(name) if fields[0] not in "ZX" and int(fields[3]) == session else None
