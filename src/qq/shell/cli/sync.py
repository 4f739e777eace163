"""`qq sync`: fetches what a job has made so far."""

import os
from collections.abc import Sequence

import click

from qq.core.file_lists import split_names
from qq.core.result import Failure
from qq.core.selection import Selection
from qq.shell.cli.facing import FACE, ended
from qq.shell.cli.options import JobCommand, selects_jobs
from qq.shell.commands.sync import sync


@click.command(cls=JobCommand, short_help="Fetch results of a job that is still running, or failed.")
@selects_jobs
@click.option(
    "-f",
    "--files",
    multiple=True,
    metavar="FILES",
    help="Only these files and directories, relative to the working directory; separated by blank, comma or colon.",
)
def command(chosen: Selection, files: Sequence[str]) -> int:
    """Bring what stands in the working directory of jobs to their input directories. Nothing is deleted at either end.

    What you have changed at home in the meantime is kept under another name. Files that the job did not change since it
    started, and included ones, are not fetched unless -f names them.
    """
    return ended(sync(chosen, os.environ, files=_names(files), face=FACE))


def _names(files: Sequence[str]) -> list[str] | None:
    names: list[str] = []
    for text in files:
        result = split_names(text, "-f")
        if isinstance(result, Failure):
            raise click.UsageError("; ".join(map(str, result.failure())))
        names.extend(result.unwrap())
    return names if files else None
