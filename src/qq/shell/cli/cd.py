"""`qq cd`: prints where a job is at home. The shell function of shell-init goes there: a program can't."""

import os
import sys

import click

from qq.core.exitcodes import TROUBLE
from qq.core.selection import Selection, too_many
from qq.shell.cli.options import JobCommand, complain, selects_jobs
from qq.shell.select import select


@click.command(cls=JobCommand, short_help="Print a job's input directory, or go there with shell-init.")
@selects_jobs
def command(chosen: Selection) -> int:
    """Print the input directory of a job.

    In a shell that has read 'qq shell-init', 'qq cd 123' goes there.
    """
    selected = select(chosen, os.environ)
    for trouble in selected.troubles:
        complain(trouble)
    directories = {job.record.input_dir for job in selected.jobs}
    if len(directories) > 1:
        complain(too_many([job.name for job in selected.jobs]))
    if selected.troubles or len(directories) != 1:
        return TROUBLE
    # As it is, byte for byte: this is for `cd`, not for a terminal.
    sys.stdout.buffer.write(os.fsencode(directories.pop()) + b"\n")
    return 0
