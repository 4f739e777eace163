"""Where `qq go` leads: into a job's working directory, once there is one, by a shell on the host that it is on."""

from collections.abc import Sequence

from qq.core.explain import selector
from qq.core.lifecycle.decisions import uses_scratch
from qq.core.records.job import JobInfo
from qq.core.result import Failure, Result, Success
from qq.core.ssh import remote_argv
from qq.core.states import RealState
from qq.core.suitability import ENDED, NOT_STARTED, synchronized

_SHELL = 'cd -- "$1" && exec "${SHELL:-sh}"'


def where_to_go(job: JobInfo, state: RealState) -> Result[str | None, str]:
    """The directory that the job works in, None: it has none yet, but will; or why there is none, a sentence's end."""
    at_home = f"qq cd {selector(job)} goes to its input directory"
    if synchronized(job):
        return Failure(f"has its results at home, and no working directory any more: {at_home}")
    if not uses_scratch(job):
        return Success(job.input_dir)
    if state in NOT_STARTED:
        return Success(None)  # what its record may name belongs to an attempt before
    if job.work_dir is not None:
        return Success(job.work_dir)
    if state is RealState.RUNNING:
        return Success(None)
    if state in ENDED:
        return Failure(f"is {state} and never had a working directory: {at_home}")
    return Failure(f"is {state}, and its info file names no working directory: {at_home}")


def shell_on(ssh: Sequence[str], host: str, directory: str, *, timeout: float, terminal: bool) -> list[str]:
    """The argv of the user's shell in a directory of another host. ``timeout``: seconds for connecting.

    ``terminal``: somebody types. All else is as the user's own configuration of ssh says.
    """
    words = [*ssh, *(["-t"] if terminal else []), "-o", f"ConnectTimeout={max(1, round(timeout))}"]
    return remote_argv(words, host, ["sh", "-c", _SHELL, "sh", directory])
