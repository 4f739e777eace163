"""`qq logs`: what a job's script prints, also while it runs, also on another host."""

import os
import sys

import click

from qq.core.selection import Selection
from qq.shell.cli.options import JobCommand, code_of, complain, selects_jobs
from qq.shell.commands.logs import STREAMS, UnreadableError, pieces
from qq.shell.select import Job, select


@click.command(cls=JobCommand, short_help="Show what a script prints, also while it runs.")
@selects_jobs
@click.option("-f", "--follow", is_flag=True, help="Go on as the file grows, until the job ends.")
@click.option(
    "--out", "suffix", flag_value=STREAMS["out"], default=True, help="The script's output (this is the default)."
)
@click.option("--err", "suffix", flag_value=STREAMS["err"], help="The script's error output.")
@click.option("--qq", "suffix", flag_value=STREAMS["qq"], help="What qq itself said while it ran the job.")
def command(chosen: Selection, follow: bool, suffix: str) -> int:
    """Show what the scripts of jobs print. While a job runs, that stands in its working directory; later at home."""
    selected = select(chosen, os.environ)
    for trouble in selected.troubles:
        complain(trouble)
    failed = len(selected.troubles)
    for job in selected.jobs:
        if len(selected.jobs) > 1:
            print(f"==> {job.name} <==", flush=True)
        failed += not _show(job, suffix, follow)
    return code_of(len(selected.jobs), failed)


def _show(job: Job, suffix: str, follow: bool) -> bool:
    name = job.name
    try:
        for piece in pieces(job, os.environ, suffix, follow=follow, complain=lambda why: complain(f"{name}: {why}")):
            sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
    except UnreadableError as error:
        complain(f"{name}{' ' if str(error).startswith('is ') else ': '}{error}")
        return False
    return True
