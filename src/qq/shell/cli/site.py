"""`qq site`: which cluster this is taken for, why, and what qq knows of it."""

import os
import sys

import click

from qq.core.exitcodes import TROUBLE
from qq.core.result import Failure
from qq.shell.cli.options import complain


@click.command(short_help="Show which site was recognised, why, and what it says.")
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--json", "as_json", is_flag=True, help="A list with one object, for programs.")
def command(name: str | None, as_json: bool) -> int:
    """Show the site that a job would be submitted to from here: how it was recognised, and what holds there.

    NAME: another site that qq knows, whether this machine belongs to it or not.
    """
    from qq.shell.present.data import json_text
    from qq.shell.present.pieces import columns
    from qq.shell.present.site_facts import data, facts, lines
    from qq.shell.recognise import recognise

    found = recognise(name, os.environ)
    if isinstance(found, Failure):
        for fault in found.failure():
            complain(str(fault))
        return TROUBLE
    for warning in found.unwrap().warnings:
        complain(f"warning: {warning}")
    if as_json:
        print(json_text([data(found.unwrap())]))
    else:
        print("\n".join(lines(facts(found.unwrap()), columns() if sys.stdout.isatty() else None)))
    return 0 if found.unwrap().silent is None else TROUBLE
