"""`qq stat`: everybody's jobs, as the batch system tells them."""

import click

from qq.shell.cli.jobs import show
from qq.shell.cli.options import shows_data


@click.command(short_help="List everybody's jobs.")
@click.option("-a", "--all", "ended", is_flag=True, help="Also jobs that have ended, as far as the batch system knows.")
@click.option("-e", "--extra", is_flag=True, help="Also comments, estimated starts and directories.")
@click.option("-u", "--user", metavar="USER", help="Only the jobs of this user.")
@click.option("-s", "--server", metavar="SERVER", help="Those of another PBS server.")
@shows_data
def command(*, ended: bool, extra: bool, user: str | None, server: str | None, as_json: bool, as_yaml: bool) -> int:
    """List the jobs of all users that have not ended, as the batch system tells them; -a: those that have, too."""
    return show(user, server, ended=ended, extra=extra, as_json=as_json, as_yaml=as_yaml)
