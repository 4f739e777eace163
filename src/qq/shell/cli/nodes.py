"""`qq nodes`: the nodes of the cluster, what they have, and what of that is free."""

import os
from collections.abc import Sequence

import click

from qq.core.cluster import Node, takes_jobs
from qq.core.exitcodes import TROUBLE
from qq.core.result import Failure
from qq.shell.cli.options import complain, data_form, shows_data
from qq.shell.commands.tables import nodes_of


@click.command(short_help="Show the nodes: what they have, what is free.")
@click.option("-a", "--all", "every", is_flag=True, help="Also those that take no jobs now.")
@click.option("-s", "--server", metavar="SERVER", help="Those of another PBS server.")
@shows_data
def command(every: bool, server: str | None, as_json: bool, as_yaml: bool) -> int:
    """Show the nodes that take jobs: what they have, and what of that is free now."""
    form = data_form(as_json=as_json, as_yaml=as_yaml)
    asked = nodes_of(os.environ, server)
    if isinstance(asked, Failure):
        complain(str(asked.failure()))
        return TROUBLE
    nodes = asked.unwrap()
    shown = [node for node in nodes if every or takes_jobs(node)]
    if form:
        from qq.shell.present.data import of_node

        print(form([of_node(node) for node in shown]))
    else:
        _draw(shown, len(nodes) - len(shown))
    return 0


def _draw(nodes: Sequence[Node], hidden: int) -> None:
    from qq.shell.configuration import theme_of
    from qq.shell.present.cluster_tables import nodes_table
    from qq.shell.present.terminal import console

    out = console(without_terminal=1000, theme=theme_of(os.environ))
    if nodes:
        out.print(nodes_table(nodes, width=out.width))
    else:
        print("no nodes that take jobs")
    if hidden:
        print(f"{hidden} more {'takes' if hidden == 1 else 'take'} no jobs now (-a: all)")
