"""`qq go`: a shell in the working directory of a job, also on another host; it waits for a job that has none yet."""

import os
import sys
import time

import click

from qq.core.evidence import NotAnswered
from qq.core.exitcodes import TROUBLE
from qq.core.going import shell_on, where_to_go
from qq.core.lifecycle.decisions import uses_scratch
from qq.core.real_state import real_state
from qq.core.records.site import Settings
from qq.core.result import Failure
from qq.core.selection import Selection, too_many
from qq.shell.cli.options import JobCommand, complain, selects_jobs
from qq.shell.perform.failing import named
from qq.shell.perform.others import Others, ssh_command
from qq.shell.reach import reached_over
from qq.shell.select import Job, select
from qq.shell.watching import ask_again, pauses, read_again


@click.command(cls=JobCommand, short_help="Open a shell in a job's working directory.")
@selects_jobs
def command(chosen: Selection) -> int:
    """Open your shell in the working directory of a job, over ssh if that is on another host.

    A job that has not started yet is waited for; Ctrl-C ends that. The exit code is the shell's.
    """
    selected = select(chosen, os.environ)
    for trouble in selected.troubles:
        complain(trouble)
    if len(selected.jobs) > 1:
        complain(too_many([job.name for job in selected.jobs]))
    if selected.troubles or len(selected.jobs) != 1:
        return TROUBLE
    return _go(selected.jobs[0])


def _go(job: Job) -> int:
    """Waits for the directory, then becomes the shell."""
    said = ""
    for pause in pauses([job]):
        state = real_state(job.record, job.evidence)
        found = where_to_go(job.record, state)
        if isinstance(found, Failure):
            return _no(job, found.failure())
        directory = found.unwrap()
        if directory is not None:
            return _shell(job, directory)
        if isinstance(job.evidence, NotAnswered) and not said:
            return _no(job, f"can't be waited for: the batch system could not be asked ({job.evidence.why})")
        if str(state) != said:
            said = str(state)
            complain(f"{job.name} is {said}: waiting for its working directory (Ctrl-C ends this)")
        time.sleep(pause)
        (job,) = ask_again([read_again(job) or job], os.environ)
    raise AssertionError("pauses never end")


def _no(job: Job, words: str) -> int:
    complain(f"{job.name} {words}")
    return TROUBLE


def _shell(job: Job, directory: str) -> int:
    """Becomes the user's shell, there. Comes back only if that can't be."""
    record = job.record
    over = reached_over(record, record.main_node if uses_scratch(record) else record.input_machine)
    if over is not None:
        settings = record.settings or Settings()
        ssh = ssh_command(Others(os.environ, settings=settings))
        argv = shell_on(ssh, over, directory, timeout=settings.ssh_timeout, terminal=sys.stdin.isatty())
    else:
        argv = [os.environ.get("SHELL") or "sh"]
        try:
            os.chdir(directory)
        except OSError as error:
            return _no(job, f"can't be gone to: {named(directory)}: {error.strerror}")
    try:
        os.execvpe(argv[0], argv, {**os.environ, "PWD": directory})
    except OSError as error:
        return _no(job, f"can't be gone to: {argv[0]}: {error.strerror}")
