"""`qq wipe`: deletes the working directories of jobs that are over."""

import os
from collections.abc import Sequence
from datetime import datetime

import click

from qq.core.amounts import files_text, size_text
from qq.core.paths import to_text
from qq.core.selection import Selection
from qq.core.wiping import Wipe
from qq.shell.cli.asking import agreed
from qq.shell.cli.facing import FACE, ended
from qq.shell.cli.options import JobCommand, selects_ended_jobs, tell
from qq.shell.commands.wipe import wipe
from qq.shell.wipe import Prepared


@click.command(cls=JobCommand, short_help="Delete the working directory of jobs that are over.")
@selects_ended_jobs
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--force", is_flag=True, help="Also if results in it are not at home; never while the job runs.")
def command(chosen: Selection, yes: bool, force: bool) -> int:
    """Delete what jobs that failed or were killed left on scratch, and what is left of finished ones.

    Shows size and newest files of each directory first, and asks. Only a directory that carries the job's own mark is
    deleted; never the input directory. Without JOB_ID and -d, the jobs of the current directory.
    """

    def agree(ready: Sequence[Prepared]) -> bool:
        for prepared in ready:
            _show(prepared)
        return yes or agreed("wipe", _question(ready), "nothing was deleted")

    return ended(wipe(chosen, os.environ, force=force, agree=agree, face=FACE))


def _show(prepared: Prepared) -> None:
    """Tells what would go; what stays is told at the end."""
    name = prepared.job.name
    for one in prepared.wipes:
        tell(f"{name}: {words(one)}{', the newest of them:' if one.stands.newest else ''}")
        for entry in one.stands.newest:
            when = datetime.fromtimestamp(entry.mtime // 1_000_000_000)
            tell(f"  {when:%Y-%m-%d %H:%M:%S}  {size_text(entry.size):>7}  {to_text(entry.path)}")


def words(one: Wipe) -> str:
    """Where it is and how much is in it."""
    return f"{one.of.host}:{one.of.path}: {files_text(one.stands.files, one.stands.size)}"


def _question(ready: Sequence[Prepared]) -> str:
    count = sum(len(prepared.wipes) for prepared in ready)
    return "Delete this directory?" if count == 1 else f"Delete these {count} directories?"
