"""`qq info`, which people and scripts call often: with the usual words it runs without the command line's library.

``plainly`` understands ids, ``-b``, ``-d`` and nothing else; any other word is left to click, which knows everything.
"""

import os
import posixpath
import sys
from collections.abc import Sequence

from qq.core.evidence import NotAnswered
from qq.core.exitcodes import TROUBLE
from qq.core.records.job import JobInfo
from qq.core.result import failed, value_or_none
from qq.core.selection import Selection, parse_selection
from qq.shell.here import current_directory
from qq.shell.present.lines import lines
from qq.shell.present.plain import plain
from qq.shell.select import Job, Selected, select


def plainly(words: Sequence[str]) -> tuple[Selection, bool] | None:
    """The selection of `info …`, and whether it is to be brief; None: there is something else in these words."""
    ids: list[str] = []
    dirs: list[str] = []
    into = ids
    brief = wanting = False
    for word in words:
        if word.startswith("-") and (wanting or word not in ("-b", "--brief", "-d")):
            return None
        if word == "-d":
            into, wanting = dirs, True
        elif word.startswith("-"):
            into, brief = ids, True
        else:
            into.append(word)
            wanting = False
    if wanting:
        return None
    selection = value_or_none(parse_selection(ids, dirs, all_mine=False))
    return None if selection is None else (selection, brief)


def show(selection: Selection, *, brief: bool, why: bool = False) -> int:
    """One line or one panel per job; ``why``: only what its state follows from; gives the exit code."""
    selected = select(selection, os.environ)
    complain_of(selected)
    if brief:
        _print_lines(selected.jobs)
    else:
        _print_panels(selected.jobs, why=why, with_steps=not (why or selection.all_mine))
    return code_for(selected)


def _print_lines(jobs: Sequence[Job]) -> None:
    for line in lines([(job.record, job.evidence) for job in jobs], current_directory(os.environ)):
        print(line)


def _with_its_place(job: Job) -> JobInfo:
    """The record, with a note if it lies where it does not belong."""
    if posixpath.dirname(job.info_file) == job.record.input_dir:
        return job.record
    from qq.core.replacing import replace
    from qq.shell.astray import in_place

    astray = failed(in_place(job, "info"))
    return job.record if astray is None else replace(job.record, notes=job.record.notes.append(astray))


def _print_panels(jobs: Sequence[Job], *, why: bool, with_steps: bool) -> None:
    from qq.shell.cli.looks import coloured
    from qq.shell.history import history
    from qq.shell.present.history_lines import NEWEST
    from qq.shell.present.panel import ASCII_BOX, BOX, panel, why_panel
    from qq.shell.present.pieces import columns, only_ascii
    from qq.shell.steps import steps_of

    steps = steps_of(jobs, os.environ) if with_steps else {}
    width, box = columns(), ASCII_BOX if only_ascii() else BOX
    for job in jobs:
        what = _with_its_place(job), job.evidence, job.info_file
        drawn = (
            why_panel(*what, width=width, box=box)
            if why
            else panel(*what, history(job.record, NEWEST), steps.get(job.job_id or "", ()), width=width, box=box)
        )
        print(coloured(list(drawn)))


def complain_of(selected: Selected) -> None:
    """A line for each job that was not found, and for each batch system that was not reached."""
    why = sorted({job.evidence.why for job in selected.jobs if isinstance(job.evidence, NotAnswered)})
    unasked = [f"the batch system could not be asked ({each}): shown is what the info file says" for each in why]
    for words in (*selected.troubles, *unasked):
        print(f"qq: {plain(words)}", file=sys.stderr)


def code_for(selected: Selected) -> int:
    """0, or 91: one was not found, not asked, or there was none."""
    unasked = any(isinstance(job.evidence, NotAnswered) for job in selected.jobs)
    return TROUBLE if selected.troubles or unasked or not selected.jobs else 0
