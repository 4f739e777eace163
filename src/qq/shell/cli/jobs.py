"""`qq jobs`: my jobs, as the batch system tells them."""

import os
from collections.abc import Sequence

import click

from qq.core.evidence import Seen
from qq.core.exitcodes import TROUBLE
from qq.core.result import Failure
from qq.shell.cli.options import complain, data_form, shows_data
from qq.shell.commands.tables import jobs_of
from qq.shell.here import user_name


@click.command(short_help="List your jobs.")
@click.option("-a", "--all", "ended", is_flag=True, help="Also jobs that have ended, as far as the batch system knows.")
@click.option("-e", "--extra", is_flag=True, help="Also comments, estimated starts and directories.")
@click.option("-u", "--user", metavar="USER", help="The jobs of somebody else.")
@click.option("-s", "--server", metavar="SERVER", help="Those of another PBS server.")
@shows_data
def command(*, ended: bool, extra: bool, user: str | None, server: str | None, as_json: bool, as_yaml: bool) -> int:
    """List your jobs that have not ended, as the batch system tells them; -a: those that have, too."""
    return show(user or user_name(), server, ended=ended, extra=extra, as_json=as_json, as_yaml=as_yaml)


def show(user: str | None, server: str | None, *, ended: bool, extra: bool, as_json: bool, as_yaml: bool) -> int:
    """The jobs of a user (None: everybody's, with whose they are); gives the exit code."""
    form = data_form(as_json=as_json, as_yaml=as_yaml)
    found = jobs_of(user, os.environ, ended=ended, server=server)
    if isinstance(found, Failure):
        complain(str(found.failure()))
        return TROUBLE
    jobs = found.unwrap()
    for words in jobs.troubles:
        complain(words)
    if form:
        from qq.shell.present.data import of_seen

        print(form([of_seen(job) for job in jobs]))
    elif jobs:
        _draw(jobs, extra=extra, users=user is None)
    else:
        print("no jobs" if ended else "no jobs that have not ended (-a: all)")
    return TROUBLE if jobs.troubles else 0


def _draw(jobs: Sequence[Seen], *, extra: bool, users: bool) -> None:
    from qq.shell.configuration import theme_of
    from qq.shell.present.jobs_table import jobs_table
    from qq.shell.present.terminal import console

    out = console(without_terminal=1000, theme=theme_of(os.environ))
    out.print(jobs_table(jobs, extra=extra, users=users, width=out.width))
