"""`qq respawn`: submits failed and killed jobs again."""

import os
from collections.abc import Sequence

import click

from qq.core.respawning import respawn_words
from qq.core.selection import Selection
from qq.shell.cli.asking import agreed
from qq.shell.cli.facing import FACE, ended
from qq.shell.cli.options import JobCommand, selects_ended_jobs, tell
from qq.shell.cli.wipe import words
from qq.shell.commands.respawn import respawn
from qq.shell.respawn import Prepared


@click.command(cls=JobCommand, short_help="Submit failed or killed jobs again.")
@selects_ended_jobs
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--force", is_flag=True, help="Whatever the state is; never while the job runs.")
def command(chosen: Selection, yes: bool, force: bool) -> int:
    """Submit jobs that failed or were killed again, with the same options; a loop job goes on at its cycle.

    Shows what will happen, and asks. When the batch system has taken the new job, the old one's runtime files and its
    working directory are deleted (qq sync fetches first what you want of it); if it refuses, nothing has changed.
    Without JOB_ID and -d, the jobs of the current directory.
    """

    def agree(ready: Sequence[Prepared]) -> bool:
        for prepared in ready:
            _show(prepared)
        question = "Submit these jobs again?" if len(ready) > 1 else "Submit this job again?"
        return yes or agreed("respawn", question, "nothing was done")

    return ended(respawn(chosen, os.environ, force=force, agree=agree, face=FACE))


def _show(prepared: Prepared) -> None:
    tell(f"{prepared.job.name}:")
    shown = [words(one) for one in prepared.wiping.wipes]
    for line in respawn_words(prepared.job.record, prepared.new, prepared.files, shown):
        tell(f"  {line}")
    for why in prepared.wiping.stays:
        tell(f"  {why}")
