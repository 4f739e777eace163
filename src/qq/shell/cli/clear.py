"""`qq clear`: deletes the runtime files of jobs that are over, and what qq left behind, from directories."""

import os

import click

from qq.core.selection import Selection
from qq.shell.cli.facing import FACE, ended
from qq.shell.cli.options import JobCommand, selects_ended_jobs
from qq.shell.commands.clear import clear


@click.command(cls=JobCommand, short_help="Delete what jobs that are over left in a directory.")
@selects_ended_jobs
@click.option("--force", is_flag=True, help="Also of jobs that are queued or finished; never of running ones.")
def command(chosen: Selection, force: bool) -> int:
    """Delete the runtime files (.qqinfo, .qqout, .out, .err) of jobs that failed, were killed or are inconsistent.

    In directories also those that belong to no job, if they are named after a script there. Other files are never
    touched. With JOB_ID only that job's own. Without JOB_ID and -d, in the current directory.
    """
    return ended(clear(chosen, os.environ, force=force, face=FACE))
