"""`qq wait`: blocks until jobs end; the exit code tells how."""

import os

import click

from qq.core.explain import Explanation
from qq.core.replacing import replace
from qq.core.report import Report
from qq.core.selection import Selection
from qq.shell.cli.facing import FACE, ended
from qq.shell.cli.options import JobCommand, complain, selects_jobs, tell
from qq.shell.commands.wait import wait


class _Seconds(click.FloatRange):
    name = "number of seconds"


@click.command(cls=JobCommand, short_help="Wait until jobs end.")
@selects_jobs
@click.option("--chain/--no-chain", default=True, show_default=True, help="Also wait for the cycles that follow.")
@click.option("-t", "--timeout", type=_Seconds(min=0), metavar="SECONDS", help="Give up after so long; exit code 91.")
def command(chosen: Selection, chain: bool, timeout: float | None) -> int:
    """Wait until jobs have ended: exit code 0 if all of them finished, 91 if one did not.

    A loop or continuous job has ended when the last job of its chain has; with --no-chain, when this one has: that with
    this JOB_ID or, without, the one that stands in the directory at the time.
    """
    return ended(wait(chosen, os.environ, chain=chain, timeout=timeout, face=replace(FACE, tell=_tell)))


def _tell(report: Report[Explanation]) -> None:
    """How a job ended goes to stdout, however that was."""
    (complain if report.detail is None else tell)(report.line)
