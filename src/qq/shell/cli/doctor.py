"""`qq doctor`: whether qq is installed so that jobs will run, and what to do where it is not."""

import os
import sys
from collections.abc import Sequence

import click

from qq.core.doctor import Finding, Level
from qq.core.exitcodes import TROUBLE
from qq.shell.cli.options import complain, tell
from qq.shell.cli.submitting import parameters


@click.command(short_help="Check this installation, and say what to mend.")
@click.option(
    "--node", metavar="NAME", help="Try ssh to this host; else to a node that takes jobs, where that matters."
)
@click.option("--job", is_flag=True, help="Submit a tiny job too, and wait up to 5 minutes for what it finds.")
@click.option("--json", "as_json", is_flag=True, help="A list of objects, for programs.")
def command(node: str | None, job: bool, as_json: bool, queue: str | None, account: str | None) -> int:
    """Check whether jobs will run: batch system, scratch, configuration, shell, ssh to nodes, versions and clocks.

    Each finding is fine, a warning, or a fault with what to do. Exit code 91 if there is a fault. --queue and --account
    are the tiny job's, where a cluster takes none without them.
    """
    if not job and (queue or account):
        raise click.UsageError("--queue and --account are those of the tiny job: add --job")
    from qq._version import VERSION
    from qq.core.doctor import findings, is_well, summary
    from qq.shell.present.data import json_text
    from qq.shell.setting_up import doctor

    found = [*doctor(node)]
    if not as_json:
        _tell(found)
    if job:
        from qq.shell.doctor_job import tiny_job

        chosen = {name: value for name, value in (("queue", queue), ("account", account)) if value}
        of_job = findings([tiny_job(os.environ, complain, chosen)], VERSION)
        found += of_job
        if not as_json:
            _tell(of_job)
    if as_json:
        print(json_text([finding.data() for finding in found]))
    else:
        tell(summary(found))
    return 0 if is_well(found) else TROUBLE


command.params += parameters("queue", "account")


def _tell(found: Sequence[Finding]) -> None:
    from qq.shell.present.labelled import labelled
    from qq.shell.present.pieces import columns

    facts: list[tuple[str, str]] = []
    for finding in found:
        facts.append((str(finding.level), f"{finding.check}: {finding.words}"))
        facts += [("", f"-> {finding.next}")] if finding.next else []
    for line in labelled(facts, max(map(len, Level)), columns() if sys.stdout.isatty() else None):
        tell(line)
