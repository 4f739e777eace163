"""`qq completion`: the completion of `qq shell-init` alone."""

import click

from qq.shell.cli.shell_init import completion, takes_shell


@click.command(short_help="Print the completion script for your shell.")
@takes_shell
def command(shell: str) -> int:
    """Print the script that lets a shell complete commands, options, scripts and job ids, for a file of its own.

    'qq shell-init' prints it too, with a 'qq cd' that changes the directory: one of them is enough.
    """
    click.echo(completion(shell))
    return 0
