"""`qq queues`: where jobs can be submitted to, what is free there, and what is allowed."""

import os
from collections.abc import Sequence

import click

from qq.core.cluster import Node, Queue, is_usable
from qq.core.exitcodes import TROUBLE
from qq.core.result import Failure
from qq.shell.cli.options import complain, data_form, shows_data
from qq.shell.commands.tables import queues_of
from qq.shell.here import group_names, user_name


@click.command(short_help="Show the queues: what is free, what is allowed.")
@click.option("-a", "--all", "every", is_flag=True, help="Also those that take no jobs, or none of yours.")
@click.option("-s", "--server", metavar="SERVER", help="Those of another PBS server.")
@shows_data
def command(every: bool, server: str | None, as_json: bool, as_yaml: bool) -> int:
    """Show the queues (partitions, in Slurm) that you can submit to: what is free there now, and what is allowed."""
    form = data_form(as_json=as_json, as_yaml=as_yaml)
    asked = queues_of(os.environ, server)
    if isinstance(asked, Failure):
        complain(str(asked.failure()))
        return TROUBLE
    queues, nodes = asked.unwrap()
    for trouble in queues.troubles:
        complain(trouble)
    user, groups = user_name(), group_names()
    shown = [queue for queue in queues if every or is_usable(queue, user, groups)]
    if form:
        from qq.shell.present.data import of_queue

        print(form([of_queue(queue, nodes) for queue in shown]))
    else:
        _draw(shown, nodes, len(queues) - len(shown))
    return TROUBLE if queues.troubles else 0


def _draw(queues: Sequence[Queue], nodes: Sequence[Node], hidden: int) -> None:
    from qq.shell.configuration import theme_of
    from qq.shell.present.cluster_tables import queues_table
    from qq.shell.present.terminal import console

    out = console(without_terminal=1000, theme=theme_of(os.environ))
    if queues:
        out.print(queues_table(queues, nodes, width=out.width))
    else:
        print("no queues that you can submit to")
    if hidden:
        print(f"{hidden} more {'takes' if hidden == 1 else 'take'} no jobs of yours (-a: all)")
